"""Change one entry of a YAML file that people keep, leaving their other lines and comments as they are.

Text is spliced by lines, with no further library: entries of block mappings are replaced, appended or cut. The
result is parsed again and must say exactly what was wanted; where it does not (exotic layout), the file is written
anew from its values, and the caller is told that comments were lost.
"""

from __future__ import annotations

import copy
from typing import Any

from semai.adapters.yaml_checks import Document
from semai.adapters.yaml_files import dump_yaml, parse_document
from semai.core.region_checks import Place
from semai.errors import InvalidInput


def set_entry(text: str, place: Place, value: Any) -> tuple[str, bool]:
    """Return `text` with `value` at `place` (keys from the top), and whether comments survived."""
    document = parse_document(text, "")
    wanted = copy.deepcopy(document.value) if isinstance(document.value, dict) else {}
    _put(wanted, place, value)
    return _checked(_with_entry(text, document, place, value), wanted, text)


def drop_entry(text: str, place: Place) -> tuple[str, bool]:
    """Return `text` without the entry at `place`, and whether comments survived; nothing happens when missing."""
    document = parse_document(text, "")
    wanted = copy.deepcopy(document.value)
    if place not in document.lines:
        return text, True
    holder = _at(wanted, place[:-1])
    del holder[place[-1]]
    if not holder and len(place) > 1:
        return _checked(_with_entry(text, document, place[:-1], {}), wanted, text)
    lines = text.splitlines(keepends=True)
    start, end = _extent(lines, document.lines[place])
    return _checked("".join(lines[:start] + lines[end:]), wanted, text)


def _checked(text: str, wanted: Any, before: str) -> tuple[str, bool]:
    try:
        if parse_document(text, "").value == wanted:
            return text, True
    except InvalidInput:
        pass  # the splice did not fit this layout: write the file anew
    return dump_yaml(wanted), "#" not in before


def _with_entry(text: str, document: Document, place: Place, value: Any) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if place in document.lines:
        start, end = _extent(lines, document.lines[place])
        return _spliced(lines, start, end, _indent(lines[start]), {place[-1]: value})
    parent = place[:-1]
    while parent and not _is_block(lines, document, parent):
        parent = parent[:-1]
    siblings = [key for key in _at(document.value, parent)] if parent or document.value else []
    step = place[len(parent)]
    below = _nested(place[len(parent) + 1 :], value)
    if step in siblings:  # exists, but in a layout that cannot take a line: write it as a block
        merged = _at(document.value, (*parent, step))
        below = _merged(merged if isinstance(merged, dict) else {}, place[len(parent) + 1 :], value)
        inner = (*parent, step)
        start, end = _extent(lines, document.lines[inner])
        return _spliced(lines, start, end, _indent(lines[start]), {step: below})
    if not siblings:
        return "".join(lines) + dump_yaml({step: below})
    inner = (*parent, siblings[-1])
    start, end = _extent(lines, document.lines[inner])
    return _spliced(lines, end, end, _indent(lines[start]), {step: below})


def _spliced(lines: list[str], start: int, end: int, indent: int, entry: dict[Any, Any]) -> str:
    block = [" " * indent + line for line in dump_yaml(entry).splitlines(keepends=True)]
    return "".join(lines[:start] + block + lines[end:])


def _extent(lines: list[str], number: int) -> tuple[int, int]:
    """Return the half-open range of lines of the entry that begins at the 1-based line `number`."""
    start = number - 1
    indent = _indent(lines[start])
    end = start + 1
    while end < len(lines) and (_is_remark(lines[end]) or _indent(lines[end]) > indent):
        end += 1
    while end > start + 1 and _is_remark(lines[end - 1]) and _indent(lines[end - 1]) <= indent:
        end -= 1
    return start, end


def _is_block(lines: list[str], document: Document, place: Place) -> bool:
    value = _at(document.value, place)
    if not isinstance(value, dict) or not value:
        return False
    first = next(iter(value))
    inner = (*place, first)
    line = lines[document.lines[inner] - 1]
    return line.lstrip().lstrip("\"'").startswith(first)


def _is_remark(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step] if isinstance(value, dict) and step in value else None
    return value


def _put(value: Any, place: Place, content: Any) -> None:
    for step in place[:-1]:
        if not isinstance(value.get(step), dict):
            value[step] = {}
        value = value[step]
    value[place[-1]] = content


def _nested(place: Place, value: Any) -> Any:
    for step in reversed(place):
        value = {step: value}
    return value


def _merged(base: dict[str, Any], place: Place, value: Any) -> Any:
    if not place:
        return value
    merged = copy.deepcopy(base)
    _put(merged, place, value)
    return merged
