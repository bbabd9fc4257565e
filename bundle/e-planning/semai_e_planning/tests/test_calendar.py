"""The stage calendar."""

from __future__ import annotations

import datetime

import pytest
from semai_kit import roles, years
from semai_kit.roles import Denied

from .. import reference
from ..errors import RuleBroken
from ..models import Proposal, Stage
from ..services import calendar, gates
from .cases import PlanningCase

DAY = datetime.date(2026, 2, 10)


class CalendarTest(PlanningCase):
    def test_every_new_year_has_every_stage(self) -> None:
        year = years.open_year(2029, None)

        codes = set(Stage.objects.filter(fiscal_year=year).values_list("code", flat=True))
        assert codes == {stage.id for stage in reference.stages()}

    def test_bappeda_changes_dates_and_only_changes_are_counted(self) -> None:
        dates = [calendar.StageDates("penetapan", DAY, DAY)]

        assert calendar.set_dates(self.account("bappeda"), self.year, dates) == 1
        assert calendar.set_dates(self.account("bappeda"), self.year, dates) == 0

    def test_others_are_denied(self) -> None:
        for username in ("opd", "kecamatan", "kepala_daerah", "auditor"):
            with self.subTest(username=username), pytest.raises(Denied):
                calendar.set_dates(self.account(username), self.year, [])

    def test_end_before_start_and_half_a_period_are_refused(self) -> None:
        before = DAY - datetime.timedelta(days=1)
        for wrong in ((DAY, before), (DAY, None), (None, DAY)):
            with self.subTest(wrong=wrong), pytest.raises(RuleBroken):
                calendar.set_dates(self.account("bappeda"), self.year, [calendar.StageDates("penetapan", *wrong)])

    def test_first_and_last_day_count(self) -> None:
        Stage.objects.update(opens_on=None, closes_on=None)
        calendar.set_dates(
            self.account("bappeda"),
            self.year,
            [calendar.StageDates("penetapan", DAY, DAY + datetime.timedelta(days=5))],
        )

        gates.require_stage(self.year, "annual_plan.enact", DAY)
        gates.require_stage(self.year, "annual_plan.enact", DAY + datetime.timedelta(days=5))
        for outside in (-1, 6):
            with self.subTest(outside=outside), pytest.raises(gates.StageClosed):
                gates.require_stage(self.year, "annual_plan.enact", DAY + datetime.timedelta(days=outside))

    def test_actions_of_no_stage_are_always_possible(self) -> None:
        gates.require_stage(self.year, "plan.edit", DAY)

    def test_every_workflow_step_belongs_to_a_stage(self) -> None:
        """A permission misspelt in stages.yml would leave its steps open all year."""
        permissions = {step.permission for step in Proposal.workflow().transitions}

        assert all(reference.stage_codes_for(permission) for permission in permissions)

    def test_actions_in_the_file_are_permissions_of_a_role(self) -> None:
        known = set().union(*(role.permissions for role in roles.catalog().values()))
        assert {action for stage in reference.stages() for action in stage.actions} <= known

    def test_usual_dates_stay_in_order(self) -> None:
        assert all(dates.opens_on <= dates.closes_on for dates in calendar.typical_dates(self.year))
        assert calendar.typical_dates(self.year)[0].opens_on == datetime.date(2025, 12, 1)

    def test_page_keeps_what_was_typed_when_a_date_is_wrong(self) -> None:
        sent = {"penetapan-opens_on": "2026-06-30", "penetapan-closes_on": "2026-06-01"}

        response = self.as_("bappeda").post("/kalender/ubah/", sent)

        assert response.status_code == 422
        page = response.content.decode()
        assert "tidak boleh mendahului" in page
        assert 'value="2026-06-30"' in page
