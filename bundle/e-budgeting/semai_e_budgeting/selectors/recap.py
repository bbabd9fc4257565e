"""Recap of budget lines per OPD, account level and source of funds. Every table is a sum over the same lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import pgettext_lazy
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import total
from semai_kit.roles import scope_of

from ..models import FundingSource, PackCode, PlanItem, RkaLine

LEVELS = {
    1: pgettext_lazy("level", "Akun"),
    2: pgettext_lazy("level", "Kelompok"),
    3: pgettext_lazy("level", "Jenis"),
    4: pgettext_lazy("level", "Objek"),
    5: pgettext_lazy("level", "Rincian objek"),
    6: pgettext_lazy("level", "Sub rincian objek"),
}


@dataclass(frozen=True)
class RecapRow:
    code: str
    name: str
    total: Decimal
    count: int = 0
    level: int = 0
    pagu: Decimal | None = None

    @property
    def remaining(self) -> Decimal | None:
        return None if self.pagu is None else self.pagu - self.total


@dataclass(frozen=True)
class Recap:
    """Rows of one view, and the sum of all lines counted directly; `balanced` compares the two."""

    rows: tuple[RecapRow, ...]
    grand_total: Decimal
    counted_rows: tuple[RecapRow, ...] = field(default=())

    @property
    def counted(self) -> Decimal:
        return sum((row.total for row in self.counted_rows or self.rows), Decimal(0))

    @property
    def balanced(self) -> bool:
        return self.counted == self.grand_total


def visible_lines(account: Account, year: FiscalYear, agency: Agency | None = None) -> QuerySet[RkaLine]:
    lines = RkaLine.objects.filter(rka__fiscal_year=year)
    lines = scope_of(account, "budget.view").filter(lines, agency="rka__agency")
    return lines.filter(rka__agency=agency) if agency else lines


def visible_agencies(account: Account, year: FiscalYear) -> QuerySet[Agency]:
    agencies = Agency.objects.filter(rkas__fiscal_year=year).order_by("code")
    return scope_of(account, "budget.view").filter(agencies, agency="pk")


def recap_by_agency(account: Account, year: FiscalYear) -> Recap:
    lines = visible_lines(account, year)
    totals = {
        row["rka__agency"]: row
        for row in lines.order_by().values("rka__agency").annotate(total=Sum("total"), count=Count("pk"))
    }
    agencies = list(visible_agencies(account, year))
    pagus = {
        row["agency"]: row["pagu"]
        for row in PlanItem.objects.filter(fiscal_year=year, agency__in=agencies, vanished_at__isnull=True)
        .order_by()
        .values("agency")
        .annotate(pagu=Sum("pagu"))
    }
    rows = tuple(
        RecapRow(
            agency.code,
            agency.name,
            totals.get(agency.pk, {}).get("total") or Decimal(0),
            totals.get(agency.pk, {}).get("count") or 0,
            pagu=pagus.get(agency.pk, Decimal(0)),
        )
        for agency in agencies
    )
    return Recap(rows, total(lines, "total"))


def recap_by_funding(account: Account, year: FiscalYear, agency: Agency | None = None) -> Recap:
    lines = visible_lines(account, year, agency)
    sums = {
        source: (summed, counted)
        for source, summed, counted in lines.order_by().values_list("funding").annotate(Sum("total"), Count("pk"))
    }
    sources = FundingSource.objects.filter(pk__in=sums).order_by("name")
    rows = tuple(RecapRow(source.code, source.name, *sums[source.pk]) for source in sources)
    return Recap(rows, total(lines, "total"))


def recap_by_account(account: Account, year: FiscalYear, level: int, agency: Agency | None = None) -> Recap:
    """Tree down to `level`: each row is the sum of the lines below it; the first level counts as the total."""
    lines = visible_lines(account, year, agency)
    leaves = list(lines.order_by().values_list("account").annotate(Sum("total"), Count("pk")))
    accounts = PackCode.objects.only("code", "pack_id").in_bulk([account_id for account_id, _, _ in leaves])
    sums: dict[str, tuple[Decimal, int]] = {}
    for account_id, summed, counted in leaves:
        for prefix in _prefixes(accounts[account_id].code, level):
            amount, count = sums.get(prefix, (Decimal(0), 0))
            sums[prefix] = (amount + summed, count + counted)
    names = _names({found.pack_id for found in accounts.values()}, sums)
    rows = tuple(
        RecapRow(code, names.get(code, ""), amount, count, level=code.count(".") + 1)
        for code, (amount, count) in sorted(sums.items())
    )
    deepest = tuple(row for row in rows if row.level == level)
    return Recap(rows, total(lines, "total"), counted_rows=deepest)


def _prefixes(code: str, level: int) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[:depth]) for depth in range(1, min(level, len(parts)) + 1)]


def _names(packs: set[int], sums: Mapping[str, object]) -> dict[str, str]:
    codes = PackCode.objects.filter(pack__in=packs, code__in=list(sums)).order_by("pack_id")
    return dict(codes.values_list("code", "name"))
