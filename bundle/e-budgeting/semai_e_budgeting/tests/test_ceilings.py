"""KUA-PPAS: an agreed document limits what lines may sum to, and is never changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from semai_kit.refusals import Refused
from semai_kit.roles import Denied

from semai_e_budgeting.errors import BeyondLimit, SendRefused
from semai_e_budgeting.models import Ceiling, CeilingDocument, PaguChange, PlanDifference
from semai_e_budgeting.selectors.dpa import pagu_rows
from semai_e_budgeting.services.ceilings import CeilingEntry, agree, create_document, remove_ceiling, write_ceilings
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.importing import ADD, SheetLine, import_lines
from semai_e_budgeting.services.lines import add_line, change_line
from semai_e_budgeting.services.plan import accept_difference
from semai_e_budgeting.tests.base import ATK, BudgetCase

PROGRAM, ACTIVITY, SUB = "1.01.02", "1.01.02.2.01", "1.01.02.2.01.0003"


class Ceilings(BudgetCase):
    def setUp(self) -> None:
        self.desk = self.account("bpkad")

    def draft(self, *amounts: tuple[str, int], stage: str = "murni") -> CeilingDocument:
        document = create_document(self.year, stage, "", self.desk)
        entries = [CeilingEntry("1.01", code, Decimal(amount)) for code, amount in amounts]
        write_ceilings(document.pk, entries, self.desk)
        return document

    def agreed(self, *amounts: tuple[str, int], stage: str = "murni") -> CeilingDocument:
        return agree(self.draft(*amounts, stage=stage).pk, "NK-1/2026", date(2026, 8, 1), self.desk)

    def test_the_first_draft_holds_what_planning_gave(self) -> None:
        self.plan_item(4)
        document = create_document(self.year, "murni", "", self.desk)
        found = {row.code: (row.level, row.amount) for row in document.ceilings.all()}
        assert found == {"": ("agency", Decimal(200000000)), PROGRAM: ("program", Decimal(200000000))}

    def test_a_line_beyond_the_ceiling_of_any_level_is_refused_and_one_that_fits_is_not(self) -> None:
        for code in ("", PROGRAM, ACTIVITY, SUB):
            with self.subTest(code):
                wide = 100000000 if code else 15000000
                self.agreed(("", wide), (PROGRAM, wide), (code, 15000000))
                line = add_line(self.rka.pk, self.entry("15000000", volume="1"), self.account("opd"))
                with pytest.raises(BeyondLimit, match="kelebihan Rp1"):
                    add_line(self.rka.pk, self.entry("1", volume="1"), self.account("opd"))
                with pytest.raises(BeyondLimit):
                    change_line(line.pk, self.entry("15000001", volume="1"), self.account("opd"))
                line.delete()

    def test_a_draft_limits_nothing(self) -> None:
        self.draft(("", 1))
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        assert line.total > 1
        assert self.rka.lines.get() == line

    def test_a_ceiling_agreed_below_the_lines_keeps_the_rka_from_being_sent_but_lines_may_shrink(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.agreed(("", 5000000), (PROGRAM, 5000000))
        with pytest.raises(SendRefused, match="plafon KUA-PPAS"):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
        change_line(line.pk, self.entry("700000"), self.account("opd"))
        change_line(line.pk, self.entry("500000"), self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))

    def test_an_import_beyond_the_ceiling_writes_nothing(self) -> None:
        self.agreed(("", 5000000), (PROGRAM, 5000000))
        row = SheetLine(SUB, ATK, "PAD", "Kertas", Decimal(6), "Rim", Decimal(1000000))
        with pytest.raises(Refused, match="plafon"):
            import_lines(self.rka.pk, [row], ADD, self.account("opd"))
        assert not self.rka.lines.exists()

    def test_an_agreed_document_is_not_changed_and_a_newer_one_takes_its_place(self) -> None:
        first = self.agreed(("", 5000000), (PROGRAM, 5000000))
        for act in (
            lambda: write_ceilings(first.pk, [CeilingEntry("1.01", "", Decimal(1))], self.desk),
            lambda: remove_ceiling(first.ceilings.first().pk, self.desk),
            lambda: agree(first.pk, "NK-9", date(2026, 8, 2), self.desk),
        ):
            with pytest.raises(Refused, match="tidak dapat diubah"):
                act()
        self.agreed(("", 20000000), (PROGRAM, 20000000))
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        assert set(first.ceilings.values_list("amount", flat=True)) == {Decimal(5000000)}

    def test_parts_that_sum_to_more_than_the_whole_are_not_agreed(self) -> None:
        document = self.draft(("", 5000000), (PROGRAM, 6000000))
        with pytest.raises(Refused, match="melebihi plafonnya"):
            agree(document.pk, "NK-1", date(2026, 8, 1), self.desk)
        document.refresh_from_db()
        assert not document.is_agreed

    def test_wrong_rows_leave_every_ceiling_as_it_was(self) -> None:
        document = self.draft(("", 5000000))
        before = list(document.ceilings.values_list("code", "amount"))
        for wrong in (
            CeilingEntry("9.99", "", Decimal(1)),
            CeilingEntry("1.01", "7.77", Decimal(1)),
            CeilingEntry("1.01", "", Decimal(-1)),
        ):
            with pytest.raises(Refused):
                write_ceilings(document.pk, [CeilingEntry("1.01", "", Decimal(1)), wrong], self.desk)
        assert list(document.ceilings.values_list("code", "amount")) == before

    def test_only_the_budget_desk_writes_ceilings(self) -> None:
        for username in ("opd", "verifikator", "tapd", "auditor"):
            with pytest.raises(Denied):
                create_document(self.year, "murni", "", self.account(username))
        assert not Ceiling.objects.exists()

    def test_accepted_pagu_and_ceilings_show_in_the_monitor(self) -> None:
        self.agreed(("", 90000000), (PROGRAM, 90000000))
        values = {"field": "pagu", "old_value": "100000000.00", "seen_at": timezone.now()}
        first = PlanDifference.objects.create(item=self.item, new_value="80000000.00", **values)
        (row,) = pagu_rows(self.account("tapd"), self.year)
        assert (row.plan, row.waiting, row.ceiling) == tuple(map(Decimal, (100000000, -20000000, 90000000)))
        accept_difference(first.pk, self.account("opd"))
        change = PaguChange.objects.get()
        assert (change.old, change.new) == (Decimal(100000000), Decimal(80000000))
        page = self.as_("tapd").get(reverse("budget:pagu-monitor")).content.decode()
        assert "80.000.000" in page
        assert (
            "Dinas Pendidikan" not in self.as_("opd-kesehatan").get(reverse("budget:pagu-monitor")).content.decode()
        )
