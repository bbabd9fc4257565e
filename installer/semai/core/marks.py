"""Marks of secrets: they tell, without the vault's password, which parts are made of a secret that changed.

A mark is an HMAC under a key that lies in the vault itself, so that nobody who reads deployment.yml can try out
passwords against it. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semai.core.catalog import digest_of
from semai.core.references import references_in
from semai.core.secrets import Vault

_MARK_DIGITS = 16
_KEY = "marks_key"


@dataclass(frozen=True)
class Marks:
    """`vault`: sha256 of vault.yml's bytes; `secrets`: path in the vault -> mark.

    Without marks every secret is taken to change whenever vault.yml does.
    """

    vault: str
    secrets: Mapping[str, str] = field(default_factory=dict)

    def at(self, *paths: str) -> str:
        """Return a digest that differs as soon as one of these secrets does."""
        unmarked = "" if self.secrets else self.vault
        return digest_of({path: self.secrets.get(path, unmarked) for path in paths})

    def of(self, value: Any) -> str:
        """Return `at` of every secret that `value` refers to."""
        return self.at(*references_in(value))


def marks_of(vault: Vault, digest: str) -> Marks:
    """Return the marks of all secrets of a vault whose file has this sha256; none while it has no key for them."""
    if vault.marks_key is None:
        return Marks(digest)
    key = vault.marks_key.encode()
    found = {path: _mark(key, path, secret) for path, secret in _leaves(vault.plain()) if path != _KEY}
    return Marks(digest, found)


def _mark(key: bytes, path: str, secret: str) -> str:
    return hmac.new(key, f"{path}\0{secret}".encode(), hashlib.sha256).hexdigest()[:_MARK_DIGITS]


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
