"""Versions of an RKA side by side: rows are matched by the line they came from, differences named per field.

A page shows some sub kegiatan at a time: the database says which lines differ, and only those shown are loaded.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as lazy
from semai_kit.paging import page_of_groups

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
SIDES_PER_PAGE = 30  # two versions of a line are as long as two lines


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
    """`items` and `lines` are those shown; `kinds` counts all lines, shown or not."""

    old: RkaVersion
    new: RkaVersion
    items: tuple[ComparedItem, ...]
    lines: tuple[ComparedLine, ...]
    kinds: Counter[str]
    page: Page | None = None

    @property
    def difference(self) -> Decimal:
        return self.new.total - self.old.total

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are new, removed, changed, the same."""
        return {title: self.kinds[kind] for kind, title in TITLES.items()}


def versions_of(rka: Rka) -> QuerySet[RkaVersion]:
    return RkaVersion.objects.filter(rka=rka).select_related("made_by").order_by("number")


def version_lines(version: RkaVersion) -> QuerySet[RkaVersionLine]:
    return version.lines.order_by("sub_activity_code", "account_code", "line_id")


def version_page(
    version: RkaVersion, asked: str | None
) -> tuple[Page, list[tuple[RkaVersionItem, list[RkaVersionLine]]]]:
    """Some sub kegiatan of a version with their lines: three queries, however many there are."""
    sizes = dict(version.lines.order_by().values_list("sub_activity_code").annotate(Count("pk")))
    items = {item.sub_activity_code: item for item in version.items.all()}
    page = page_of_groups(((code, sizes.get(code, 0)) for code in items), asked)
    lines: dict[str, list[RkaVersionLine]] = {code: [] for code in page.object_list}
    for line in version_lines(version).filter(sub_activity_code__in=lines):
        lines[line.sub_activity_code].append(line)
    return page, [(items[code], found) for code, found in lines.items()]


def compare(old: RkaVersion, new: RkaVersion) -> Comparison:
    """Every line of both versions, for a spreadsheet."""
    lines = _paired(old.lines.all(), new.lines.all())
    codes = sorted({item.sub_activity_code for version in (old, new) for item in version.items.all()})
    items = _compared_items(old, new, codes, lines)
    return Comparison(old, new, tuple(items), tuple(lines), Counter(line.kind for line in lines))


def compare_page(old: RkaVersion, new: RkaVersion, asked: str | None, *, only_changes: bool) -> Comparison:
    """Some sub kegiatan of both versions: six queries, however many lines there are."""
    found = _kinds_of_lines(old, new)
    shown: dict[str, list[int]] = {code: [] for code in _codes_in_sight(old, new, only_changes=only_changes)}
    for code, line_id, kind in found:
        if kind != "same" or not only_changes:
            shown.setdefault(code, []).append(line_id)
    page = page_of_groups(((code, len(shown[code])) for code in sorted(shown)), asked, SIDES_PER_PAGE)
    wanted = [line_id for code in page.object_list for line_id in shown[code]]
    lines = _paired(old.lines.filter(line_id__in=wanted), new.lines.filter(line_id__in=wanted))
    items = _compared_items(old, new, page.object_list, lines)
    return Comparison(old, new, tuple(items), tuple(lines), Counter(kind for _, _, kind in found), page)


def _codes_in_sight(old: RkaVersion, new: RkaVersion, *, only_changes: bool) -> set[str]:
    """Sub kegiatan that are shown even where no line of theirs is: all, or those whose pagu changed."""
    before, after = (dict(version.items.values_list("sub_activity_code", "pagu")) for version in (old, new))
    codes = before.keys() | after.keys()
    return {code for code in codes if not only_changes or before.get(code) != after.get(code)}


def _kinds_of_lines(old: RkaVersion, new: RkaVersion) -> list[tuple[str, int, str]]:
    """Sub kegiatan, line and what became of it, for every line of either version. The database compares."""
    before = RkaVersionLine.objects.filter(version=old, line_id=OuterRef("line_id"))
    after = RkaVersionLine.objects.filter(version=new, line_id=OuterRef("line_id"))
    rows = new.lines.order_by().annotate(known=Exists(before), same=Exists(before.filter(*_alike())))
    found = [
        (code, line_id, "same" if same else "changed" if known else "added")
        for code, line_id, known, same in rows.values_list("sub_activity_code", "line_id", "known", "same")
    ]
    gone = old.lines.order_by().filter(~Exists(after)).values_list("sub_activity_code", "line_id")
    return found + [(code, line_id, "removed") for code, line_id in gone]


def _alike() -> Iterable[Exact | Q]:
    """Conditions under which a line of a subquery reads as that of the query around it."""
    for name in COMPARED:
        equal = Exact(F(name), OuterRef(name))
        if RkaVersionLine._meta.get_field(name).null:  # for SQL one NULL is not the other
            yield Q(equal) | Q(IsNull(F(name), True), IsNull(OuterRef(name), True))
        else:
            yield equal


def _compared_items(
    old: RkaVersion, new: RkaVersion, codes: Iterable[str], lines: list[ComparedLine]
) -> list[ComparedItem]:
    before, after = (
        {item.sub_activity_code: item for item in version.items.filter(sub_activity_code__in=codes)}
        for version in (old, new)
    )
    own: dict[str, list[ComparedLine]] = {}
    for line in lines:
        own.setdefault(line.line.sub_activity_code, []).append(line)
    return [
        ComparedItem(
            code,
            (after.get(code) or before[code]).sub_activity_name,
            before.get(code),
            after.get(code),
            tuple(own.get(code, ())),
        )
        for code in codes
    ]


def _paired(old: Iterable[RkaVersionLine], new: Iterable[RkaVersionLine]) -> list[ComparedLine]:
    before = {line.line_id: line for line in old}
    after = {line.line_id: line for line in new}
    pairs = [(before.get(line_id), after.get(line_id)) for line_id in sorted(before.keys() | after.keys())]
    lines = [ComparedLine(first, second, _changed(first, second)) for first, second in pairs]
    return sorted(lines, key=lambda line: (line.line.account_code, line.line.line_id))


def _changed(old: RkaVersionLine | None, new: RkaVersionLine | None) -> frozenset[str]:
    if old is None or new is None:
        return frozenset()
    return frozenset(name for name in COMPARED if getattr(old, name) != getattr(new, name))
