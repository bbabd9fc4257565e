"""The way of an RKA and its versions: who moves it, what stops it, what stays for ever."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit.models import Account, FiscalYear, Notification
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.testing import Personas
from semai_kit.workflow import TransitionRefused, history
from semai_kit.years import YearClosed

from semai_e_budgeting.errors import NotEditable, SendRefused
from semai_e_budgeting.models import CannotChange, PlanItem, Rka, RkaLine, RkaVersion, RkaVersionLine
from semai_e_budgeting.services.flow import add_remark, answer_remark, move_rka
from semai_e_budgeting.services.lines import add_line, change_line, remove_line
from semai_e_budgeting.tests.base import Budget, BudgetCase

WAY = [("dikirim", "opd"), ("asistensi", "verifikator"), ("tapd", "verifikator"), ("kunci", "tapd")]
STATES = ["draf", "dikirim", "asistensi", "kembali", "tapd", "kunci", "dibuka"]
USERNAMES = ["opd", "opd-kesehatan", "verifikator", "tapd", "bpkad", "auditor"]
ALLOWED = {
    ("draf", "dikirim"): "opd",
    ("kembali", "dikirim"): "opd",
    ("dibuka", "dikirim"): "opd",
    ("dikirim", "draf"): "opd",
    ("dikirim", "asistensi"): "verifikator",
    ("asistensi", "kembali"): "verifikator",
    ("asistensi", "tapd"): "verifikator",
    ("tapd", "kembali"): "tapd",
    ("tapd", "kunci"): "tapd",
}


class Moving(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry(), self.account("opd"))

    def walk(self, steps: int) -> None:
        for to, username in WAY[:steps]:
            move_rka(self.rka.pk, to, self.account(username))

    def test_whole_way_ends_locked_with_its_history(self) -> None:
        self.walk(4)
        self.rka.refresh_from_db()
        assert self.rka.state == "kunci"
        assert [log.to_state for log in history(self.rka)] == ["dikirim", "asistensi", "tapd", "kunci"]

    def test_each_step_tells_who_may_take_the_next(self) -> None:
        def told() -> list[tuple[str, str, str]]:
            rows = Notification.objects.order_by("pk").values_list("account__username", "title", "body")
            return [(name, title.rpartition(": ")[2], body) for name, title, body in rows]

        self.walk(2)
        assert told() == [("verifikator", "Dikirim", "")]
        move_rka(self.rka.pk, "kembali", self.account("verifikator"), "perbaiki harga")
        assert told()[1:] == [("opd", "Dikembalikan", "perbaiki harga")]

    def test_lines_cannot_change_once_sent(self) -> None:
        self.walk(1)
        for act in (
            lambda: add_line(self.rka.pk, self.entry(), self.account("opd")),
            lambda: change_line(self.line.pk, self.entry(), self.account("opd")),
            lambda: remove_line(self.line.pk, self.account("opd")),
        ):
            with pytest.raises(NotEditable):
                act()

    def test_returned_rka_may_be_changed_and_sent_as_the_next_version(self) -> None:
        self.walk(2)
        move_rka(self.rka.pk, "kembali", self.account("verifikator"), "harga terlalu tinggi")
        change_line(self.line.pk, self.entry("900000"), self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        totals = list(self.rka.versions.order_by("number").values_list("number", "total"))
        assert totals == [(1, Decimal(10000000)), (2, Decimal(9000000))]

    def test_return_without_reason_is_refused(self) -> None:
        self.walk(2)
        with pytest.raises(TransitionRefused):
            move_rka(self.rka.pk, "kembali", self.account("verifikator"), "  ")

    def test_empty_rka_is_not_sent(self) -> None:
        remove_line(self.line.pk, self.account("opd"))
        with pytest.raises(SendRefused):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        assert not RkaVersion.objects.exists()

    def test_every_problem_is_named_at_once(self) -> None:
        PlanItem.objects.filter(pk=self.item.pk).update(pagu=Decimal(1))
        other = self.plan_item(8)
        add_line(self.rka.pk, self.entry(item_id=other.pk), self.account("opd"))
        PlanItem.objects.filter(pk=other.pk).update(vanished_at=self.rka.created_at)
        with pytest.raises(SendRefused) as refusal:
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        assert len(refusal.value.problems) == 2

    def test_refused_sending_leaves_neither_state_nor_version(self) -> None:
        PlanItem.objects.filter(pk=self.item.pk).update(pagu=Decimal(1))
        with pytest.raises(SendRefused):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        self.rka.refresh_from_db()
        assert (self.rka.state, self.rka.versions.count()) == ("draf", 0)

    def test_pagu_that_fell_meanwhile_keeps_the_rka_from_being_locked(self) -> None:
        self.walk(3)
        PlanItem.objects.filter(pk=self.item.pk).update(pagu=Decimal(1))
        with pytest.raises(SendRefused):
            move_rka(self.rka.pk, "kunci", self.account("tapd"))

    def test_closed_year_moves_nothing(self) -> None:
        FiscalYear.objects.update(status="archived")
        with pytest.raises(YearClosed):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))


class EveryMove(Budget, Personas, HypothesisCase):
    """From any state, by anyone, to any state: only the listed moves by their role happen."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()

    @hypothesis_settings(max_examples=40, deadline=None)
    @given(st.sampled_from(STATES), st.sampled_from(STATES), st.sampled_from(USERNAMES))
    def test_only_listed_moves_by_their_role_happen(self, origin: str, to: str, username: str) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        Rka.objects.filter(pk=self.rka.pk).update(state=origin)
        expected = ALLOWED.get((origin, to)) == username
        if expected:
            move_rka(self.rka.pk, to, self.account(username), "alasan")
        else:
            with pytest.raises(Refused):
                move_rka(self.rka.pk, to, self.account(username), "alasan")
        self.rka.refresh_from_db()
        assert self.rka.state == (to if expected else origin)


class VersionsStay(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry(specification="A4"), self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        self.version = RkaVersion.objects.get(rka=self.rka)

    def test_version_copies_words_and_figures(self) -> None:
        row = self.version.lines.get()
        assert (row.line_id, row.account_code, row.funding_code) == (self.line.pk, "5.1.02.01.01.0024", "PAD")
        assert (row.specification, row.total) == ("A4", self.line.total)
        assert self.version.items.get().pagu == self.item.pagu

    def test_version_survives_changes_of_references_and_lines(self) -> None:
        move_rka(self.rka.pk, "draf", self.account("opd"), "salah kirim")
        remove_line(self.line.pk, self.account("opd"))
        PlanItem.objects.filter(pk=self.item.pk).update(sub_activity_name="Nama lain", pagu=Decimal(1))
        row = RkaVersionLine.objects.get(version=self.version)
        assert (row.sub_activity_name, row.total) == ("Sub kegiatan 3", Decimal(10000000))
        assert not RkaLine.objects.exists()

    def test_code_cannot_change_or_delete_version_rows(self) -> None:
        row = self.version.lines.get()
        for act in (
            row.save,
            row.delete,
            self.version.save,
            self.version.delete,
            lambda: RkaVersionLine.objects.update(total=Decimal(1)),
            lambda: RkaVersion.objects.all().delete(),
        ):
            with pytest.raises(CannotChange):
                act()

    def test_database_itself_refuses_changes_of_version_rows(self) -> None:
        for statement in (
            "UPDATE semai_e_budgeting_rkaversionline SET total = 1",
            "DELETE FROM semai_e_budgeting_rkaversionline",
            "UPDATE semai_e_budgeting_rkaversion SET total = 1",
            "DELETE FROM semai_e_budgeting_rkaversionitem",
        ):
            with self.subTest(statement), pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(statement)
        assert self.version.lines.get().total == Decimal(10000000)

    def test_version_number_is_given_once(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            RkaVersion.objects.create(rka=self.rka, number=1, total=Decimal(0), made_by=Account.objects.first())


class Remarks(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))

    def test_remark_on_a_line_remembers_version_and_words(self) -> None:
        remark = add_remark(self.rka.pk, "Harga?", self.account("verifikator"), line_id=self.line.pk)
        assert (remark.version.number, remark.item, remark.line_text) == (1, self.item, "Alat tulis kantor")

    def test_answer_is_given_once_and_stays(self) -> None:
        remark = add_remark(self.rka.pk, "Harga?", self.account("verifikator"))
        answer_remark(remark.pk, "Sesuai survei.", self.account("opd"))
        with pytest.raises(Refused):
            answer_remark(remark.pk, "Lain lagi.", self.account("opd"))

    def test_agency_writes_no_remarks_and_reviewers_no_answers(self) -> None:
        remark = add_remark(self.rka.pk, "Harga?", self.account("tapd"))
        with pytest.raises(Denied):
            add_remark(self.rka.pk, "x", self.account("opd"))
        with pytest.raises(Denied):
            answer_remark(remark.pk, "x", self.account("verifikator"))

    def test_draft_takes_no_remark(self) -> None:
        move_rka(self.rka.pk, "draf", self.account("opd"), "salah kirim")
        with pytest.raises(NotEditable):
            add_remark(self.rka.pk, "Harga?", self.account("verifikator"))

    def test_empty_remark_is_refused(self) -> None:
        with pytest.raises(Refused):
            add_remark(self.rka.pk, "  ", self.account("verifikator"))
