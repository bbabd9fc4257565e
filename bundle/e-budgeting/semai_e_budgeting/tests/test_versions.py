"""Two versions side by side."""

from decimal import Decimal

from semai_e_budgeting.models import PlanItem
from semai_e_budgeting.selectors.versions import SIDES_PER_PAGE, Comparison, compare, compare_page
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import add_line, change_line, remove_line
from semai_e_budgeting.tests.base import BudgetCase


class Comparing(BudgetCase):
    def setUp(self) -> None:
        planner = self.account("opd")
        self.kept = add_line(self.rka.pk, self.entry(description="Tetap"), planner)
        self.changed = add_line(self.rka.pk, self.entry(description="Berubah"), planner)
        self.removed = add_line(self.rka.pk, self.entry(description="Dihapus"), planner)
        move_rka(self.rka.pk, "dikirim", planner)
        move_rka(self.rka.pk, "draf", planner, "perbaikan")
        change_line(self.changed.pk, self.entry("500000", description="Berubah", unit_1="Set"), planner)
        remove_line(self.removed.pk, planner)
        add_line(self.rka.pk, self.entry(description="Baru"), planner)
        PlanItem.objects.filter(pk=self.item.pk).update(pagu=Decimal(120000000))
        move_rka(self.rka.pk, "dikirim", planner)

    def comparison(self) -> Comparison:
        return compare(*self.rka.versions.order_by("number"))

    def page(self, asked: str | None = None, *, only_changes: bool = False) -> Comparison:
        return compare_page(*self.rka.versions.order_by("number"), asked, only_changes=only_changes)

    def test_every_line_is_kept_changed_removed_or_new(self) -> None:
        kinds = {line.line.description: line.kind for line in self.comparison().lines}
        assert kinds == {"Tetap": "same", "Berubah": "changed", "Dihapus": "removed", "Baru": "added"}

    def test_changed_fields_are_named(self) -> None:
        line = next(line for line in self.comparison().lines if line.kind == "changed")
        assert line.changed == {"unit_price", "unit_1", "total"}
        assert line.changed_titles == ["satuan 1", "harga satuan", "jumlah"]

    def test_differences_of_lines_add_up_to_the_difference_of_totals(self) -> None:
        comparison = self.comparison()
        assert sum(line.difference for line in comparison.lines) == comparison.difference == Decimal(-5000000)

    def test_changed_pagu_is_marked(self) -> None:
        assert [item.pagu_changed for item in self.comparison().items] == [True]

    def test_only_changes_hides_what_stayed_but_counts_it(self) -> None:
        comparison = self.page(only_changes=True)
        assert "Tetap" not in {line.line.description for line in comparison.items[0].lines}
        assert comparison.counts == {"Baru": 1, "Dihapus": 1, "Berubah": 1, "Tetap": 1}

    def test_version_compared_with_itself_shows_nothing(self) -> None:
        version = self.rka.versions.get(number=1)
        assert compare_page(version, version, None, only_changes=True).items == ()

    def test_database_and_memory_agree_on_every_line(self) -> None:
        whole, shown = self.comparison(), self.page()
        assert shown.items == whole.items
        assert shown.kinds == whole.kinds

    def test_empty_coefficients_are_alike_and_one_that_was_filled_in_is_a_change(self) -> None:
        move_rka(self.rka.pk, "draf", self.account("opd"), "perbaikan")
        entry = self.entry(description="Tetap", volume_2=Decimal(1), unit_2="Kali")
        change_line(self.kept.pk, entry, self.account("opd"))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        comparison = compare_page(*self.rka.versions.filter(number__gt=1), None, only_changes=True)
        assert [line.changed for line in comparison.lines] == [{"volume_2", "unit_2"}]

    def test_long_comparisons_come_in_pages_of_whole_sub_kegiatan(self) -> None:
        planner = self.account("opd")
        move_rka(self.rka.pk, "draf", planner, "perbaikan")
        other = self.plan_item(4)
        for item in (self.item, other):
            for _ in range(SIDES_PER_PAGE - 10):
                add_line(self.rka.pk, self.entry("1000", item_id=item.pk), planner)
        move_rka(self.rka.pk, "dikirim", planner)
        old, new = self.rka.versions.filter(number__gt=1)
        pages = [compare_page(old, new, asked, only_changes=True) for asked in ("1", "2")]
        assert [[item.code for item in page.items] for page in pages] == [
            [self.item.sub_activity_code],
            [other.sub_activity_code],
        ]
        assert {page.counts["Baru"] for page in pages} == {2 * (SIDES_PER_PAGE - 10)}
