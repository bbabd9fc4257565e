"""Outlines of SVG paths and shapes as moves, lines and cubic curves. Pure geometry."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TOKEN = re.compile(r"[MmLlHhVvCcSsQqTtAaZz]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
CIRCLE = 0.5522847498307936  # control points of a quarter circle of radius 1
MAX_STEPS = 20_000

Point = tuple[float, float]


class OutlineInvalid(Exception):
    """The path or transform is malformed, or far larger than an emblem needs."""


@dataclass(frozen=True)
class Matrix:
    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    def __matmul__(self, other: Matrix) -> Matrix:
        return Matrix(
            self.a * other.a + self.c * other.b,
            self.b * other.a + self.d * other.b,
            self.a * other.c + self.c * other.d,
            self.b * other.c + self.d * other.d,
            self.a * other.e + self.c * other.f + self.e,
            self.b * other.e + self.d * other.f + self.f,
        )

    def move(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def scale(self) -> float:
        return math.sqrt(abs(self.a * self.d - self.b * self.c))


@dataclass(frozen=True)
class Step:
    """`kind` is M (one point), L (one), C (three) or Z (none)."""

    kind: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Outline:
    steps: tuple[Step, ...]

    def moved(self, matrix: Matrix) -> Outline:
        return Outline(tuple(Step(s.kind, tuple(matrix.move(p) for p in s.points)) for s in self.steps))


def parse_transform(text: str) -> Matrix:
    matrix = Matrix()
    for name, inside in re.findall(r"([A-Za-z]+)\s*\(([^)]*)\)", text):
        numbers = [float(part) for part in re.split(r"[\s,]+", inside.strip()) if part]
        matrix = matrix @ _transform(name, numbers)
    return matrix


def _transform(name: str, n: list[float]) -> Matrix:
    if name == "matrix" and len(n) == 6:
        return Matrix(*n)
    if name == "translate" and len(n) in (1, 2):
        return Matrix(e=n[0], f=n[1] if len(n) == 2 else 0)
    if name == "scale" and len(n) in (1, 2):
        return Matrix(a=n[0], d=n[-1])
    if name == "rotate" and len(n) in (1, 3):
        angle = math.radians(n[0])
        turn = Matrix(math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle))
        x, y = n[1:] or (0, 0)
        return Matrix(e=x, f=y) @ turn @ Matrix(e=-x, f=-y)
    raise OutlineInvalid(f"transform {name}({len(n)} numbers)")


def of_shape(name: str, given: Mapping[str, str]) -> Outline:
    """rect, circle, ellipse, line, polyline, polygon. Raises OutlineInvalid."""

    def number(key: str, otherwise: float = 0) -> float:
        return float(given[key].removesuffix("px")) if key in given else otherwise

    if name == "rect":
        return _rectangle(number, given)
    if name in ("circle", "ellipse"):
        rx = number("r") if name == "circle" else number("rx")
        return _ellipse(number("cx"), number("cy"), rx, rx if name == "circle" else number("ry"))
    if name == "line":
        start, end = (number("x1"), number("y1")), (number("x2"), number("y2"))
        return Outline((Step("M", (start,)), Step("L", (end,))))
    numbers = [float(part) for part in re.split(r"[\s,]+", given.get("points", "").strip()) if part]
    if len(numbers) < 4 or len(numbers) % 2:
        raise OutlineInvalid(f"<{name}> with {len(numbers)} numbers")
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    steps = [Step("M", (points[0],)), *(Step("L", (point,)) for point in points[1:])]
    return Outline((*steps, *([Step("Z")] if name == "polygon" else [])))


def _rectangle(number: Callable[..., float], given: Mapping[str, str]) -> Outline:
    x, y, w, h = number("x"), number("y"), number("width"), number("height")
    rx = min(number("rx", number("ry")), w / 2)
    ry = min(number("ry", rx), h / 2)
    if not rx or not ry:
        corners = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
        return Outline((Step("M", corners[:1]), *(Step("L", (corner,)) for corner in corners[1:]), Step("Z")))
    kx, ky = rx * (1 - CIRCLE), ry * (1 - CIRCLE)
    return Outline(
        (
            Step("M", ((x + rx, y),)),
            Step("L", ((x + w - rx, y),)),
            Step("C", ((x + w - kx, y), (x + w, y + ky), (x + w, y + ry))),
            Step("L", ((x + w, y + h - ry),)),
            Step("C", ((x + w, y + h - ky), (x + w - kx, y + h), (x + w - rx, y + h))),
            Step("L", ((x + rx, y + h),)),
            Step("C", ((x + kx, y + h), (x, y + h - ky), (x, y + h - ry))),
            Step("L", ((x, y + ry),)),
            Step("C", ((x, y + ky), (x + kx, y), (x + rx, y))),
            Step("Z"),
        )
    )


def _ellipse(x: float, y: float, rx: float, ry: float) -> Outline:
    kx, ky = rx * CIRCLE, ry * CIRCLE
    return Outline(
        (
            Step("M", ((x + rx, y),)),
            Step("C", ((x + rx, y + ky), (x + kx, y + ry), (x, y + ry))),
            Step("C", ((x - kx, y + ry), (x - rx, y + ky), (x - rx, y))),
            Step("C", ((x - rx, y - ky), (x - kx, y - ry), (x, y - ry))),
            Step("C", ((x + kx, y - ry), (x + rx, y - ky), (x + rx, y))),
            Step("Z"),
        )
    )


def of_path(text: str) -> Outline:
    """The `d` of a path. Raises OutlineInvalid."""
    if re.sub(r"[\s,]+", "", TOKEN.sub("", text)):
        raise OutlineInvalid("a path with unknown commands")
    return _Pen(_flags_apart(text)).draw()


def _flags_apart(text: str) -> list[str]:
    """Tokens; the two flags of an arc may be written without a blank between them (`a1 1 0 0110 10`)."""
    tokens: list[str] = []
    for command, numbers in re.findall(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)", text):
        tokens.append(command)
        if command not in "Aa":
            tokens += TOKEN.findall(numbers)
            continue
        rest = numbers
        number = r"\s*,?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
        arc = re.compile(number * 3 + r"\s*,?\s*([01])\s*,?\s*([01])" + number * 2)
        while found := arc.match(rest):
            tokens += found.groups()
            rest = rest[found.end() :]
        if rest.strip(" ,\t\r\n"):
            raise OutlineInvalid("a malformed arc")
    return tokens


class _Pen:
    """Follows the commands of a path and keeps every step in absolute points."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.steps: list[Step] = []
        self.at: Point = (0.0, 0.0)
        self.start: Point = (0.0, 0.0)
        self.control: Point | None = None  # of the last curve, which S and T mirror
        self.last = ""

    def draw(self) -> Outline:
        position, command = 0, ""
        while position < len(self.tokens):
            if self.tokens[position].isalpha():
                command = self.tokens[position]
                position += 1
            elif command in "Zz":
                raise OutlineInvalid("numbers after the end of a path")
            count = COUNTS[command.upper()]
            chunk = self.tokens[position : position + count]
            if len(chunk) < count or any(token.isalpha() for token in chunk) or len(self.steps) > MAX_STEPS:
                raise OutlineInvalid("a path with too few numbers, or too long")
            position += count
            self._follow(command, [float(token) for token in chunk])
            # Further pairs after a move are lines.
            command = {"M": "L", "m": "l"}.get(command, command)
        return Outline(tuple(self.steps))

    def _follow(self, command: str, n: list[float]) -> None:
        kind, (x, y) = command.upper(), self.at
        dx, dy = (x, y) if command.islower() else (0.0, 0.0)
        if kind == "A":
            self._arc(n[0], n[1], n[2], bool(n[3]), bool(n[4]), (n[5] + dx, n[6] + dy))
        elif kind == "H":
            self._line((n[0] + dx, y))
        elif kind == "V":
            self._line((x, n[0] + dy))
        elif kind == "Z":
            self.steps.append(Step("Z"))
            self.at = self.start
        else:
            self._points(kind, [(n[i] + dx, n[i + 1] + dy) for i in range(0, len(n), 2)])
        if kind not in "CSQT":
            self.control = None
        self.last = kind

    def _points(self, kind: str, points: list[Point]) -> None:
        if kind == "M":
            self.steps.append(Step("M", (points[0],)))
            self.at = self.start = points[0]
        elif kind == "L":
            self._line(points[0])
        elif kind == "C":
            self._curve(*points)
        elif kind == "S":
            self._curve(self._mirrored("CS"), *points)
        else:
            control = points[0] if kind == "Q" else self._mirrored("QT")
            self._quadratic(control, points[-1])

    def _line(self, end: Point) -> None:
        self.steps.append(Step("L", (end,)))
        self.at = end

    def _curve(self, first: Point, second: Point, end: Point) -> None:
        self.steps.append(Step("C", (first, second, end)))
        self.at, self.control = end, second

    def _quadratic(self, control: Point, end: Point) -> None:
        (x0, y0), (cx, cy), (x1, y1) = self.at, control, end
        first = (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0))
        self._curve(first, (x1 + 2 / 3 * (cx - x1), y1 + 2 / 3 * (cy - y1)), end)
        self.control = control

    def _mirrored(self, kinds: str) -> Point:
        if self.control is None or self.last not in kinds:
            return self.at
        return 2 * self.at[0] - self.control[0], 2 * self.at[1] - self.control[1]

    def _arc(self, rx: float, ry: float, tilt: float, large: bool, sweep: bool, end: Point) -> None:
        """SVG 1.1, appendix F.6: from end points to a centre, then at most a quarter turn per curve."""
        if self.at == end:
            return
        if not rx or not ry:
            self._line(end)
            return
        phi = math.radians(tilt)
        turn = Matrix(math.cos(phi), math.sin(phi), -math.sin(phi), math.cos(phi))
        back = Matrix(math.cos(phi), -math.sin(phi), math.sin(phi), math.cos(phi))
        px, py = back.move(((self.at[0] - end[0]) / 2, (self.at[1] - end[1]) / 2))
        rx, ry = abs(rx), abs(ry)
        stretch = math.sqrt(max(1.0, px**2 / rx**2 + py**2 / ry**2))
        rx, ry = rx * stretch, ry * stretch
        under = (rx * ry) ** 2 - (rx * py) ** 2 - (ry * px) ** 2
        root = math.sqrt(max(0.0, under / ((rx * py) ** 2 + (ry * px) ** 2)))
        root = -root if large == sweep else root
        cx, cy = root * rx * py / ry, -root * ry * px / rx
        first = math.atan2((py - cy) / ry, (px - cx) / rx)
        span = math.atan2((-py - cy) / ry, (-px - cx) / rx) - first
        span += 2 * math.pi if sweep and span < 0 else -2 * math.pi if not sweep and span > 0 else 0
        shift = turn.move((cx, cy))
        middle = ((self.at[0] + end[0]) / 2 + shift[0], (self.at[1] + end[1]) / 2 + shift[1])
        self._turned(Matrix(e=middle[0], f=middle[1]) @ turn @ Matrix(a=rx, d=ry), first, span)
        self.at = end

    def _turned(self, matrix: Matrix, first: float, span: float) -> None:
        parts = max(1, math.ceil(abs(span) / (math.pi / 2) - 1e-9))
        step = span / parts
        reach = 4 / 3 * math.tan(step / 4)
        for index in range(parts):
            a, b = first + index * step, first + (index + 1) * step
            one = (math.cos(a) - reach * math.sin(a), math.sin(a) + reach * math.cos(a))
            two = (math.cos(b) + reach * math.sin(b), math.sin(b) - reach * math.cos(b))
            self._curve(matrix.move(one), matrix.move(two), matrix.move((math.cos(b), math.sin(b))))
