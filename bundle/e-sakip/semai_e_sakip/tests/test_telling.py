"""Who is told of a step: those who may take the next one, not who took this one."""

from __future__ import annotations

import pytest
from django.urls import reverse
from semai_kit import notifications, roles
from semai_kit.stages import set_stage_status
from semai_kit.years import YearClosed

from ..services import agreements, evaluations, measurements, reports, telling
from .cases import PerformanceCase


class Telling(PerformanceCase):
    def told(self, username: str) -> list[str]:
        return [one.title for one in notifications.of(self.account(username))]

    def test_a_sent_measurement_is_told_to_the_verifier_and_its_return_to_the_agency(self) -> None:
        measurement = self.sent()
        assert len(self.told("organisasi")) == 1
        assert self.told("opd") == self.told("inspektorat") == []
        measurements.move(self.account("organisasi"), measurement, "dikembalikan", "Rekap kurang")
        (letter,) = notifications.of(self.account("opd"))
        assert (letter.body, letter.url) == ("Rekap kurang", f"/pengukuran/{measurement.pk}/")
        assert self.told("opd-lain") == []

    def test_a_submitted_agreement_is_told_to_the_superior_only(self) -> None:
        agreements.move(self.account("opd"), self.agreement(), "diajukan")
        assert len(self.told("kepala_daerah")) == 1
        assert self.told("pejabat") == []

    def test_an_opened_evaluation_is_told_to_its_agency(self) -> None:
        self.evaluation()
        assert len(self.told("opd")) == 1
        assert self.told("opd-lain") == []

    def test_what_is_refused_tells_nobody(self) -> None:
        measurement = self.measured()
        with pytest.raises(Exception, match="Bukti"):
            measurements.move(self.account("opd"), measurement, "dikirim")
        assert self.told("organisasi") == []

    def test_every_concern_is_a_state_a_permission_and_a_page(self) -> None:
        permissions = {one for role in roles.catalog().values() for one in role.permissions}
        for (model, state), concern in telling.CONCERNS.items():
            assert state in model.workflow().states
            assert concern.permission in permissions
            assert reverse(concern.url_name, args=[1])


class Stages(PerformanceCase):
    def test_execution_and_reporting_close_for_themselves(self) -> None:
        set_stage_status(self.year, "execution", "locked", self.account("administrator"))
        with pytest.raises(YearClosed, match="pelaksanaan"):
            self.measured()
        report = reports.open_report(self.account("opd"), self.works, self.year)
        set_stage_status(self.year, "reporting", "locked", self.account("administrator"))
        for write in (
            lambda: reports.save_text(self.account("opd"), report, "isu", "x"),
            lambda: reports.move(self.account("opd"), report, "direviu"),
            lambda: evaluations.open_evaluation(self.account("inspektorat"), self.works, self.year),
        ):
            with pytest.raises(YearClosed, match="pelaporan"):
                write()
