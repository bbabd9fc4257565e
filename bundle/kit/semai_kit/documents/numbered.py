"""Page numbers with the total, which is known only after the last page: pages are kept and written at the end."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from semai_kit.documents import glyphs

FOOT = 11 * mm
SIZE = 8.5


class NumberedCanvas(Canvas):
    """Writes the document's name and `Halaman 2 dari 7` below every page."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    @classmethod
    def named(cls, name: str) -> type[NumberedCanvas]:
        return type("NamedCanvas", (cls,), {"name": name})

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._pages)
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._foot(number, total)
            super().showPage()
        super().save()

    def _foot(self, number: int, total: int) -> None:
        width = self._pagesize[0]
        self.setFont(glyphs.PLAIN, SIZE)
        counted = f"Halaman {number} dari {total}"
        room = width - 48 * mm - glyphs.width(counted, SIZE)
        self.drawString(22 * mm, FOOT, _shortened(glyphs.printable(self.name), room))
        self.drawRightString(width - 22 * mm, FOOT, counted)


def _shortened(name: str, room: float) -> str:
    if glyphs.width(name, SIZE) <= room:
        return name
    while name and glyphs.width(f"{name}…", SIZE) > room:
        name = name[:-1]
    return f"{name.rstrip()}…"
