"""From one list of codes to the next: mappings, decisions, and lines of an earlier year carried into a new RKA."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from semai_kit.models import Agency, FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import Denied

from semai_e_budgeting.mappings import How, code_kinds, general, particular, successor
from semai_e_budgeting.models import (
    CannotChange,
    CodeDecision,
    CodeMapping,
    CodePack,
    FundingSource,
    PackCode,
    PlanItem,
    Rka,
    RkaLine,
)
from semai_e_budgeting.selectors.successors import open_codes
from semai_e_budgeting.services.carrying import carry_lines, carry_plan
from semai_e_budgeting.services.lines import add_line, remove_line
from semai_e_budgeting.services.mapping import MappingEntry, decide, row_problems, write_mapping
from semai_e_budgeting.services.reference import CodeEntry, PackEntry, create_pack, end_pack, import_accounts
from semai_e_budgeting.tests.base import ATK, BudgetCase

PAPER, MEAL = "5.1.02.01.01.0025", "5.1.02.01.01.0052"
NEW_A, NEW_B = "5.1.02.01.01.0901", "5.1.02.01.01.0902"
SUB = "1.01.02.2.01.0003"
codes = st.sampled_from(["a", "b", "c", "d", ""])


@given(
    st.sampled_from(["a", "b"]),
    st.none() | codes,
    st.booleans(),
    st.lists(codes, max_size=4),
    st.sets(st.sampled_from(["a", "b", "c", "d"])),
)
def test_no_code_goes_on_that_nobody_stated(
    code: str, decided: str | None, same: bool, targets: list[str], usable: set[str]
) -> None:
    found = successor(code, decided=decided, same=same, targets=targets, usable=usable)
    stated = {decided} if decided is not None else {code} if same else set(targets)
    if found.goes_on:
        assert found.code in stated & usable
        assert len(stated - {""}) == 1
    else:
        assert found.how in (How.UNDECIDED, How.DROPPED)
        assert (found.how is How.DROPPED) == (decided == "")


def test_codes_of_programs_have_a_shape_of_their_own_and_may_stand_for_every_field() -> None:
    kind = code_kinds()["program"]
    assert kind.is_shaped("X.XX.01.2.06.0001")
    assert not kind.is_shaped("1.01.02.2")
    assert kind.parent_of("1.01.02.2.01") == "1.01.02"
    assert general("1.01.01.2.06.0001") == "X.XX.01.2.06.0001"
    assert particular("X.XX.01.2.07.0009", "1.01.01.2.06.0001") == "1.01.01.2.07.0009"


class Turn(BudgetCase):
    """A sent RKA of 2027, and an empty one of 2028 with the same sub kegiatan."""

    def setUp(self) -> None:
        opd = self.account("opd")
        for code, price in ((ATK, "1000000"), (PAPER, "2000000"), (MEAL, "3000000")):
            account = PackCode.objects.get(code=code).pk
            add_line(self.rka.pk, self.entry(price, account_id=account, description=code), opd)
        self.lock()
        self.old = CodePack.objects.get()
        self.after = FiscalYear.objects.create(year=2028)
        self.new_rka = Rka.objects.create(fiscal_year=self.after, agency=self.rka.agency)
        self.new_item = self.item_of_2028(SUB)

    def item_of_2028(self, code: str, pagu: str = "100000000") -> PlanItem:
        values = {"fiscal_year": self.after, "sub_activity_code": code, "pagu": Decimal(pagu)}
        fields = PlanItem.objects.filter(pk=self.item.pk).values(
            "agency_id", "external_id", "program_code", "program_name", "activity_code", "activity_name",
            "sub_activity_name",
        )  # fmt: skip
        return PlanItem.objects.create(**{**fields.get(), **values})

    def replace_pack(self, *leaves: str) -> CodePack:
        desk = self.account("bpkad")
        entry = PackEntry("belanja-2028", "Belanja 2028", "Keputusan 1/2027", date(2027, 3, 1), 2028)
        new = create_pack(entry, desk)
        parts = NEW_A.split(".")
        above = [CodeEntry(".".join(parts[:depth]), "x") for depth in range(1, 6)]
        import_accounts(new.pk, above + [CodeEntry(code, f"Baru {code}") for code in leaves], desk)
        end_pack(self.old.pk, 2027, desk)
        return new

    def map(self, new: CodePack, *pairs: tuple[str, str]) -> None:
        entries = [MappingEntry(old, code) for old, code in pairs]
        write_mapping(self.old.pk, new.pk, entries, self.account("bpkad"))

    def decide(self, old: str, new: str, kind: str = "account", **changes: Any) -> CodeDecision:
        values = {"reason": "Rapat TAPD 3 Maret.", "account": self.account("bpkad")} | changes
        return decide(self.after, kind, old, new, values["reason"], values["account"])

    def carry(self) -> dict[str, str]:
        """What the new RKA holds afterwards: account code by description."""
        carry_lines(self.new_rka.pk, self.account("opd"))
        lines = RkaLine.objects.filter(rka=self.new_rka).select_related("account")
        return {line.description: line.account.code for line in lines}

    def waiting(self) -> dict[str, str]:
        return {each.code: each.successor.why for each in open_codes(self.account("bpkad"), self.after)}


class Carrying(Turn):
    def test_lines_come_as_they_were_while_their_list_goes_on(self) -> None:
        assert self.carry() == {ATK: ATK, PAPER: PAPER, MEAL: MEAL}
        assert self.waiting() == {}
        totals = [set(rka.lines.values_list("net", "tax", "total")) for rka in (self.rka, self.new_rka)]
        assert totals[0] == totals[1]

    def test_nothing_is_guessed_even_where_the_new_list_has_the_same_digits(self) -> None:
        self.replace_pack(ATK, NEW_A)
        assert self.carry() == {}
        assert set(self.waiting()) == {ATK, PAPER, MEAL}

    def test_one_successor_is_taken_and_everything_else_waits_for_a_decision(self) -> None:
        new = self.replace_pack(NEW_A, NEW_B)
        self.map(new, (ATK, NEW_A), (PAPER, NEW_A), (PAPER, NEW_B), (MEAL, ""))
        assert self.carry() == {ATK: NEW_A}
        plan = carry_plan(self.new_rka)
        assert [step.source.description for step in plan.waiting] == [PAPER, MEAL]
        assert self.waiting() == {PAPER: "dipetakan ke 2 kode", MEAL: "tanpa pengganti menurut pemetaan"}
        page = self.as_("verifikator").get(reverse("budget:rka", args=[self.new_rka.pk])).content.decode()
        assert "2 rincian tahun lalu belum dibawa" in page

    def test_decisions_bring_the_rest_and_nothing_comes_twice(self) -> None:
        new = self.replace_pack(NEW_A, NEW_B)
        self.map(new, (ATK, NEW_A), (PAPER, NEW_A), (PAPER, NEW_B))
        self.carry()
        self.decide(PAPER, NEW_B)
        self.decide(MEAL, "")
        assert self.carry() == self.carry() == {ATK: NEW_A, PAPER: NEW_B}
        [left] = carry_plan(self.new_rka).left_out
        assert (left.waits, left.why) == (False, f"Kode rekening {MEAL} diputuskan tidak dibawa.")
        assert self.waiting() == {}

    def test_a_removed_line_can_be_carried_again(self) -> None:
        self.carry()
        line = RkaLine.objects.get(rka=self.new_rka, description=ATK)
        remove_line(line.pk, self.account("opd"))
        assert set(self.carry()) == {ATK, PAPER, MEAL}

    def test_lines_beyond_pagu_stay_out_and_say_so(self) -> None:
        self.new_item.pagu = Decimal(45000000)
        self.new_item.save()
        assert self.carry() == {ATK: ATK, PAPER: PAPER}
        [left] = carry_plan(self.new_rka).left_out
        assert "Tidak muat dalam pagu" in left.why
        assert sum(line.total for line in self.new_rka.lines.all()) <= self.new_item.pagu

    def test_a_sub_activity_that_is_not_planned_any_more_stays_out(self) -> None:
        self.new_item.delete()
        assert self.carry() == {}
        assert "tidak ada dalam rencana kerja" in carry_plan(self.new_rka).left_out[0].why

    def test_programs_follow_a_mapping_stated_for_every_field(self) -> None:
        desk = self.account("bpkad")
        self.new_item.delete()
        moved = self.item_of_2028("1.01.02.2.05.0007")
        old, new = (
            create_pack(
                PackEntry(f"program-{year}", "P", f"Keputusan {year}", date(2026, 1, 1), year, kind="program"), desk
            )
            for year in (2027, 2028)
        )
        above = [CodeEntry("X", "x"), CodeEntry("X.XX", "x"), CodeEntry("X.XX.02", "x")]
        for pack, activity, leaf in ((old, "2.01", "0003"), (new, "2.05", "0007")):
            tail = [CodeEntry(f"X.XX.02.{activity}", "k"), CodeEntry(f"X.XX.02.{activity}.{leaf}", "s")]
            import_accounts(pack.pk, above + tail, desk)
        end_pack(old.pk, 2027, desk)
        assert self.waiting() == {SUB: "belum ada dalam pemetaan"}
        write_mapping(old.pk, new.pk, [MappingEntry("X.XX.02.2.01.0003", "X.XX.02.2.05.0007")], desk)
        assert len(self.carry()) == 3
        assert set(self.new_rka.lines.values_list("item", flat=True)) == {moved.pk}

    def test_an_ended_source_of_funds_waits_too(self) -> None:
        FundingSource.objects.filter(code="PAD").update(valid_until_year=2027)
        assert self.carry() == {}
        assert set(self.waiting()) == {"PAD"}
        self.decide("PAD", "DAU", kind="funding")
        self.carry()
        assert set(self.new_rka.lines.values_list("funding__code", flat=True)) == {"DAU"}

    def test_only_the_planner_of_the_agency_carries_and_only_before_it_is_sent(self) -> None:
        for username in ("opd-kesehatan", "verifikator", "bpkad"):
            with self.subTest(username), pytest.raises(Denied):
                carry_lines(self.new_rka.pk, self.account(username))
        Rka.objects.filter(pk=self.new_rka.pk).update(state="dikirim")
        with pytest.raises(Refused):
            carry_lines(self.new_rka.pk, self.account("opd"))

    def test_without_an_earlier_version_there_is_nothing_to_carry(self) -> None:
        other = Rka.objects.create(fiscal_year=self.after, agency=Agency.objects.get(code="1.02"))
        with pytest.raises(Refused, match="Belum ada RKA tahun sebelumnya"):
            carry_lines(other.pk, self.account("opd-kesehatan"))


class Deciding(Turn):
    def test_a_decision_is_kept_with_who_when_and_why_and_the_newest_counts(self) -> None:
        self.replace_pack(NEW_A, NEW_B)
        first, _ = self.decide(ATK, NEW_A), self.decide(ATK, NEW_B)
        assert (first.decided_by.username, first.reason) == ("bpkad", "Rapat TAPD 3 Maret.")
        assert first.decided_at is not None
        assert CodeDecision.objects.count() == 2
        assert self.carry() == {ATK: NEW_B}
        with pytest.raises(CannotChange):
            first.save()
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM semai_e_budgeting_codedecision")

    def test_only_usable_codes_with_a_reason_and_by_the_keeper(self) -> None:
        self.replace_pack(NEW_A)
        for old, new, changes in (
            (ATK, PAPER, {}),
            (ATK, NEW_A, {"reason": " "}),
            (ATK, NEW_A, {"kind": "lain"}),
        ):
            with pytest.raises(Refused):
                self.decide(old, new, **changes)
        for username in ("opd", "verifikator", "tapd", "auditor"):
            with pytest.raises(Denied):
                self.decide(ATK, NEW_A, account=self.account(username))
        assert not CodeDecision.objects.exists()

    def test_mapping_rows_name_codes_of_both_lists_and_do_not_contradict(self) -> None:
        new = self.replace_pack(NEW_A)
        good = MappingEntry(ATK, NEW_A)
        rows = [
            good,
            good,
            replace(good, old_code="5.1"),
            replace(good, new_code=PAPER),
            replace(good, new_code=""),
        ]
        faults = row_problems(rows, self.old, new)
        assert {(position, key) for position, key, _ in faults} >= {
            (1, "old_code"),
            (2, "old_code"),
            (3, "new_code"),
        }
        assert (0, "new_code") in {(position, key) for position, key, _ in faults}
        with pytest.raises(Refused):
            write_mapping(self.old.pk, new.pk, rows, self.account("bpkad"))
        with pytest.raises(Refused, match="berbeda"):
            write_mapping(self.old.pk, self.old.pk, [good], self.account("bpkad"))
        with pytest.raises(Denied):
            write_mapping(self.old.pk, new.pk, [good], self.account("opd"))
        assert not CodeMapping.objects.exists()

    def test_pages_import_a_mapping_decide_a_code_and_carry(self) -> None:
        new = self.replace_pack(NEW_A, NEW_B)
        client = self.as_("bpkad")
        pair = {"old_pack": self.old.pk, "new_pack": new.pk}
        address = client.post(reverse("budget:add-mapping"), pair)["Location"]
        wrong = client.post(address, {"file": sheet([ATK, NEW_A, ""], ["1", NEW_A, ""])})
        assert [error.row for error in wrong.context["reading"].errors] == [3]
        sent = client.post(
            address,
            {
                "file": sheet(
                    [ATK, NEW_A, ""],
                    [PAPER, NEW_A, ""],
                    [PAPER, NEW_B, "pecah"],
                    [MEAL, "-", ""],
                    ["5.1.02.01.01.0053", "", ""],
                )
            },
        )
        client.post(address, {"token": sent.context["token"], "confirm": "1"})
        detail = reverse("budget:mapping", args=[self.old.pk, new.pk])
        assert "Lebih dari satu" in client.get(detail, {"keadaan": "several"}).content.decode()
        before = set(CodeMapping.objects.values_list("old_code", "new_code"))
        assert before == {(ATK, NEW_A), (PAPER, NEW_A), (PAPER, NEW_B), (MEAL, "")}
        exported = SimpleUploadedFile("lagi.xlsx", client.get(detail, {"export": "xlsx"}).content)
        sent = client.post(address, {"file": exported})
        client.post(address, {"token": sent.context["token"], "confirm": "1"})
        assert set(CodeMapping.objects.values_list("old_code", "new_code")) == before
        assert PAPER in client.get(reverse("budget:mappings"), {"tahun": 2028}).content.decode()
        address = reverse("budget:decide", args=[2028, "account", PAPER])
        assert f'<option value="{NEW_B}">' in client.get(address).content.decode()
        assert client.post(address, {"reason": "Rapat."}).status_code == 422
        assert client.post(address, {"new_code": NEW_B, "reason": "Rapat."}).status_code == 302
        planner = self.as_("opd")
        page = planner.get(reverse("budget:carry", args=[self.new_rka.pk])).content.decode()
        assert "Bawa 2 rincian" in page
        planner.post(reverse("budget:carry-now", args=[self.new_rka.pk]))
        assert self.new_rka.lines.count() == 2


def sheet(*rows: list[str]) -> SimpleUploadedFile:
    book = Workbook()
    page = book.active
    for cells in (["Kode lama", "Kode baru", "Keterangan"], *rows):
        page.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("pemetaan.xlsx", buffer.getvalue())
