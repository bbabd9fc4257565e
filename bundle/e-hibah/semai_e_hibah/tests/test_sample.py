"""Sample data: every desk has something, nothing real is touched, a second run adds nothing."""

from __future__ import annotations

import io
import os
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from semai_kit.models import Account
from semai_kit.testing import KitTestCase

from ..models import Application, Report
from ..services import windows
from .cases import GrantsCase
from .provider import PublishedGrants, budgeting_server, published_line


def load() -> str:
    said = io.StringIO()
    with patch.dict(os.environ, {"SEMAI_SAMPLE_PASSWORD": "rahasia-contoh-2027"}):
        call_command("sample_data", stdout=said)
    return said.getvalue()


class SampleTest(KitTestCase):
    def states(self, year: int) -> set[str]:
        return set(Application.objects.filter(fiscal_year__year=year).values_list("state", flat=True))

    def test_every_desk_has_work_when_budgeting_answers(self) -> None:
        lines = [
            published_line(agency_code="1.01"),
            published_line(id="72", agency_code="1.01", account_code="5.1.05.05.03.0001"),
        ]
        with budgeting_server(PublishedGrants(items=lines)):
            assert "14 permohonan" in load()
        assert self.states(2027) == {
            "kurang", "diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui",
            "nphd",
        }  # fmt: skip
        assert self.states(2026) == {"selesai", "dicairkan"}
        assert sum(report.is_overdue() for report in Report.objects.all()) == 1
        assert windows.open_year().year == 2027
        count = Application.objects.count()
        assert "already there" in load()
        assert Application.objects.count() == count

    def test_while_budgeting_is_down_applications_wait_at_tapd(self) -> None:
        with budgeting_server(PublishedGrants(status=500)):
            assert "pagu belum dapat diambil" in load()
        assert "tapd" in self.states(2027)
        assert not self.states(2027) & {"disetujui", "nphd"}
        names = set(Account.objects.values_list("username", flat=True))
        desks = {"tata-usaha", "kepala-daerah", "tim-pertimbangan", "opd", "tapd", "bpkad"}
        assert desks | {"inspektorat", "auditor"} <= names


class RealTest(GrantsCase):
    def test_real_accounts_keep_sample_data_out(self) -> None:
        with pytest.raises(CommandError, match="akun asli"):
            load()
        assert Application.objects.count() == 0
