"""Reference data: load the packaged lists, and let BPKAD add lists of codes and sources of funds."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import yaml
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from semai_kit import append_only, audit
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..mappings import code_kinds
from ..models import CodePack, FundingSource, PackCode
from ..models.versions import VERSION_TABLES


@dataclass(frozen=True)
class PackEntry:
    """Identity of a list of codes."""

    code: str
    title: str
    decree: str
    decree_date: date
    valid_from_year: int
    valid_until_year: int | None = None
    is_excerpt: bool = False
    note: str = ""
    kind: str = CodePack.Kind.ACCOUNT


@dataclass(frozen=True)
class CodeEntry:
    code: str
    name: str

    @property
    def level(self) -> int:
        return self.code.count(".") + 1


@dataclass(frozen=True)
class FundingEntry:
    code: str
    name: str
    basis: str
    valid_from_year: int
    valid_until_year: int | None = None


def load_packaged_reference() -> str:
    """Runs with every migrate: adds what the release brings, changes names that were corrected, removes nothing."""
    append_only.install(connection, VERSION_TABLES)
    document = _read("accounts_belanja.yml")
    pack = PackEntry(
        code=document["code"],
        title=document["title"],
        decree=document["decree"],
        decree_date=document["decree_date"],
        valid_from_year=document["valid_from_year"],
        valid_until_year=document["valid_until_year"],
        is_excerpt=document["excerpt"],
        note=document["note"],
    )
    with transaction.atomic():
        row, _created = CodePack.objects.get_or_create(code=pack.code, defaults=asdict(pack))
        # The release is the author of these rows: the audit trail keeps one row for the pack, not one per code.
        fresh = _write_codes(row, [CodeEntry(code, name) for code, name in document["accounts"]])
        PackCode.objects.bulk_create(fresh)
        _load_sources(_read("funding_sources.yml"))
    return f"reference data: {len(fresh)} account codes added"


def _read(name: str) -> dict[str, Any]:
    text = (files("semai_e_budgeting") / "data" / name).read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _load_sources(document: dict[str, Any]) -> None:
    for code, name in document["sources"]:
        FundingSource.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "basis": document["basis"],
                "valid_from_year": document["valid_from_year"],
                "valid_until_year": document["valid_until_year"],
            },
        )


@transaction.atomic
def create_pack(entry: PackEntry, account: Account) -> CodePack:
    """An empty list of codes under its own decree; codes follow by import."""
    require(account, "reference.edit")
    if CodePack.objects.filter(code=entry.code).exists():
        raise Refused(_("Kode paket {code} sudah dipakai.").format(code=entry.code))
    return CodePack.objects.create(**asdict(entry))


@transaction.atomic
def import_accounts(pack_id: int, codes: Sequence[CodeEntry], account: Account) -> int:
    """Add codes to a list; codes already in it get the new name. Returns how many are new."""
    require(account, "reference.edit")
    pack = CodePack.objects.select_for_update().get(pk=pack_id)
    problems = [problem for _row, problem in tree_problems(codes, _codes_of(pack), pack.kind)]
    if problems:
        raise Refused(" ".join(problems[:10]))
    return len(audit.bulk_create(_write_codes(pack, codes)))


def _codes_of(pack: CodePack) -> set[str]:
    return set(pack.codes.values_list("code", flat=True))


def tree_problems(
    codes: Sequence[CodeEntry], known: Iterable[str] = (), kind: str = CodePack.Kind.ACCOUNT
) -> list[tuple[int, str]]:
    """Faults as (position, sentence): malformed, named twice, or without its parent in the file or the list."""
    problems = []
    shape = code_kinds()[kind]
    levels = ".".join(pgettext("level", title).lower() for title in shape.level_titles.values())
    present = {entry.code for entry in codes} | set(known)
    seen: set[str] = set()
    for position, entry in enumerate(codes):
        parent = shape.parent_of(entry.code)
        if not shape.is_shaped(entry.code):
            problems.append(
                (position, _("Kode {code} tidak berbentuk {levels}.").format(code=entry.code, levels=levels))
            )
        elif entry.code in seen:
            problems.append((position, _("Kode {code} tertulis dua kali.").format(code=entry.code)))
        elif parent and parent not in present:
            problems.append(
                (position, _("Kode {code} tidak punya induk {parent}.").format(code=entry.code, parent=parent))
            )
        seen.add(entry.code)
    return problems


def _write_codes(pack: CodePack, codes: Sequence[CodeEntry]) -> list[PackCode]:
    """Rename what is known; returns the rows that are new, not yet written. The deepest level carries a budget."""
    known = {code.code: code for code in pack.codes.all()}
    shape = code_kinds()[pack.kind]
    parents = {shape.parent_of(code) for code in {entry.code for entry in codes} | set(known)}
    fresh = []
    for entry in codes:
        current = known.get(entry.code)
        postable = entry.level == shape.deepest and entry.code not in parents
        if current is None:
            fresh.append(
                PackCode(pack=pack, code=entry.code, name=entry.name, level=entry.level, postable=postable)
            )
        elif current.name != entry.name:
            current.name = entry.name
            current.save()
    return fresh


@transaction.atomic
def add_funding(entry: FundingEntry, account: Account) -> FundingSource:
    require(account, "reference.edit")
    if FundingSource.objects.filter(code__iexact=entry.code).exists():
        raise Refused(_("Kode {code} sudah dipakai sumber dana lain.").format(code=entry.code))
    return FundingSource.objects.create(
        code=entry.code,
        name=entry.name,
        basis=entry.basis,
        valid_from_year=entry.valid_from_year,
        valid_until_year=entry.valid_until_year,
    )


@transaction.atomic
def end_funding(source_id: int, last_year: int, account: Account) -> FundingSource:
    """Close a source of funds after a year; lines that use it stay."""
    require(account, "reference.edit")
    source = FundingSource.objects.select_for_update().get(pk=source_id)
    if last_year < source.valid_from_year:
        raise Refused(
            _("Tahun terakhir tidak boleh sebelum {valid_from_year}.").format(
                valid_from_year=source.valid_from_year
            )
        )
    source.valid_until_year = last_year
    source.save()
    return source


@transaction.atomic
def end_pack(pack_id: int, last_year: int, account: Account) -> CodePack:
    """Close a list of codes after a year, because a newer decree replaces it."""
    require(account, "reference.edit")
    pack = CodePack.objects.select_for_update().get(pk=pack_id)
    if last_year < pack.valid_from_year:
        raise Refused(
            _("Tahun terakhir tidak boleh sebelum {valid_from_year}.").format(valid_from_year=pack.valid_from_year)
        )
    pack.valid_until_year = last_year
    pack.save()
    return pack
