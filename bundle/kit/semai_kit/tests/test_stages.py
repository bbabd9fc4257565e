"""Stages of a fiscal year: each open, locked or archived for itself; an app writes in its own."""

import pytest

from semai_kit import stages, workflow, years
from semai_kit.models import Agency, FiscalYear, YearStage
from semai_kit.roles import Denied
from semai_kit.stages import StageRefused, set_stage_status, statuses
from semai_kit.testing import KitTestCase
from semai_kit.tests.garden.models import Plot


class StageTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("kebun", "gardener", agency=cls.agency)
        cls.persona("admin", "administrator")

    def setUp(self) -> None:
        self.year = FiscalYear.objects.get()

    def test_stages_are_open_until_somebody_says_otherwise(self) -> None:
        assert statuses(self.year) == dict.fromkeys(("planning", "budgeting", "execution", "reporting"), "open")
        set_stage_status(self.year, "planning", "locked", None)
        assert stages.status_of(self.year, "planning") == "locked"
        assert stages.status_of(self.year, "execution") == "open"

    def test_a_locked_stage_refuses_its_own_records_and_no_others(self) -> None:
        plot = Plot.objects.create(name="P", agency=self.agency, fiscal_year=self.year)
        set_stage_status(self.year, "execution", "locked", None)
        with pytest.raises(years.YearClosed, match="Tahap pelaksanaan tahun 2027 berstatus terkunci"):
            workflow.transition(plot, "diajukan", self.account("kebun"))
        assert Plot.objects.get().state == "draf"
        years.require_open(self.year, "planning")
        set_stage_status(self.year, "execution", "open", None)
        workflow.transition(plot, "diajukan", self.account("kebun"))

    def test_an_open_stage_does_not_open_a_locked_year(self) -> None:
        set_stage_status(self.year, "planning", "open", None)
        years.set_status(self.year, "locked", None)
        with pytest.raises(years.YearClosed, match="Tahun anggaran 2027 berstatus terkunci"):
            years.require_open(self.year, "planning")

    def test_an_archived_stage_stays_archived_and_an_archived_year_keeps_its_stages(self) -> None:
        set_stage_status(self.year, "planning", "archived", None)
        with pytest.raises(StageRefused, match="tidak dapat dibuka lagi"):
            set_stage_status(self.year, "planning", "open", None)
        years.set_status(self.year, "archived", None)
        with pytest.raises(StageRefused, match="sudah diarsipkan"):
            set_stage_status(self.year, "execution", "locked", None)

    def test_unknown_stages_and_statuses_are_refused(self) -> None:
        for stage, status in (("harvest", "locked"), ("planning", "closed")):
            with pytest.raises(StageRefused):
                set_stage_status(self.year, stage, status, None)
        with pytest.raises(StageRefused, match="Yang ada: planning"):
            stages.stage("")
        assert not YearStage.objects.exists()

    def test_the_administrator_sets_them_on_the_page_of_years(self) -> None:
        client = self.as_("admin")
        client.post(f"/tahun/{self.year.pk}/tahap/budgeting/", {"status": "locked"})
        assert stages.status_of(self.year, "budgeting") == "locked"
        assert "Penganggaran 2027: terkunci." in client.get("/tahun/").content.decode()
        client.post(f"/tahun/{self.year.pk}/tahap/budgeting/", {"status": "nonsense"})
        client.post(f"/tahun/{self.year.pk}/tahap/nowhere/", {"status": "open"})
        assert stages.status_of(self.year, "budgeting") == "locked"

    def test_others_may_not(self) -> None:
        path = f"/tahun/{self.year.pk}/tahap/budgeting/"
        assert self.as_("kebun").post(path, {"status": "locked"}).status_code == 403
        with pytest.raises(Denied):
            set_stage_status(self.year, "budgeting", "locked", self.account("kebun"))
        assert not YearStage.objects.exists()
