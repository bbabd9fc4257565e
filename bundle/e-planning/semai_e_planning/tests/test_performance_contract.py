"""The contract planning.performance 1.0 as a consumer meets it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from django.conf import settings
from django.test import override_settings
from semai_kit.environment import ProvidedContract
from semai_kit.models import Agency

from ..models import PlanNode, WorkPlan, WorkPlanTarget
from ..services import five_year_plans, work_plans
from .cases import PlanningCase, WithTargets

BASE = "/api/planning.performance/1.0"
TOKEN = "token-uji"
ENVIRONMENT = replace(
    settings.SEMAI,
    provides={"planning.performance": ProvidedContract("planning.performance", "1.0", {"e-sakip": TOKEN})},
)


@override_settings(SEMAI=ENVIRONMENT)
class PerformanceContractTest(PlanningCase):
    def ask(self, query: str = "year=2027", **headers: str):
        return self.client.get(f"{BASE}/tree?{query}", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", **headers)

    def measured(self, level: str = "sasaran") -> PlanNode:
        node = PlanNode.objects.get(level=level)
        content = five_year_plans.IndicatorContent(
            "Jalan mantap", "persen", Decimal("54.2"), "higher", {2026: Decimal("58.5"), 2027: Decimal(61)}
        )
        five_year_plans.save_indicator(self.account("bappeda"), node, None, content)
        return node

    def test_no_token_and_wrong_token_are_refused(self) -> None:
        assert self.client.get(f"{BASE}/tree?year=2027").status_code == 401
        wrong = self.client.get(f"{BASE}/tree?year=2027", HTTP_AUTHORIZATION="Bearer salah")
        assert wrong.status_code == 401

    def test_indicator_has_exactly_the_agreed_shape(self) -> None:
        self.sub_activity()
        node = self.measured()

        answer = self.ask().json()

        assert set(answer) == {"year", "generated_at", "period", "nodes", "indicators"}
        assert answer["period"]["title"] == "RPJMD 2025–2029"
        (found,) = answer["indicators"]
        assert found == {
            "id": str(node.indicators.get().pk),
            "node_id": str(node.pk),
            "name": "Jalan mantap",
            "unit": "persen",
            "direction": "higher",
            "baseline": "54.20",
            "targets": [{"year": 2026, "value": "58.50"}, {"year": 2027, "value": "61.00"}],
            "work_plan_target": None,
        }

    def test_below_the_programs_only_what_an_approved_renja_carries_out_leaves(self) -> None:
        item = self.item()
        assert {node["level"] for node in self.ask().json()["nodes"]} == {"misi", "tujuan", "sasaran", "program"}

        plan = work_plans.move(self.account("opd"), item.work_plan, "diajukan")
        work_plans.move(self.account("bappeda"), plan, "disetujui")

        answer = self.ask().json()
        nodes = {node["id"]: node for node in answer["nodes"]}
        leaf = nodes[str(item.sub_activity_id)]
        assert (leaf["level"], leaf["agency_code"]) == ("sub_kegiatan", "1.03")
        assert nodes[leaf["parent_id"]]["level"] == "kegiatan"
        (output,) = answer["indicators"]
        assert (output["id"], output["node_id"]) == (f"renja-{item.pk}", leaf["id"])
        assert output["targets"] == [{"year": 2027, "value": "1.50"}]

    def test_year_without_an_rpjmd_is_empty(self) -> None:
        answer = self.ask("year=2044").json()

        assert (answer["period"], answer["nodes"], answer["indicators"]) == (None, [], [])

    def test_unchanged_answer_is_not_sent_again(self) -> None:
        self.sub_activity()
        etag = self.ask()["ETag"]
        assert self.ask(HTTP_IF_NONE_MATCH=etag).status_code == 304

        self.measured()
        assert self.ask(HTTP_IF_NONE_MATCH=etag).status_code == 200

    def test_a_tree_costs_a_fixed_number_of_queries(self) -> None:
        self.item()
        self.measured("tujuan")
        self.measured("sasaran")
        with self.assertNumQueries(10):
            self.ask()


@override_settings(SEMAI=ENVIRONMENT)
class WorkPlanTargetContractTest(WithTargets, PlanningCase):
    def test_what_the_rkpd_sets_for_the_year_leaves_where_its_opd_agree(self) -> None:
        def told() -> dict[str, str | None]:
            answer = self.client.get(f"{BASE}/tree?year=2027", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
            return {one["name"]: one["work_plan_target"] for one in answer.json()["indicators"]}

        item = self.item()
        assert (told()["Jalan mantap"], told()["Kemiskinan"]) == (None, None)  # a draft does not leave
        plan = work_plans.move(self.account("opd"), item.work_plan, "diajukan")
        work_plans.move(self.account("bappeda"), plan, "disetujui")
        assert (told()["Jalan mantap"], told()["Kemiskinan"]) == ("470.00", "12.25")

        other = WorkPlan.objects.create(
            fiscal_year=self.year, agency=Agency.objects.get(code="1.01"), state="disetujui"
        )
        row = WorkPlanTarget.objects.create(work_plan=other, indicator=self.poor, value=Decimal("12.25"))
        assert told()["Kemiskinan"] == "12.25"
        row.value = Decimal(11)
        row.save()
        assert (told()["Jalan mantap"], told()["Kemiskinan"]) == ("470.00", None)
