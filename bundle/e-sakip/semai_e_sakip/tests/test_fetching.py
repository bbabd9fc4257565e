"""Reading from e-planning and e-budgeting over the wire, and living without them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from semai_kit.models import FiscalYear
from semai_kit.roles import Denied
from semai_kit.years import YearClosed

from ..errors import RuleBroken
from ..models import AnnualTarget, BudgetItem, Indicator, PerformanceNode, SourceFetch
from ..services.fetching import (
    BUDGET,
    REFRESH_AFTER,
    RETRY_AFTER,
    SOURCES,
    TREE,
    FetchOutcome,
    bring,
    fetch_all,
    refresh_if_old,
)
from .cases import PerformanceCase, wired
from .provider import CLOSED_PORT, Published, budget, indicator, node, serving


class Taking(PerformanceCase):
    def fetch(self, published: Published) -> list[FetchOutcome]:
        with serving(published), wired(published.urls):
            return fetch_all(self.year, self.account("organisasi"))

    def test_tree_and_budget_come_over_the_wire(self) -> None:
        outcomes = self.fetch(Published())
        assert [outcome.reachable for outcome in outcomes] == [True, True]
        program = PerformanceNode.objects.get(external_id="4")
        assert (program.agency.code, program.parent.parent.parent.title) == ("1.02", "Misi satu")
        found = Indicator.objects.get(external_id="71")
        assert (found.polarity, found.target, found.last_target.year) == ("lower", Decimal("16.50"), 2027)
        assert BudgetItem.objects.get().total == Decimal(1_400_000_000)

    def test_what_was_given_nothing_is_no_budget_and_what_lost_its_money_goes(self) -> None:
        self.fetch(Published(items=[budget(total="0.00")]))
        assert not BudgetItem.objects.exists()
        self.fetch(Published())
        assert BudgetItem.objects.count() == 1
        _, money = self.fetch(Published(items=[budget(total="0.00")]))
        assert (money.merged.vanished, BudgetItem.objects.exists()) == (1, False)

    def test_second_fetch_changes_nothing(self) -> None:
        self.fetch(Published())
        before = [list(model.objects.values()) for model in (PerformanceNode, Indicator, AnnualTarget, BudgetItem)]
        outcomes = self.fetch(Published())
        assert [(o.merged.added, o.merged.changed, o.merged.vanished) for o in outcomes] == [(0, 0, 0)] * 2
        assert before == [
            list(model.objects.values()) for model in (PerformanceNode, Indicator, AnnualTarget, BudgetItem)
        ]

    def test_changes_are_followed_and_what_was_added_here_stays(self) -> None:
        self.fetch(Published())
        found = Indicator.objects.get(external_id="71")
        self.define(found, "17.00", "16.80", "16.60", "16.50")
        Indicator.objects.filter(pk=found.pk).update(is_key=True)
        targets = [{"year": 2027, "value": "15.00"}]
        self.fetch(
            Published(indicators=[indicator(name="Stunting", targets=targets)], items=[budget(total="5.00")])
        )
        found = self.indicator("Stunting")
        assert (found.formula, found.is_key, found.target) == ("a/b", True, Decimal(15))
        assert [target.year for target in found.targets.all()] == [2027]
        assert found.quarter_targets()[0] == Decimal(17)
        assert BudgetItem.objects.get().total == Decimal(5)

    def test_target_of_the_rkpd_goes_before_the_rpjmds_of_the_year(self) -> None:
        self.fetch(Published(indicators=[indicator(work_plan_target="16.00")]))
        found = Indicator.objects.get(external_id="71")
        assert (found.target, found.target_of(2027), found.last_target.value) == (
            Decimal(16),
            Decimal("16.50"),
            Decimal("16.50"),
        )
        with pytest.raises(RuleBroken, match="16,5"):
            self.define(found, "17.00", "16.80", "16.60", "16.50")
        self.define(found, "17.00", "16.80", "16.60", "16.00")
        shown = self.as_("organisasi").get(f"/indikator/{found.pk}/").content.decode()
        assert "Target RKPD 2027: 16. " in shown

        self.fetch(Published(indicators=[indicator(work_plan_target=None)]))
        assert self.indicator(found.name).target == Decimal("16.50")

    def test_an_e_planning_that_tells_no_target_of_the_rkpd_leaves_the_rpjmds(self) -> None:
        assert "work_plan_target" not in indicator()
        self.fetch(Published())
        assert Indicator.objects.get(external_id="71").target == Decimal("16.50")

    def test_what_is_no_longer_published_is_marked_and_comes_back(self) -> None:
        self.fetch(Published())
        nodes = [node(n) for n in (1, 2, 3)]
        (tree, money) = self.fetch(Published(nodes=nodes, indicators=[], items=[]))
        assert (tree.merged.vanished, money.merged.vanished) == (1, 1)
        assert PerformanceNode.objects.get(external_id="4").vanished_at is not None
        assert Indicator.objects.get(external_id="71").vanished_at is not None
        self.fetch(Published())
        assert PerformanceNode.objects.get(external_id="4").vanished_at is None
        assert Indicator.objects.get(external_id="71").vanished_at is None

    def test_local_nodes_are_left_alone(self) -> None:
        before = list(PerformanceNode.objects.filter(external_id="").values())
        self.fetch(Published())
        assert list(PerformanceNode.objects.filter(external_id="").values()) == before

    def test_unknown_agency_is_named(self) -> None:
        nodes = [node(1), node(2), node(3), node(4, agency_code="9.99")]
        tree, _ = self.fetch(Published(nodes=nodes, items=[budget(agency_code="9.98")]))
        assert "9.99" in tree.problem
        assert "9.98" in SourceFetch.objects.get(contract=BUDGET.contract).problem
        assert not BudgetItem.objects.exists()

    def test_an_answer_that_breaks_the_contract_changes_nothing(self) -> None:
        before = PerformanceNode.objects.count()
        tree, money = self.fetch(Published(indicators=[indicator(direction="?")], items=[budget(total="?")]))
        assert (tree.reachable, money.reachable) == (False, False)
        assert "indicators[0].direction" in tree.problem
        assert PerformanceNode.objects.count() == before

    def test_providers_that_are_down_leave_dated_copies(self) -> None:
        self.fetch(Published())
        received = SourceFetch.objects.get(contract=TREE.contract).fetched_at
        with wired({source.contract: CLOSED_PORT for source in SOURCES}):
            outcomes = fetch_all(self.year, self.account("organisasi"))
            page = self.as_("opd").get("/pohon/").content.decode()
            money = self.client.get("/anggaran/").content.decode()
        known = SourceFetch.objects.get(contract=TREE.contract)
        assert [outcome.reachable for outcome in outcomes] == [False, False]
        assert (known.reachable, known.fetched_at) == (False, received)
        assert PerformanceNode.objects.filter(external_id="4", vanished_at=None).exists()
        assert "e-planning belum dapat dihubungi" in page
        assert "Yang dipakai salinan" in page
        assert "e-budgeting belum dapat dihubungi" in money
        assert "Yang dipakai salinan" in money
        assert "e-planning" not in money

    def test_a_provider_that_never_answered_is_said(self) -> None:
        with wired({TREE.contract: CLOSED_PORT}):
            page = self.as_("organisasi").get("/pohon/").content.decode()
        assert "belum ada salinan" in page
        assert "e-budgeting belum dihubungkan" in page

    def test_only_the_organisation_office_fetches(self) -> None:
        for username in ("opd", "pejabat", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                fetch_all(self.year, self.account(username))

    def test_a_closed_year_is_not_fetched(self) -> None:
        FiscalYear.objects.update(status="locked")
        with pytest.raises(YearClosed):
            bring(TREE, self.year)


class AutomaticRefresh(PerformanceCase):
    def test_a_fresh_copy_is_not_asked_for_again(self) -> None:
        with serving(Published()) as published, wired(published.urls):
            refresh_if_old(self.year)
            refresh_if_old(self.year)
            refresh_if_old(self.year, timezone.now() + REFRESH_AFTER + timedelta(seconds=1))
        assert len(published.requests) == 4

    def test_a_failed_attempt_is_not_repeated_at_once(self) -> None:
        with serving(Published(status=503)) as published, wired(published.urls):
            refresh_if_old(self.year)
            refresh_if_old(self.year)
            refresh_if_old(self.year, timezone.now() + RETRY_AFTER + timedelta(seconds=1))
        assert len(published.requests) == 4

    def test_a_closed_year_and_an_unwired_app_are_left_alone(self) -> None:
        refresh_if_old(self.year)
        FiscalYear.objects.update(status="locked")
        with serving(Published()) as published, wired(published.urls):
            refresh_if_old(self.year)
        assert published.requests == []
        assert not SourceFetch.objects.exists()

    def test_following_a_tree_costs_few_queries(self) -> None:
        many = [node(4, id=str(n), code=f"1.02.{n}") for n in range(100, 160)]
        indicators = [indicator(id=str(n), node_id=str(n)) for n in range(100, 160)]
        published = Published(nodes=[node(1), node(2), node(3), *many], indicators=indicators, items=[])
        with serving(published), wired(published.urls):
            bring(TREE, self.year)
            with self.assertNumQueries(32):  # 18 of them savepoints
                bring(TREE, self.year)
