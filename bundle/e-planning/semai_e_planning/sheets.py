"""Columns of the spreadsheets this app reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from semai_kit.spreadsheets import Column, Sheet

from . import reference
from .models import PlanPeriod, Proposal, VersionItem, WorkPlanItem
from .selectors.comparison import ComparedItem, ComparedTarget
from .selectors.five_year_plans import Branch, ProgramCheck, YearValue
from .selectors.targets import SetTarget, TargetCheck


def import_sheet(sources: Sequence[Proposal.Source]) -> Sheet:
    """The sheet officials fill in with usulan; kinds, themes and their sources are offered by title."""
    return Sheet(
        title="Usulan",
        columns=(
            Column("title", "Nama usulan", required=True, max_length=200, help="Singkat dan jelas"),
            Column("kind", "Jenis", "choice", required=True, choices=tuple(k.title for k in reference.kinds())),
            Column(
                "theme",
                "Tema prioritas",
                "choice",
                required=True,
                choices=tuple(t.title for t in reference.themes()),
            ),
            Column(
                "village",
                "Kode desa",
                required=True,
                help="Kode wilayah desa/kelurahan; daftarnya ada di halaman impor.",
            ),
            Column("rw", "RW", help="Angka", max_length=3),
            Column("rt", "RT", help="Angka", max_length=3),
            Column("location", "Lokasi", help="Dusun, jalan atau patokan.", max_length=200),
            Column("latitude", "Lintang", help="Derajat desimal, misalnya -8,612345; boleh kosong."),
            Column("longitude", "Bujur", help="Derajat desimal, misalnya 120,468123."),
            Column("volume", "Volume", "decimal", required=True),
            Column("unit", "Satuan", required=True, help="Misalnya meter, unit atau paket.", max_length=40),
            Column("estimate", "Perkiraan biaya", "decimal", required=True, help="Rupiah"),
            Column("proposer", "Pengusul", required=True, max_length=150),
            Column("agency", "Kode OPD", required=True, help="Kode OPD tujuan; daftarnya ada di halaman impor."),
            Column("description", "Alasan dan manfaat"),
            Column(
                "source",
                "Asal usulan",
                "choice",
                choices=tuple(source.official_title for source in sources),
                help="Boleh kosong bila akun Anda hanya memasukkan satu asal.",
            ),
        ),
        max_rows=2000,
    )


PROPOSALS = Sheet(
    title="Usulan",
    columns=(
        Column("number", "Nomor"),
        Column("title", "Nama usulan"),
        Column("source", "Asal"),
        Column("kind", "Jenis"),
        Column("theme", "Tema prioritas"),
        Column("district", "Kecamatan"),
        Column("village", "Desa/kelurahan"),
        Column("village_code", "Kode desa"),
        Column("rw", "RW"),
        Column("rt", "RT"),
        Column("location", "Lokasi"),
        Column("latitude", "Lintang", "decimal"),
        Column("longitude", "Bujur", "decimal"),
        Column("volume", "Volume", "decimal"),
        Column("unit", "Satuan"),
        Column("estimate", "Perkiraan biaya", "decimal"),
        Column("verified_estimate", "Biaya hasil verifikasi", "decimal"),
        Column("proposer", "Pengusul"),
        Column("agency", "OPD"),
        Column("rank_village", "Peringkat desa", "integer"),
        Column("rank_district", "Peringkat kecamatan", "integer"),
        Column("state", "Status"),
        Column("last_reason", "Alasan"),
    ),
)

WORK_PLAN = Sheet(
    title="Renja",
    columns=(
        Column("agency", "OPD"),
        Column("program_code", "Kode program"),
        Column("program", "Program"),
        Column("activity_code", "Kode kegiatan"),
        Column("activity", "Kegiatan"),
        Column("sub_code", "Kode sub kegiatan"),
        Column("sub", "Sub kegiatan"),
        Column("indicator", "Indikator"),
        Column("target", "Target", "decimal"),
        Column("unit", "Satuan"),
        Column("location", "Lokasi"),
        Column("pagu", "Pagu", "decimal"),
        Column("proposals", "Usulan yang ditampung"),
    ),
)


COMPARISON = Sheet(
    title="Semula dan menjadi",
    columns=(
        Column("agency", "OPD"),
        Column("program", "Program"),
        Column("code", "Kode sub kegiatan"),
        Column("name", "Sub kegiatan"),
        Column("kind", "Perubahan"),
        Column("fields", "Yang berubah"),
        Column("reasons", "Alasan"),
        Column("target_before", "Target semula", "decimal"),
        Column("target_after", "Target menjadi", "decimal"),
        Column("unit", "Satuan"),
        Column("location_before", "Lokasi semula"),
        Column("location_after", "Lokasi menjadi"),
        Column("before", "Pagu semula", "decimal"),
        Column("after", "Pagu menjadi", "decimal"),
        Column("difference", "Selisih", "decimal"),
    ),
)


CONSISTENCY = Sheet(
    title="Keselarasan",
    columns=(
        Column("code", "Kode program"),
        Column("program", "Program"),
        Column("agency", "OPD"),
        Column("ceiling", "Pagu RPJMD", "decimal"),
        Column("determined", "RKPD ditetapkan", "decimal"),
        Column("planned", "Renja", "decimal"),
        Column("difference", "Selisih", "decimal"),
        Column("verdict", "Hasil"),
    ),
)


TARGETS = Sheet(
    title="Target indikator",
    columns=(
        Column("level", "Jenjang"),
        Column("code", "Kode"),
        Column("title", "Uraian"),
        Column("agency", "OPD"),
        Column("indicator", "Indikator"),
        Column("unit", "Satuan"),
        Column("direction", "Arah"),
        Column("planned", "Target RPJMD", "decimal"),
        Column("set", "Target Renja", "decimal"),
        Column("difference", "Selisih", "decimal"),
        Column("verdict", "Hasil"),
    ),
)


_SET_FOR = (  # whose target it is, and of what
    Column("agency", "OPD"),
    Column("level", "Jenjang"),
    Column("code", "Kode"),
    Column("title", "Uraian"),
    Column("indicator", "Indikator"),
    Column("unit", "Satuan"),
)
SET_TARGETS = Sheet(
    title="Target indikator",
    columns=(
        *_SET_FOR,
        Column("direction", "Arah"),
        Column("planned", "Target RPJMD", "decimal"),
        Column("set", "Target RKPD", "decimal"),
    ),
)


COMPARED_TARGETS = Sheet(
    title="Target indikator",
    columns=(
        *_SET_FOR,
        Column("kind", "Perubahan"),
        Column("reasons", "Alasan"),
        Column("before", "Target semula", "decimal"),
        Column("after", "Target menjadi", "decimal"),
        Column("difference", "Selisih", "decimal"),
    ),
)


def tree_sheet(period: PlanPeriod) -> Sheet:
    """The RPJMD or a Renstra: one row per indicator and per pagu, with a column for every year."""
    return Sheet(
        title="RPJMD",
        columns=(
            Column("level", "Jenjang"),
            Column("code", "Kode"),
            Column("title", "Uraian"),
            Column("agency", "OPD"),
            Column("measure", "Indikator atau pagu"),
            Column("unit", "Satuan"),
            Column("baseline", "Kondisi awal", "decimal"),
            *(Column(f"y{year}", str(year), "decimal") for year in period.years),
        ),
    )


def proposal_row(proposal: Proposal) -> dict[str, Any]:
    return {
        **{
            name: getattr(proposal, name)
            for name in ("title", "rw", "rt", "location", "latitude", "longitude", "volume", "unit", "estimate")
        },
        **{
            name: getattr(proposal, name)
            for name in ("verified_estimate", "proposer", "rank_village", "rank_district")
        },
        "number": proposal.number or "",
        "source": proposal.get_source_display(),
        "kind": proposal.kind.title,
        "theme": proposal.theme.title,
        "district": proposal.district.name,
        "village": proposal.village.name,
        "village_code": proposal.village.code,
        "agency": proposal.agency.name,
        "state": proposal.state_title,
        "last_reason": proposal.last_reason,
    }


def work_plan_row(item: WorkPlanItem) -> dict[str, Any]:
    activity = item.sub_activity.parent
    program = activity.parent
    return {
        **{name: getattr(item, name) for name in ("indicator", "target", "unit", "location", "pagu")},
        "agency": item.work_plan.agency.name,
        "program_code": program.code,
        "program": program.title,
        "activity_code": activity.code,
        "activity": activity.title,
        "sub_code": item.sub_activity.code,
        "sub": item.sub_activity.title,
        "proposals": "; ".join(f"{proposal.number} {proposal.title}" for proposal in item.taken),
    }


def version_row(row: VersionItem) -> dict[str, Any]:
    """A sub kegiatan of a version in the columns of WORK_PLAN."""
    return {
        **{name: getattr(row, name) for name in ("indicator", "target", "unit", "location", "pagu")},
        **{name: getattr(row, name) for name in ("program_code", "activity_code")},
        "agency": row.agency_name,
        "program": row.program_name,
        "activity": row.activity_name,
        "sub_code": row.sub_activity_code,
        "sub": row.sub_activity_name,
        "proposals": "; ".join(f"{proposal['number']} {proposal['title']}" for proposal in row.proposals),
    }


def comparison_row(item: ComparedItem) -> dict[str, Any]:
    old, new = item.old, item.new
    return {
        "agency": item.row.agency_name,
        "program": item.row.program,
        "code": item.row.code,
        "name": item.row.name,
        "kind": item.title,
        "fields": ", ".join(item.changed_titles),
        "reasons": "; ".join(item.reasons),
        "target_before": old.target if old else None,
        "target_after": new.target if new else None,
        "unit": item.row.unit,
        "location_before": old.location if old else "",
        "location_after": new.location if new else "",
        "before": old.pagu if old else None,
        "after": new.pagu if new else None,
        "difference": item.difference,
    }


def set_target_row(target: SetTarget) -> dict[str, Any]:
    return {
        "agency": target.agency_name,
        "level": target.level_title,
        "code": target.node_code,
        "title": target.node_title,
        "indicator": target.name,
        "unit": target.unit,
        "direction": target.direction_title,
        "planned": target.planned,
        "set": target.value,
    }


def compared_target_row(target: ComparedTarget) -> dict[str, Any]:
    """What it is about as it stands now, in the columns of COMPARED_TARGETS."""
    return {
        **set_target_row(target.row),
        "kind": target.title,
        "reasons": "; ".join(target.reasons),
        **{name: getattr(target, name) for name in ("before", "after", "difference")},
    }


def branch_rows(branch: Branch) -> list[dict[str, Any]]:
    """A node in the columns of tree_sheet: its indicators, then its pagu, or one bare row."""
    node = branch.node
    named = {
        "level": branch.level_title,
        "code": node.code,
        "title": node.title,
        "agency": node.agency.name if node.agency else "",
    }
    rows = [
        {
            **named,
            "measure": row.indicator.name,
            "unit": row.indicator.unit,
            "baseline": row.indicator.baseline,
            **_by_year(row.targets),
        }
        for row in branch.indicators
    ]
    if branch.ceilings:
        rows.append({**named, "measure": "Pagu indikatif", "unit": "rupiah", **_by_year(branch.ceilings)})
    return rows or [named]


def _by_year(values: Iterable[YearValue]) -> dict[str, Any]:
    return {f"y{value.year}": value.value for value in values}


def check_row(check: ProgramCheck) -> dict[str, Any]:
    return {
        **{name: getattr(check, name) for name in ("ceiling", "determined", "planned", "difference", "verdict")},
        "code": check.program.code,
        "program": check.program.title,
        "agency": check.agency.name if check.agency else "",
    }


def target_row(check: TargetCheck) -> dict[str, Any]:
    node, indicator = check.indicator.node, check.indicator
    return {
        "level": check.level_title,
        "code": node.code,
        "title": node.title,
        "agency": check.agency.name,
        "indicator": indicator.name,
        "unit": indicator.unit,
        "direction": indicator.get_direction_display(),
        "planned": check.planned,
        "set": check.value,
        "difference": check.difference,
        "verdict": check.verdict,
    }
