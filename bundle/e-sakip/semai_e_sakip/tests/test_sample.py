"""Sample content: believable, complete, and never mixed with real work."""

from __future__ import annotations

import pytest
from django.test import TestCase
from semai_kit.models import Account
from semai_kit.region_sync import sync_region
from semai_kit.sample import SampleRefused

from .. import sample
from ..models import (
    Agreement,
    Evaluation,
    Indicator,
    Measurement,
    PerformanceNode,
    ProgramSpending,
    Recommendation,
    Report,
)
from ..services.fetching import TREE
from .cases import PerformanceCase, wired
from .provider import CLOSED_PORT, Published, serving

PASSWORD = "kata-sandi-contoh-2026"


class SampleTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        sync_region()
        cls.said = sample.load(PASSWORD)

    def test_measurements_stand_in_every_state(self) -> None:
        assert set(Measurement.objects.values_list("state", flat=True)) == set(Measurement.workflow().states)

    def test_every_indicator_is_defined_and_some_are_iku(self) -> None:
        assert all(indicator.is_defined for indicator in Indicator.objects.all())
        assert Indicator.objects.filter(is_key=True).exists()

    def test_agreements_are_signed_and_one_waits(self) -> None:
        states = list(Agreement.objects.values_list("state", flat=True))
        assert states.count("ditandatangani") == 3
        assert "diajukan" in states

    def test_one_evaluation_is_finished_with_follow_up(self) -> None:
        done = Evaluation.objects.get(state="selesai")
        assert 0 < done.total <= 100
        assert set(Recommendation.objects.values_list("state", flat=True)) == {"terbuka", "diproses"}
        assert Report.objects.get().state == "draf"

    def test_personas_log_in(self) -> None:
        for username in ("organisasi", "opd", "pejabat", "inspektorat", "kepala-daerah", "auditor"):
            with self.subTest(username=username):
                assert Account.objects.get(username=username).check_password(PASSWORD)

    def test_second_run_changes_nothing(self) -> None:
        count = Measurement.objects.count()
        assert "sudah ada" in sample.load(PASSWORD)
        assert Measurement.objects.count() == count


class ConnectedTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        sync_region()

    def test_the_tree_of_planning_is_filled(self) -> None:
        with serving(Published()) as published, wired(published.urls):
            sample.load(PASSWORD)
        assert not PerformanceNode.objects.filter(external_id="").exists()
        assert Measurement.objects.filter(indicator__external_id="71").exists()
        assert ProgramSpending.objects.filter(program_code="1.02.02").count() == 2

    def test_while_planning_is_down_there_are_accounts_and_no_second_tree(self) -> None:
        with wired({TREE.contract: CLOSED_PORT}):
            said = sample.load(PASSWORD)
        assert "e-planning belum menjawab" in said
        assert Account.objects.filter(username="organisasi").exists()
        assert not PerformanceNode.objects.exists()


class RealWorkTest(PerformanceCase):
    def test_real_work_keeps_the_sample_away(self) -> None:
        self.measured()
        with pytest.raises(SampleRefused):
            sample.load(PASSWORD)
        assert Measurement.objects.count() == 1
