"""The letterhead and the block of signatures."""

from __future__ import annotations

import logging
from datetime import date
from io import BytesIO
from pathlib import Path

from django.utils.formats import date_format
from reportlab.lib.colors import toColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import FILL_EVEN_ODD, FILL_NON_ZERO, Canvas
from reportlab.platypus import Flowable, Image, Paragraph, Spacer, Table
from reportlab.platypus.tables import TableStyle

from semai_kit.documents import glyphs
from semai_kit.documents.emblem import Emblem, EmblemUnsupported, Painted, read_emblem
from semai_kit.documents.paper import Letterhead, Paper, Signatory

LOGO_WIDTH, LOGO_HEIGHT = 20 * mm, 23 * mm
CENTRED = ParagraphStyle("centred", fontName=glyphs.PLAIN, fontSize=11, leading=14, alignment=TA_CENTER)
UPPER_LINE = ParagraphStyle("upper", parent=CENTRED, fontName=glyphs.BOLD, fontSize=13, leading=16)
NAME_LINE = ParagraphStyle("name", parent=CENTRED, fontName=glyphs.BOLD, fontSize=15, leading=18)
SMALL = ParagraphStyle("small", parent=CENTRED, fontSize=9, leading=11)
PLAIN_TABLE = TableStyle(
    [("VALIGN", (0, 0), (-1, -1), "TOP")]
    + [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
)
BLANK_DAY = "." * 24

log = logging.getLogger(__name__)


class EmblemDrawing(Flowable):
    """A vector emblem, scaled into a box in its own proportions."""

    def __init__(self, emblem: Emblem, width: float, height: float) -> None:
        super().__init__()
        self.emblem = emblem
        self.scale = min(width / emblem.width, height / emblem.height)
        self.width, self.height = emblem.width * self.scale, emblem.height * self.scale

    def wrap(self, *available: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Canvas = self.canv
        canvas.saveState()
        canvas.translate(0, self.height)
        canvas.scale(self.scale, -self.scale)
        for painted in self.emblem.painted:
            _paint(canvas, painted)
        canvas.restoreState()


def _paint(canvas: Canvas, painted: Painted) -> None:
    paint, path = painted.paint, canvas.beginPath()
    moves = {"M": path.moveTo, "L": path.lineTo, "C": path.curveTo, "Z": path.close}
    for step in painted.outline.steps:
        moves[step.kind](*(number for point in step.points for number in point))
    if paint.fill != "none":
        canvas.setFillColor(toColor(paint.fill), alpha=paint.fill_opacity)
    if paint.stroke != "none":
        canvas.setStrokeColor(toColor(paint.stroke), alpha=paint.stroke_opacity)
        canvas.setLineWidth(paint.width)
    mode = FILL_EVEN_ODD if paint.even_odd else FILL_NON_ZERO
    canvas.drawPath(path, stroke=paint.stroke != "none", fill=paint.fill != "none", fillMode=mode)


def letterhead(head: Letterhead, width: float) -> Flowable:
    """Logo at the left, names in the middle, a thick and a thin line below."""
    *upper, last = head.lines
    names: list[Flowable] = [Paragraph(glyphs.plain(line.upper()), UPPER_LINE) for line in upper]
    names.append(Paragraph(glyphs.plain(last.upper()), NAME_LINE))
    if head.address:
        names.append(Paragraph(glyphs.plain(head.address), SMALL))
    if head.domain:
        names.append(Paragraph(glyphs.plain(f"Laman: {head.domain}"), SMALL))
    side = LOGO_WIDTH + 4 * mm
    style = TableStyle(
        PLAIN_TABLE.getCommands()
        + [
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3 * mm),
            ("LINEBELOW", (0, 0), (-1, -1), 1.6, "black"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, "black", None, None, None, 2, 1.6),
        ]
    )
    return Table([[_logo(head.logo), names, ""]], colWidths=[side, width - 2 * side, side], style=style)


def _logo(path: Path | None) -> Flowable | str:
    """A letter without a logo is still a letter: what cannot be drawn is left out, and the log says why."""
    if path is None:
        return ""
    try:
        emblem = read_emblem(path)
        if not emblem.picture:
            return EmblemDrawing(emblem, LOGO_WIDTH, LOGO_HEIGHT)
        return Image(BytesIO(emblem.picture), LOGO_WIDTH, LOGO_HEIGHT, kind="proportional", lazy=0)
    except (OSError, EmblemUnsupported, ValueError) as error:
        log.warning("the logo %s is left out of a document: %s", path, error)
        return ""


def signatures(paper: Paper, width: float) -> Flowable:
    """One signature stands at the right, two side by side, more in rows of two; place and day above the last."""
    people = list(paper.signatories)
    blocks = [_signature(person, paper, index == len(people) - 1) for index, person in enumerate(people)]
    if len(blocks) % 2:
        blocks.insert(len(blocks) - 1, "")
    rows = [[blocks[index], "", blocks[index + 1]] for index in range(0, len(blocks), 2)]
    gap = 8 * mm
    column = (width - gap) / 2
    style = TableStyle([*PLAIN_TABLE.getCommands(), ("BOTTOMPADDING", (0, 0), (-1, -2), 6 * mm)])
    return Table(rows, colWidths=[column, gap, column], style=style)


def _signature(person: Signatory, paper: Paper, last: bool) -> list[Flowable]:
    # Every block has the same number of lines above the gap, so that names stand at one height.
    dated = f"{paper.place}, {_day(paper.on)}" if last else " "
    above = [dated, person.caption or " ", f"{person.office},"]
    return [
        *(Paragraph(glyphs.plain(line) if line.strip() else "&nbsp;", CENTRED) for line in above),
        Spacer(1, 18 * mm),
        Paragraph(f"<b><u>{glyphs.plain(person.name)}</u></b>" if person.name else "." * 40, CENTRED),
        *(Paragraph(glyphs.plain(line), CENTRED) for line in _below(person)),
    ]


def _below(person: Signatory) -> list[str]:
    return [line for line in (person.rank, f"NIP. {person.nip}" if person.nip else "") if line]


def _day(on: date | None) -> str:
    return date_format(on, "j F Y") if on is not None else BLANK_DAY
