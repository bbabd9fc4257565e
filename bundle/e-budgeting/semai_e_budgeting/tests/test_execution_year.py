"""After the lock: APBD makes DPA, a pergeseran or Perubahan makes the next version, and none is ever changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit import notifications
from semai_kit.models import Agency
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.testing import Personas

from semai_e_budgeting.errors import BeyondLimit, SendRefused
from semai_e_budgeting.models import CannotChange, CeilingDocument, DpaVersion, PackCode, Rka, RkaLine, Round
from semai_e_budgeting.selectors.dpa import by_account, cash_plan
from semai_e_budgeting.selectors.execution import execution_document
from semai_e_budgeting.selectors.rka import visible_rkas, waiting_for
from semai_e_budgeting.selectors.versions import compare
from semai_e_budgeting.services.cash import set_months
from semai_e_budgeting.services.decrees import issue_documents
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import add_line, change_line, remove_line
from semai_e_budgeting.services.rounds import drop_round
from semai_e_budgeting.tests.base import Budget, BudgetCase

PAPER = "5.1.02.01.01.0025"  # the same objek as ATK
TRAVEL = "5.1.02.04.01.0001"  # another objek of the same jenis


class Year(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()

    def code(self, code: str) -> int:
        return PackCode.objects.get(code=code).pk

    def give(self, account: str, price: str = "400000") -> None:
        """Move four of the ten millions of the first line to another account."""
        change_line(self.line.pk, self.entry("600000"), self.account("opd"))
        add_line(self.rka.pk, self.entry(price, account_id=self.code(account)), self.account("opd"))

    def contract_total(self) -> Decimal:
        return sum((item.row.total for item in execution_document(2027).items), Decimal(0))

    def test_the_apbd_makes_a_dpa_with_a_number_and_a_plan_of_months(self) -> None:
        decree = self.decide()
        dpa = DpaVersion.objects.get()
        assert (dpa.number, dpa.label, dpa.total, dpa.decree) == (1, "DPA", Decimal(10000000), decree)
        assert dpa.document_number == "DPA/01/1.01/2027"
        plan = cash_plan(dpa)
        assert plan.balanced
        assert [amount for _, amount in plan.months][-2:] == [Decimal(833333), Decimal(833337)]

    def waiting(self) -> list[tuple[str, str]]:
        """What waits for BPKAD: why and where."""
        desk = self.account("bpkad")
        return [(one.why, one.url) for one in waiting_for(desk, visible_rkas(desk, self.year))]

    def test_what_is_locked_waits_for_bpkad_until_its_decree(self) -> None:
        address, wanted = reverse("budget:decrees"), "Terkunci, menunggu penetapan dan DPA"
        told = [one.title for one in notifications.of(self.account("bpkad"))]
        assert told == [f"{self.rka}: Terkunci"]
        assert self.waiting() == [(wanted, address)]
        page = self.as_("bpkad").get("/").content.decode()
        assert f'href="{address}">{self.rka.agency.name}' in page
        self.decide()
        assert self.waiting() == []
        self.shift()
        assert self.waiting() == []
        self.give(PAPER)
        self.lock()
        assert self.waiting() == [(wanted, address)]
        self.decide("pergeseran", "Perkada 3/2027", decided_on=date(2027, 4, 10))
        assert self.waiting() == []

    def test_dpa_that_follow_are_named_beside_their_decree(self) -> None:
        late = Rka.objects.create(fiscal_year=self.year, agency=Agency.objects.get(code="1.02"))
        self.decide(partial=True)
        address = reverse("budget:decrees")
        assert "Menunggu DPA susulan" not in self.as_("bpkad").get(address).content.decode()
        Rka.objects.filter(pk=late.pk).update(state="kunci")
        assert "Dinas Kesehatan" in self.client.get(address).content.decode().partition("Menunggu DPA susulan")[2]
        assert "Menunggu DPA susulan" not in self.as_("opd").get(address).content.decode()

    def test_the_apbd_waits_for_every_rka_unless_the_rest_is_to_follow(self) -> None:
        other = Agency.objects.get(code="1.02")
        late = Rka.objects.create(fiscal_year=self.year, agency=other)
        with pytest.raises(Refused, match="belum terkunci: Dinas Kesehatan"):
            self.decide()
        assert not DpaVersion.objects.exists()
        decree = self.decide(partial=True)
        with pytest.raises(Refused):
            issue_documents(decree.pk, self.account("bpkad"))
        self.first, self.rka, self.item = self.rka, late, self.plan_item(9, agency="1.02")
        add_line(late.pk, self.entry(), self.account("opd-kesehatan"))
        move_rka(late.pk, "dikirim", self.account("opd-kesehatan"))
        for to, username in (("asistensi", "verifikator"), ("tapd", "verifikator"), ("kunci", "tapd")):
            move_rka(late.pk, to, self.account(username))
        assert issue_documents(decree.pk, self.account("bpkad")) == 1
        assert late.dpas.get().decree == decree

    def test_a_decree_is_refused_twice_too_early_and_to_anyone_else(self) -> None:
        for wrong in ({"kind": "pergeseran"}, {"kind": "lain"}, {"number": " "}):
            with pytest.raises(Refused):
                self.decide(**wrong)
        self.decide()
        with pytest.raises(Refused, match="sudah ditetapkan"):
            self.decide(number="Perda 8/2026")
        self.shift()
        with pytest.raises(Refused, match="sebelum tanggal penetapan APBD"):
            self.decide("pergeseran", decided_on=date(2026, 1, 1))
        for username in ("opd", "verifikator", "tapd", "auditor"):
            with pytest.raises(Denied):
                issue_documents(1, self.account(username))

    def test_a_pergeseran_within_an_objek_becomes_the_next_version_and_the_first_one_stays(self) -> None:
        self.decide()
        self.shift("rincian")
        self.give(PAPER)
        assert self.contract_total() == Decimal(10000000)
        self.lock()
        assert [item.row.version.number for item in execution_document(2027).items] == [1]
        self.decide("pergeseran", "Perkada 3/2027", decided_on=date(2027, 4, 10))
        first, second = self.rka.dpas.order_by("number")
        assert (second.label, second.total) == ("DPA Pergeseran 1", first.total)
        assert [item.row.version.number for item in execution_document(2027).items] == [2]
        changes = [(row.code, row.difference) for row in by_account(first.rka_version, second.rka_version)]
        assert changes == [("5.1.02.01.01.0024", Decimal(-4000000)), (PAPER, Decimal(4000000))]
        assert cash_plan(first).balanced
        assert cash_plan(second).balanced

    def test_the_rules_of_its_kind_keep_a_pergeseran_from_being_sent(self) -> None:
        self.decide()
        self.shift("rincian")
        self.give(TRAVEL)
        with pytest.raises(SendRefused, match="objek"):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        drop_round(self.rka.pk, "salah jenis", self.account("bpkad"))
        self.shift("objek")
        self.give(TRAVEL)
        self.lock()

    def test_a_pergeseran_spends_neither_more_nor_less(self) -> None:
        self.decide()
        self.shift("sub-kegiatan")
        with pytest.raises(BeyondLimit, match="tidak menambah"):
            add_line(self.rka.pk, self.entry("1", volume="1"), self.account("opd"))
        change_line(self.line.pk, self.entry("600000"), self.account("opd"))
        with pytest.raises(SendRefused, match="harus tetap"):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))

    def test_a_pergeseran_between_sub_kegiatan_is_not_held_by_pagu(self) -> None:
        other = self.plan_item(4, pagu="0")
        self.decide()
        self.shift("sub-kegiatan")
        before = sum(line.total for line in self.rka.lines.all())
        change_line(self.line.pk, self.entry("600000"), self.account("opd"))
        moved = add_line(self.rka.pk, self.entry("400000", item_id=other.pk), self.account("opd"))
        self.lock()
        assert moved.total > other.pagu
        assert sum(line.total for line in self.rka.lines.all()) == before

    def test_a_perubahan_may_add_up_to_pagu(self) -> None:
        self.decide()
        self.shift("perubahan")
        add_line(self.rka.pk, self.entry("5000000"), self.account("opd"))
        self.lock()
        with pytest.raises(Refused, match="menunggu"):
            self.decide("pergeseran", "Perkada 3/2027")
        self.decide("perubahan", "Perda 9/2027")
        newest = self.rka.dpas.order_by("-number").first()
        assert (newest.label, newest.total) == ("DPPA", Decimal(60000000))
        assert cash_plan(newest).balanced

    def test_a_dropped_pergeseran_brings_every_line_back(self) -> None:
        self.decide()
        before = list(
            RkaLine.objects.order_by("pk").values("pk", "account", "item", "funding", "total", "unit_price")
        )
        self.shift("rincian")
        remove_line(self.line.pk, self.account("opd"))
        add_line(self.rka.pk, self.entry("900000", account_id=self.code(PAPER)), self.account("opd"))
        with pytest.raises(Refused, match="halaman DPA"):
            move_rka(self.rka.pk, "kunci", self.account("bpkad"), "batal")
        drop_round(self.rka.pk, "tidak jadi", self.account("bpkad"))
        after = list(
            RkaLine.objects.order_by("pk").values("pk", "account", "item", "funding", "total", "unit_price")
        )
        assert after == before
        assert (Rka.objects.get(pk=self.rka.pk).state, Round.objects.get().outcome) == ("kunci", "dropped")
        with pytest.raises(Refused):
            drop_round(self.rka.pk, "lagi", self.account("bpkad"))

    def test_a_round_is_opened_only_from_a_dpa_once_and_by_the_budget_desk(self) -> None:
        with pytest.raises(Refused, match="belum terbit"):
            self.shift()
        self.decide()
        with pytest.raises(Refused, match="jenis"):
            self.shift("lain")
        self.shift()
        with pytest.raises(Refused, match="masih berjalan"):
            self.shift()
        with pytest.raises(Denied):
            drop_round(self.rka.pk, "x", self.account("opd"))

    def test_neither_code_nor_sql_changes_a_dpa(self) -> None:
        self.decide()
        dpa = DpaVersion.objects.get()
        for act in (dpa.save, dpa.delete, lambda: DpaVersion.objects.update(total=Decimal(1))):
            with pytest.raises(CannotChange):
                act()
        for statement in ("UPDATE {} SET total = 1", "DELETE FROM {}"):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(statement.format("semai_e_budgeting_dpaversion"))

    def test_months_are_kept_only_when_they_sum_to_the_budget(self) -> None:
        self.decide()
        dpa = DpaVersion.objects.get()
        item, before = cash_plan(dpa).rows[0].item, cash_plan(dpa).months
        months = [Decimal(0)] * 11 + [Decimal(10000000)]
        for wrong in (
            [Decimal(1), *months[1:]],
            [Decimal(-1), Decimal(1), *months[2:]],
            [Decimal("0.5"), Decimal("0.5"), *months[2:11], Decimal(9999999)],
            months[1:],
        ):
            with pytest.raises(Refused):
                set_months(dpa.pk, item.pk, wrong, self.account("opd"))
        assert cash_plan(dpa).months == before
        with pytest.raises(Denied):
            set_months(dpa.pk, item.pk, months, self.account("opd-kesehatan"))
        set_months(dpa.pk, item.pk, months, self.account("opd"))
        assert [amount for _, amount in cash_plan(dpa).months] == months

    def test_forms_carry_a_year_from_its_ceilings_to_a_dropped_pergeseran(self) -> None:
        desk, rka = self.as_("bpkad"), self.rka.pk

        def post(name: str, *arguments: int, **values: str) -> None:
            response = desk.post(reverse(f"budget:{name}", args=arguments), values)
            assert response.status_code == 302, response.content.decode()

        post("add-ceiling-document", stage="murni")
        document = CeilingDocument.objects.get()
        code = "1.01.02.2.01"
        post("write-ceiling", document.pk, agency=str(self.rka.agency_id), code=code, amount="90.000.000")
        row = document.ceilings.get(code=code)
        assert (row.level, row.amount) == ("activity", Decimal(90000000))
        post("remove-ceiling", document.pk, row.pk)
        post("agree-ceilings", document.pk, agreement="NK-1", agreed_on="2026-08-01")
        post("add-decree", kind="apbd", number="Perda 7/2026", decided_on="2026-12-20")
        dpa = DpaVersion.objects.get()
        months = {f"month_{n}": "0" for n in range(1, 12)}
        item = cash_plan(dpa).rows[0].item.pk
        unequal = desk.post(reverse("budget:plan-months", args=[rka, 1, item]), {**months, "month_12": "9"})
        assert unequal.status_code == 422
        assert "harus sama dengan anggaran" in unequal.content.decode()
        post("plan-months", rka, 1, item, **months, month_12="10.000.000")
        post("open-round", rka, kind="objek", reason="Harga berubah.")
        assert "sedang disusun" in desk.get(reverse("budget:dpa", args=[rka])).content.decode()
        post("drop-round", rka, reason="Tidak jadi.")
        assert [amount for _, amount in cash_plan(dpa).months][-1] == Decimal(10000000)
        assert Round.objects.get().outcome == "dropped"

    def test_everyone_opens_the_pages_and_another_agency_does_not(self) -> None:
        decree = self.decide()
        self.shift()
        self.give(PAPER)
        self.lock()
        self.decide("pergeseran", "Perkada 3/2027")
        rka = self.rka.pk
        item = cash_plan(DpaVersion.objects.get(number=2)).rows[0].item.pk
        own = [reverse(f"budget:{name}", args=[rka]) for name in ("dpa", "compare-dpas")]
        own += [reverse(f"budget:{name}", args=[rka, 2]) for name in ("dpa-version", "dpa-pdf")]
        for address in (*own, reverse("budget:plan-months", args=[rka, 2, item])):
            assert self.as_("opd").get(address).status_code == 200, address
            assert self.as_("opd-kesehatan").get(address).status_code == 403, address
        desk = self.as_("bpkad")
        shared = ["dpas", "decrees", "ceiling-documents", "pagu-monitor", "add-decree", "add-ceiling-document"]
        addresses = [reverse(f"budget:{name}") for name in shared]
        addresses += [reverse("budget:decree", args=[decree.pk]), reverse("budget:open-round", args=[rka])]
        for address in (*addresses, reverse("budget:drop-round", args=[rka])):
            assert desk.get(address).status_code == 200, address
        assert desk.get(reverse("budget:appendix-pdf", args=[decree.pk])).content.startswith(b"%PDF")
        assert desk.get(own[3]).content.startswith(b"%PDF")
        assert desk.get(own[1] + "?export=xlsx").content.startswith(b"PK")
        assert desk.get(own[2] + "?export=xlsx").content.startswith(b"PK")
        page = desk.get(own[1] + "?lama=1&baru=2").content.decode()
        assert "DPA Pergeseran 1" in page
        assert "4.000.000" in page
        assert desk.get(own[1] + "?lama=1&baru=7").status_code == 404
        assert self.as_("opd").get(reverse("budget:appendix-pdf", args=[decree.pk])).status_code == 403


class AnyShift(Budget, Personas, HypothesisCase):
    """Whatever is moved, a version that got through holds what its rules hold, and its months sum to it."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()

    @hypothesis_settings(max_examples=8, deadline=None)
    @given(
        st.sampled_from(["rincian", "objek", "sub-kegiatan"]),
        st.integers(0, 10),
        st.lists(st.tuples(st.sampled_from([PAPER, TRAVEL]), st.integers(1, 4)), max_size=3),
    )
    def test_totals_never_drift(self, kind: str, kept: int, parts: list[tuple[str, int]]) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()
        self.decide()
        self.shift(kind)
        try:
            if kept:
                change_line(line.pk, self.entry(volume=str(kept)), self.account("opd"))
            else:
                remove_line(line.pk, self.account("opd"))
            for code, volume in parts:
                account = PackCode.objects.get(code=code).pk
                add_line(self.rka.pk, self.entry(volume=str(volume), account_id=account), self.account("opd"))
            self.lock()
        except (BeyondLimit, SendRefused):
            assert kept + sum(volume for _, volume in parts) != 10 or kind == "rincian"
            return
        self.decide("pergeseran", "Perkada 3/2027")
        first, second = self.rka.dpas.order_by("number")
        assert second.total == first.total == Decimal(10000000)
        rows = by_account(first.rka_version, second.rka_version)
        assert sum(row.difference for row in rows) == Decimal(0)
        lines = compare(first.rka_version, second.rka_version).lines
        assert sum(found.difference for found in lines) == Decimal(0)
        assert cash_plan(second).balanced
