"""Blocks to PDF with reportlab. The only module that imports it, and only loaded when a document is made."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Text

from semai_kit.documents import glyphs
from semai_kit.documents.markup import Block, ListItem, PageBreak, Paragraph, Rule, Table
from semai_kit.documents.numbered import NumberedCanvas
from semai_kit.documents.paper import Paper
from semai_kit.documents.stationery import letterhead, signatures
from semai_kit.documents.tables import table

MARGIN = 20 * mm
SIDE = 22 * mm
INDENT = 7 * mm
ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER}
INK = HexColor("#000000")
BODY = ParagraphStyle("body", fontName=glyphs.PLAIN, fontSize=11, leading=14.5, spaceAfter=5, textColor=INK)
STYLES = {
    "text": ParagraphStyle("text", parent=BODY, alignment=TA_JUSTIFY),
    "h2": ParagraphStyle("h2", parent=BODY, fontName=glyphs.BOLD, fontSize=12, spaceBefore=9, keepWithNext=1),
    "h3": ParagraphStyle("h3", parent=BODY, fontName=glyphs.BOLD, spaceBefore=5, keepWithNext=1),
    "title": ParagraphStyle(
        "title", parent=BODY, fontName=glyphs.BOLD, fontSize=13, leading=16, alignment=TA_CENTER
    ),
    "under": ParagraphStyle("under", parent=BODY, alignment=TA_CENTER, spaceAfter=2),
}


def draw(paper: Paper, blocks: Sequence[Block]) -> bytes:
    """The document's bytes; the same for the same input, because dates and identifiers are left out."""
    size = landscape(A4) if paper.landscape else A4
    target = BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=size,
        leftMargin=SIDE,
        rightMargin=SIDE,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=paper.title,
        author=paper.letterhead.lines[0],
        lang="id-ID",
        invariant=1,
        pageCompression=1,
    )
    frame = Frame(SIDE, MARGIN, size[0] - 2 * SIDE, size[1] - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame])])
    width = size[0] - 2 * SIDE
    story = [letterhead(paper.letterhead, width), *_heading(paper), *_body(blocks, width)]
    if paper.signatories:
        story += [Spacer(1, 8 * mm), KeepTogether([signatures(paper, width)])]
    document.build(story, canvasmaker=NumberedCanvas.named(f"{paper.title} {paper.number}".strip()))
    return target.getvalue()


def _heading(paper: Paper) -> list[Flowable]:
    lines: list[Flowable] = [Spacer(1, 5 * mm), Text(glyphs.plain(paper.title.upper()), STYLES["title"])]
    if paper.number:
        lines.append(Text(glyphs.plain(f"Nomor: {paper.number}"), STYLES["under"]))
    if paper.year:
        lines.append(Text(f"Tahun Anggaran {paper.year}", STYLES["under"]))
    return [*lines, Spacer(1, 4 * mm)]


def _body(blocks: Sequence[Block], width: float) -> list[Flowable]:
    return [flowable for block in blocks for flowable in _flowables(block, width)]


def _flowables(block: Block, width: float) -> list[Flowable]:
    if isinstance(block, Paragraph):
        return [Text(glyphs.printable(block.markup), _style(block))]
    if isinstance(block, ListItem):
        return [_item(block)]
    if isinstance(block, Table):
        return [Spacer(1, 1 * mm), table(block, width), Spacer(1, 3 * mm)]
    if isinstance(block, Rule):
        return [HRFlowable(width="100%", thickness=0.6, color=INK, spaceBefore=4, spaceAfter=6)]
    assert isinstance(block, PageBreak)
    return [NewPage()]


def _style(block: Paragraph) -> ParagraphStyle:
    style = STYLES[block.kind]
    if block.align == "left":
        return style
    return ParagraphStyle(f"{block.kind}-{block.align}", parent=style, alignment=ALIGN[block.align])


def _item(block: ListItem) -> Flowable:
    indent = INDENT * (block.depth + 1)
    settings: dict[str, Any] = {"leftIndent": indent, "bulletIndent": indent - INDENT, "spaceAfter": 2}
    style = ParagraphStyle(f"item{block.depth}", parent=STYLES["text"], **settings)
    return Text(glyphs.printable(block.markup), style, bulletText=block.label)
