"""Versions of an RKA side by side: rows are matched by the line they came from, differences named per field."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as lazy

from ..models import Rka, RkaVersion, RkaVersionItem, RkaVersionLine

COMPARED = {
    "sub_activity_code": lazy("sub kegiatan"),
    "account_code": lazy("rekening"),
    "funding_code": lazy("sumber dana"),
    "description": lazy("uraian"),
    "specification": lazy("spesifikasi"),
    "volume_1": lazy("koefisien 1"),
    "unit_1": lazy("satuan 1"),
    "volume_2": lazy("koefisien 2"),
    "unit_2": lazy("satuan 2"),
    "volume_3": lazy("koefisien 3"),
    "unit_3": lazy("satuan 3"),
    "unit_price": lazy("harga satuan"),
    "standard_code": lazy("standar harga"),
    "standard_price": lazy("harga menurut standar"),
    "price_reason": lazy("alasan harga"),
    "tax_percent": lazy("PPN"),
    "total": lazy("jumlah"),
    "location": lazy("lokasi"),
    "note": lazy("keterangan"),
}
TITLES = {"added": lazy("Baru"), "removed": lazy("Dihapus"), "changed": lazy("Berubah"), "same": lazy("Tetap")}


@dataclass(frozen=True)
class ComparedLine:
    """One line in two versions; either side may be missing."""

    old: RkaVersionLine | None
    new: RkaVersionLine | None
    changed: frozenset[str]

    @property
    def kind(self) -> str:
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "changed" if self.changed else "same"

    @property
    def title(self) -> str:
        return str(TITLES[self.kind])

    @property
    def changed_titles(self) -> list[str]:
        return [str(title) for name, title in COMPARED.items() if name in self.changed]

    @property
    def line(self) -> RkaVersionLine:
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def difference(self) -> Decimal:
        return (self.new.total if self.new else Decimal(0)) - (self.old.total if self.old else Decimal(0))


@dataclass(frozen=True)
class ComparedItem:
    """One sub kegiatan in two versions with its lines."""

    code: str
    name: str
    old: RkaVersionItem | None
    new: RkaVersionItem | None
    lines: tuple[ComparedLine, ...]

    @property
    def old_total(self) -> Decimal:
        return self.old.total if self.old else Decimal(0)

    @property
    def new_total(self) -> Decimal:
        return self.new.total if self.new else Decimal(0)

    @property
    def difference(self) -> Decimal:
        return self.new_total - self.old_total

    @property
    def pagu_changed(self) -> bool:
        return (self.old.pagu if self.old else None) != (self.new.pagu if self.new else None)


@dataclass(frozen=True)
class Comparison:
    old: RkaVersion
    new: RkaVersion
    items: tuple[ComparedItem, ...]
    lines: tuple[ComparedLine, ...]

    @property
    def difference(self) -> Decimal:
        return self.new.total - self.old.total

    def count(self, kind: str) -> int:
        return sum(line.kind == kind for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are new, removed, changed, the same: of all lines, shown or not."""
        return {title: self.count(kind) for kind, title in TITLES.items()}


def versions_of(rka: Rka) -> QuerySet[RkaVersion]:
    return RkaVersion.objects.filter(rka=rka).select_related("made_by").order_by("number")


def version_lines(version: RkaVersion) -> QuerySet[RkaVersionLine]:
    return version.lines.order_by("sub_activity_code", "account_code", "line_id")


def compare(old: RkaVersion, new: RkaVersion, *, only_changes: bool = False) -> Comparison:
    lines = _compared_lines(old, new)
    old_items = {item.sub_activity_code: item for item in old.items.all()}
    new_items = {item.sub_activity_code: item for item in new.items.all()}
    compared = []
    for code in sorted(old_items.keys() | new_items.keys()):
        before, after = old_items.get(code), new_items.get(code)
        own = tuple(line for line in lines if line.line.sub_activity_code == code)
        if only_changes:
            own = tuple(line for line in own if line.kind != "same")
        named = after or before
        item = ComparedItem(code, named.sub_activity_name if named else "", before, after, own)
        if own or item.pagu_changed or not only_changes:
            compared.append(item)
    return Comparison(old, new, tuple(compared), tuple(lines))


def _compared_lines(old: RkaVersion, new: RkaVersion) -> list[ComparedLine]:
    before = {line.line_id: line for line in old.lines.all()}
    after = {line.line_id: line for line in new.lines.all()}
    pairs = [(before.get(line_id), after.get(line_id)) for line_id in sorted(before.keys() | after.keys())]
    lines = [ComparedLine(first, second, _changed(first, second)) for first, second in pairs]
    return sorted(lines, key=lambda line: (line.line.account_code, line.line.line_id))


def _changed(old: RkaVersionLine | None, new: RkaVersionLine | None) -> frozenset[str]:
    if old is None or new is None:
        return frozenset()
    return frozenset(name for name in COMPARED if getattr(old, name) != getattr(new, name))
