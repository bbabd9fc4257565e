"""Carry the lines of an earlier year into a new RKA. Lines that cannot come are left out and named, never guessed.

The preview and the write look at the same plan. Carrying again brings only what did not come before: every carried
line remembers the version line it came from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..mappings import How, Successor
from ..models import CodeDecision, FundingSource, PackCode, PlanItem, Rka, RkaLine, RkaVersion
from ..models import RkaVersionLine as VersionLine
from ..rules import PaguCheck
from ..selectors.reference import usable_accounts, usable_sources
from ..selectors.standards import usable_items
from ..selectors.successors import Resolver, source_version
from .limits import Limits, beyond_ceilings, limits_of, sums_of
from .lines import LineEntry, write_line
from .pricing import price_problem, standard_problem
from .states import lock_for_edit

Kind = CodeDecision.Kind
PLAIN = (
    "description", "specification", "volume_1", "unit_1", "volume_2", "unit_2", "volume_3", "unit_3", "unit_price",
    "tax_percent", "location", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One line of the earlier year: what it becomes, or why it does not come."""

    source: VersionLine
    entry: LineEntry | None
    why: str = ""
    waits: bool = False
    target: str = ""


@dataclass(frozen=True)
class CarryPlan:
    """`source` is missing when no earlier year has a version."""

    source: RkaVersion | None
    steps: tuple[Step, ...] = ()
    done: int = 0

    @property
    def ready(self) -> list[Step]:
        return [step for step in self.steps if step.entry is not None]

    @property
    def left_out(self) -> list[Step]:
        return [step for step in self.steps if step.entry is None]

    @property
    def waiting(self) -> list[Step]:
        return [step for step in self.steps if step.waits]

    @property
    def ready_total(self) -> Decimal:
        return sum((step.source.total for step in self.ready), Decimal(0))

    @property
    def left_total(self) -> Decimal:
        return sum((step.source.total for step in self.left_out), Decimal(0))


@dataclass(frozen=True)
class CarryState:
    """For the page of the RKA: whether an earlier year has lines, and what is left once carrying began."""

    possible: bool
    begun: bool
    remaining: int


def carry_state(rka: Rka) -> CarryState:
    source = source_version(rka)
    if source is None:
        return CarryState(possible=False, begun=False, remaining=0)
    carried = RkaLine.objects.filter(rka=rka, carried_from__version=source).count()
    return CarryState(True, carried > 0, source.lines.count() - carried)


@dataclass(frozen=True)
class Ground:
    """What lines of the new year may refer to, by code."""

    items: dict[str, PlanItem]
    accounts: dict[str, PackCode]
    sources: dict[str, FundingSource]
    standards: frozenset[int]


def ground_of(rka: Rka) -> Ground:
    year = rka.fiscal_year.year
    items = PlanItem.objects.filter(
        fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id, vanished_at__isnull=True
    )
    return Ground(
        items={item.sub_activity_code: item for item in items},
        accounts={code.code: code for code in usable_accounts(year)},
        sources={source.code: source for source in usable_sources(year)},
        standards=frozenset(usable_items(year).values_list("pk", flat=True)),
    )


def carry_plan(rka: Rka) -> CarryPlan:
    """What carrying would do now, line by line, in the order of the earlier version."""
    source = source_version(rka)
    if source is None:
        return CarryPlan(None)
    carried = set(
        RkaLine.objects.filter(rka=rka, carried_from__isnull=False).values_list("carried_from", flat=True)
    )
    lines = [line for line in source.lines.select_related("standard__standard") if line.pk not in carried]
    resolver, ground = Resolver(source.rka.fiscal_year.year, rka.fiscal_year), ground_of(rka)
    steps = [_step(line, resolver, ground) for line in lines]
    return CarryPlan(source, tuple(_within_limits(rka, ground, steps)), len(carried))


def _step(line: VersionLine, resolver: Resolver, ground: Ground) -> Step:
    found = {
        Kind.PROGRAM: (line.sub_activity_code, resolver.of(Kind.PROGRAM, line.sub_activity_code)),
        Kind.ACCOUNT: (line.account_code, resolver.of(Kind.ACCOUNT, line.account_code)),
        Kind.FUNDING: (line.funding_code, resolver.of(Kind.FUNDING, line.funding_code)),
    }
    reasons = [_reason(kind, code, after) for kind, (code, after) in found.items() if not after.goes_on]
    if reasons:
        waits = any(after.how is How.UNDECIDED for _code, after in found.values())
        return Step(line, None, " ".join(reasons), waits)
    program, account, funding = (after.code for _code, after in found.values())
    if program not in ground.items:
        return Step(
            line, None, _("Sub kegiatan {program} tidak ada dalam rencana kerja OPD ini.").format(program=program)
        )
    entry = LineEntry(
        item_id=ground.items[program].pk,
        account_id=ground.accounts[account].pk,
        funding_id=ground.sources[funding].pk,
        standard_id=_standard_id(line, account, ground),
        **{name: getattr(line, name) for name in PLAIN},
    )
    return Step(line, entry, target=f"{program} · {account} · {funding}")


def _reason(kind: Kind, code: str, after: Successor) -> str:
    if after.how is How.DROPPED:
        return _("{label} {code} diputuskan tidak dibawa.").format(label=kind.label, code=code)
    return _("{label} {code} belum diputuskan: {why}.").format(label=kind.label, code=code, why=after.why)


def _standard_id(line: VersionLine, account_code: str, ground: Ground) -> int | None:
    """The standard item goes along only while it still counts and the price keeps to it."""
    standard = line.standard
    if standard is None or standard.pk not in ground.standards:
        return None
    problem = standard_problem(standard, account_code, line.tax_percent)
    return None if problem or price_problem(standard, line.unit_price, "") else standard.pk


def _within_limits(rka: Rka, ground: Ground, steps: Iterable[Step]) -> Sequence[Step]:
    """Take lines in order as long as they fit pagu and KUA-PPAS; one that does not is left out, with the reason."""
    limits, sums = limits_of(rka), sums_of(rka)
    items = {item.pk: item for item in ground.items.values()}
    taken = []
    for step in steps:
        if step.entry is None:
            taken.append(step)
            continue
        item = items[step.entry.item_id]
        after = {**sums, item.pk: sums.get(item.pk, Decimal(0)) + step.source.total}
        why = _excess(limits, list(items.values()), item, sums, after)
        if not why:
            sums = after
        taken.append(Step(step.source, None, why) if why else step)
    return taken


def _excess(
    limits: Limits, items: list[PlanItem], item: PlanItem, before: dict[int, Decimal], after: dict[int, Decimal]
) -> str:
    check = PaguCheck(item.pagu, before.get(item.pk, Decimal(0)), after[item.pk])
    if not check.allowed:
        return _("Tidak muat dalam pagu {sub_activity_code}.").format(sub_activity_code=item.sub_activity_code)
    beyond = beyond_ceilings(limits.ceilings, items, before, after)
    return beyond[0] if beyond else ""


@transaction.atomic
def carry_lines(rka_id: int, account: Account) -> CarryPlan:
    """Write what the plan has ready; returns the plan as it was carried out."""
    rka = lock_for_edit(rka_id)
    require(account, "budget.edit", agency=rka.agency)
    if rka.dpas.exists():
        raise Refused(_("DPA tahun ini sudah terbit; rincian tahun lalu tidak dibawa lagi."))
    plan = carry_plan(rka)
    if plan.source is None:
        raise Refused(_("Belum ada RKA tahun sebelumnya yang pernah dikirim."))
    for step in plan.ready:
        assert step.entry is not None
        line = RkaLine(rka=rka, carried_from=step.source)
        write_line(rka, step.entry, existing=line, pagu_checked=True)
    return plan
