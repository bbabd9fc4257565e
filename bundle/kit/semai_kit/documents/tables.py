"""Tables of a document: columns as wide as what they hold asks for, headings on every page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, LongTable, Paragraph

from semai_kit.documents import glyphs
from semai_kit.documents.markup import Cell, DocumentInvalid, Table

SIZE = 9.0
PADDING = 3.0
LINE = HexColor("#444444")
HEADING = HexColor("#eef0f0")
ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER}
STYLES = {
    (name, heading): ParagraphStyle(
        f"cell-{name}-{heading}",
        fontName=glyphs.BOLD if heading else glyphs.PLAIN,
        fontSize=SIZE,
        leading=11,
        alignment=TA_CENTER if heading and name == "left" else alignment,
    )
    for name, alignment in ALIGN.items()
    for heading in (False, True)
}


def table(block: Table, width: float) -> Flowable:
    """Raises DocumentInvalid when rows have different numbers of columns."""
    count = _columns(block)
    rows: list[list[object]] = []
    spans: list[tuple[object, ...]] = []
    for number, row in enumerate(block.rows):
        cells: list[object] = []
        for cell in row:
            if cell.columns > 1:
                spans.append(("SPAN", (len(cells), number), (len(cells) + cell.columns - 1, number)))
            cells += [_cell(cell, number < block.headings), *[""] * (cell.columns - 1)]
        rows.append(cells)
    return LongTable(
        rows,
        colWidths=_widths(block, count, width),
        repeatRows=min(block.headings, len(rows) - 1),
        splitInRow=1,  # a cell longer than a page goes on at the next one
        style=[
            ("GRID", (0, 0), (-1, -1), 0.5, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *((f"{side}PADDING", (0, 0), (-1, -1), PADDING) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
            *([("BACKGROUND", (0, 0), (-1, block.headings - 1), HEADING)] if block.headings else []),
            *spans,
        ],
    )


def _cell(cell: Cell, heading: bool) -> Paragraph:
    return Paragraph(glyphs.printable(cell.markup), STYLES[cell.align, cell.heading or heading])


def _columns(block: Table) -> int:
    counts = {sum(cell.columns for cell in row) for row in block.rows}
    if len(counts) != 1 or 0 in counts:
        raise DocumentInvalid(f"rows of a table have {' or '.join(map(str, sorted(counts)))} columns")
    return counts.pop()


def _widths(block: Table, count: int, width: float) -> list[float]:
    """Shares the template gives are kept; the other columns share the rest by what they hold."""
    given = [width * share / 100 for share in (block.widths + [0] * count)[:count]]
    free = [index for index in range(count) if not given[index]]
    rest = width - sum(given)
    if not free or rest <= 0:
        return [w * width / sum(given) if given and sum(given) else width / count for w in given]
    least, wished = _needs(block, count)
    wanted = [(least[index], max(wished[index], least[index])) for index in free]
    for index, share in zip(free, _shared(wanted, rest), strict=True):
        given[index] = share
    return given


def _shared(wanted: Sequence[tuple[float, float]], room: float) -> list[float]:
    """Widths between the longest word and the longest line of each column that fill `room` together."""
    least, wished = sum(low for low, _ in wanted), sum(high for _, high in wanted)
    if least >= room:
        return [low * room / least for low, _ in wanted]
    if wished <= room:
        return [high * room / wished for _, high in wanted]
    part = (room - least) / (wished - least)
    return [low + (high - low) * part for low, high in wanted]


def _needs(block: Table, count: int) -> tuple[list[float], list[float]]:
    """Per column: points of the longest word, and of the longest line."""
    least, wished = [2 * PADDING + SIZE] * count, [2 * PADDING + SIZE] * count
    for number, row in enumerate(block.rows):
        column = 0
        for cell in row:
            if cell.columns == 1:
                bold = cell.heading or number < block.headings or "<b>" in cell.markup
                lines = _lines(cell.markup)
                longest = max(
                    (glyphs.width(word, SIZE, bold) for line in lines for word in line.split()), default=0
                )
                line = max((glyphs.width(text, SIZE, bold) for text in lines), default=0)
                least[column] = max(least[column], longest + 2 * PADDING + 1)
                wished[column] = max(wished[column], line + 2 * PADDING + 1)
            column += cell.columns
    return least, wished


def _lines(markup: str) -> list[str]:
    return [unescape(re.sub(r"</?[a-z]+>", "", line)) for line in glyphs.printable(markup).split("<br/>")]
