"""What becomes of a code in another year. Pure, and nothing is guessed: where no list says it, a person decides.

A code goes on as it is only while its own list goes on. Once another list took its place, the mapping of the two
lists says what it became; without exactly one answer there it waits for a decision, even when the new list happens
to have a code of the same digits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from re import fullmatch

import yaml
from django.utils.translation import gettext as _
from semai_kit.languages import counted

EVERY_FIELD = "X.XX."


class How(Enum):
    SAME = "tetap"
    MAPPED = "pemetaan"
    DECIDED = "keputusan"
    DROPPED = "tidak dibawa"
    UNDECIDED = "belum diputuskan"


@dataclass(frozen=True)
class Successor:
    """`code` is empty unless the code goes on; `why` says what a person has to decide."""

    how: How
    code: str = ""
    why: str = ""
    candidates: tuple[str, ...] = field(default=())

    @property
    def goes_on(self) -> bool:
        return bool(self.code)


@dataclass(frozen=True)
class CodeKind:
    """Shape of the codes of one kind of list."""

    id: str
    title: str
    part: str
    level_titles: Mapping[int, str]

    @property
    def deepest(self) -> int:
        return max(self.level_titles)

    def is_shaped(self, code: str) -> bool:
        parts = code.split(".")
        return len(parts) in self.level_titles and all(fullmatch(self.part, part) for part in parts)

    def parent_of(self, code: str) -> str:
        """The code one level up; empty at the top."""
        parts = code.split(".")
        above = [level for level in self.level_titles if level < len(parts)]
        return ".".join(parts[: max(above)]) if above else ""


@cache
def code_kinds() -> dict[str, CodeKind]:
    text = (files("semai_e_budgeting") / "data" / "code_kinds.yml").read_text(encoding="utf-8")
    return {kind["id"]: CodeKind(**kind) for kind in yaml.safe_load(text)}


def general(code: str) -> str:
    """`1.01.01.2.06.0001` as a list states it for every field of government: `X.XX.01.2.06.0001`."""
    return EVERY_FIELD + ".".join(code.split(".")[2:])


def particular(target: str, code: str) -> str:
    """A target stated for every field, in the field of the code that it follows."""
    if not target.startswith(EVERY_FIELD):
        return target
    return ".".join([*code.split(".")[:2], *target.split(".")[2:]])


def successor(
    code: str, *, decided: str | None, same: bool, targets: Sequence[str], usable: Collection[str]
) -> Successor:
    """`decided`: what a person said (empty: not carried over; None: nothing). `targets`: what the mapping says."""
    if decided == "":
        return Successor(How.DROPPED)
    if decided is not None:
        return _only(How.DECIDED, decided, usable)
    if same:
        return _only(How.SAME, code, usable)
    found = tuple(dict.fromkeys(target for target in targets if target))
    if len(found) == 1:
        return _only(How.MAPPED, found[0], usable)
    if found:
        return Successor(
            How.UNDECIDED,
            why=counted("dipetakan ke {found} kode", len(found)).format(found=len(found)),
            candidates=found,
        )
    why = _("tanpa pengganti menurut pemetaan") if targets else _("belum ada dalam pemetaan")
    return Successor(How.UNDECIDED, why=why)


def _only(how: How, code: str, usable: Collection[str]) -> Successor:
    if code in usable:
        return Successor(how, code)
    return Successor(
        How.UNDECIDED, why=_("kode {code} tidak dapat dianggarkan pada tahun ini").format(code=code), candidates=()
    )
