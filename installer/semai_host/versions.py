"""Comparing release versions (canonical PEP 440 without epoch and local part) and matching version ranges.

Hosts have no third-party library, so this covers what catalogs may contain and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .errors import Refused

_VERSION = re.compile(
    r"(?P<release>[0-9]+(?:\.[0-9]+)*)(?:(?P<phase>a|b|rc)(?P<number>[0-9]+))?"
    r"(?:\.post(?P<post>[0-9]+))?(?:\.dev(?P<dev>[0-9]+))?"
)
_CLAUSE = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9][0-9a-z.]*?)(\.\*)?")
_FINAL = 9  # a release without a, b or rc comes after those with


def key(version: str) -> tuple[tuple[int, ...], tuple[int, int], int, tuple[int, int]]:
    """Return what versions are ordered by; refuse text that is not a version."""
    match = _VERSION.fullmatch(version)
    if not match:
        raise Refused("request-invalid", f"{version!r} is not a version")
    numbers = tuple(int(part) for part in match["release"].split("."))
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers = numbers[:-1]
    has_dev = match["dev"] is not None
    if match["phase"]:
        phase = ("a", "b", "rc").index(match["phase"])
    else:
        phase = -1 if has_dev and match["post"] is None else _FINAL
    post = int(match["post"]) if match["post"] is not None else -1
    dev = (0, int(match["dev"])) if has_dev else (1, 0)
    return numbers, (phase, int(match["number"] or 0)), post, dev


def allows(ranges: Sequence[str], version: str) -> bool:
    """Tell whether any of `ranges` (each such as ">=2026.1,<2027") holds `version`; no range at all allows all."""
    return not ranges or any(_holds(text, version) for text in ranges)


def _holds(text: str, version: str) -> bool:
    clauses = [clause.strip() for clause in text.split(",") if clause.strip()]
    return all(_clause_holds(clause, version) for clause in clauses)


def _clause_holds(clause: str, version: str) -> bool:
    match = _CLAUSE.fullmatch(clause)
    if not match:
        raise Refused("request-invalid", f"{clause!r} is not a version range")
    operator, bound, wildcard = match.groups()
    if wildcard:
        return _prefix_holds(operator, bound, version, clause)
    if operator == "~=":
        prefix = bound.rsplit(".", 1)[0]
        return key(version) >= key(bound) and _has_prefix(version, prefix)
    ours, theirs = key(version), key(bound)
    answers = {
        "==": ours == theirs,
        "!=": ours != theirs,
        "<=": ours <= theirs,
        ">=": ours >= theirs,
        "<": ours < theirs,
        ">": ours > theirs,
    }
    return answers[operator]


def _prefix_holds(operator: str, bound: str, version: str, clause: str) -> bool:
    if operator not in ("==", "!="):
        raise Refused("request-invalid", f"{clause!r}: .* goes with == or != only")
    return _has_prefix(version, bound) == (operator == "==")


def _has_prefix(version: str, prefix: str) -> bool:
    match = _VERSION.fullmatch(version)
    numbers = [int(part) for part in match["release"].split(".")] if match else []
    wanted = [int(part) for part in prefix.split(".")]
    numbers += [0] * (len(wanted) - len(numbers))
    return numbers[: len(wanted)] == wanted
