"""Two people at the same moment: pagu holds, version numbers stay unique."""

import threading
from collections.abc import Callable
from decimal import Decimal

from django.db import connection

from semai_e_budgeting.errors import PaguExceeded
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import add_line, used_of
from semai_e_budgeting.tests.base import BudgetThreadsCase


class TogetherCase(BudgetThreadsCase):
    def together(self, *acts: Callable[[], object]) -> list[Exception]:
        """Run the acts at once, each on its own connection; returns what they raised."""
        raised: list[Exception] = []
        start = threading.Barrier(len(acts))

        def run(act: Callable[[], object]) -> None:
            try:
                start.wait(timeout=10)
                act()
            except Exception as error:
                raised.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return raised

    def test_two_lines_that_fit_alone_but_not_together_do_not_both_pass(self) -> None:
        entry = self.entry("60000000", volume="1")
        planner = self.account("opd")
        raised = self.together(*[lambda: add_line(self.rka.pk, entry, planner)] * 2)
        assert [type(error) for error in raised] == [PaguExceeded]
        assert used_of(self.item) == Decimal(60000000)

    def test_many_small_lines_fill_pagu_exactly(self) -> None:
        entry = self.entry("30000000", volume="1")
        planner = self.account("opd")
        raised = self.together(*[lambda: add_line(self.rka.pk, entry, planner)] * 6)
        assert [type(error) for error in raised] == [PaguExceeded] * 3
        assert used_of(self.item) == Decimal(90000000)

    def test_sending_twice_makes_one_version(self) -> None:
        planner = self.account("opd")
        add_line(self.rka.pk, self.entry(), planner)
        raised = self.together(*[lambda: move_rka(self.rka.pk, "dikirim", planner)] * 2)
        assert len(raised) == 1
        assert list(self.rka.versions.values_list("number", flat=True)) == [1]
