"""The contract planning.work-plan 1.0 as a consumer meets it."""

from __future__ import annotations

import datetime
from dataclasses import replace

from django.conf import settings
from django.test import override_settings
from semai_kit.environment import ProvidedContract

from ..services import annual_plans, work_plans
from .cases import PlanningCase, WithTargets

BASE = "/api/planning.work-plan/1.0"
TOKEN = "token-uji"
ENVIRONMENT = replace(
    settings.SEMAI,
    provides={"planning.work-plan": ProvidedContract("planning.work-plan", "1.0", {"e-budgeting": TOKEN})},
)


@override_settings(SEMAI=ENVIRONMENT)
class ContractTest(WithTargets, PlanningCase):
    def ask(self, path: str, **headers: str):
        return self.client.get(f"{BASE}{path}", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", **headers)

    def approve(self):
        item = self.item()
        proposal = work_plans.take_proposal(self.account("opd"), item, self.proposal_at("diterima"))
        plan = work_plans.move(self.account("opd"), item.work_plan, "diajukan")
        work_plans.move(self.account("bappeda"), plan, "disetujui")
        return item, proposal

    def test_no_token_and_wrong_token_are_refused(self) -> None:
        assert self.client.get(f"{BASE}/agencies").status_code == 401
        wrong = self.client.get(f"{BASE}/work-plan?year=2027", HTTP_AUTHORIZATION="Bearer salah")
        assert wrong.status_code == 401

    def test_agencies_are_listed_in_code_order(self) -> None:
        agencies = self.ask("/agencies").json()["agencies"]

        assert [entry["code"] for entry in agencies] == ["1.01", "1.02", "1.03", "5.01"]
        assert agencies[0] == {"code": "1.01", "name": "Dinas Pendidikan", "short_name": "Disdik"}

    def test_unapproved_renja_does_not_leave(self) -> None:
        self.item()

        answer = self.ask("/work-plan?year=2027").json()

        assert (answer["status"], answer["items"]) == ("empty", [])

    def test_approved_item_has_exactly_the_agreed_shape(self) -> None:
        item, proposal = self.approve()

        answer = self.ask("/work-plan?year=2027").json()

        assert set(answer) == {"year", "generated_at", "status", "version", "items", "targets"}
        assert (answer["year"], answer["status"], answer["version"]) == (2027, "approved", None)
        assert answer["items"] == [
            {
                "id": item.pk,
                "agency_code": "1.03",
                "program_code": "1.03.10",
                "program_name": "Butir 1.03.10",
                "activity_code": "1.03.10.2.01",
                "activity_name": "Butir 1.03.10.2.01",
                "sub_activity_code": "1.03.10.2.01.0005",
                "sub_activity_name": "Butir 1.03.10.2.01.0005",
                "indicator": "Panjang jalan yang dibangun",
                "target": "1.50",
                "unit": "kilometer",
                "pagu": "300000000.00",
                "proposals": [
                    {
                        "number": proposal.number,
                        "title": "Rabat beton jalan Dusun Timur",
                        "village": "Air Jernih",
                        "estimate": "210000000.00",
                    }
                ],
            }
        ]
        assert answer["targets"] == [
            {
                "agency_code": "1.03",
                "indicator_id": str(self.roads.pk),
                "indicator": "Jalan mantap",
                "level": "program",
                "node_code": "1.03.10",
                "node_title": "Butir 1.03.10",
                "unit": "persen",
                "direction": "higher",
                "value": "470.00",
            },
            {
                "agency_code": "1.03",
                "indicator_id": str(self.poor.pk),
                "indicator": "Kemiskinan",
                "level": "sasaran",
                "node_code": "1.1.1",
                "node_title": "Butir 1.1.1",
                "unit": "persen",
                "direction": "lower",
                "value": "12.25",
            },
        ]

    def test_a_determined_rkpd_leaves_with_its_version(self) -> None:
        item, _ = self.approve()
        plan = annual_plans.open_annual_plan(self.account("bappeda"), self.year)
        plan = annual_plans.move(self.account("bappeda"), plan, "reviu")
        plan = annual_plans.move(self.account("inspektorat"), plan, "siap", "Sesuai")
        decree = annual_plans.Enactment("Perbup 21/2026", datetime.date(2026, 6, 30))
        annual_plans.move(self.account("kepala_daerah"), plan, "ditetapkan", "", decree)

        answer = self.ask("/work-plan?year=2027").json()

        assert answer["version"] == {
            "number": 0,
            "title": "RKPD 2027",
            "decree": "Perbup 21/2026",
            "enacted_on": "2026-06-30",
        }
        (found,) = answer["items"]
        assert (found["id"], found["pagu"], found["target"]) == (item.pk, "300000000.00", "1.50")
        assert [proposal["estimate"] for proposal in found["proposals"]] == ["210000000.00"]
        assert [(one["indicator"], one["value"]) for one in answer["targets"]] == [
            ("Jalan mantap", "470.00"),
            ("Kemiskinan", "12.25"),
        ]
        with self.assertNumQueries(4):
            self.ask("/work-plan?year=2027")

    def test_one_agency_can_be_asked_for(self) -> None:
        self.approve()

        other = self.ask("/work-plan?year=2027&agency=1.01").json()
        assert (other["items"], other["targets"]) == ([], [])
        assert len(self.ask("/work-plan?year=2027&agency=1.03").json()["items"]) == 1
        assert self.ask("/work-plan?year=2026").json()["items"] == []

    def test_unchanged_answer_is_not_sent_again(self) -> None:
        item, _ = self.approve()
        etag = self.ask("/work-plan?year=2027")["ETag"]

        unchanged = self.ask("/work-plan?year=2027", HTTP_IF_NONE_MATCH=etag)
        assert (unchanged.status_code, unchanged.content) == (304, b"")

        item.indicator = "Panjang jalan mantap"
        item.save()
        assert self.ask("/work-plan?year=2027", HTTP_IF_NONE_MATCH=etag).status_code == 200

    def test_year_is_obligatory(self) -> None:
        assert self.ask("/work-plan").status_code == 422

    def test_questions_cost_a_fixed_number_of_queries(self) -> None:
        self.approve()
        with self.assertNumQueries(7):
            self.ask("/work-plan?year=2027")

    def test_openapi_names_the_contract(self) -> None:
        schema = self.client.get("/openapi.json").json()

        assert f"{BASE}/work-plan" in schema["paths"]
