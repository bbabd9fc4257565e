"""Reading JSON word by word: every complaint names the object and the key, and nothing unchecked gets through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from . import layout
from .errors import Refused

T = TypeVar("T")
_MISSING: Any = object()


class Item:
    """A JSON object under reading."""

    def __init__(self, raw: object, what: str) -> None:
        if not isinstance(raw, Mapping):
            raise Refused("request-invalid", f"{what} must be an object, not {type(raw).__name__}")
        self.raw = raw
        self.what = what

    def get(self, key: str, default: Any = _MISSING) -> Any:
        value = self.raw.get(key, default)
        if value is _MISSING:
            raise Refused("request-invalid", f"{self.what} lacks {key!r}")
        return value

    def text(self, key: str, pattern: re.Pattern[str], default: Any = _MISSING, longest: int = 500) -> str:
        return layout.checked(pattern, self.get(key, default), f"{self.what}: {key}", longest)

    def plain(self, key: str, default: Any = _MISSING) -> str:
        return plain(self.get(key, default), f"{self.what}: {key}")

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.get(key, default)
        if value not in allowed:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not one of {', '.join(allowed)}")
        return str(value)

    def typed(self, key: str, kind: type[T], default: T) -> T:
        value = self.get(key, default)
        if type(value) is not kind:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not {kind.__name__}")
        return value

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        """Return a whole number between two bounds, or the default when the key is absent or null."""
        value = self.get(key, None)
        if value is None:
            return default
        if type(value) is not int or not least <= value <= most:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not a number from {least} to {most}")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86400:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not a number of seconds up to a day")
        return value

    def sequence(self, key: str) -> list[Any]:
        return as_list(self.get(key, ()), f"{self.what}: {key}")

    def items(self, key: str) -> list[Item]:
        """Return the objects of a list."""
        return [Item(entry, f"{self.what}: {key}") for entry in self.sequence(key)]


def as_list(value: object, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Refused("request-invalid", f"{what} must be a list")
    return list(value)


def plain(value: object, what: str) -> str:
    """Return a text of one printable line."""
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        raise Refused("request-invalid", f"{what}: {str(value)[:80]!r} is not plain text")
    return value
