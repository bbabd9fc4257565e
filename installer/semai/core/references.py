"""References to the vault: `@secret(path)` stands for a value that only the host's own files will hold.

Only semai writes them. A path names the keys from `semai_vault` downwards, joined by dots; a contract's id holds a
dot itself, so `secret_at` follows the longest key that fits at each step. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MARK = "@secret("


def secret_reference(*path: str) -> str:
    """Return the text that stands for a vault value, for example `@secret(apps.e-planning.secret_key)`."""
    return f"{MARK}{'.'.join(path)})"


def references_in(value: Any) -> list[str]:
    """Return the path of every whole reference in `value`, in order and once."""
    found: set[str] = set()

    def note(text: str) -> str:
        if text.startswith(MARK) and text.endswith(")"):
            found.add(text.removeprefix(MARK).removesuffix(")"))
        return text

    _mapped(value, note)
    return sorted(found)


def secret_at(vault: Mapping[str, Any], path: str) -> str | None:
    """Return the text at a dotted path of the vault, or None when there is none."""
    value: Any = vault
    rest = path
    while rest and isinstance(value, Mapping):
        fitting = [key for key in value if rest == key or rest.startswith(f"{key}.")]
        if not fitting:
            return None
        key = max(fitting, key=len)
        value, rest = value[key], rest[len(key) + 1 :]
    return value if isinstance(value, str) and not rest else None


class Mixed(ValueError):
    """A text in which a reference is only a part, or that spells a reference nobody issued."""


@dataclass(frozen=True)
class Cloak:
    """Stands in for references while templates are filled, so that no answer can spell one.

    `nonce` must be a digest over the region's own values: a value cannot contain the digest of itself.
    """

    nonce: str
    references: tuple[str, ...]

    @classmethod
    def of(cls, nonce: str, references: Iterable[str]) -> Cloak:
        """Return a cloak for these references."""
        return cls(nonce, tuple(sorted(set(references))))

    def hide(self, value: Any) -> Any:
        """Return `value` with every reference replaced by its stand-in."""
        return _mapped(value, lambda text: self._stand_in(text) if text in self.references else text)

    def reveal(self, value: Any) -> Any:
        """Return `value` with stand-ins replaced by references; raises Mixed."""
        return _mapped(value, self._revealed)

    def _stand_in(self, reference: str) -> str:
        return f"<{self.nonce}:{self.references.index(reference)}>"

    def _revealed(self, text: str) -> str:
        for reference in self.references:
            if text == self._stand_in(reference):
                return reference
        if self.nonce in text or MARK in text:
            raise Mixed(text)
        return text


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _mapped(part, change) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mapped(part, change) for part in value]
    return value
