"""What the tests start from: personas of every desk, an open calendar, a small RPJMD and quick ways to a state."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit import append_only
from semai_kit.models import Agency, FiscalYear, Village
from semai_kit.testing import KitTestCase, KitThreadsTestCase

from ..models import (
    AnnualPlan,
    AnnualPlanVersion,
    NodeIndicator,
    PlanNode,
    PriorityTheme,
    Proposal,
    ProposalKind,
    Stage,
    WorkPlan,
    WorkPlanItem,
)
from ..models.versions import VERSION_TABLES
from ..selectors import versions
from ..selectors.comparison import Comparison, compare
from ..services import (
    annual_plans,
    ceilings,
    five_year_plans,
    proposals,
    reference_rows,
    review,
    targets,
    work_plans,
)

MILLION = Decimal(1_000_000)
FIRST = annual_plans.Enactment("Peraturan Bupati Nomor 21 Tahun 2026", datetime.date(2026, 6, 30))
SECOND = annual_plans.Enactment("Peraturan Bupati Nomor 30 Tahun 2027", datetime.date(2027, 7, 20))
SOURCES = {
    "dprd": Proposal.Source.COUNCIL,
    "kecamatan": Proposal.Source.DISTRICT,
    "opd": Proposal.Source.AGENCY,
    "opd-lain": Proposal.Source.AGENCY,
}
WHY = "Asumsi pendapatan berubah"
ROAD = (
    ("diajukan", "desa"),
    ("verifikasi_kecamatan", "kecamatan"),
    ("verifikasi_opd", "opd"),
    ("verifikasi_bappeda", "opd"),
    ("diterima", "bappeda"),
)


class Planning:
    """Mixed into a kit test case."""

    @classmethod
    def make_personas(cls) -> None:
        reference_rows.load()
        village = Village.objects.get(code="99.01.01.2001")
        works = Agency.objects.get(code="1.03")
        cls.persona("desa", "desa", village=village)
        cls.persona("desa-lain", "desa", village=Village.objects.get(code="99.01.01.2002"))
        cls.persona("kecamatan", "kecamatan", district=village.district)
        cls.persona("kecamatan-lain", "kecamatan", district=Village.objects.get(code="99.01.02.2001").district)
        cls.persona("opd", "opd", agency=works)
        cls.persona("opd-lain", "opd", agency=Agency.objects.get(code="1.01"))
        for role in ("bappeda", "dprd", "inspektorat", "kepala_daerah", "auditor", "administrator"):
            cls.persona(role, role)
        open_calendar()

    @property
    def year(self) -> FiscalYear:
        return FiscalYear.objects.get(year=2027)

    @property
    def works(self) -> Agency:
        return Agency.objects.get(code="1.03")

    def content(self, **changes: Any) -> proposals.ProposalContent:
        values: dict[str, Any] = {
            "title": "Rabat beton jalan Dusun Timur",
            "description": "Jalan becek pada musim hujan.",
            "kind": ProposalKind.objects.get(code="fisik"),
            "theme": PriorityTheme.objects.get(code="infrastruktur"),
            "village": Village.objects.select_related("district").get(code="99.01.01.2001"),
            "rw": "001",
            "rt": "002",
            "location": "Dusun Timur",
            "latitude": None,
            "longitude": None,
            "volume": Decimal("350"),
            "unit": "meter",
            "estimate": 210 * MILLION,
            "proposer": "Kepala Dusun Timur",
            "agency": self.works,
        }
        return proposals.ProposalContent(**(values | changes))

    def draft(self, author: str = "desa", **changes: Any) -> Proposal:
        source = SOURCES.get(author, Proposal.Source.MUSRENBANG)
        return proposals.create(self.account(author), self.year, source, self.content(**changes))

    def proposal_at(self, state: str, **changes: Any) -> Proposal:
        """An usulan walked to `state` by the right personas."""
        proposal = self.draft(**changes)
        desk = {"verifikasi_opd": "kecamatan"}
        for target, account in ROAD:
            if proposal.state == state:
                break
            proposal = review.move(self.account(desk.get(target, account)), proposal, target)
        return proposal

    def sub_activity(self, code: str = "1.03.10.2.01.0005", agency: Agency | None = None) -> PlanNode:
        """A sub kegiatan of the OPD with everything above it."""
        account = self.account("bappeda")
        period = five_year_plans.save_period(
            account, None, five_year_plans.PeriodContent("RPJMD 2025–2029", 2025, 2029, "", "Maju bersama")
        )
        node = None
        for level in ("1", "1.1", "1.1.1", "1.03.10", "1.03.10.2.01", code):
            details = five_year_plans.NodeContent(level, f"Butir {level}", agency or self.works)
            node = five_year_plans.add_node(account, period, node, details)
        return node

    def indicator(self, node: PlanNode, name: str, direction: str, yearly: dict[int, Decimal]) -> NodeIndicator:
        content = five_year_plans.IndicatorContent(name, "persen", None, direction, yearly)
        return five_year_plans.save_indicator(self.account("bappeda"), node, None, content)

    def work_plan(self, ceiling: Decimal = 1000 * MILLION) -> WorkPlan:
        ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, ceiling)
        return work_plans.open_work_plan(self.account("opd"), self.year, self.works)

    def item_content(self, node: PlanNode, pagu: Decimal = 300 * MILLION) -> work_plans.ItemContent:
        return work_plans.ItemContent(
            sub_activity=node,
            indicator="Panjang jalan yang dibangun",
            target=Decimal("1.5"),
            unit="kilometer",
            location="Kecamatan Hulu",
            pagu=pagu,
            note="",
        )

    def item(self, pagu: Decimal = 300 * MILLION) -> WorkPlanItem:
        return work_plans.add_item(
            self.account("opd"), self.work_plan(), self.item_content(self.sub_activity(), pagu)
        )


class WithTargets(Planning):
    """Every Renja sets targets for two indicators: of its program, and of the sasaran that serves."""

    def item(self, pagu: Decimal = 300 * MILLION) -> WorkPlanItem:
        item = super().item(pagu)
        program = item.sub_activity.parent.parent
        higher, lower = NodeIndicator.Direction.HIGHER, NodeIndicator.Direction.LOWER
        self.roads = self.indicator(program, "Jalan mantap", higher, {2027: Decimal(464)})
        self.poor = self.indicator(program.parent, "Kemiskinan", lower, {2027: Decimal("12.5")})
        self.bridges = self.indicator(program, "Jembatan baik", higher, {})
        self.set_targets({self.roads.pk: Decimal(470), self.poor.pk: Decimal("12.25")}, plan=item.work_plan)
        return item

    def set_targets(
        self, values: dict[int, Decimal | None], reason: str = "", plan: WorkPlan | None = None
    ) -> None:
        targets.set_targets(self.account("opd"), plan or WorkPlan.objects.get(agency=self.works), values, reason)


class Determined(Planning):
    """A year whose RKPD is determined: one Renja with one sub kegiatan of 300 million, pagu 1000 million."""

    def determine(self) -> None:
        self.first = self.item()
        self.work_plan_row = self.first.work_plan
        self.step(self.first.work_plan, "opd", "diajukan")
        self.step(self.first.work_plan, "bappeda", "disetujui")
        self.plan = annual_plans.open_annual_plan(self.account("bappeda"), self.year)
        self.rkpd("bappeda", "reviu")
        self.rkpd("inspektorat", "siap", "Sesuai kaidah")
        self.rkpd("kepala_daerah", "ditetapkan", enactment=FIRST)

    def step(self, plan: WorkPlan, who: str, to: str, reason: str = "") -> WorkPlan:
        return work_plans.move(self.account(who), plan, to, reason)

    def rkpd(
        self, who: str, to: str, reason: str = "", enactment: annual_plans.Enactment | None = None
    ) -> AnnualPlan:
        self.plan = annual_plans.move(self.account(who), self.plan, to, reason, enactment)
        return self.plan

    def begin(self) -> None:
        self.rkpd("bappeda", "perubahan", WHY)
        self.step(self.work_plan_row, "opd", "perubahan", "Menyesuaikan pagu")

    def sibling(self, name: str) -> PlanNode:
        node = self.first.sub_activity
        details = five_year_plans.NodeContent(f"{node.code}.{name}", f"Sub {name}", None)
        return five_year_plans.add_node(self.account("bappeda"), node.period, node.parent, details)

    def change(self, pagu: Decimal, reason: str = "Volume bertambah") -> WorkPlanItem:
        content = self.item_content(self.first.sub_activity, pagu)
        return work_plans.change_item(self.account("opd"), self.first, content, reason)

    def finish(self) -> AnnualPlanVersion:
        """From a Perubahan Renja in the making to a new version."""
        self.step(self.work_plan_row, "opd", "perubahan_diajukan")
        self.step(self.work_plan_row, "bappeda", "disetujui")
        self.rkpd("bappeda", "perubahan_reviu", "Mohon direviu")
        self.rkpd("inspektorat", "perubahan_siap", "Sesuai kaidah")
        self.rkpd("kepala_daerah", "ditetapkan", enactment=SECOND)
        return self.plan.versions.get(number=self.plan.revision)

    def comparison(self) -> Comparison:
        return working_comparison(self.plan)


def working_comparison(plan: AnnualPlan) -> Comparison:
    """The newest version beside what is being made; what the page of the RKPD counts is the same."""
    base = plan.versions.order_by("-number").first()
    assert base is not None
    reasons = versions.reasons_between(plan, base.number, None)
    found = compare(versions.version_side(base), versions.working_side(plan.fiscal_year), reasons)
    counted = versions.working_change(plan)
    assert (counted.items, counted.total) == (len(found.changed), found.new.total)
    assert counted.difference == found.difference
    assert counted.targets == (len(found.changed_targets) if found.knows_targets else None)
    return found


def open_calendar() -> None:
    """Every stage open from yesterday until tomorrow."""
    today = timezone.localdate()
    for stage in Stage.objects.all():
        stage.opens_on = today - datetime.timedelta(days=1)
        stage.closes_on = today + datetime.timedelta(days=1)
        stage.save()


def close_calendar() -> None:
    """Every stage was last year."""
    day = timezone.localdate() - datetime.timedelta(days=365)
    for stage in Stage.objects.all():
        stage.opens_on = stage.closes_on = day
        stage.save()


class PlanningCase(Planning, KitTestCase):
    """A rolled-back case."""


class PlanningPropertyCase(HypothesisCase, PlanningCase):
    """A case whose every example is rolled back."""


class PlanningThreadsCase(Planning, KitThreadsTestCase):
    """A case that commits, for threads."""

    def _fixture_teardown(self) -> None:
        append_only.remove(connection, VERSION_TABLES)
        try:
            super()._fixture_teardown()
        finally:
            append_only.install(connection, VERSION_TABLES)
