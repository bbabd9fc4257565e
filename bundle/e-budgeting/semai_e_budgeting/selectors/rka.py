"""RKA overview, its sub kegiatan and lines, differences from planning, and what waits for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from semai_kit.languages import counted
from semai_kit.models import Account, FiscalYear
from semai_kit.money import MoneyField
from semai_kit.roles import allowed, require, scope_of

from ..models import (
    DpaVersion,
    PlanDifference,
    PlanFetch,
    PlanItem,
    Remark,
    Rka,
    RkaLine,
    RkaVersion,
    Round,
)
from ..services.states import EDITABLE, LOCKED, REOPENED

ZERO = Value(Decimal(0), output_field=MoneyField())


@dataclass(frozen=True)
class Usage:
    """Pagu against lines; `percent` is capped for the bar, `excess` says what the cap hides."""

    pagu: Decimal
    used: Decimal

    @property
    def remaining(self) -> Decimal:
        return self.pagu - self.used

    @property
    def excess(self) -> Decimal:
        return max(self.used - self.pagu, Decimal(0))

    @property
    def percent(self) -> int:
        if not self.pagu:
            return 100 if self.used else 0
        return min(int(self.used * 100 / self.pagu), 100)


def visible_rkas(account: Account, year: FiscalYear) -> QuerySet[Rka]:
    """RKA rows the account may read, with pagu, used, counts and latest version: one query."""
    of_rka = {"agency": OuterRef("agency"), "fiscal_year": OuterRef("fiscal_year")}
    items = PlanItem.objects.filter(**of_rka).order_by()
    lines = RkaLine.objects.filter(rka=OuterRef("pk")).order_by()
    waiting = PlanDifference.objects.filter(
        item__agency=OuterRef("agency"), item__fiscal_year=OuterRef("fiscal_year")
    ).order_by()
    vanished = items.filter(vanished_at__isnull=False, lines__isnull=False)
    versions = RkaVersion.objects.filter(rka=OuterRef("pk")).order_by("-number")
    rows = Rka.objects.filter(fiscal_year=year).select_related("agency", "fiscal_year")
    rows = scope_of(account, "budget.view").filter(rows, agency="agency")
    return rows.annotate(
        pagu=_money(items.filter(vanished_at__isnull=True), "agency", "pagu"),
        used=_money(lines, "rka", "total"),
        line_count=_count(lines, "rka"),
        difference_count=_count(waiting, "item__agency"),
        vanished_count=_count(vanished, "agency", distinct=True),
        latest_version=Subquery(versions.values("number")[:1], output_field=IntegerField()),
        has_dpa=Exists(DpaVersion.objects.filter(rka=OuterRef("pk"))),
        has_round=Exists(Round.objects.filter(rka=OuterRef("pk"), outcome=Round.Outcome.OPEN)),
    ).order_by("agency__code")


def _money(rows: QuerySet, group: str, field: str) -> Coalesce:
    summed = rows.values(group).annotate(value=Sum(field)).values("value")
    return Coalesce(Subquery(summed, output_field=MoneyField()), ZERO)


def _count(rows: QuerySet, group: str, *, distinct: bool = False) -> Coalesce:
    counted = rows.values(group).annotate(value=Count("pk", distinct=distinct)).values("value")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def rka_of(account: Account, rka_id: int) -> Rka | None:
    rka = Rka.objects.select_related("agency", "fiscal_year").filter(pk=rka_id).first()
    if rka is not None:
        require(account, "budget.view", agency=rka.agency)
    return rka


def items_of(rka: Rka) -> list[PlanItem]:
    """Sub kegiatan of the RKA with `usage`, `line_count` and open differences; vanished ones only with lines."""
    rows = (
        PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
        .annotate(used=Coalesce(Sum("lines__total"), ZERO), line_count=Count("lines"))
        .filter(Q(vanished_at__isnull=True) | Q(line_count__gt=0))
        .prefetch_related("differences")
        .order_by("sub_activity_code")
    )
    items = list(rows)
    for item in items:
        item.usage = Usage(item.pagu, item.used)
    return items


@dataclass(frozen=True)
class ActivityGroup:
    """Sub kegiatan of one kegiatan, with the names above them."""

    program: str
    activity: str
    items: tuple[PlanItem, ...]
    usage: Usage


def grouped_items(items: list[PlanItem]) -> list[ActivityGroup]:
    groups: dict[tuple[str, str], list[PlanItem]] = {}
    for item in items:
        key = (f"{item.program_code} {item.program_name}", f"{item.activity_code} {item.activity_name}")
        groups.setdefault(key, []).append(item)
    return [
        ActivityGroup(program, activity, tuple(members), total_usage(members))
        for (program, activity), members in groups.items()
    ]


def total_usage(items: list[PlanItem]) -> Usage:
    return Usage(
        sum((item.pagu for item in items if item.vanished_at is None), Decimal(0)),
        sum((item.used for item in items), Decimal(0)),
    )


@dataclass(frozen=True)
class AccountGroup:
    """Lines of one account code within a sub kegiatan."""

    code: str
    name: str
    lines: tuple[RkaLine, ...]
    total: Decimal


def lines_of(item: PlanItem) -> list[AccountGroup]:
    lines = RkaLine.objects.filter(item=item).select_related("account", "funding").order_by("account__code", "id")
    groups: dict[tuple[str, str], list[RkaLine]] = {}
    for line in lines:
        groups.setdefault((line.account.code, line.account.name), []).append(line)
    return [
        AccountGroup(code, name, tuple(members), sum((line.total for line in members), Decimal(0)))
        for (code, name), members in groups.items()
    ]


def differences_of(rka: Rka) -> QuerySet[PlanDifference]:
    return (
        PlanDifference.objects.filter(item__agency_id=rka.agency_id, item__fiscal_year_id=rka.fiscal_year_id)
        .select_related("item")
        .order_by("item__sub_activity_code", "field")
    )


def remarks_of(rka: Rka) -> QuerySet[Remark]:
    return Remark.objects.filter(rka=rka).select_related("author", "answered_by", "item", "version")


def fetch_status(year: FiscalYear) -> PlanFetch | None:
    return PlanFetch.objects.filter(fiscal_year=year).first()


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person, with why and the page where it is done."""

    rka: Rka
    why: str
    url: str


def waiting_for(account: Account, rkas: Iterable[Rka]) -> list[Waiting]:
    """“Menunggu tindakan saya”: rows of visible_rkas whose next step is this account's."""
    found = []
    for rka in rkas:
        url = reverse("budget:rka", args=[rka.pk])
        found += [Waiting(rka, why, url) for why in _reasons(account, rka)]
        if rka.state == LOCKED and allowed(account, "budget.decree") and (rka.has_round or not rka.has_dpa):
            found.append(Waiting(rka, _("Terkunci, menunggu penetapan dan DPA"), reverse("budget:decrees")))
    return found


def _reasons(account: Account, rka: Rka) -> list[str]:
    reasons = []
    if rka.state in EDITABLE and allowed(account, "budget.edit", agency=rka.agency):
        if rka.state == "kembali":
            reasons.append(_("Dikembalikan, perlu diperbaiki dan dikirim lagi"))
        if rka.state == REOPENED:
            reasons.append(_("Dibuka untuk pergeseran, ubah rincian lalu kirim"))
        if rka.difference_count:
            reasons.append(
                counted(
                    "{difference_count} perubahan dari e-planning belum diterima",
                    rka.difference_count,
                ).format(difference_count=rka.difference_count)
            )
        if rka.vanished_count:
            reasons.append(
                counted(
                    "{vanished_count} sub kegiatan hilang dari rencana kerja tetapi masih berisi rincian",
                    rka.vanished_count,
                ).format(vanished_count=rka.vanished_count)
            )
        if rka.state == "draf":
            reasons.append(
                _("Draf, lengkapi rincian lalu kirim") if rka.line_count else _("Belum ada rincian belanja")
            )
    if rka.state == "dikirim" and allowed(account, "budget.assist", agency=rka.agency):
        reasons.append(_("Dikirim OPD, menunggu asistensi dimulai"))
    if rka.state == "asistensi" and allowed(account, "budget.assist", agency=rka.agency):
        reasons.append(_("Sedang diasistensi, setujui atau kembalikan"))
    if rka.state == "tapd" and allowed(account, "budget.decide", agency=rka.agency):
        reasons.append(_("Menunggu keputusan TAPD: kunci atau kembalikan"))
    return reasons
