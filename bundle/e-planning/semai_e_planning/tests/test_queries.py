"""Lists, queues, reports and side-by-side pages ask the database as often for thirty rows as for three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from semai_kit.models import Agency, District, Village
from semai_kit.testing.queries import BoundedQueries

from ..models import AgencyCeiling, NodeCeiling, NodeIndicator, PlanNode, Proposal, WorkPlan, WorkPlanItem
from .cases import MILLION, PlanningCase

STATES = (
    "diajukan",
    "verifikasi_kecamatan",
    "verifikasi_opd",
    "verifikasi_bappeda",
    "diterima",
    "ditolak",
    "masuk_renja",
)


class Queries(BoundedQueries, PlanningCase):
    """Each number is one kecamatan with its desa, one OPD with its Renja, one program, and an usulan per state."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.node = self.sub_activity()
            self.plan = self.work_plan()
            self.village = Village.objects.select_related("district").get(code="99.01.01.2001")
        for number in range(start, end):
            self._office(number)
            item = self._item(number)
            district = District.objects.create(code=f"99.01.5{number}", name=f"Kecamatan {number}")
            elsewhere = Village.objects.create(
                code=f"99.01.5{number}.2001", name=f"Desa {number}", district=district
            )
            neighbour = Village.objects.create(
                code=f"99.01.01.3{number}", name=f"Desa tetangga {number}", district=self.village.district
            )
            for village in (self.village, elsewhere, neighbour):
                for state in STATES:
                    self._proposal(f"{village.code}/{number}/{state}", village, state, item)

    def _office(self, number: int) -> None:
        agency = Agency.objects.create(code=f"9.{number:02d}", name=f"Dinas {number}", short_name=f"D{number}")
        program = PlanNode.objects.create(
            period=self.node.period, parent=self.node.parent.parent.parent, level="program", code=f"9.{number}",
            title="Program", agency=agency,
        )  # fmt: skip
        NodeCeiling.objects.create(node=program, year=2027, amount=MILLION)
        NodeIndicator.objects.create(node=program, name="Capaian", unit="persen")
        AgencyCeiling.objects.create(fiscal_year=self.year, agency=agency, amount=MILLION)
        plan = WorkPlan.objects.create(fiscal_year=self.year, agency=agency)
        activity = self._below(program, "kegiatan", f"9.{number}.1", agency)
        self._planned(plan, self._below(activity, "sub_kegiatan", f"9.{number}.1.1", agency))

    def _item(self, number: int) -> WorkPlanItem:
        node = self._below(self.node.parent, "sub_kegiatan", f"{self.node.parent.code}.7{number}", self.works)
        return self._planned(self.plan, node)

    def _below(self, parent: PlanNode, level: str, code: str, agency: Agency) -> PlanNode:
        return PlanNode.objects.create(
            period=self.node.period, parent=parent, level=level, code=code, title="Uraian", agency=agency
        )

    def _planned(self, plan: WorkPlan, node: PlanNode) -> WorkPlanItem:
        return WorkPlanItem.objects.create(
            work_plan=plan, sub_activity=node, indicator="Keluaran", target=Decimal(1), unit="paket",
            location="Kecamatan", pagu=MILLION,
        )  # fmt: skip

    def _proposal(self, number: str, village: Village, state: str, item: WorkPlanItem) -> None:
        content = self.content(village=village)
        Proposal.objects.create(
            fiscal_year=self.year,
            number=number,
            district=village.district,
            state=state,
            state_since=timezone.now(),
            work_plan_item=item if state == "masuk_renja" else None,
            created_by=self.account("bappeda"),
            **vars(content),
        )

    def pages(self) -> Mapping[str, Sequence[str]]:
        district, village = self.village.district_id, self.village.pk
        lists = [
            "home",
            "proposals",
            "rankings",
            "five-year-plan",
            "consistency",
            "target-consistency",
            "work-plans",
            "annual-plan",
        ]
        region = [reverse(f"planning:{name}") for name in (*lists, "calendar", "per-village")]
        region += [
            f"{reverse('planning:proposals')}?{words}" for words in ("page=2", "sort=-estimate", "cari=rabat")
        ]
        region += [
            f"{reverse('planning:per-village')}?{words}" for words in (f"kecamatan={district}", f"desa={village}")
        ]
        region += [reverse("planning:queue", args=["verifikasi_bappeda"])]
        region += [reverse("planning:minutes", args=[district]), reverse("planning:region-minutes")]
        region += [reverse("planning:region-document"), reverse("planning:agency-minutes", args=[self.works.pk])]
        office = [reverse(f"planning:{name}", args=[self.plan.pk]) for name in ("work-plan", "take-proposals")]
        return {
            "bappeda": region,
            "opd": [*office, reverse("planning:home"), reverse("planning:queue", args=["verifikasi_opd"])],
            "kecamatan": [
                reverse("planning:district-ranking", args=[district]),
                reverse("planning:queue", args=["diajukan"]),
            ],
            "desa": [reverse("planning:village-ranking", args=[village])],
        }
