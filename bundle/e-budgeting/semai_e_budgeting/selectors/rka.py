"""RKA overview, its sub kegiatan and lines, differences from planning, and what waits for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from semai_kit.languages import counted
from semai_kit.models import Account, FiscalYear
from semai_kit.money import MoneyField, total
from semai_kit.paging import page_of_groups
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
ITEMS = 50  # sub kegiatan on a page of the RKA, each with its bar and figures


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


def items_of(rka: Rka) -> QuerySet[PlanItem]:
    """Sub kegiatan of the RKA with `used`, `line_count` and `differs`; vanished ones only with lines."""
    return (
        PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
        .annotate(
            used=Coalesce(Sum("lines__total"), ZERO),
            line_count=Count("lines"),
            differs=Exists(PlanDifference.objects.filter(item=OuterRef("pk"))),
        )
        .filter(Q(vanished_at__isnull=True) | Q(line_count__gt=0))
        .order_by("sub_activity_code")
    )


def item_of(rka: Rka, item_id: int) -> PlanItem | None:
    """One of them, with its `usage`."""
    item = items_of(rka).filter(pk=item_id).first()
    if item is not None:
        item.usage = Usage(item.pagu, item.used)
    return item


def choices_of_items(rka: Rka, kept: int) -> list[tuple[int, str]]:
    """Sub kegiatan that lines may name, for a form; the one they are in stays, also when it vanished."""
    items = PlanItem.objects.filter(
        Q(vanished_at__isnull=True) | Q(pk=kept), fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id
    )
    rows = items.order_by("sub_activity_code").values_list("pk", "sub_activity_code", "sub_activity_name")
    return [(key, f"{code} {name}") for key, code, name in rows]


@dataclass(frozen=True)
class ActivityGroup:
    """Sub kegiatan of one kegiatan, with the names above them."""

    program: str
    activity: str
    items: tuple[PlanItem, ...]


ABOVE = ("program_code", "program_name", "activity_code", "activity_name")


def item_page(rka: Rka, asked: str | None) -> tuple[Page, list[ActivityGroup]]:
    """Some kegiatan with their sub kegiatan: two queries, however many there are."""
    inhabited = Q(vanished_at__isnull=True) | Exists(RkaLine.objects.filter(item=OuterRef("pk")))
    rows = PlanItem.objects.filter(inhabited, fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    sizes = rows.values(*ABOVE).annotate(first=Min("sub_activity_code"), size=Count("pk")).order_by("first")
    page = page_of_groups([(tuple(row[name] for name in ABOVE), row["size"]) for row in sizes], asked, ITEMS)
    groups: dict[tuple[str, ...], list[PlanItem]] = {key: [] for key in page.object_list}
    for item in items_of(rka).filter(activity_code__in={key[2] for key in groups}):
        item.usage = Usage(item.pagu, item.used)
        key = tuple(getattr(item, name) for name in ABOVE)
        if key in groups:  # one kegiatan may have had two names
            groups[key].append(item)
    return page, [ActivityGroup(" ".join(k[:2]), " ".join(k[2:]), tuple(own)) for k, own in groups.items()]


def usage_of(rka: Rka) -> tuple[Usage, int]:
    """Pagu and lines of the whole RKA, and how many lines there are: two queries."""
    items = PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    lines = (
        RkaLine.objects.filter(rka=rka).order_by().aggregate(used=Coalesce(Sum("total"), ZERO), count=Count("pk"))
    )
    return Usage(total(items.filter(vanished_at__isnull=True), "pagu"), lines["used"]), lines["count"]


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
