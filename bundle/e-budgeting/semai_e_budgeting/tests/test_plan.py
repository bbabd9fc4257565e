"""The work plan over the wire: taking over, differences, vanishing, an unreachable or confused provider."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from semai_kit.models import FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.years import YearClosed

from semai_e_budgeting.errors import NotEditable
from semai_e_budgeting.models import PlanDifference, PlanFetch, PlanItem, Rka, RkaLine
from semai_e_budgeting.services.flow import move_rka, problems_of
from semai_e_budgeting.services.lines import add_line, used_of
from semai_e_budgeting.services.plan import (
    REFRESH_AFTER,
    RETRY_AFTER,
    accept_difference,
    fetch_plan,
    refresh_if_old,
)
from semai_e_budgeting.tests.base import BudgetCase, wired
from semai_e_budgeting.tests.provider import PublishedPlan, planning_server, published_item

CLOSED_PORT = "http://127.0.0.1:9/api/planning.work-plan/1.0"


class Fetching(BudgetCase):
    def fetch(self, plan: PublishedPlan) -> Any:
        with planning_server(plan), wired(plan.base_url):
            return fetch_plan(self.year, self.account("bpkad"))

    def test_new_sub_activity_is_taken_over_with_its_rka(self) -> None:
        plan = PublishedPlan(
            [published_item(sub_activity_code="1.02.02.1", agency_code="1.02", pagu="75000000.00")]
        )
        outcome = self.fetch(plan)
        item = PlanItem.objects.get(sub_activity_code="1.02.02.1")
        assert (outcome.reachable, outcome.added, item.pagu) == (True, 1, Decimal(75000000))
        assert Rka.objects.filter(agency=item.agency, state="draf").exists()
        assert item.proposals[0]["number"] == "U-2027-001"

    def test_second_fetch_changes_nothing_and_sends_the_etag(self) -> None:
        plan = PublishedPlan([published_item()])
        with planning_server(plan), wired(plan.base_url):
            fetch_plan(self.year, self.account("bpkad"))
            before = list(PlanItem.objects.values())
            outcome = fetch_plan(self.year, self.account("bpkad"))
        assert (outcome.added, outcome.vanished, len(plan.requests)) == (0, 0, 2)
        assert list(PlanItem.objects.values()) == before

    def test_changed_pagu_waits_as_a_difference(self) -> None:
        self.fetch(PublishedPlan([published_item(pagu="90000000.00")]))
        difference = PlanDifference.objects.get(item=self.item, field="pagu")
        self.item.refresh_from_db()
        assert (self.item.pagu, difference.new_value) == (Decimal(100000000), "90000000.00")

    def test_difference_that_went_away_is_forgotten(self) -> None:
        self.fetch(PublishedPlan([published_item(pagu="90000000.00")]))
        self.fetch(PublishedPlan([published_item(pagu="100000000.00")]))
        assert not PlanDifference.objects.filter(field="pagu").exists()

    def test_vanished_sub_activity_is_flagged_and_keeps_its_lines(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        outcome = self.fetch(PublishedPlan([]))
        self.item.refresh_from_db()
        assert outcome.vanished == 1
        assert self.item.vanished_at is not None
        assert RkaLine.objects.filter(pk=line.pk).exists()
        assert any("tidak ada lagi di e-planning" in problem for problem in problems_of(self.rka))

    def test_sub_activity_that_returns_loses_its_flag(self) -> None:
        self.fetch(PublishedPlan([]))
        outcome = self.fetch(PublishedPlan([published_item()]))
        self.item.refresh_from_db()
        assert (outcome.returned, self.item.vanished_at) == (1, None)

    def test_unknown_agency_is_named_and_the_rest_is_taken(self) -> None:
        plan = PublishedPlan([published_item(), published_item(agency_code="9.99", sub_activity_code="9.1")])
        outcome = self.fetch(plan)
        assert outcome.unknown_agencies == ("9.99",)
        assert not PlanItem.objects.filter(sub_activity_code="9.1").exists()
        assert "9.99" in PlanFetch.objects.get(fiscal_year=self.year).problem

    def test_answer_that_breaks_the_contract_changes_nothing(self) -> None:
        before = list(PlanItem.objects.values())
        outcome = self.fetch(
            PublishedPlan([published_item(pagu="banyak"), published_item(sub_activity_code="1.9")])
        )
        assert not outcome.reachable
        assert "items[0].pagu" in outcome.problem
        assert list(PlanItem.objects.values()) == before

    def test_unreachable_provider_leaves_the_copy_and_says_since_when(self) -> None:
        self.fetch(PublishedPlan([published_item()]))
        received = PlanFetch.objects.get(fiscal_year=self.year).fetched_at
        with wired(CLOSED_PORT):
            outcome = fetch_plan(self.year, self.account("bpkad"))
        known = PlanFetch.objects.get(fiscal_year=self.year)
        assert (outcome.reachable, known.reachable, known.fetched_at) == (False, False, received)
        assert PlanItem.objects.filter(pk=self.item.pk, vanished_at__isnull=True).exists()

    def test_provider_that_refuses_the_token_is_a_failure_not_a_crash(self) -> None:
        outcome = self.fetch(PublishedPlan(status=500))
        assert not outcome.reachable

    def test_unwired_contract_is_a_failure_not_a_crash(self) -> None:
        outcome = fetch_plan(self.year, self.account("bpkad"))
        assert not outcome.reachable

    def test_only_the_budget_office_fetches(self) -> None:
        for username in ("opd", "verifikator", "tapd", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                fetch_plan(self.year, self.account(username))

    def test_closed_year_is_not_fetched(self) -> None:
        FiscalYear.objects.update(status="locked")
        with pytest.raises(YearClosed):
            fetch_plan(self.year, self.account("bpkad"))


class AutomaticRefresh(BudgetCase):
    def test_fresh_copy_is_not_asked_for_again(self) -> None:
        plan = PublishedPlan([published_item()])
        with planning_server(plan), wired(plan.base_url):
            refresh_if_old(self.year)
            refresh_if_old(self.year)
            refresh_if_old(self.year, timezone.now() + REFRESH_AFTER + timedelta(seconds=1))
        assert len(plan.requests) == 2

    def test_failed_attempt_is_not_repeated_at_once(self) -> None:
        plan = PublishedPlan(status=503)
        with planning_server(plan), wired(plan.base_url):
            refresh_if_old(self.year)
            refresh_if_old(self.year)
            refresh_if_old(self.year, timezone.now() + RETRY_AFTER + timedelta(seconds=1))
        assert len(plan.requests) == 2

    def test_closed_year_is_left_alone(self) -> None:
        FiscalYear.objects.update(status="locked")
        plan = PublishedPlan()
        with planning_server(plan), wired(plan.base_url):
            refresh_if_old(FiscalYear.objects.get(pk=self.year.pk))
        assert plan.requests == []


class Accepting(BudgetCase):
    def setUp(self) -> None:
        add_line(self.rka.pk, self.entry("90000000", volume="1"), self.account("opd"))
        self.difference = PlanDifference.objects.create(
            item=self.item, field="pagu", old_value="100000000.00", new_value="60000000.00", seen_at=timezone.now()
        )

    def test_accepted_pagu_replaces_the_stored_one(self) -> None:
        accept_difference(self.difference.pk, self.account("opd"))
        self.item.refresh_from_db()
        assert (self.item.pagu, used_of(self.item)) == (Decimal(60000000), Decimal(90000000))
        assert any("kelebihan Rp30.000.000" in problem for problem in problems_of(self.rka))

    def test_accepting_twice_says_so(self) -> None:
        accept_difference(self.difference.pk, self.account("opd"))
        with pytest.raises(Refused):
            accept_difference(self.difference.pk, self.account("opd"))

    def test_unaccepted_pagu_keeps_the_rka_from_being_sent(self) -> None:
        with pytest.raises(Refused) as refusal:
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        assert "perubahan pagu" in str(refusal.value)

    def test_nothing_is_accepted_while_the_rka_is_under_review(self) -> None:
        Rka.objects.filter(pk=self.rka.pk).update(state="asistensi")
        with pytest.raises(NotEditable):
            accept_difference(self.difference.pk, self.account("opd"))

    def test_only_its_own_agency_accepts(self) -> None:
        for username in ("opd-kesehatan", "verifikator", "bpkad"):
            with self.subTest(username), pytest.raises(Denied):
                accept_difference(self.difference.pk, self.account(username))
