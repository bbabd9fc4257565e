"""Pages of whole groups, and pages of tables whose keys are looked up first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from unittest.mock import patch

import pytest

from semai_kit.models import Agency, FiscalYear
from semai_kit.paging import page_of_groups
from semai_kit.testing import KitTestCase
from semai_kit.testing.queries import BoundedQueries
from semai_kit.tests.garden import views
from semai_kit.tests.garden.models import Plot

GROUPS = [("a", 4), ("b", 5), ("c", 2), ("d", 25), ("e", 0), ("f", 3)]


@pytest.mark.parametrize(
    ("asked", "number", "keys"),
    [
        (None, 1, ["a", "b"]),
        ("2", 2, ["c"]),
        ("3", 3, ["d"]),
        ("4", 4, ["e", "f"]),
        ("99", 4, ["e", "f"]),
        ("nol", 1, ["a", "b"]),
    ],
)
def test_groups_are_never_split_and_every_one_is_on_some_page(
    asked: str | None, number: int, keys: list[str]
) -> None:
    page = page_of_groups(GROUPS, asked, rows=10)
    assert (page.number, page.object_list, page.paginator.num_pages) == (number, keys, 4)


def test_nothing_is_one_empty_page() -> None:
    page = page_of_groups([], "3")
    assert (page.object_list, page.has_other_pages()) == ([], False)


class Plots(BoundedQueries, KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("pengawas", "auditor")

    def grow(self, start: int, end: int) -> None:
        year, agency = FiscalYear.objects.get(), Agency.objects.get(code="1.01")
        for number in range(start, end):
            Plot.objects.create(fiscal_year=year, agency=agency, name=f"Petak {number:03d}", cost=1000 - number)

    def pages(self) -> Mapping[str, Sequence[str]]:
        return {"pengawas": ["/petak/", "/petak/?sort=-cost"]}

    def names(self, query: str) -> list[str]:
        page = self.as_("pengawas").get(f"/petak/{query}").content.decode()
        return re.findall(r"Petak (\d{3})", page)

    def test_rows_of_every_page_keep_the_order_that_was_asked_for(self) -> None:
        self.grow(0, 120)
        assert self.names("?sort=cost") == [f"{number:03d}" for number in range(119, 69, -1)]
        assert self.names("?page=3") == [f"{number:03d}" for number in range(100, 120)]
        assert self.names("?name=11&page=1") == ["011", *(f"{number:03d}" for number in range(110, 120))]

    def test_a_page_that_asks_once_per_row_is_found_out(self) -> None:
        with (
            patch.object(views, "visible", lambda account: Plot.objects.all()),
            pytest.raises(AssertionError, match="plots"),
        ):
            self.test_pages_ask_as_often_for_many_rows_as_for_few()
