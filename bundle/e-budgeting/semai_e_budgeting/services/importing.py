"""Lines from a spreadsheet: rows are checked against references and pagu, then written all or none.

Mode `add` appends. Mode `replace` makes the RKA hold exactly the rows of the file: a line with the same sub
kegiatan, account, source, description and specification keeps its identity (so versions compare well), the others
are removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account
from semai_kit.money import rupiah
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..models import FundingSource, PackCode, PlanItem, Rka, RkaLine, StandardItem
from ..rules import AmountTooLarge, amount_of
from ..selectors.reference import usable_accounts, usable_sources
from ..selectors.standards import usable_items
from .limits import excesses, limits_of, sums_of
from .lines import LineEntry, write_line
from .pricing import price_problem, standard_problem
from .states import lock_for_edit

ADD, REPLACE = "add", "replace"
DECIMALS = frozenset({"volume_1", "volume_2", "volume_3", "unit_price", "tax_percent"})
LIMITS: Mapping[str, tuple[Decimal, Decimal, int]] = {
    "volume_1": (Decimal("0.001"), Decimal("999999999.999"), 3),
    "volume_2": (Decimal("0.001"), Decimal("999999999.999"), 3),
    "volume_3": (Decimal("0.001"), Decimal("999999999.999"), 3),
    "unit_price": (Decimal(0), Decimal("999999999999999.99"), 2),
    "tax_percent": (Decimal(0), Decimal(100), 2),
}


@dataclass(frozen=True)
class SheetLine:
    """One row of the file, codes as typed."""

    sub_activity_code: str
    account_code: str
    funding_code: str
    description: str
    volume_1: Decimal
    unit_1: str = ""
    unit_price: Decimal | None = None
    specification: str = ""
    volume_2: Decimal | None = None
    unit_2: str = ""
    volume_3: Decimal | None = None
    unit_3: str = ""
    tax_percent: Decimal = Decimal(0)
    location: str = ""
    note: str = ""
    standard_code: str = ""
    price_reason: str = ""

    @classmethod
    def from_cells(cls, cells: Mapping[str, Any]) -> "SheetLine":
        """Cells by column key; an absent cell takes the default of its field."""
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in cells.items() if name in known and value not in (None, "")}
        return cls(**{name: Decimal(value) if name in DECIMALS else str(value) for name, value in given.items()})

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.sub_activity_code, self.account_code, self.funding_code, self.description, self.specification)


@dataclass(frozen=True)
class References:
    """What codes may be used in this RKA, by code. `held`: standards of lines that the file replaces."""

    items: Mapping[str, PlanItem]
    accounts: Mapping[str, PackCode]
    sources: Mapping[str, FundingSource]
    standards: Mapping[str, StandardItem]
    held: Mapping[tuple[str, ...], StandardItem]

    def standard_of(self, line: SheetLine) -> StandardItem | None:
        """A line that stays keeps its standard, also when a newer decree has replaced it."""
        label = " ".join(line.standard_code.split()).upper()
        return self.held.get((*line.identity, label)) or self.standards.get(label)


def references_of(rka: Rka, lines: Sequence[SheetLine] = (), mode: str = ADD) -> References:
    """`standards` are those that the lines name."""
    year = rka.fiscal_year.year
    items = PlanItem.objects.filter(
        fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id, vanished_at__isnull=True
    )
    return References(
        items={item.sub_activity_code: item for item in items},
        accounts={code.code: code for code in usable_accounts(year)},
        sources={source.code: source for source in usable_sources(year)},
        standards=_named_standards(lines, year),
        held=_held_standards(rka) if mode == REPLACE else {},
    )


def _named_standards(lines: Sequence[SheetLine], year: int) -> dict[str, StandardItem]:
    codes = {line.standard_code.split()[-1] for line in lines if line.standard_code.strip()}
    found = usable_items(year).filter(code__in=codes) if codes else ()
    return {item.label.upper(): item for item in found}


def _held_standards(rka: Rka) -> dict[tuple[str, ...], StandardItem]:
    rows = RkaLine.objects.filter(rka=rka, standard__isnull=False)
    rows = rows.select_related("item", "account", "funding", "standard__standard")
    return {(*_identity(row), row.standard_code.upper()): row.standard for row in rows}


def completed(line: SheetLine, known: References) -> SheetLine:
    """The line with the unit and price of its standard where it gives none."""
    standard = known.standard_of(line)
    if standard is None:
        return line
    price = standard.price if line.unit_price is None else line.unit_price
    return replace(line, unit_1=line.unit_1 or standard.unit, unit_price=price)


def row_problems(line: SheetLine, known: References) -> list[str]:
    """Faults of one row that its column kinds cannot show."""
    problems = []
    if line.sub_activity_code not in known.items:
        problems.append(
            _("Sub kegiatan {sub_activity_code} tidak ada dalam rencana kerja RKA ini.").format(
                sub_activity_code=line.sub_activity_code
            )
        )
    if line.account_code not in known.accounts:
        problems.append(
            _("Kode rekening {account_code} tidak dikenal atau tidak berlaku tahun ini.").format(
                account_code=line.account_code
            )
        )
    if line.funding_code not in known.sources:
        problems.append(
            _("Sumber dana {funding_code} tidak dikenal atau tidak berlaku tahun ini.").format(
                funding_code=line.funding_code
            )
        )
    for position in ("2", "3"):
        if (getattr(line, f"volume_{position}") is None) != (not getattr(line, f"unit_{position}")):
            problems.append(_("Koefisien {position} dan satuannya harus diisi bersama.").format(position=position))
    problems += _out_of_range(line) + _price_problems(line, known)
    if not problems:
        try:
            line_total(completed(line, known))
        except AmountTooLarge as error:
            problems.append(_("Jumlah terlalu besar: {error}.").format(error=error))
    return problems


def _price_problems(line: SheetLine, known: References) -> list[str]:
    standard = known.standard_of(line)
    if line.standard_code.strip() and standard is None:
        return [
            _("Standar harga {standard_code} tidak dikenal atau tidak berlaku tahun ini.").format(
                standard_code=line.standard_code
            )
        ]
    full = completed(line, known)
    if full.unit_price is None or not full.unit_1:
        return [_("Isi satuan dan harga satuan, atau kode standar harga.")]
    if standard is None:
        return []
    found = (
        standard_problem(standard, line.account_code, line.tax_percent),
        price_problem(standard, full.unit_price, line.price_reason),
    )
    return [problem for problem in found if problem]


def _out_of_range(line: SheetLine) -> list[str]:
    problems = []
    for name, (lowest, highest, places) in LIMITS.items():
        value = getattr(line, name)
        if value is None:
            continue
        if not lowest <= value <= highest:
            problems.append(
                _("{value} pada {name} di luar batas {lowest} sampai {highest}.").format(
                    value=value, name=name, lowest=lowest, highest=highest
                )
            )
        elif value != round(value, places):
            problems.append(
                _("{value} pada {name} punya lebih dari {places} angka di belakang koma.").format(
                    value=value, name=name, places=places
                )
            )
    limits = {"description": 300, "specification": 300, "location": 200, "note": 300, "price_reason": 500}
    for name, limit in limits.items():
        if len(getattr(line, name)) > limit:
            problems.append(_("Teks terlalu panjang (paling banyak {limit} huruf).").format(limit=limit))
    for name in ("unit_1", "unit_2", "unit_3"):
        if len(getattr(line, name)) > 30:
            problems.append(_("Satuan paling panjang 30 huruf."))
    return problems


def _coefficients(line: SheetLine) -> tuple[Decimal | None, ...]:
    return line.volume_1, line.volume_2, line.volume_3


def line_total(line: SheetLine) -> Decimal:
    """Of a completed line."""
    assert line.unit_price is not None
    return amount_of(_coefficients(line), line.unit_price, line.tax_percent).total


@dataclass(frozen=True)
class ItemEffect:
    """What the rows do to one sub kegiatan."""

    item: PlanItem
    before: Decimal
    after: Decimal
    rows: int
    pagu_binds: bool = True

    @property
    def excess(self) -> Decimal:
        return max(self.after - self.item.pagu, Decimal(0)) if self.pagu_binds else Decimal(0)

    @property
    def allowed(self) -> bool:
        return not self.excess or self.after <= self.before


def effects_of(rka: Rka, lines: Sequence[SheetLine], mode: str) -> list[ItemEffect]:
    """Sums per sub kegiatan before and after, for the preview."""
    references = references_of(rka, lines, mode)
    known = references.items
    used, pagu_binds = sums_of(rka), limits_of(rka).follows_plan
    effects = []
    for code in sorted(known):
        own = [line for line in lines if line.sub_activity_code == code]
        before = used.get(known[code].pk, Decimal(0))
        brought = sum((line_total(completed(line, references)) for line in own), Decimal(0))
        after = brought if mode == REPLACE else before + brought
        if own or (mode == REPLACE and before):
            effects.append(ItemEffect(known[code], before, after, len(own), pagu_binds))
    return effects


@transaction.atomic
def import_lines(rka_id: int, lines: Sequence[SheetLine], mode: str, account: Account) -> int:
    """Write every row or none; returns how many lines the file brought."""
    rka = lock_for_edit(rka_id)
    require(account, "budget.edit", agency=rka.agency)
    known = references_of(rka, lines, mode)
    problems = [problem for line in lines for problem in row_problems(line, known)]
    if problems:
        raise Refused(" ".join(problems[:5]))
    _refuse_excess(rka, lines, mode)
    kept = _remove_others(rka, lines) if mode == REPLACE else {}
    for line in lines:
        same = kept.get(line.identity)
        write_line(rka, _entry(line, known), existing=same.pop(0) if same else None, pagu_checked=True)
    return len(lines)


def excess_sentence(effect: ItemEffect) -> str:
    return _("Melebihi pagu {item}: pagu {pagu}, jumlah rincian menjadi {after}, kelebihan {excess}.").format(
        item=effect.item, pagu=rupiah(effect.item.pagu), after=rupiah(effect.after), excess=rupiah(effect.excess)
    )


def _refuse_excess(rka: Rka, lines: Sequence[SheetLine], mode: str) -> None:
    effects = effects_of(rka, lines, mode)
    over = [excess_sentence(effect) for effect in effects if not effect.allowed] or sums_beyond(rka, effects, mode)
    if over:
        raise Refused(" ".join(over))


def sums_beyond(rka: Rka, effects: Sequence[ItemEffect], mode: str) -> list[str]:
    """Limits above a sub kegiatan (KUA-PPAS, or the budget before a pergeseran) that the rows would pass."""
    before = sums_of(rka)
    after = {} if mode == REPLACE else dict(before)
    after |= {effect.item.pk: effect.after for effect in effects}
    return excesses(rka, limits_of(rka), before, after)


def _remove_others(rka: Rka, lines: Sequence[SheetLine]) -> dict[tuple[str, ...], list[RkaLine]]:
    """Remove lines the file does not have; returns the rows that keep their identity."""
    wanted: dict[tuple[str, ...], int] = {}
    for line in lines:
        wanted[line.identity] = wanted.get(line.identity, 0) + 1
    kept: dict[tuple[str, ...], list[RkaLine]] = {}
    for row in RkaLine.objects.filter(rka=rka).select_related("item", "account", "funding"):
        key = _identity(row)
        if wanted.get(key, 0) > len(kept.get(key, [])):
            kept.setdefault(key, []).append(row)
        else:
            row.delete()
    return kept


def _identity(row: RkaLine) -> tuple[str, ...]:
    """As SheetLine.identity says it."""
    return (row.item.sub_activity_code, row.account.code, row.funding.code, row.description, row.specification)


def _entry(line: SheetLine, known: References) -> LineEntry:
    values = {
        name: getattr(line, name) for name in (field.name for field in fields(LineEntry)) if hasattr(line, name)
    }
    standard = known.standard_of(line)
    return LineEntry(
        item_id=known.items[line.sub_activity_code].pk,
        account_id=known.accounts[line.account_code].pk,
        funding_id=known.sources[line.funding_code].pk,
        standard_id=standard.pk if standard else None,
        **values,
    )
