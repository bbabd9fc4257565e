"""DPA of every OPD, the versions of one, its cash plan, two versions summed per account, and how pagu moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from semai_kit.models import Account, FiscalYear
from semai_kit.money import MoneyField
from semai_kit.roles import scope_of

from ..cash_plan import MONTHS
from ..models import (
    CashMonth,
    Ceiling,
    CeilingDocument,
    DpaVersion,
    PaguChange,
    PlanDifference,
    PlanItem,
    Rka,
    RkaLine,
    RkaVersion,
    RkaVersionItem,
    RkaVersionLine,
    Round,
)
from ..services.limits import falls_under, holding_document
from .rka import ZERO

NOTHING = Decimal(0)
CODES = ("program_code", "activity_code", "sub_activity_code")  # what a ceiling looks at in a sub kegiatan


def visible_dpas(account: Account, year: FiscalYear) -> QuerySet[Rka]:
    """RKA with their newest DPA (`dpa_number`, `dpa_label`, `dpa_total`, `first_total`): one query."""
    newest = DpaVersion.objects.filter(rka=OuterRef("pk")).order_by("-number")
    opened = Round.objects.filter(rka=OuterRef("pk"), outcome=Round.Outcome.OPEN)
    rows = Rka.objects.filter(fiscal_year=year).select_related("agency", "fiscal_year")
    return (
        scope_of(account, "budget.view")
        .filter(rows, agency="agency")
        .annotate(
            dpa_number=Subquery(newest.values("number")[:1], output_field=IntegerField()),
            dpa_label=Subquery(newest.values("label")[:1]),
            dpa_total=Subquery(newest.values("total")[:1], output_field=MoneyField()),
            first_total=Subquery(newest.order_by("number").values("total")[:1], output_field=MoneyField()),
            is_open=Exists(opened),
        )
        .order_by("agency__code")
    )


def dpas_of(rka: Rka) -> list[DpaVersion]:
    related = ("decree__fiscal_year", "rka__agency", "made_by")
    return list(DpaVersion.objects.filter(rka=rka).select_related(*related).order_by("number"))


@dataclass(frozen=True)
class CashRow:
    """The months of one sub kegiatan."""

    item: RkaVersionItem
    months: Sequence[Decimal]

    @property
    def planned(self) -> Decimal:
        return sum(self.months, NOTHING)


@dataclass(frozen=True)
class CashPlan:
    """Rows per sub kegiatan and their sum per month; `balanced` compares with the DPA itself."""

    dpa: DpaVersion
    rows: tuple[CashRow, ...]

    @property
    def months(self) -> list[tuple[str, Decimal]]:
        summed = [sum((row.months[n] for row in self.rows), NOTHING) for n in range(len(MONTHS))]
        return list(zip(MONTHS, summed, strict=True))

    @property
    def planned(self) -> Decimal:
        return sum((row.planned for row in self.rows), NOTHING)

    @property
    def balanced(self) -> bool:
        return self.planned == self.dpa.total and all(row.planned == row.item.total for row in self.rows)


def cash_plan(dpa: DpaVersion) -> CashPlan:
    """Two queries."""
    items = list(RkaVersionItem.objects.filter(version=dpa.rka_version_id).order_by("sub_activity_code"))
    rows_of_months = CashMonth.objects.filter(dpa=dpa).order_by().values_list("item", "month", "amount")
    amounts = {(item, month): amount for item, month, amount in rows_of_months}
    rows = [
        CashRow(item, [amounts.get((item.pk, month), NOTHING) for month in range(1, len(MONTHS) + 1)])
        for item in items
    ]
    return CashPlan(dpa, tuple(row for row in rows if row.item.total or row.planned))


@dataclass(frozen=True)
class AccountChange:
    """One account code in two versions."""

    code: str
    name: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def by_account(old: RkaVersion, new: RkaVersion) -> list[AccountChange]:
    """The lines of both versions summed per account; the differences sum to that of the totals. Two queries."""
    sums: dict[str, list[Decimal]] = {}
    names: dict[str, str] = {}
    for position, version in enumerate((old, new)):
        for code, name, amount in account_sums([version.pk]):
            sums.setdefault(code, [NOTHING, NOTHING])[position] += amount
            names[code] = name
    return [AccountChange(code, names[code], *sums[code]) for code in sorted(sums)]


def account_sums(versions: Sequence[int]) -> list[tuple[str, str, Decimal]]:
    """Code, name and sum of the lines of these RKA versions, by account."""
    rows = RkaVersionLine.objects.filter(version__in=versions).order_by().values("account_code", "account_name")
    return [
        (row["account_code"], row["account_name"], row["total"])
        for row in rows.annotate(total=Sum("total")).order_by("account_code")
    ]


@dataclass(frozen=True)
class PaguRow:
    """What one OPD was given at each stage; None where the stage has not come yet."""

    agency_name: str
    plan: Decimal
    waiting: Decimal
    ceiling: Decimal | None
    changed_ceiling: Decimal | None
    lines: Decimal
    dpa: Decimal | None


def pagu_rows(account: Account, year: FiscalYear) -> list[PaguRow]:
    """A fixed number of queries; `waiting` is how much e-planning would change the accepted pagu."""
    rkas = visible_dpas(account, year).annotate(lines_total=Coalesce(_lines(), ZERO))
    items = PlanItem.objects.filter(fiscal_year=year, vanished_at__isnull=True)
    plan = {row["agency"]: row["pagu"] for row in items.order_by().values("agency").annotate(pagu=Sum("pagu"))}
    waiting: dict[int, Decimal] = {}
    for difference in PlanDifference.objects.filter(item__fiscal_year=year, field="pagu").select_related("item"):
        change = Decimal(difference.new_value) - difference.item.pagu
        waiting[difference.item.agency_id] = waiting.get(difference.item.agency_id, NOTHING) + change
    first = _agency_ceilings(holding_document(year.pk))
    change_document = holding_document(year.pk, change=True)
    is_change = change_document and change_document.stage == CeilingDocument.Stage.CHANGE
    changed = _agency_ceilings(change_document) if is_change else {}
    return [
        PaguRow(
            rka.agency.name,
            plan.get(rka.agency_id, NOTHING),
            waiting.get(rka.agency_id, NOTHING),
            first.get(rka.agency_id),
            changed.get(rka.agency_id),
            rka.lines_total,
            rka.dpa_total,
        )
        for rka in rkas
    ]


def _lines() -> Subquery:
    lines = RkaLine.objects.filter(rka=OuterRef("pk")).order_by().values("rka").annotate(value=Sum("total"))
    return Subquery(lines.values("value"), output_field=MoneyField())


def _agency_ceilings(document: CeilingDocument | None) -> dict[int, Decimal]:
    rows = Ceiling.objects.filter(document=document, level=Ceiling.Level.AGENCY) if document else ()
    return {row.agency_id: row.amount for row in rows}


def pagu_changes(account: Account, year: FiscalYear) -> QuerySet[PaguChange]:
    """Accepted changes of pagu, newest first."""
    rows = PaguChange.objects.filter(item__fiscal_year=year).select_related("item__agency", "accepted_by")
    return scope_of(account, "budget.view").filter(rows, agency="item__agency")


@dataclass(frozen=True)
class CeilingRow:
    """A ceiling, what the document before said, and what lines have used of it."""

    ceiling: Ceiling
    before: Decimal | None
    used: Decimal

    @property
    def remaining(self) -> Decimal:
        return self.ceiling.amount - self.used


def ceiling_rows(account: Account, document: CeilingDocument) -> list[CeilingRow]:
    """Rows of the OPD the account may read: a fixed number of queries."""
    rows = document.ceilings.select_related("agency").order_by("agency__code", "code")
    rows = scope_of(account, "budget.view").filter(rows, agency="agency")
    last = (
        CeilingDocument.objects.filter(fiscal_year_id=document.fiscal_year_id, number__lt=document.number)
        .order_by("-number")
        .first()
    )
    old = {(row.agency_id, row.code): row.amount for row in last.ceilings.all()} if last else {}
    items = PlanItem.objects.filter(fiscal_year_id=document.fiscal_year_id).only("agency_id", *CODES)
    by_agency: dict[int, list[PlanItem]] = {}
    for item in items.annotate(used=Coalesce(Sum("lines__total"), ZERO)):
        by_agency.setdefault(item.agency_id, []).append(item)
    return [
        CeilingRow(
            row,
            old.get((row.agency_id, row.code)),
            sum((i.used for i in by_agency.get(row.agency_id, ()) if falls_under(row, i)), NOTHING),
        )
        for row in rows
    ]
