"""Successors of the codes of an earlier year, from lists, mappings and decisions; and what waits to be decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, QuerySet, Sum
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import scope_of

from ..mappings import How, Successor, general, particular, successor
from ..models import CodeDecision, CodeMapping, CodePack, PackCode, PlanItem, Rka, RkaVersion
from ..models import RkaVersionLine as VersionLine
from .reference import usable_accounts, usable_sources, valid_in

Kind = CodeDecision.Kind
COLUMNS = {
    Kind.ACCOUNT: ("account_code", "account_name"),
    Kind.PROGRAM: ("sub_activity_code", "sub_activity_name"),
    Kind.FUNDING: ("funding_code", "funding_name"),
}


def usable_codes(kind: str, year: FiscalYear) -> set[str]:
    """What a line of the year may name."""
    if kind == Kind.PROGRAM:
        items = PlanItem.objects.filter(fiscal_year=year, vanished_at__isnull=True)
        return set(items.values_list("sub_activity_code", flat=True))
    if kind == Kind.FUNDING:
        return set(usable_sources(year.year).values_list("code", flat=True))
    return set(usable_accounts(year.year).values_list("code", flat=True))


@dataclass(frozen=True)
class Lists:
    """The lists of one kind around the turn from one year to another."""

    going_on: frozenset[str]
    ended: frozenset[str]
    targets: Mapping[str, tuple[str, ...]]


class Resolver:
    """Successors of codes of `before` in `after`; reads everything it needs once per kind."""

    def __init__(self, before: int, after: FiscalYear) -> None:
        self.before, self.after = before, after
        self._lists: dict[str, Lists] = {}
        self._usable: dict[str, set[str]] = {}
        self._decided = decided_codes(after)

    def usable(self, kind: str) -> set[str]:
        if kind not in self._usable:
            self._usable[kind] = usable_codes(kind, self.after)
        return self._usable[kind]

    def of(self, kind: str, code: str) -> Successor:
        same, targets = self._stated(kind, code)
        decided = self._decided.get((kind, code))
        usable = self.usable(kind)
        if kind == Kind.PROGRAM and (same or len(set(targets)) == 1):
            usable = usable | {code, *targets}  # whether it is in the work plan is a matter of each OPD
        return successor(code, decided=decided, same=same, targets=targets, usable=usable)

    def _stated(self, kind: str, code: str) -> tuple[bool, tuple[str, ...]]:
        """Whether the code's own list goes on, and what the mappings say where it does not."""
        if kind == Kind.FUNDING:
            return code in self.usable(kind), ()
        lists = self._lists_of(kind)
        names = (code, general(code)) if kind == Kind.PROGRAM else (code,)
        if any(name in lists.going_on for name in names):
            return True, ()
        targets = tuple(particular(target, code) for name in names for target in lists.targets.get(name, ()))
        replaced = kind == Kind.ACCOUNT or any(name in lists.ended for name in names)
        return not replaced, targets

    def _lists_of(self, kind: str) -> Lists:
        if kind not in self._lists:
            self._lists[kind] = _lists(kind, self.before, self.after.year)
        return self._lists[kind]


def _lists(kind: str, before: int, after: int) -> Lists:
    old = CodePack.objects.filter(valid_in(before), kind=kind)
    staying = old.filter(valid_in(after))
    ended = old.exclude(pk__in=staying)
    targets: dict[str, tuple[str, ...]] = {}
    new = CodePack.objects.filter(valid_in(after), kind=kind)
    for row in CodeMapping.objects.filter(old_pack__in=ended, new_pack__in=new):
        targets[row.old_code] = (*targets.get(row.old_code, ()), row.new_code)
    return Lists(_deepest(staying), _deepest(ended), targets)


def _deepest(packs: QuerySet[CodePack]) -> frozenset[str]:
    return frozenset(PackCode.objects.filter(pack__in=packs, postable=True).values_list("code", flat=True))


def decided_codes(year: FiscalYear) -> dict[tuple[str, str], str]:
    """The newest decision of each code."""
    rows = CodeDecision.objects.filter(fiscal_year=year).order_by("decided_at", "pk")
    return {(row.kind, row.old_code): row.new_code for row in rows}


def source_version(rka: Rka) -> RkaVersion | None:
    """What an RKA may take over: the DPA in force of the newest earlier year, or else the version sent last."""
    earlier = RkaVersion.objects.filter(
        rka__agency_id=rka.agency_id, rka__fiscal_year__year__lt=rka.fiscal_year.year
    ).select_related("rka__fiscal_year")
    newest = earlier.order_by("-rka__fiscal_year__year").first()
    if newest is None:
        return None
    of_year = earlier.filter(rka_id=newest.rka_id).order_by("-number")
    return of_year.filter(dpa__isnull=False).first() or of_year.first()


@dataclass(frozen=True)
class OpenCode:
    """A code that waits for a decision, with what hangs on it."""

    kind: str
    code: str
    name: str
    successor: Successor
    lines: int
    total: Decimal
    agencies: int

    @property
    def kind_title(self) -> str:
        return str(Kind(self.kind).label)


def open_codes(account: Account, year: FiscalYear) -> list[OpenCode]:
    """Codes of the versions that the visible RKA of the year would take over, and that no list carries on."""
    rkas = scope_of(account, "budget.view").filter(Rka.objects.filter(fiscal_year=year), agency="agency")
    versions = [version for rka in rkas.select_related("fiscal_year") if (version := source_version(rka))]
    found = []
    for before in sorted({version.rka.fiscal_year.year for version in versions}):
        resolver = Resolver(before, year)
        own = [version.pk for version in versions if version.rka.fiscal_year.year == before]
        for kind in Kind.values:
            found += _open_of(resolver, kind, VersionLine.objects.filter(version__in=own))
    return found


def _open_of(resolver: Resolver, kind: str, lines: QuerySet[VersionLine]) -> list[OpenCode]:
    code, name = COLUMNS[Kind(kind)]
    rows = (
        lines.order_by()
        .values(code)
        .annotate(
            name=Max(name), count=Count("pk"), sum=Sum("total"), agencies=Count("version__rka", distinct=True)
        )
        .order_by(code)
    )
    found = [
        OpenCode(
            kind, row[code], row["name"], resolver.of(kind, row[code]), row["count"], row["sum"], row["agencies"]
        )
        for row in rows
    ]
    return [each for each in found if each.successor.how is How.UNDECIDED]
