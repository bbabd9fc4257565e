"""Keeps secrets out of logs and events: by the values the vault holds, in every spelling they may be printed in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "(secret)"
_SHORT = 4  # shorter values are masked only where they stand alone, or digests and numbers would be torn apart


class Redactor:
    """Replaces known values in text."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        long: set[str] = set()
        short: set[str] = set()
        for value in values:
            as_json = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
            for spelling in (value, *as_json, quote(value)):
                if spelling.strip():
                    (long if len(spelling) >= _SHORT else short).add(spelling)
        words = [re.escape(value) for value in sorted(long, key=len, reverse=True)]
        words += [rf"(?<![\w.-]){re.escape(value)}(?![\w.-])" for value in sorted(short, key=len, reverse=True)]
        self._pattern = re.compile("|".join(words)) if words else None

    def __call__(self, text: str) -> str:
        """Return `text` with every known value masked."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def strings_in(value: object) -> list[str]:
    """Return every text and number inside nested mappings and lists, as text."""
    if isinstance(value, dict):
        return [text for entry in value.values() for text in strings_in(entry)]
    if isinstance(value, (list, tuple)):
        return [text for entry in value for text in strings_in(entry)]
    if value is None or isinstance(value, bool):
        return []
    return [str(value)]
