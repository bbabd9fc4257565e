"""The contract budget.grants 1.0 as a consumer meets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.test import override_settings
from semai_kit.environment import ProvidedContract

from semai_e_budgeting.models import PackCode
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import LineEntry, add_line, change_line
from semai_e_budgeting.tests.base import BudgetCase

CONTRACT = "budget.grants"
ADDRESS = f"/api/{CONTRACT}/1.0/grants"
TOKEN = "token-uji"
ENVIRONMENT = replace(
    settings.SEMAI, provides={CONTRACT: ProvidedContract(CONTRACT, "1.0", {"e-hibah": TOKEN})}, consumes={}
)
LOCKING = (("dikirim", "opd"), ("asistensi", "verifikator"), ("tapd", "verifikator"), ("kunci", "tapd"))


@override_settings(SEMAI=ENVIRONMENT)
class GrantsContract(BudgetCase):
    def ask(self, query: str = "year=2027", token: str = TOKEN, **headers: str) -> Any:
        return self.client.get(f"{ADDRESS}?{query}", HTTP_AUTHORIZATION=f"Bearer {token}", **headers)

    def grant(self, account: str = "5.1.05.05.02.0001", **changes: Any) -> LineEntry:
        code = PackCode.objects.get(code=account)
        return self.entry(account_id=code.pk, description="Hibah kepada lembaga", **changes)

    def move(self, *steps: tuple[str, str]) -> None:
        for to, name in steps:
            reason = "Kurangi." if to == "kembali" else ""
            move_rka(self.rka.pk, to, self.account(name), reason)

    def test_another_token_is_refused(self) -> None:
        assert self.client.get(f"{ADDRESS}?year=2027").status_code == 401
        assert self.ask(token="salah").status_code == 401

    def test_only_lines_of_grants_in_locked_rka_leave(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        line = add_line(self.rka.pk, self.grant(), self.account("opd"))
        add_line(self.rka.pk, self.grant("5.1.06.01.01.0001", price="500000"), self.account("opd"))
        assert (self.ask().json()["status"], self.ask().json()["items"]) == ("empty", [])
        self.move(*LOCKING)

        answer = self.ask().json()

        assert (answer["year"], answer["status"]) == (2027, "approved")
        assert [item["ceiling"] for item in answer["items"]] == ["10000000.00", "5000000.00"]
        assert answer["items"][0] == {
            "id": str(line.pk),
            "agency_code": "1.01",
            "sub_activity_code": "1.01.02.2.01.0003",
            "sub_activity_name": "Sub kegiatan 3",
            "account_code": "5.1.05.05.02.0001",
            "account_name": PackCode.objects.get(code="5.1.05.05.02.0001").name,
            "description": "Hibah kepada lembaga",
            "ceiling": "10000000.00",
        }

    def test_the_newest_version_counts_and_keeps_the_id(self) -> None:
        line = add_line(self.rka.pk, self.grant(), self.account("opd"))
        self.move(("dikirim", "opd"), ("asistensi", "verifikator"), ("kembali", "verifikator"))
        change_line(line.pk, self.grant(price="700000"), self.account("opd"))
        self.move(*LOCKING)

        items = self.ask().json()["items"]

        assert [(item["id"], item["ceiling"]) for item in items] == [(str(line.pk), "7000000.00")]

    def test_an_unchanged_answer_is_not_sent_twice(self) -> None:
        first = self.ask()
        assert self.ask(HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304

    def test_a_wrong_year_is_refused_and_an_empty_one_is_empty(self) -> None:
        assert self.ask("year=dua").status_code == 422
        assert self.ask("year=1999").json()["items"] == []

    def test_queries_do_not_grow_with_lines(self) -> None:
        for number in range(8):
            add_line(self.rka.pk, self.grant(price=str(1000 + number)), self.account("opd"))
        self.move(*LOCKING)
        with self.assertNumQueries(2):
            assert len(self.ask().json()["items"]) == 8
