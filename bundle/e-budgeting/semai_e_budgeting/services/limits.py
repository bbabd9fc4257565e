"""What the sums of an RKA may reach now: pagu and KUA-PPAS, or in a pergeseran the budget it started from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _
from semai_kit.money import rupiah

from ..models import Ceiling, CeilingDocument, DpaVersion, PlanItem, Rka, RkaLine, RkaVersion, Round
from ..rules import PaguCheck
from ..shifts import RoundKind, Share, imbalances, round_kinds

NOTHING = Decimal(0)
LINE_COLUMNS = {
    "program": "item__program_code",
    "activity": "item__activity_code",
    "sub_activity": "item__sub_activity_code",
    "account": "account__code",
    "funding": "funding__code",
}
VERSION_COLUMNS = {"sub_activity": "sub_activity_code", "account": "account_code", "funding": "funding_code"}


@dataclass(frozen=True)
class Limits:
    """`kind` and `base` belong to the open round; without one this is the first budget of the year."""

    kind: RoundKind | None
    base: DpaVersion | None
    ceilings: tuple[Ceiling, ...]

    @property
    def follows_plan(self) -> bool:
        return self.kind is None or self.kind.follows_plan


def open_round(rka: Rka) -> Round | None:
    return Round.objects.select_related("base__rka_version").filter(rka=rka, outcome=Round.Outcome.OPEN).first()


def limits_of(rka: Rka) -> Limits:
    opened = open_round(rka)
    kind = round_kinds()[opened.kind] if opened else None
    if kind is not None and not kind.follows_plan:
        return Limits(kind, opened.base if opened else None, ())
    document = holding_document(rka.fiscal_year_id, change=kind is not None)
    ceilings = Ceiling.objects.filter(document=document, agency_id=rka.agency_id) if document else ()
    return Limits(kind, opened.base if opened else None, tuple(ceilings))


def holding_document(year_id: int, *, change: bool = False) -> CeilingDocument | None:
    """The newest agreed KUA-PPAS; in a Perubahan that of the Perubahan, or else the first one goes on holding."""
    agreed = CeilingDocument.objects.filter(fiscal_year_id=year_id, agreed_on__isnull=False).order_by("-number")
    first = CeilingDocument.Stage.INITIAL
    return (change and agreed.exclude(stage=first).first()) or agreed.filter(stage=first).first()


def sums_of(rka: Rka) -> dict[int, Decimal]:
    """Sum of the working lines by sub kegiatan."""
    rows = RkaLine.objects.filter(rka=rka).order_by().values("item").annotate(used=Sum("total"))
    return {row["item"]: row["used"] for row in rows}


def falls_under(ceiling: Ceiling, item: PlanItem) -> bool:
    if ceiling.level == Ceiling.Level.AGENCY:
        return True
    return getattr(item, f"{ceiling.level}_code") == ceiling.code


def excesses(rka: Rka, limits: Limits, before: Mapping[int, Decimal], after: Mapping[int, Decimal]) -> list[str]:
    """Sentences for every sum above its sub kegiatan's own pagu that `after` would carry too far.

    Lowering a sum is always allowed, also where a limit fell below it; give an empty `before` to hear of all.
    """
    if limits.base is not None and not limits.follows_plan:
        check = PaguCheck(limits.base.total, sum(before.values(), NOTHING), sum(after.values(), NOTHING))
        return [] if check.allowed else [_beyond_base(check)]
    if not limits.ceilings:
        return []
    items = PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    return beyond_ceilings(limits.ceilings, list(items), before, after)


def _beyond_base(check: PaguCheck) -> str:
    return _(
        "Pergeseran tidak menambah anggaran OPD: semula {pagu}, menjadi {after}, kelebihan {excess}. "
        "Kurangi dahulu rincian yang digeser."
    ).format(pagu=rupiah(check.pagu), after=rupiah(check.after), excess=rupiah(check.excess))


def beyond_ceilings(
    ceilings: Iterable[Ceiling],
    items: Sequence[PlanItem],
    before: Mapping[int, Decimal],
    after: Mapping[int, Decimal],
) -> list[str]:
    said = []
    for ceiling in ceilings:
        own = [item.pk for item in items if falls_under(ceiling, item)]
        check = PaguCheck(
            ceiling.amount,
            sum((before.get(pk, NOTHING) for pk in own), NOTHING),
            sum((after.get(pk, NOTHING) for pk in own), NOTHING),
        )
        if not check.allowed:
            said.append(
                _(
                    "Melebihi plafon KUA-PPAS {level} {ceiling}: plafon {pagu}, "
                    "jumlah rincian menjadi {after}, kelebihan {excess}."
                ).format(
                    level=ceiling.get_level_display(),
                    ceiling=ceiling,
                    pagu=rupiah(check.pagu),
                    after=rupiah(check.after),
                    excess=rupiah(check.excess),
                )
            )
    return said


def shares_of_lines(rka: Rka, names: Sequence[str]) -> list[Share]:
    """The working lines summed as far as these names do not tell them apart; the database adds up."""
    columns = [LINE_COLUMNS[name] for name in names]
    rows = RkaLine.objects.filter(rka=rka).order_by().values_list("rka", *columns).annotate(amount=Sum("total"))
    return [Share(amount, **dict(zip(names, row, strict=True))) for _rka, *row, amount in rows]


def shares_of_version(version: RkaVersion, rka: Rka, names: Sequence[str]) -> list[Share]:
    """The same of what was sent; its lines do not name what is above their sub kegiatan."""
    own = sorted({name if name in VERSION_COLUMNS else "sub_activity" for name in names})
    columns = [VERSION_COLUMNS[name] for name in own]
    above = _above(rka) if set(names) - set(VERSION_COLUMNS) else {}
    rows = version.lines.order_by().values_list("version", *columns).annotate(amount=Sum("total"))
    shares = []
    for _version, *row, amount in rows:
        named = dict(zip(own, row, strict=True))
        shares.append(Share(amount, **named, **(above[named["sub_activity"]] if above else {})))
    return shares


def _above(rka: Rka) -> dict[str, dict[str, str]]:
    """Program and kegiatan of each sub kegiatan."""
    items = PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    rows = items.values_list("sub_activity_code", "program_code", "activity_code")
    return {code: {"program": program, "activity": activity} for code, program, activity in rows}


def shift_problems(rka: Rka, limits: Limits) -> list[str]:
    """What keeps an open round from being sent: sums that had to stay and did not, or nothing that moved."""
    if limits.kind is None or limits.base is None or not limits.kind.fixed:
        return []
    names = limits.kind.names
    before, after = shares_of_version(limits.base.rka_version, rka, names), shares_of_lines(rka, names)
    return [
        _("Jumlah {subject} harus tetap {before}, sekarang {after} (selisih {difference}).").format(
            subject=wrong.subject,
            before=rupiah(wrong.before),
            after=rupiah(wrong.after),
            difference=rupiah(wrong.after - wrong.before),
        )
        for wrong in imbalances(before, after, limits.kind)
    ]
