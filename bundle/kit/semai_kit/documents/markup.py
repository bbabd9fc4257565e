"""Reading the simple HTML of a document's template into blocks. Knows nothing of PDF.

Text arrives escaped by the template and leaves escaped again, with b, i, u, sub, super and br as its only tags, so
that nothing a user typed can become a tag. A tag outside the list below is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "sub": "sub", "sup": "super"}
TRANSPARENT = frozenset({"span", "a", "section", "article", "tbody", "main", "time"})
PARAGRAPHS = {"p": "text", "h1": "h2", "h2": "h2", "h3": "h3", "dt": "h3", "dd": "text"}
ALIGNMENTS = {"number": "right", "right": "right", "center": "center"}


class DocumentInvalid(Exception):
    """The template of a document holds something that cannot be printed; the message names it."""


@dataclass(frozen=True)
class Paragraph:
    """`kind` is text, h2 or h3; `markup` holds escaped text and inline tags."""

    markup: str
    kind: str = "text"
    align: str = "left"


@dataclass(frozen=True)
class ListItem:
    """`label` is the number or the bullet; `depth` counts from 0."""

    label: str
    markup: str
    depth: int


@dataclass(frozen=True)
class Cell:
    markup: str
    heading: bool = False
    align: str = "left"
    columns: int = 1


@dataclass
class Table:
    """Rows of cells; the first `headings` rows repeat on every page. `widths` are shares of 100, 0 where free."""

    rows: list[list[Cell]] = field(default_factory=list)
    headings: int = 0
    widths: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """A line across the page."""


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Paragraph | ListItem | Table | Rule | PageBreak


def read_markup(html: str) -> list[Block]:
    """Blocks of the document in order. Raises DocumentInvalid."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finish()


@dataclass
class _Listing:
    ordered: bool
    count: int = 0


class _Reader(HTMLParser):
    """Collects inline text until a block ends. One block is open at a time; text outside of any is a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.text: list[str] = []
        self.inline: list[str] = []
        self.kind, self.align = "text", "left"
        self.lists: list[_Listing] = []
        self.table: Table | None = None
        self.cell: Cell | None = None
        self.in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in INLINE:
            self.inline.append(tag)
            self.text.append(f"<{INLINE[tag]}>")
        elif tag == "br":
            self.text.append("<br/>")
        elif tag in TRANSPARENT:
            return
        elif tag in ("table", "thead", "tr", "th", "td"):
            self._open_table(tag, given)
        elif self.cell is not None:
            self._inside_cell(tag)
        else:
            self._open_block(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE:
            if not self.inline or self.inline.pop() != tag:
                raise DocumentInvalid(f"</{tag}> closes nothing in line {self.getpos()[0]} of the document")
            self.text.append(f"</{INLINE[tag]}>")
        elif tag in ("table", "thead", "th", "td"):
            self._close_table(tag)
        elif self.cell is None and (tag in PARAGRAPHS or tag in ("div", "li", "ul", "ol")):
            self._flush()
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()

    def handle_data(self, data: str) -> None:
        text = re.sub(r"[ \t\r\n\f]+", " ", data)  # not the no-break space, which is meant
        if self.table is not None and self.cell is None:
            if text.strip():
                raise DocumentInvalid(f"text between cells of a table: {text.strip()[:60]!r}")
        elif text.strip() or self.text:
            self.text.append(escape(text, quote=False))

    def finish(self) -> list[Block]:
        self._flush()
        if self.table is not None:
            raise DocumentInvalid("a table is not closed")
        return self.blocks

    def _open_block(self, tag: str, given: dict[str, str]) -> None:
        self._flush()
        if tag in PARAGRAPHS:
            self.kind, self.align = PARAGRAPHS[tag], _alignment(given)
        elif tag == "div":
            self.align = _alignment(given)
            if "page-break" in given.get("class", "").split():
                self.blocks.append(PageBreak())
        elif tag in ("ul", "ol"):
            self.lists.append(_Listing(ordered=tag == "ol"))
        elif tag == "li" and self.lists:
            self.lists[-1].count += 1
            self.kind = "item"
        elif tag == "hr":
            self.blocks.append(Rule())
        elif tag != "dl":
            raise DocumentInvalid(f"<{tag}> cannot be printed")

    def _inside_cell(self, tag: str) -> None:
        """Paragraphs in a cell become lines of it."""
        if tag not in ("p", "div"):
            raise DocumentInvalid(f"<{tag}> cannot be printed inside a table's cell")
        if "".join(self.text).strip():
            self.text.append("<br/>")

    def _open_table(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            if self.table is not None:
                raise DocumentInvalid("a table inside a table cannot be printed")
            self._flush()
            self.table = Table()
        elif self.table is None or self.cell is not None:
            raise DocumentInvalid(f"<{tag}> stands where no row of a table can be")
        elif tag == "thead":
            self.in_head = True
        elif tag == "tr":
            self.table.rows.append([])
            self.table.headings += self.in_head
        elif not self.table.rows:
            raise DocumentInvalid(f"<{tag}> stands outside of a row")
        else:
            self._open_cell(tag, given)

    def _open_cell(self, tag: str, given: dict[str, str]) -> None:
        assert self.table is not None
        columns = given.get("colspan", "1")
        width = given.get("width", "0").removesuffix("%")
        if not (columns.isdigit() and 1 <= int(columns) <= 50 and width.isdigit() and int(width) <= 100):
            raise DocumentInvalid(f"colspan {columns!r} or width {width!r} cannot be printed")
        self.cell = Cell("", tag == "th", _alignment(given), int(columns))
        if len(self.table.rows) == 1:
            self.table.widths += [int(width) if int(columns) == 1 else 0] * int(columns)
        self.text = []

    def _close_table(self, tag: str) -> None:
        if tag == "thead":
            self.in_head = False
        elif tag == "table" and self.table is not None:
            if any(self.table.rows):
                self.blocks.append(self.table)
            self.table = None
        elif self.cell is not None and self.table is not None:
            cell = Cell(self._taken(), self.cell.heading, self.cell.align, self.cell.columns)
            self.table.rows[-1].append(cell)
            self.cell = None

    def _flush(self) -> None:
        """End the open block, if it says anything."""
        markup = self._taken()
        kind, align = self.kind, self.align
        self.kind, self.align = "text", "left"
        if not markup:
            self.kind = kind if kind == "item" else "text"
            return
        if kind == "item" and self.lists:
            listing = self.lists[-1]
            label = f"{listing.count}." if listing.ordered else "•"
            self.blocks.append(ListItem(label, markup, len(self.lists) - 1))
        else:
            self.blocks.append(Paragraph(markup, kind if kind != "item" else "text", align))

    def _taken(self) -> str:
        if self.inline:
            raise DocumentInvalid(f"<{self.inline[-1]}> is not closed before its block ends")
        markup = "".join(self.text).strip()
        self.text = []
        return markup.removesuffix("<br/>").strip()


def _alignment(given: dict[str, str]) -> str:
    words = given.get("class", "").split()
    return next((ALIGNMENTS[word] for word in words if word in ALIGNMENTS), "left")
