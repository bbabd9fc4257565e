"""Reading a region's emblem: an SVG drawing as filled and stroked outlines, or the picture that one wraps.

Only what can be drawn faithfully is accepted: a coat of arms half drawn is worse on a letter than none. Gradients,
text, style sheets and references make EmblemUnsupported.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from semai_kit.documents.outline import Matrix, Outline, OutlineInvalid, of_path, of_shape, parse_transform

NAMESPACE = "{http://www.w3.org/2000/svg}"
SILENT = frozenset({"title", "desc", "metadata", "defs"})
SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
PAINT = ("fill", "stroke", "stroke-width", "fill-rule", "fill-opacity", "stroke-opacity", "opacity", "display")
FORBIDDEN = ("clip-path", "mask", "filter", "class")
COLOUR = re.compile(r"none|#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]+|rgb\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)")
PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,(?P<data>[A-Za-z0-9+/=\s]+)")


class EmblemUnsupported(Exception):
    """The drawing holds something that cannot be drawn as it is meant; the message names it."""


@dataclass(frozen=True)
class Paint:
    """How outlines are painted; children of a group inherit it. Colours as SVG writes them, "none" for nothing."""

    fill: str = "black"
    stroke: str = "none"
    width: float = 1.0
    even_odd: bool = False
    fill_opacity: float = 1.0
    stroke_opacity: float = 1.0


@dataclass(frozen=True)
class Painted:
    outline: Outline
    paint: Paint


@dataclass(frozen=True)
class Emblem:
    """A drawing of `width` x `height` units from its upper left corner, or (`picture`) bytes of a PNG or JPEG."""

    width: float
    height: float
    painted: tuple[Painted, ...] = ()
    picture: bytes = b""


def read_emblem(path: Path) -> Emblem:
    """Raises EmblemUnsupported; OSError when the file cannot be read."""
    content = path.read_bytes()
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return Emblem(1, 1, picture=content)
    try:
        root = fromstring(content)
        left, top, width, height = _view(root)
        shapes = tuple(_painted(root, Matrix(e=-left, f=-top), Paint()))
    except (ParseError, DefusedXmlException, OutlineInvalid, ValueError, binascii.Error) as error:
        raise EmblemUnsupported(str(error)) from error
    pictures = [shape for shape in shapes if isinstance(shape, bytes)]
    if pictures and len(shapes) == 1:
        return Emblem(1, 1, picture=pictures[0])
    if pictures or not shapes:
        raise EmblemUnsupported("a drawing that mixes pictures and shapes" if pictures else "an empty drawing")
    return Emblem(width, height, tuple(shape for shape in shapes if isinstance(shape, Painted)))


def _view(root: Element) -> tuple[float, float, float, float]:
    box = root.get("viewBox")
    if box:
        numbers = [float(part) for part in re.split(r"[\s,]+", box.strip())]
    else:
        numbers = [0, 0, *(float((root.get(name) or "").removesuffix("px")) for name in ("width", "height"))]
    if len(numbers) != 4 or numbers[2] <= 0 or numbers[3] <= 0:
        raise EmblemUnsupported(f"viewBox {box!r}")
    left, top, width, height = numbers
    return left, top, width, height


def _painted(element: Element, matrix: Matrix, paint: Paint) -> Iterator[Painted | bytes]:
    name = element.tag.removeprefix(NAMESPACE) if isinstance(element.tag, str) else "comment"
    if name in SILENT or name == "comment" or "}" in name:  # another namespace: an editor's own notes
        return
    style = _style(element)
    if found := [mark for mark in FORBIDDEN if element.get(mark) or mark in style]:
        raise EmblemUnsupported(f"{found[0]} in <{name}>")
    if style.get("display") == "none":
        return
    paint = _paint(style, paint)
    matrix = matrix @ parse_transform(element.get("transform") or "")
    if name in ("svg", "g"):
        for child in element:
            yield from _painted(child, matrix, paint)
    elif name in SHAPES:
        outline = of_path(element.get("d") or "") if name == "path" else of_shape(name, element.attrib)
        yield Painted(outline.moved(matrix), replace(paint, width=paint.width * matrix.scale))
    elif name == "image":
        yield _picture(element)
    else:
        raise EmblemUnsupported(f"<{name}>")


def _style(element: Element) -> dict[str, str]:
    """Presentation attributes, overruled by those in style="…"."""
    given = {name: value for name in (*PAINT, *FORBIDDEN) if (value := element.get(name)) is not None}
    for part in (element.get("style") or "").split(";"):
        name, colon, value = part.partition(":")
        if colon:
            given[name.strip()] = value.strip()
    return given


def _paint(style: dict[str, str], inherited: Paint) -> Paint:
    opacity = float(style.get("opacity", "1"))
    return Paint(
        fill=_colour(style.get("fill"), inherited.fill),
        stroke=_colour(style.get("stroke"), inherited.stroke),
        width=float(style["stroke-width"].removesuffix("px")) if "stroke-width" in style else inherited.width,
        even_odd=style["fill-rule"] == "evenodd" if "fill-rule" in style else inherited.even_odd,
        fill_opacity=float(style.get("fill-opacity", inherited.fill_opacity)) * opacity,
        stroke_opacity=float(style.get("stroke-opacity", inherited.stroke_opacity)) * opacity,
    )


def _colour(given: str | None, inherited: str) -> str:
    if given is None or given == "inherit":
        return inherited
    colour = given.strip().lower()
    if not COLOUR.fullmatch(colour) or colour == "currentcolor":
        raise EmblemUnsupported(f"colour {given!r}")
    return colour


def _picture(element: Element) -> bytes:
    address = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
    found = PICTURE.fullmatch(address)
    if found is None:
        raise EmblemUnsupported("an image that is not a PNG or JPEG within the drawing")
    return base64.b64decode(found["data"], validate=False)
