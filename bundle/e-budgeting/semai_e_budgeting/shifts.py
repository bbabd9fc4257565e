"""Kinds of pergeseran as data, and which sums they hold fixed. Pure: shares of a budget in, imbalances out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from operator import attrgetter

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

WHOLE = "agency"
KEY_TITLES = {
    WHOLE: lazy("OPD"),
    "program": lazy("program"),
    "activity": lazy("kegiatan"),
    "sub_activity": lazy("sub kegiatan"),
    "funding": lazy("sumber dana"),
    "account:1": lazy("akun"),
    "account:2": lazy("kelompok"),
    "account:3": lazy("jenis"),
    "account:4": lazy("objek"),
    "account:5": lazy("rincian objek"),
}


class RoundsInvalid(Exception):
    """The file of kinds names a key that does not exist."""


@dataclass(frozen=True)
class RoundKind:
    """One kind of pergeseran or Perubahan. `fixed`: per combination of these keys the sum must stay."""

    id: str
    title: str
    decree: str
    label: str
    basis: str
    follows_plan: bool
    fixed: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What of a share the rules look at; shares that differ in nothing else may come summed."""
        parts = {part.partition(":")[0] for parts in self.fixed for part in parts}
        return tuple(sorted(parts - {WHOLE}))

    def label_of(self, number: int) -> str:
        return self.label.format(n=number)

    @property
    def rules(self) -> tuple[str, ...]:
        """What stays, in words."""
        return tuple(_(" dan ").join(str(KEY_TITLES[part]) for part in parts) for parts in self.fixed)


@dataclass(frozen=True)
class Share:
    """What a balance rule looks at in a line; what no rule looks at may stay empty."""

    total: Decimal
    program: str = ""
    activity: str = ""
    sub_activity: str = ""
    account: str = ""
    funding: str = ""


@dataclass(frozen=True)
class Imbalance:
    """A sum that should have stayed."""

    parts: tuple[str, ...]
    key: tuple[str, ...]
    before: Decimal
    after: Decimal

    @property
    def subject(self) -> str:
        return ", ".join(f"{KEY_TITLES[part]} {value}" for part, value in zip(self.parts, self.key, strict=True))


def parse_kinds(entries: Iterable[Mapping[str, object]]) -> dict[str, RoundKind]:
    """Kinds by id, in file order. Raises RoundsInvalid for unknown keys."""
    kinds = {}
    for entry in entries:
        fixed = tuple(tuple(parts) for parts in entry["fixed"])  # type: ignore[attr-defined]
        unknown = {part for parts in fixed for part in parts} - set(KEY_TITLES)
        if unknown:
            raise RoundsInvalid(f"{entry['id']}: unknown keys {', '.join(sorted(unknown))}")
        kinds[str(entry["id"])] = RoundKind(**{**entry, "fixed": fixed})  # type: ignore[arg-type]
    return kinds


@cache
def round_kinds() -> dict[str, RoundKind]:
    text = (files("semai_e_budgeting") / "data" / "rounds.yml").read_text(encoding="utf-8")
    return parse_kinds(yaml.safe_load(text))


def sums(shares: Iterable[Share], parts: Sequence[str]) -> dict[tuple[str, ...], Decimal]:
    read = [_reader(part) for part in parts]
    found: dict[tuple[str, ...], Decimal] = {}
    for share in shares:
        key = tuple(part(share) for part in read)
        found[key] = found.get(key, Decimal(0)) + share.total
    return found


def _reader(part: str) -> Callable[[Share], str]:
    """How a part of a key is read from a share; prepared once for thousands of them."""
    if part == WHOLE:
        whole = _("seluruh OPD")
        return lambda share: whole
    name, _colon, level = part.partition(":")
    read: Callable[[Share], str] = attrgetter(name)
    if not level:
        return read
    return lambda share: ".".join(read(share).split(".", int(level))[: int(level)])


def imbalances(before: Sequence[Share], after: Sequence[Share], kind: RoundKind) -> list[Imbalance]:
    """Every sum the kind holds fixed that did not stay, in the order of the rules."""
    found = []
    for parts in kind.fixed:
        old, new = sums(before, parts), sums(after, parts)
        for key in sorted(old.keys() | new.keys()):
            was, became = old.get(key, Decimal(0)), new.get(key, Decimal(0))
            if was != became:
                found.append(Imbalance(parts, key, was, became))
    return found
