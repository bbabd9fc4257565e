"""The cascading tree as boxes and lines: left to right, a parent in the middle of its children. Pure.

Positions are whole pixels; text is wrapped by counting characters, because nothing here knows a font.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH, HEIGHT = 252, 100
GAP_X, GAP_Y = 44, 14
MARGIN = 12
LINE_CHARACTERS, LINES = 28, 3
FIRST_LINE, LINE_STEP = 38, 16


@dataclass(frozen=True)
class Shown:
    """A node to draw; `kind` colours it, `figure` says the same in text."""

    address: str
    level: str
    code: str
    title: str
    figure: str
    kind: str
    children: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class TextLine:
    y: int
    text: str


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    node: Shown
    lines: tuple[TextLine, ...]

    @property
    def right(self) -> int:
        return self.x + WIDTH

    @property
    def middle(self) -> int:
        return self.y + HEIGHT // 2

    @property
    def text_x(self) -> int:
        return self.x + 12

    @property
    def level_y(self) -> int:
        return self.y + 19

    @property
    def figure_y(self) -> int:
        return self.y + HEIGHT - 10

    @property
    def label(self) -> str:
        return f"{self.node.level} {self.node.code} {self.node.title}: {self.node.figure}"


@dataclass(frozen=True)
class Line:
    """From the right side of a parent to the left side of a child, as an SVG path."""

    path: str


@dataclass(frozen=True)
class Drawing:
    """`boxes` come in reading order, parents before their children: the order of the Tab key."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(roots: Sequence[Shown]) -> Drawing:
    boxes: list[Box] = []
    lines: list[Line] = []
    bottom = MARGIN
    for root in roots:
        _, bottom = _place(root, 0, bottom, boxes, lines)
    right = max((box.right for box in boxes), default=0)
    return Drawing(right + MARGIN, max(bottom - GAP_Y, 0) + MARGIN, tuple(boxes), tuple(lines))


def _place(node: Shown, depth: int, top: int, boxes: list[Box], lines: list[Line]) -> tuple[Box, int]:
    """Put a node and everything below it under `top`; returns its box and the next free top."""
    position = len(boxes)
    below: list[Box] = []
    bottom = top
    for child in node.children:
        placed, bottom = _place(child, depth + 1, bottom, boxes, lines)
        below.append(placed)
    y = (below[0].y + below[-1].y) // 2 if below else top
    box = _box(node, MARGIN + depth * (WIDTH + GAP_X), y)
    boxes.insert(position, box)
    lines.extend(_line(box, child) for child in below)
    return box, max(bottom, y + HEIGHT + GAP_Y)


def _box(node: Shown, x: int, y: int) -> Box:
    texts = _wrapped(node.title)
    return Box(x, y, node, tuple(TextLine(y + FIRST_LINE + i * LINE_STEP, t) for i, t in enumerate(texts)))


def _wrapped(title: str) -> list[str]:
    """At most LINES lines; a longer title ends with an ellipsis (the whole of it is in the box's label)."""
    found = wrap(title, LINE_CHARACTERS, break_long_words=True) or [""]
    if len(found) <= LINES:
        return found
    last = found[LINES - 1][: LINE_CHARACTERS - 1].rstrip()
    return [*found[: LINES - 1], f"{last}…"]


def _line(parent: Box, child: Box) -> Line:
    turn = parent.right + GAP_X // 2
    return Line(f"M{parent.right} {parent.middle}H{turn}V{child.middle}H{child.x}")


def count(nodes: Iterable[Shown]) -> int:
    return sum(1 + count(node.children) for node in nodes)
