"""The contract budget.execution-document 1.0 as a consumer meets it."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.test import override_settings
from semai_kit.environment import ProvidedContract

from semai_e_budgeting.models import Rka
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import BudgetCase

CONTRACT = "budget.execution-document"
BASE = f"/api/{CONTRACT}/1.0"
TOKEN = "token-uji"
ENVIRONMENT = replace(
    settings.SEMAI, provides={CONTRACT: ProvidedContract(CONTRACT, "1.0", {"e-sakip": TOKEN})}, consumes={}
)


@override_settings(SEMAI=ENVIRONMENT)
class ExecutionContract(BudgetCase):
    def ask(self, query: str = "year=2027", **headers: str):
        return self.client.get(f"{BASE}/documents?{query}", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", **headers)

    def lock(self) -> None:
        for to, username in (
            ("dikirim", "opd"),
            ("asistensi", "verifikator"),
            ("tapd", "verifikator"),
            ("kunci", "tapd"),
        ):
            move_rka(self.rka.pk, to, self.account(username))

    def test_no_token_and_wrong_token_are_refused(self) -> None:
        assert self.client.get(f"{BASE}/documents?year=2027").status_code == 401
        wrong = self.client.get(f"{BASE}/documents?year=2027", HTTP_AUTHORIZATION="Bearer salah")
        assert wrong.status_code == 401

    def test_an_unlocked_rka_does_not_leave(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))

        answer = self.ask().json()

        assert (answer["status"], answer["items"]) == ("empty", [])

    def test_a_locked_sub_activity_has_exactly_the_agreed_shape(self) -> None:
        add_line(self.rka.pk, self.entry("1250000", volume="4"), self.account("opd"))
        self.lock()

        answer = self.ask().json()

        assert set(answer) == {"year", "generated_at", "status", "items"}
        assert (answer["year"], answer["status"]) == (2027, "approved")
        assert answer["items"] == [
            {
                "agency_code": "1.01",
                "program_code": "1.01.02",
                "program_name": "Program Pengelolaan Pendidikan",
                "activity_code": "1.01.02.2.01",
                "activity_name": "Pengelolaan Pendidikan Sekolah Dasar",
                "sub_activity_code": "1.01.02.2.01.0003",
                "sub_activity_name": "Sub kegiatan 3",
                "version": 1,
                "total": "5000000.00",
            }
        ]

    def test_only_the_version_that_was_locked_counts(self) -> None:
        add_line(self.rka.pk, self.entry("1000000", volume="1"), self.account("opd"))
        for to, username, reason in (
            ("dikirim", "opd", ""),
            ("asistensi", "verifikator", ""),
            ("kembali", "verifikator", "Kurang"),
        ):
            move_rka(self.rka.pk, to, self.account(username), reason)
        add_line(self.rka.pk, self.entry("2000000", volume="1"), self.account("opd"))
        self.lock()

        (item,) = self.ask().json()["items"]
        assert (item["version"], item["total"]) == (2, "3000000.00")

    def test_status_is_partial_while_another_agency_is_not_locked(self) -> None:
        other = self.plan_item(9, agency="1.02")
        Rka.objects.create(fiscal_year=self.year, agency=other.agency)
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()

        assert self.ask().json()["status"] == "partial"
        assert self.ask("year=2027&agency=1.01").json()["status"] == "approved"
        assert self.ask("year=2027&agency=1.02").json()["status"] == "empty"

    def test_unchanged_answer_is_not_sent_again(self) -> None:
        etag = self.ask()["ETag"]
        assert self.ask(HTTP_IF_NONE_MATCH=etag).status_code == 304
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()
        assert self.ask(HTTP_IF_NONE_MATCH=etag).status_code == 200

    def test_documents_cost_a_fixed_number_of_queries(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()
        with self.assertNumQueries(3):
            self.ask()
