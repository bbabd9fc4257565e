"""Keeping price standards: a draft is filled from a spreadsheet, put in force, and later ended. All by decree."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import audit
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..models import CodePack, PackCode, PriceStandard, StandardItem
from ..models.standards import joined_codes, standard_kinds

EDIT = "standard.edit"
BATCH = 1000  # a database takes only so many values in one question
HIGHEST = Decimal("999999999999999.99")
TEXT_LIMITS = {"code": 60, "name": 300, "specification": 300, "unit": 30}


@dataclass(frozen=True)
class StandardEntry:
    """Identity of a list: who decided it, and which budgets it is for."""

    kind: str
    decree: str
    decree_date: date
    effective_on: date
    first_year: int
    last_year: int | None = None
    is_partial: bool = False
    note: str = ""


@dataclass(frozen=True)
class ItemEntry:
    code: str
    name: str
    unit: str
    price: Decimal
    specification: str = ""
    includes_tax: bool = False
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with the row at `position`, in which column."""

    position: int
    key: str
    sentence: str


@transaction.atomic
def create_standard(entry: StandardEntry, account: Account) -> PriceStandard:
    require(account, EDIT)
    if entry.kind not in standard_kinds():
        raise Refused(_("Pilih jenis standar harga."))
    if entry.last_year is not None and entry.last_year < entry.first_year:
        raise Refused(_("Tahun terakhir tidak boleh sebelum tahun pertama."))
    if PriceStandard.objects.filter(kind=entry.kind, decree=entry.decree).exists():
        raise Refused(_("{kind} dari {decree} sudah dicatat.").format(kind=entry.kind, decree=entry.decree))
    return PriceStandard.objects.create(**asdict(entry))


def item_faults(entries: Sequence[ItemEntry]) -> list[Fault]:
    """Everything wrong with the rows of a list, row by row."""
    known = set(PackCode.objects.filter(pack__kind=CodePack.Kind.ACCOUNT).values_list("code", flat=True))
    seen: set[str] = set()
    faults = []
    for position, entry in enumerate(entries):
        if entry.code in seen:
            faults.append(Fault(position, "code", _("Kode {code} tertulis dua kali.").format(code=entry.code)))
        seen.add(entry.code)
        faults += [Fault(position, key, said) for key, said in _entry_faults(entry, known)]
    return faults


def _entry_faults(entry: ItemEntry, known: set[str]) -> list[tuple[str, str]]:
    faults = []
    if any(character.isspace() or character == "|" for character in entry.code):
        faults.append(("code", _("Kode barang ditulis tanpa spasi dan tanpa garis tegak.")))
    for name, limit in TEXT_LIMITS.items():
        if len(getattr(entry, name)) > limit:
            faults.append((name, _("Paling panjang {limit} huruf.").format(limit=limit)))
    if not 0 < entry.price <= HIGHEST:
        faults.append(("price", _("Harga harus lebih dari 0 dan paling banyak 999.999.999.999.999,99.")))
    elif entry.price != round(entry.price, 2):
        faults.append(("price", _("Harga paling banyak dua angka di belakang koma.")))
    unknown = [code for code in entry.accounts if code not in known]
    if unknown:
        faults.append(("accounts", _("Kode rekening tidak dikenal: {unknown}.").format(unknown=", ".join(unknown))))
    elif len(joined_codes(entry.accounts)) > 500:
        faults.append(("accounts", _("Terlalu banyak kode rekening; tulis kode induknya.")))
    return faults


@transaction.atomic
def fill_standard(standard_id: int, entries: Sequence[ItemEntry], account: Account, *, anew: bool = False) -> int:
    """Put these items into the draft, all or none; `anew`: it holds exactly them. Returns how many."""
    require(account, EDIT)
    standard = _draft(standard_id)
    faults = item_faults(entries)
    if faults:
        raise Refused(" ".join(fault.sentence for fault in faults[:5]))
    known = {item.code: item for item in standard.items.all()}
    gone = [known[code].pk for code in known.keys() - {entry.code for entry in entries}] if anew else []
    for start in range(0, len(gone), BATCH):
        standard.items.filter(pk__in=gone[start : start + BATCH]).delete()
    fresh = []
    for entry in entries:
        item = known.get(entry.code) or StandardItem(standard=standard, code=entry.code)
        if _put(item, entry) and item.pk:
            item.save()
        elif not item.pk:
            fresh.append(item)
    audit.bulk_create(fresh)
    return len(entries)


def _put(item: StandardItem, entry: ItemEntry) -> bool:
    """Whether anything of the item changed by it."""
    values = {
        "name": entry.name,
        "specification": entry.specification,
        "unit": entry.unit,
        "price": entry.price,
        "includes_tax": entry.includes_tax,
        "account_codes": joined_codes(entry.accounts),
    }
    changed = any(getattr(item, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(item, name, value)
    return changed


@transaction.atomic
def enforce_standard(standard_id: int, account: Account) -> PriceStandard:
    """From now on lines may be priced by the list, and nobody changes it. Lines priced before keep their price."""
    require(account, EDIT)
    standard = _draft(standard_id)
    if not standard.items.exists():
        raise Refused(_("Daftar ini masih kosong. Impor isinya dahulu."))
    standard.enforced_at, standard.enforced_by = timezone.now(), account
    standard.save()
    return standard


@transaction.atomic
def end_standard(standard_id: int, last_year: int, account: Account) -> PriceStandard:
    """Close a list after a year; lines priced by it stay as they are."""
    require(account, EDIT)
    standard = PriceStandard.objects.select_for_update(of=("self",)).get(pk=standard_id)
    if last_year < standard.first_year:
        raise Refused(_("Tahun terakhir tidak boleh sebelum {first_year}.").format(first_year=standard.first_year))
    standard.last_year = last_year
    standard.save()
    return standard


@transaction.atomic
def discard_draft(standard_id: int, account: Account) -> None:
    require(account, EDIT)
    standard = _draft(standard_id)
    standard.items.all().delete()
    standard.delete()


def _draft(standard_id: int) -> PriceStandard:
    standard = PriceStandard.objects.select_for_update(of=("self",)).filter(pk=standard_id).first()
    if standard is None:
        raise Refused(_("Standar harga ini sudah dihapus."))
    if not standard.is_draft:
        raise Refused(_("Standar harga ini sudah berlaku dan tidak dapat diubah. Catat keputusan yang baru."))
    return standard
