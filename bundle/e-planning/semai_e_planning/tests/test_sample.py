"""Sample content: believable, complete, and never mixed with real work."""

from __future__ import annotations

import pytest
from django.test import TestCase
from semai_kit import notifications
from semai_kit.models import Account, FiscalYear
from semai_kit.region_sync import sync_region
from semai_kit.sample import UNREAD, SampleRefused

from .. import sample
from ..models import Amendment, Proposal, WorkPlan
from ..selectors import published, targets, work_plans
from ..services import ceilings, reference_rows
from .cases import PlanningCase, working_comparison

PASSWORD = "kata-sandi-contoh-2026"


class SampleTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        sync_region()
        reference_rows.load()
        cls.said = sample.load(PASSWORD)

    def test_usulan_stand_in_every_state(self) -> None:
        found = set(Proposal.objects.values_list("state", flat=True))

        assert found == set(Proposal.workflow().states)
        assert Proposal.objects.filter(fiscal_year__year=2027).count() == 62
        assert set(Proposal.objects.values_list("source", flat=True)) == set(Proposal.Source.values)

    def test_postponed_rejected_and_returned_have_reasons(self) -> None:
        assert not Proposal.objects.filter(state__in=("ditunda", "ditolak"), last_reason="").exists()

    def test_renja_keep_within_their_pagu_and_some_are_approved(self) -> None:
        for plan in WorkPlan.objects.select_related("agency", "fiscal_year"):
            assert ceilings.planned_sum(plan.fiscal_year, plan.agency) <= work_plans.ceiling_of(plan)
        assert work_plans.approved_plans(2027).exists()

    def test_year_before_is_being_changed_and_what_was_determined_stays(self) -> None:
        amendment = Amendment.objects.get()
        kinds = [item.kind for item in working_comparison(amendment.plan).changed]

        assert (str(amendment), sorted(kinds)) == ("Perubahan RKPD ke-1 2026", ["changed", "removed"])
        assert published.publication(2026).version == amendment.base

    def test_targets_of_indicators_are_determined_and_one_is_being_changed(self) -> None:
        comparison = working_comparison(Amendment.objects.get().plan)

        assert comparison.old.targets
        assert [(one.kind, bool(one.reasons)) for one in comparison.changed_targets] == [("changed", True)]
        verdicts = {
            check.finding
            for check in targets.consistency(
                Account.objects.get(username="bappeda"), FiscalYear.objects.get(year=2027)
            )
        }
        assert {"equal", "worse"} <= verdicts

    def test_every_desk_has_read_all_but_its_newest_notifications(self) -> None:
        unread = [len(notifications.of(a).filter(read_at=None)) for a in Account.objects.filter(is_sample=True)]
        assert max(unread) == UNREAD
        desk = notifications.of(Account.objects.get(username="bappeda"))
        assert list(desk[:UNREAD]) == list(desk.filter(read_at=None))
        assert desk.count() > 100

    def test_personas_log_in(self) -> None:
        for username in ("desa", "kecamatan", "opd", "bappeda", "inspektorat", "kepala-daerah", "auditor"):
            with self.subTest(username=username):
                assert Account.objects.get(username=username).check_password(PASSWORD)

    def test_second_run_changes_nothing(self) -> None:
        count = Proposal.objects.count()

        assert "already there" in sample.load(PASSWORD)
        assert Proposal.objects.count() == count


class RealWorkTest(PlanningCase):
    def test_real_usulan_keep_the_sample_away(self) -> None:
        self.draft()

        with pytest.raises(SampleRefused):
            sample.load(PASSWORD)

        assert Proposal.objects.count() == 1
