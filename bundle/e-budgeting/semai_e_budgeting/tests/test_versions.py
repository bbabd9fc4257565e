"""Two versions side by side."""

from decimal import Decimal

from semai_e_budgeting.models import PlanItem
from semai_e_budgeting.selectors.versions import Comparison, compare
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

    def comparison(self, *, only_changes: bool = False) -> Comparison:
        old, new = self.rka.versions.order_by("number")
        return compare(old, new, only_changes=only_changes)

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
        comparison = self.comparison(only_changes=True)
        assert "Tetap" not in {line.line.description for line in comparison.items[0].lines}
        assert comparison.counts == {"Baru": 1, "Dihapus": 1, "Berubah": 1, "Tetap": 1}

    def test_version_compared_with_itself_shows_nothing(self) -> None:
        version = self.rka.versions.get(number=1)
        assert compare(version, version, only_changes=True).items == ()
