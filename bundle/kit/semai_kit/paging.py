"""Pages that keep together what belongs together: the rows of a desa, an OPD or a sub kegiatan and their sum.

Lists of plain rows use Django's Paginator as it is; both are drawn by `semai_kit/pages.html`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

ROWS = 100  # as many as a telephone on a weak line loads at once
Key = TypeVar("Key")


class KeysFirst(Paginator):
    """Pages of a table: the keys of a page are looked up before its rows.

    A database that sorts twenty thousand whole rows to show fifty writes them to disk; their keys fit in memory.
    """

    def page(self, number: int | str) -> Page:
        page = super().page(number)
        rows = page.object_list.data
        if isinstance(rows, QuerySet):
            keys = list(rows.values_list("pk", flat=True))
            found = self.object_list.data.data.filter(pk__in=keys).in_bulk()
            page.object_list = type(page.object_list)(
                [found[key] for key in keys if key in found], self.object_list.table
            )
        return page


def page_of_groups(groups: Iterable[tuple[Key, int]], asked: str | None, rows: int = ROWS) -> Page:
    """The page that was asked for, first or last when there is none such; its `object_list` are keys of groups.

    `groups`: key and number of rows, in order. A group larger than `rows` has a page of its own.
    """
    page = Paginator(_packed(groups, rows) or [[]], 1).get_page(asked)
    page.object_list = page.object_list[0]
    return page


def _packed(groups: Iterable[tuple[Key, int]], rows: int) -> list[list[Key]]:
    packs: list[list[Key]] = []
    room = 0
    for key, size in groups:
        if not packs or size > room:
            packs.append([])
            room = rows
        packs[-1].append(key)
        room -= max(size, 1)
    return packs
