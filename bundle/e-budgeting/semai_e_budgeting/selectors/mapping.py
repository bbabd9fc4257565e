"""Mappings of two lists of codes as pages show them: one row per old code and successor, gaps included."""

from dataclasses import dataclass

from django.db.models import Count

from ..models import CodeMapping, CodePack


@dataclass(frozen=True)
class Pair:
    """Two lists that are mapped, with how many rows."""

    old: CodePack
    new: CodePack
    count: int


def mapped_pairs() -> list[Pair]:
    rows = CodeMapping.objects.order_by().values("old_pack", "new_pack").annotate(count=Count("pk"))
    packs = CodePack.objects.in_bulk()
    pairs = [Pair(packs[row["old_pack"]], packs[row["new_pack"]], row["count"]) for row in rows]
    return sorted(pairs, key=lambda pair: (pair.new.valid_from_year, pair.old.code), reverse=True)


@dataclass(frozen=True)
class MappedRow:
    """`state`: `one`, `several`, `ended` (no successor) or `missing` (nobody said anything)."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    note: str
    state: str


def mapping_rows(old: CodePack, new: CodePack) -> list[MappedRow]:
    """Every old code of the deepest level in order."""
    found: dict[str, list[CodeMapping]] = {}
    for mapping in CodeMapping.objects.filter(old_pack=old, new_pack=new):
        found.setdefault(mapping.old_code, []).append(mapping)
    names = dict(new.codes.filter(postable=True).values_list("code", "name"))
    rows = []
    for code, name in old.codes.filter(postable=True).order_by("code").values_list("code", "name"):
        own = found.get(code, [])
        state = "several" if len(own) > 1 else "missing"
        rows += [
            MappedRow(
                code,
                name,
                mapping.new_code,
                names.get(mapping.new_code, ""),
                mapping.note,
                state if len(own) > 1 else "one" if mapping.new_code else "ended",
            )
            for mapping in own
        ] or [MappedRow(code, name, "", "", "", state)]
    return rows
