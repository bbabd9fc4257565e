"""Composer's version constraints for PHP, as the version ranges a manifest has. Pure."""

from __future__ import annotations

import re

from packaging.specifiers import SpecifierSet
from packaging.version import Version

# What the Debian and Ubuntu releases that semai knows have of PHP; a range must fit one of them.
SHIPPED = ("8.1", "8.2", "8.3", "8.4")
USUAL = ">=8.1,<9"
_PIECE = re.compile(r"(\^|~|>=|<=|>|<|==|=|!=)?\s*v?(\d+(?:\.(?:\d+|\*))*)(?:[-@]\w+)?")


def php_range(constraint: str) -> str | None:
    """Return a range such as `>=8.1,<9` for `^8.1`; of alternatives the widest span; None when not understood."""
    spans = [_span(part) for part in re.split(r"\s*\|\|?\s*", constraint.strip()) if part]
    if not spans or any(span is None for span in spans):
        return None
    lows = [span[0] for span in spans if span]
    highs = [span[1] for span in spans if span]
    low = min(lows, key=_order)
    high = None if None in highs else max((h for h in highs if h), key=_order)
    return ",".join([f">={low}", *([f"<{high}"] if high else [])])


def runs_on(range_: str) -> list[str]:
    """Return which versions of PHP that come with Debian and Ubuntu fit."""
    return [version for version in SHIPPED if SpecifierSet(range_).contains(Version(f"{version}.99"))]


def _span(part: str) -> tuple[str, str | None] | None:
    """Return the lowest version and the first one above the span of `>=7.4 <8.3`, `^8.1`, `8.1.*`."""
    pieces = _PIECE.findall(part)
    if not pieces or _PIECE.sub("", part).strip(" ,"):
        return None
    low, high = "0", None
    for operator, version in pieces:
        number = version.replace(".*", "")
        if operator in ("^", "~") or version.endswith("*"):
            low, high = number, _next(number, operator, wild=version.endswith("*"))
        elif operator in (">=", ">"):
            low = number
        elif operator in ("<", "<="):
            high = number if operator == "<" else _next(number, "~", wild=True)
        elif operator in ("", "=", "=="):
            low, high = number, _next(number, "~", wild=True)
    return low, high


def _next(number: str, operator: str, *, wild: bool) -> str:
    """Return the first version above `^8.1` (9), `~8.1` (9), `~8.1.2` (8.2), `8.1.*` (8.2)."""
    parts = [int(part) for part in number.split(".")]
    kept = len(parts) if wild else max(1, len(parts) - 1)
    head = parts[: 1 if operator == "^" else kept]
    return ".".join(map(str, [*head[:-1], head[-1] + 1]))


def _order(version: str | None) -> Version:
    return Version(version or "0")
