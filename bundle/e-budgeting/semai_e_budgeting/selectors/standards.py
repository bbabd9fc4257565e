"""Price standards: which items count for a year, searching them, and how the prices of an RKA compare to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from ..models import PriceStandard, Rka, RkaLine, StandardItem
from ..models.standards import SEPARATOR


def standards_with_counts() -> QuerySet[PriceStandard]:
    return PriceStandard.objects.select_related("enforced_by").annotate(count=Count("items"))


def chains(standards: Iterable[PriceStandard]) -> list[list[PriceStandard]]:
    """Per kind those that count together, newest first: changes in part, and the whole list they change."""
    by_kind: dict[str, list[PriceStandard]] = {}
    for standard in sorted(standards, key=lambda each: (each.effective_on, each.pk), reverse=True):
        chain = by_kind.setdefault(standard.kind, [])
        if not chain or chain[-1].is_partial:
            chain.append(standard)
    return list(by_kind.values())


def usable_items(year: int, on: date | None = None) -> QuerySet[StandardItem]:
    """Items that may be chosen for the budget of a year: of each code the one of the newest decree."""
    in_force = PriceStandard.objects.filter(
        Q(last_year__isnull=True) | Q(last_year__gte=year),
        enforced_at__isnull=False,
        first_year__lte=year,
        effective_on__lte=on or timezone.localdate(),
    )
    counts = Q(pk__in=())
    for chain in chains(in_force):
        for place, standard in enumerate(chain):
            newer = StandardItem.objects.filter(standard__in=chain[:place]).values("code")
            counts |= Q(standard=standard) & ~Q(code__in=newer) if place else Q(standard=standard)
    return StandardItem.objects.filter(counts).select_related("standard").order_by("standard__kind", "code")


def for_account(items: QuerySet[StandardItem], account_code: str) -> QuerySet[StandardItem]:
    """Those that may be used under this account code."""
    parts = account_code.split(".")
    fits = Q(account_codes="")
    for depth in range(1, len(parts) + 1):
        fits |= Q(account_codes__contains=f"{SEPARATOR}{'.'.join(parts[:depth])}{SEPARATOR}")
    return items.filter(fits)


def matching(items: QuerySet[StandardItem], words: str) -> QuerySet[StandardItem]:
    """Every word must appear in kind, code, name or specification."""
    for word in words.split():
        items = items.filter(
            Q(code__icontains=word)
            | Q(name__icontains=word)
            | Q(specification__icontains=word)
            | Q(standard__kind__iexact=word)
        )
    return items


def labelled(items: QuerySet[StandardItem], label: str) -> StandardItem | None:
    """The item of `SSH 1.1.12.01`, also when a name follows the code."""
    kind, _space, rest = label.strip().partition(" ")
    code = rest.strip().partition(" ")[0]
    return items.filter(standard__kind__iexact=kind, code=code).first() if code else None


@dataclass(frozen=True)
class PriceReview:
    """What asistensi looks at: lines above their standard, lines whose item counts no more, and counts."""

    above: QuerySet[RkaLine]
    outdated: QuerySet[RkaLine]
    by_standard: int
    without: int
    usable: QuerySet[StandardItem]


def price_review(rka: Rka) -> PriceReview:
    """Two queries, and those of the lines that a page shows: an OPD may price thousands by standards."""
    own = RkaLine.objects.filter(rka=rka)
    lines = own.filter(standard__isnull=False).select_related("standard__standard")
    lines = lines.order_by("item__sub_activity_code", "pk")
    usable = usable_items(rka.fiscal_year.year)
    priced = Q(standard__isnull=False)
    counts = own.order_by().aggregate(by_standard=Count("pk", filter=priced), without=Count("pk", filter=~priced))
    return PriceReview(
        above=lines.filter(unit_price__gt=F("standard_price")),
        outdated=lines.exclude(standard__in=usable.order_by().values("pk")),
        usable=usable,
        **counts,
    )


def with_successors(
    lines: Sequence[RkaLine], usable: QuerySet[StandardItem]
) -> list[tuple[RkaLine, StandardItem | None]]:
    """Outdated lines, each with the item that took the place of its own."""
    newest = {
        (item.standard.kind, item.code): item
        for item in usable.filter(code__in={line.standard.code for line in lines})
    }
    return [(line, newest.get((line.standard.standard.kind, line.standard.code))) for line in lines]
