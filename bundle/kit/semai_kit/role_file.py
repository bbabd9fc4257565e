"""Roles as data: what a role is called, what it may do and how wide a grant of it reaches. Imports no models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml
from django.core.exceptions import ImproperlyConfigured

ScopeKind = Literal["region", "agency", "district", "village"]


@dataclass(frozen=True)
class Role:
    """`permissions` may hold `*.view`, which stands for every permission ending in `.view`."""

    id: str
    title: str
    permissions: frozenset[str]
    scope: ScopeKind

    def grants(self, permission: str) -> bool:
        return permission in self.permissions or f"*.{permission.rpartition('.')[2]}" in self.permissions


def load_roles(path: Path) -> tuple[Role, ...]:
    """Read a YAML list of `{id, title, scope, permissions}`; raises ImproperlyConfigured naming the entry."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(_role(entry, path) for entry in entries)


def _role(entry: dict[str, object], path: Path) -> Role:
    known = {"id", "title", "scope", "permissions"}
    if not isinstance(entry, dict) or set(entry) != known:
        raise ImproperlyConfigured(f"{path}: a role has exactly {sorted(known)}, found {entry!r}")
    if entry["scope"] not in get_args(ScopeKind):
        raise ImproperlyConfigured(f"{path}: role {entry['id']}: scope must be one of {get_args(ScopeKind)}")
    permissions = frozenset(entry["permissions"])  # type: ignore[call-overload]
    return Role(str(entry["id"]), str(entry["title"]), permissions, entry["scope"])  # type: ignore[arg-type]
