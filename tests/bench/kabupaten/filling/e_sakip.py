"""e-sakip: two years of an RPJMD, from the tree and the budget that others publish to LKjIP and follow-up."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from semai_e_sakip.models import (
    ActionStep,
    Agreement,
    Evaluation,
    EvaluationAnswer,
    Indicator,
    Measurement,
    PerformanceNode,
    Position,
    Recommendation,
    Report,
)
from semai_e_sakip.services.fetching import BUDGET, TREE, bring
from semai_e_sakip.services.telling import tell
from semai_kit import audit, years
from semai_kit.models import Agency, FiscalYear

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling import accountability, performance
from tests.bench.kabupaten.filling.people import document, page, person
from tests.bench.kabupaten.filling.published import Published

OPD = "opd-00"  # the largest


def fill() -> list[dict[str, Any]]:
    """Fill, and return the pages to measure."""
    agencies = list(Agency.objects.order_by("code"))
    year = FiscalYear.objects.get(year=size.YEAR)
    before = years.open_year(size.YEAR - 1, None)
    people = {role: person(role, role) for role in ("organisasi", "kepala_daerah", "inspektorat", "auditor")}
    person("pejabat-00", "pejabat", agency=agencies[0])
    owners = {agency.pk: person(f"opd-{place:02d}", "opd", agency=agency) for place, agency in enumerate(agencies)}
    with audit.acting(people["organisasi"]):
        staff = accountability.Staff(agencies, people, owners)
        for one in (before, year):
            _whole_year(one, agencies, staff, ended=one == before)
    return pages()


def _whole_year(year: FiscalYear, agencies: list[Agency], staff: accountability.Staff, *, ended: bool) -> None:
    bring(TREE, year, Published(performance.tree(year, agencies)))
    bring(BUDGET, year, Published(performance.documents(year, agencies)))
    measured = performance.define(year, agencies)
    made = performance.measure(measured, staff.owners, staff.people["organisasi"], ended=ended)
    performance.spend(year, performance.QUARTERS if ended else performance.QUARTERS[:3])
    accountability.agree(year, staff, ended=ended)
    accountability.judge(year, staff, ended=ended)
    accountability.report(year, staff, ended=ended)
    if not ended:
        for measurement in made:
            if measurement.state in ("dikirim", "dikembalikan"):
                tell(measurement, None)


def pages() -> list[dict[str, Any]]:
    """Everything there is to look at, by who may."""
    largest = Agency.objects.get(code=size.agency_code(0))
    return [
        *_tree_pages(largest),
        *_indicator_pages(largest),
        *_measurement_pages(largest),
        *_agreement_pages(largest),
        *_evaluation_pages(largest),
        *_report_pages(largest),
        *_other_pages(),
    ]


def _tree_pages(largest: Agency) -> list[dict[str, Any]]:
    opd = f"opd={largest.pk}"
    widest = PerformanceNode.objects.filter(fiscal_year__year=size.YEAR).annotate(below=Count("children"))
    node = widest.order_by("-below", "pk").first()
    program = widest.filter(level="program", agency=largest).order_by("-below", "pk").first()
    assert node is not None
    assert program is not None
    return [
        page("organisasi", "beranda Bagian Organisasi", "sakip:home"),
        page(OPD, "beranda OPD terbesar", "sakip:home"),
        page("pejabat-00", "beranda pejabat", "sakip:home"),
        page("kepala_daerah", "beranda kepala daerah", "sakip:home"),
        page("inspektorat", "beranda Inspektorat", "sakip:home"),
        page("organisasi", "pohon kinerja", "sakip:tree"),
        page("organisasi", "pohon kinerja sampai program", "sakip:tree", query="sampai=program"),
        page("organisasi", "pohon kinerja, sampai sub kegiatan", "sakip:tree", query="sampai=sub_kegiatan"),
        page(OPD, "pohon kinerja, OPD terbesar", "sakip:tree", query=opd),
        page("organisasi", "gambar pohon", "sakip:drawn-tree"),
        page("organisasi", "gambar pohon sampai sub kegiatan", "sakip:drawn-tree", query="sampai=sub_kegiatan"),
        page(OPD, "gambar pohon, OPD terbesar sampai sub kegiatan", "sakip:drawn-tree",
             query=f"{opd}&sampai=sub_kegiatan"),
        page("organisasi", "butir dengan bawahan terbanyak", "sakip:node", [node.pk]),
        page(OPD, "satu program", "sakip:node", [program.pk]),
        page(OPD, "isian indikator baru", "sakip:add-indicator", [program.pk]),
        page("organisasi", "isian butir baru", "sakip:add-node", [program.pk]),
    ]  # fmt: skip


def _indicator_pages(largest: Agency) -> list[dict[str, Any]]:
    opd = f"opd={largest.pk}"
    one = Indicator.objects.filter(fiscal_year__year=size.YEAR, agency=largest).order_by("pk").last()
    assert one is not None
    return [
        page("organisasi", "indikator", "sakip:indicators"),
        page("organisasi", "indikator, halaman terakhir", "sakip:indicators", query="page=50"),
        page("organisasi", "indikator, cari", "sakip:indicators", query="cari=sasaran"),
        page("organisasi", "indikator, belum lengkap", "sakip:indicators", query="lengkap=belum"),
        page(OPD, "indikator OPD terbesar", "sakip:indicators", query=opd),
        page("organisasi", "IKU", "sakip:indicators", query="iku=1"),
        document("organisasi", "XLSX indikator", "sakip:indicators", query="export=xlsx"),
        page(OPD, "satu indikator", "sakip:indicator", [one.pk]),
        page(OPD, "ubah indikator", "sakip:change-indicator", [one.pk]),
        page(OPD, "impor indikator", "sakip:import-indicators"),
        document(OPD, "XLSX indikator untuk diisi", "sakip:import-indicators", query="daftar=1"),
        page("organisasi", "data terbuka: indikator OPD terbesar", "api-1.0:list_indicators",
             query=f"year={size.YEAR}&agency={largest.code}"),
        document("organisasi", "data terbuka: semua indikator", "api-1.0:list_indicators",
                 query=f"year={size.YEAR}"),
    ]  # fmt: skip


def _measurement_pages(largest: Agency) -> list[dict[str, Any]]:
    opd = f"opd={largest.pk}"
    mine = Measurement.objects.filter(fiscal_year__year=size.YEAR, indicator__agency=largest).order_by("pk")
    sent, draft = mine.filter(state="dikirim").first(), mine.filter(state="draf").first()
    step = ActionStep.objects.filter(indicator__agency=largest).order_by("-pk").first()
    assert sent is not None
    assert draft is not None
    assert step is not None
    program = PerformanceNode.objects.filter(fiscal_year__year=size.YEAR, level="program", agency=largest).first()
    assert program is not None
    return [
        page(OPD, "rencana aksi, OPD terbesar", "sakip:action-plan"),
        page("organisasi", "rencana aksi, sasaran daerah", "sakip:action-plan"),
        page("organisasi", "rencana aksi satu OPD", "sakip:action-plan", query=opd),
        page(OPD, "isian langkah aksi", "sakip:add-step", [draft.indicator_id]),
        page(OPD, "ubah langkah aksi", "sakip:change-step", [step.pk]),
        page(OPD, "pengukuran, OPD terbesar", "sakip:measurements", query="triwulan=4"),
        page("organisasi", "pengukuran, Bagian Organisasi", "sakip:measurements"),
        page("organisasi", "pengukuran satu OPD", "sakip:measurements", query=f"triwulan=4&{opd}"),
        page("inspektorat", "pengukuran satu OPD, Inspektorat", "sakip:measurements", query=f"triwulan=3&{opd}"),
        page(OPD, "isian pengukuran", "sakip:measure", [draft.indicator_id, 4]),
        page("organisasi", "satu pengukuran, verifikasi", "sakip:measurement", [sent.pk]),
        page(OPD, "satu pengukuran, draf", "sakip:measurement", [draft.pk]),
        page("organisasi", "anggaran dan efisiensi", "sakip:budgets"),
        page(OPD, "anggaran OPD terbesar", "sakip:budgets"),
        page(OPD, "isian realisasi anggaran", "sakip:spend", [largest.pk, program.code]),
        document("organisasi", "XLSX anggaran", "sakip:budgets", query="export=xlsx"),
    ]  # fmt: skip


def _agreement_pages(largest: Agency) -> list[dict[str, Any]]:
    rows = (
        Agreement.objects.filter(fiscal_year__year=size.YEAR)
        .annotate(held=Count("targets"))
        .order_by("-held", "pk")
    )
    head = rows.filter(agency=None).first()
    chief = rows.filter(position__kind="pimpinan_tinggi", agency=largest).first()
    draft = rows.filter(state="draf", agency=largest, revision=0).first() or rows.filter(state="draf").first()
    approved = rows.filter(state="disetujui").first()
    position = Position.objects.filter(official__agency=largest).order_by("pk").last()
    assert head is not None
    assert chief is not None
    assert draft is not None
    assert approved is not None
    assert position is not None
    return [
        page("organisasi", "Perjanjian Kinerja", "sakip:agreements"),
        page(OPD, "Perjanjian Kinerja, OPD terbesar", "sakip:agreements"),
        page("kepala_daerah", "Perjanjian Kinerja, kepala daerah", "sakip:agreements"),
        page("kepala_daerah", "PK kepala daerah", "sakip:agreement", [head.pk]),
        page("pejabat-00", "PK kepala OPD terbesar", "sakip:agreement", [chief.pk]),
        page("organisasi", "draf PK", "sakip:agreement", [draft.pk]),
        page("organisasi", "isi PK", "sakip:agreement-content", [draft.pk]),
        page("kepala_daerah", "tandatangani PK", "sakip:sign-agreement", [approved.pk]),
        page("kepala_daerah", "cetak PK kepala daerah", "sakip:print-agreement", [head.pk]),
        page("organisasi", "cetak PK kepala OPD terbesar", "sakip:print-agreement", [chief.pk]),
        document("organisasi", "PDF PK kepala daerah", "sakip:agreement-pdf", [head.pk]),
        document("organisasi", "XLSX Perjanjian Kinerja", "sakip:agreements", query="export=xlsx"),
        page("organisasi", "penanda tangan", "sakip:positions"),
        page(OPD, "penanda tangan, OPD terbesar", "sakip:positions"),
        page("organisasi", "isian pejabat baru", "sakip:add-position"),
        page(OPD, "ubah pejabat", "sakip:change-position", [position.pk]),
    ]  # fmt: skip


def _evaluation_pages(largest: Agency) -> list[dict[str, Any]]:
    rows = Evaluation.objects.filter(fiscal_year__year=size.YEAR).order_by("agency__code")
    claiming, judging, done = (rows.filter(state=state).first() for state in ("mandiri", "dinilai", "selesai"))
    recommendation = Recommendation.objects.filter(fiscal_year__year=size.YEAR, state="terbuka").first()
    assert claiming is not None
    assert judging is not None
    assert done is not None
    assert recommendation is not None
    assert claiming.agency_id == largest.pk
    claimed = EvaluationAnswer.objects.filter(evaluation=claiming).order_by("pk").first()
    granted = EvaluationAnswer.objects.filter(evaluation=judging).order_by("pk").first()
    assert claimed is not None
    assert granted is not None
    return [
        page("inspektorat", "evaluasi internal", "sakip:evaluations"),
        page(OPD, "evaluasi yang diisi", "sakip:evaluation", [claiming.pk]),
        page("inspektorat", "evaluasi yang dinilai", "sakip:evaluation", [judging.pk]),
        page("kepala_daerah", "evaluasi yang selesai", "sakip:evaluation", [done.pk]),
        page(OPD, "isian nilai mandiri", "sakip:claim", [claimed.pk]),
        page("inspektorat", "isian nilai APIP", "sakip:grant", [granted.pk]),
        page("inspektorat", "isian ringkasan", "sakip:summarise", [judging.pk]),
        page("inspektorat", "isian rekomendasi", "sakip:recommend", [done.pk]),
        page("inspektorat", "tindak lanjut", "sakip:recommendations"),
        page("inspektorat", "tindak lanjut, satu status", "sakip:recommendations", query="status=diproses"),
        page(OPD, "tindak lanjut, OPD terbesar", "sakip:recommendations"),
        page("inspektorat", "satu rekomendasi", "sakip:recommendation", [recommendation.pk]),
        page("inspektorat", "ubah rekomendasi", "sakip:change-recommendation", [recommendation.pk]),
        document("inspektorat", "XLSX tindak lanjut", "sakip:recommendations", query="export=xlsx"),
    ]  # fmt: skip


def _report_pages(largest: Agency) -> list[dict[str, Any]]:
    mine = Report.objects.get(fiscal_year__year=size.YEAR, agency=largest)
    kept = Report.objects.get(fiscal_year__year=size.YEAR - 1, agency=largest)
    whole = Report.objects.get(fiscal_year__year=size.YEAR, agency=None)
    return [
        page("organisasi", "LKjIP", "sakip:reports"),
        page(OPD, "LKjIP OPD terbesar, draf", "sakip:report", [mine.pk]),
        page("inspektorat", "LKjIP OPD terbesar, tersimpan", "sakip:report", [kept.pk]),
        page("organisasi", "LKjIP daerah, draf", "sakip:report", [whole.pk]),
        page(OPD, "isian naskah LKjIP", "sakip:write-section", [mine.pk, "capaian"]),
        document(OPD, "PDF LKjIP OPD terbesar", "sakip:report-pdf", [mine.pk]),
        document("organisasi", "PDF LKjIP daerah", "sakip:report-pdf", [whole.pk]),
    ]  # fmt: skip


def _other_pages() -> list[dict[str, Any]]:
    return [
        page("auditor", "jejak audit", "kit:audit"),
        page("auditor", "jejak audit, cari", "kit:audit", query="record=triwulan"),
        page("organisasi", "pemberitahuan", "kit:notifications"),
    ]  # fmt: skip
