"""Budget lines: add, change, remove. Pagu is checked on every write while RKA and sub kegiatan rows are locked."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account
from semai_kit.money import total
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..errors import BeyondLimit, NotEditable, PaguExceeded
from ..models import CodePack, FundingSource, PackCode, PlanItem, Rka, RkaLine
from ..rules import AmountTooLarge, PaguCheck, amount_of
from .limits import excesses, limits_of, sums_of
from .pricing import Asked, chosen_standard, priced
from .states import lock_for_edit


@dataclass(frozen=True)
class LineEntry:
    """One line as a person gives it; totals are never given, always computed.

    With a price standard, an empty `unit_1` and an absent `unit_price` are taken from it.
    """

    item_id: int
    account_id: int
    funding_id: int
    description: str
    volume_1: Decimal
    unit_1: str
    unit_price: Decimal | None
    tax_percent: Decimal = Decimal(0)
    volume_2: Decimal | None = None
    unit_2: str = ""
    volume_3: Decimal | None = None
    unit_3: str = ""
    specification: str = ""
    location: str = ""
    note: str = ""
    standard_id: int | None = None
    price_reason: str = ""


PLAIN_FIELDS = (
    "description",
    "specification",
    "volume_1",
    "unit_1",
    "volume_2",
    "unit_2",
    "volume_3",
    "unit_3",
    "unit_price",
    "tax_percent",
    "location",
    "note",
    "standard_id",
    "price_reason",
)


@transaction.atomic
def add_line(rka_id: int, entry: LineEntry, account: Account) -> RkaLine:
    rka = lock_for_edit(rka_id)
    require(account, "budget.edit", agency=rka.agency)
    return write_line(rka, entry)


@transaction.atomic
def change_line(line_id: int, entry: LineEntry, account: Account) -> RkaLine:
    rka = lock_for_edit(_line(line_id).rka_id)
    require(account, "budget.edit", agency=rka.agency)
    return write_line(rka, entry, existing=_line(line_id))


@transaction.atomic
def remove_line(line_id: int, account: Account) -> None:
    rka = lock_for_edit(_line(line_id).rka_id)
    require(account, "budget.edit", agency=rka.agency)
    _line(line_id).delete()


def _line(line_id: int) -> RkaLine:
    line = RkaLine.objects.filter(pk=line_id).first()
    if line is None:
        raise Refused(_("Rincian ini sudah dihapus."))
    return line


def write_line(
    rka: Rka, entry: LineEntry, existing: RkaLine | None = None, *, pagu_checked: bool = False
) -> RkaLine:
    """Inside a transaction that holds the RKA lock: check references and pagu, then write.

    `pagu_checked`: the caller compared the final sums itself (an import, whose rows only fit together).
    """
    item = _locked_item(rka, entry.item_id)
    line = existing or RkaLine(rka=rka)
    moved = existing is not None and existing.item_id != item.pk
    if item.vanished_at is not None and (existing is None or moved):
        raise NotEditable(
            _("{item} tidak ada lagi di rencana kerja e-planning; rincian baru tidak dapat ditambahkan.").format(
                item=item
            )
        )
    line.account = _usable_account(entry.account_id, rka.fiscal_year.year)
    line.funding = _usable_funding(entry.funding_id, rka.fiscal_year.year)
    _put_figures(line, entry, rka.fiscal_year.year)
    try:
        amount = amount_of((line.volume_1, line.volume_2, line.volume_3), line.unit_price, line.tax_percent)
    except AmountTooLarge as error:
        raise Refused(_("Jumlah terlalu besar: {error}.").format(error=error)) from error
    if not pagu_checked:
        _check_limits(rka, item, existing, amount.total)
    line.item = item
    line.net, line.tax, line.total = amount.net, amount.tax, amount.total
    line.save()
    return line


def _put_figures(line: RkaLine, entry: LineEntry, year: int) -> None:
    """What was given, with the price standard copied beside it: a later standard never changes the line."""
    standard = chosen_standard(entry.standard_id, year, held=line.standard_id)
    asked = Asked(entry.unit_1, entry.unit_price, entry.tax_percent, entry.price_reason)
    price = priced(asked, standard, line.account.code)
    for field in PLAIN_FIELDS:
        setattr(line, field, getattr(entry, field))
    line.unit_1, line.unit_price, line.price_reason = price.unit, price.price, price.reason
    line.standard_code = standard.label if standard else ""
    line.standard_decree = standard.standard.decree if standard else ""
    line.standard_unit = standard.unit if standard else ""
    line.standard_price = standard.price if standard else None


def _locked_item(rka: Rka, item_id: int) -> PlanItem:
    item = (
        PlanItem.objects.select_for_update(of=("self",))
        .filter(pk=item_id, agency_id=rka.agency_id, fiscal_year_id=rka.fiscal_year_id)
        .first()
    )
    if item is None:
        raise Refused(_("Sub kegiatan ini bukan bagian dari RKA ini."))
    return item


def _check_limits(rka: Rka, item: PlanItem, existing: RkaLine | None, amount: Decimal) -> None:
    before = sums_of(rka)
    after = dict(before)
    if existing is not None:
        after[existing.item_id] -= existing.total
    after[item.pk] = after.get(item.pk, Decimal(0)) + amount
    limits = limits_of(rka)
    check = PaguCheck(item.pagu, before.get(item.pk, Decimal(0)), after[item.pk])
    if limits.follows_plan and not check.allowed:
        raise PaguExceeded(str(item), check.pagu, check.after)
    beyond = excesses(rka, limits, before, after)
    if beyond:
        raise BeyondLimit(beyond)


def used_of(item: PlanItem) -> Decimal:
    return total(RkaLine.objects.filter(item=item), "total")


def _usable_account(account_id: int, year: int) -> PackCode:
    code = PackCode.objects.select_related("pack").filter(pk=account_id).first()
    if code is None or not code.postable or code.pack.kind != CodePack.Kind.ACCOUNT:
        raise Refused(_("Pilih kode rekening sampai sub rincian objek."))
    if code.pack.valid_from_year > year or (code.pack.valid_until_year or year) < year:
        raise Refused(
            _("Kode rekening {code} ({title}) tidak berlaku untuk tahun {year}.").format(
                code=code.code, title=code.pack.title, year=year
            )
        )
    return code


def _usable_funding(funding_id: int, year: int) -> FundingSource:
    source = FundingSource.objects.filter(pk=funding_id).first()
    if source is None:
        raise Refused(_("Pilih sumber dana."))
    if source.valid_from_year > year or (source.valid_until_year or year) < year:
        raise Refused(_("Sumber dana {name} tidak berlaku untuk tahun {year}.").format(name=source.name, year=year))
    return source
