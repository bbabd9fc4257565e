"""e-hibah: a year that has ended and one on every desk. Applications are written in bulk; signing, agreements,
payments and reports of the running year are the app's own services."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from semai_e_hibah.models import Application, AwardList, Document, EarlierAward, FilingWindow, Report
from semai_e_hibah.services import agreements, awards, budget, reminders, reports, telling, windows
from semai_kit import attachments, audit, years
from semai_kit.models import Agency, FiscalYear, Village

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling import awards as ended
from tests.bench.kabupaten.filling.applications import ACCOUNTS, MILLION, Desks, Filing
from tests.bench.kabupaten.filling.people import document, page, person
from tests.bench.kabupaten.filling.published import Published

# In hundredths: a year that has ended, with grants whose report is still owed, and one with work on every desk.
ENDED = {"selesai": 44, "dicairkan": 13, "nphd": 1, "batal": 2, "ditolak": 30, "ditarik": 10}
RUNNING = {
    "draf": 3, "diajukan": 8, "kurang": 3, "kepala_daerah": 6, "klasifikasi": 6, "rekomendasi": 10, "verifikasi": 7,
    "tapd": 6, "ditolak": 8, "ditarik": 3,
}  # fmt: skip
# The other forty hundredths of the running year were approved: most are on a signed list, some on a draft or none.
SIGNED, DRAFTED, UNLISTED = 800, 250, 150
AGREED, PAID, REPORTED, ACCEPTED = 600, 500, 250, 200  # of those signed
EVERY_WITH_FILES = 20  # one application in so many has its documents
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def fill() -> list[dict[str, Any]]:
    """Fill, and return the pages to measure."""
    year = FiscalYear.objects.get(year=size.YEAR)
    before = years.open_year(size.YEAR - 1, None)
    desks = _people()
    villages = list(Village.objects.select_related("district").order_by("code"))
    counter = desks.by_role["tata_usaha"]
    for one in (before, year):
        budget.bring(one, Published(_grant_lines(one)))
    with audit.acting(counter):
        today = timezone.localdate()
        windows.change(counter, year, today - datetime.timedelta(days=60), today + datetime.timedelta(days=30))
        _earlier()
        past = Filing(before, desks, villages)
        ended.follow(past, past.enter(_spread(ENDED, size.APPLICATIONS)))
        running = Filing(year, desks, villages)
        waiting = running.enter(_spread(RUNNING, size.APPLICATIONS * sum(RUNNING.values()) // 100))
        _papers(waiting, desks)
    lists = _approved(running)
    _follow(running, lists[0])
    for application in waiting[::2]:
        telling.arrived(application)
    reminders.run_once_a_day()
    return _pages(before, lists)


def _people() -> Desks:
    roles = ("tata_usaha", "kepala_daerah", "tim_pertimbangan", "tapd", "bpkad", "inspektorat", "auditor")
    granting = Agency.objects.order_by("code")[: size.GRANTING_AGENCIES]
    evaluators = {
        agency.pk: person(f"opd-{place:02d}", "opd", agency=agency) for place, agency in enumerate(granting)
    }
    return Desks({role: person(role, role) for role in roles}, evaluators)


def _grant_lines(year: FiscalYear) -> dict[str, Any]:
    """What e-budgeting publishes: room for all that is asked."""
    agencies = list(Agency.objects.order_by("code")[: size.GRANTING_AGENCIES])
    accounts = list(ACCOUNTS.values())
    items = [
        {
            "id": f"{year.year}-{number}",
            "agency_code": agencies[number % len(agencies)].code,
            "account_code": accounts[number // len(agencies) % len(accounts)],
            "account_name": "Belanja Hibah Uang kepada Badan dan Lembaga",
            "description": f"Hibah kelompok {number}",
            "ceiling": "90000000000.00",
        }
        for number in range(size.GRANT_LINES)
    ]
    return {"year": year.year, "items": items}


def _earlier() -> None:
    audit.bulk_create(
        [
            EarlierAward(
                year=size.YEAR - 2 - number % 4,
                kind_id="hibah-kelompok",
                form_id="kelompok",
                name=f"Kelompok Lama {number}",
                identity=f"deed:lama-{number}",
                title=f"Bibit ternak {number}",
                amount=20 * MILLION,
                reported=number % 9 > 0,
            )
            for number in range(size.EARLIER_AWARDS)
        ]
    )


def _spread(states: dict[str, int], count: int) -> list[str]:
    """Return so many states, in the shares given."""
    whole = sum(states.values())
    return [state for state, share in states.items() for _ in range(count * share // whole)]


def _papers(rows: Sequence[Application], desks: Desks) -> None:
    """The documents of some applications."""
    for row in rows[::EVERY_WITH_FILES]:
        kept = [
            (kind, attachments.attach(row, _paper(f"{kind}.pdf"), desks.by_role["tata_usaha"]))
            for kind in row.kind.documents
        ]
        audit.bulk_create([Document(application=row, kind_id=kind, attachment=made) for kind, made in kept])


def _paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def _approved(filing: Filing) -> list[AwardList]:
    """A signed list, a draft, and what is on no list yet."""
    team, head = filing.desks.by_role["tapd"], filing.desks.by_role["kepala_daerah"]
    lists = []
    for number, count in enumerate((SIGNED, DRAFTED), start=1):
        filing.enter(["disetujui"] * count)
        with audit.acting(team):
            lists.append(awards.create(team, filing.year, f"Daftar penerima tahap {number} tahun {filing.year}"))
    with audit.acting(team):
        awards.move(team, lists[0], "diajukan")
    with audit.acting(head):
        awards.move(head, lists[0], "ditandatangani")
    filing.enter(["disetujui"] * UNLISTED)
    return lists


def _follow(filing: Filing, signed: AwardList) -> None:
    """Agreements, payments and reports of the signed list, each by who may."""
    today, desks = timezone.localdate(), filing.desks
    content = agreements.AgreementContent(today, "Kepala Dinas Uji", "Kepala Dinas", "")
    listed = signed.applications.select_related("agency", "fiscal_year").order_by("pk")
    for number, application in enumerate(listed[:AGREED]):
        evaluator = desks.of("opd", application.agency)
        with audit.acting(evaluator):
            made = agreements.record(evaluator, application, content)
        if number < PAID:
            following = agreements.next_stage(made)
            assert following is not None
            payment = agreements.Payment(following.ceiling, f"{made.pk:05d}/SP2D/{filing.year}", today)
            with audit.acting(desks.by_role["bpkad"]):
                paid = agreements.pay(desks.by_role["bpkad"], application, payment)
            if number < REPORTED:
                _report(filing, paid.report, accepted=number < ACCEPTED)


def _report(filing: Filing, report: Report, *, accepted: bool) -> None:
    counter = filing.desks.by_role["tata_usaha"]
    agency = report.disbursement.agreement.application.agency
    with audit.acting(counter):
        text = "Pekerjaan selesai sesuai rencana dan sudah dipakai warga. " * 5
        reports.write(report, reports.ReportContent(report.disbursement.amount, Decimal(0), text), counter)
        reports.add_file(report, SimpleUploadedFile("foto.png", PICTURE), counter)
        reports.add_file(report, _paper("kuitansi.pdf"), counter)
        reports.submit(report, counter)
    if accepted:
        evaluator = filing.desks.of("opd", agency)
        with audit.acting(evaluator):
            reports.check(evaluator, report, "diterima")


def _pages(before: FiscalYear, lists: list[AwardList]) -> list[dict[str, Any]]:
    return [
        *_public_pages(before),
        *_counter_pages(),
        *_desk_pages(),
        *_award_pages(before, lists),
        *_other_pages(),
    ]


def _one(state: str, **narrowed: Any) -> Application:
    """The first application of the running year in a state, one of the largest OPD where there is any."""
    rows = Application.objects.filter(state=state, fiscal_year__year=size.YEAR, **narrowed).order_by("pk")
    found = rows.filter(agency__code=size.agency_code(0)).first() or rows.first()
    assert found is not None, state
    return found


def _public_pages(before: FiscalYear) -> list[dict[str, Any]]:
    past = f"tahun={before.year}"
    ended_one = Application.objects.filter(state="selesai", fiscal_year=before).order_by("pk").first()
    assert ended_one is not None
    return [
        page("", "masyarakat: beranda", "grants:home"),
        page("", "masyarakat: pilih jenis", "grants:choose-kind"),
        page("", "masyarakat: isian permohonan", "grants:file", ["hibah-lembaga"]),
        page("", "masyarakat: cek status", "grants:status", query=f"nomor={ended_one.number}"),
        page("", "masyarakat: penerima", "grants:recipients"),
        page("", "masyarakat: penerima setahun, halaman terakhir", "grants:recipients", query=f"{past}&page=34"),
        page("", "masyarakat: penerima, cari", "grants:recipients", query="cari=bibit"),
        page("", "masyarakat: belum lapor", "grants:owing"),
        page("", "masyarakat: data terbuka", "api-1.0:recipients", query=f"year={before.year}"),
        document("", "XLSX penerima setahun", "grants:recipients", query=f"{past}&export=xlsx"),
    ]  # fmt: skip


def _counter_pages() -> list[dict[str, Any]]:
    """Tata usaha, who may also open what an applicant opens by a code."""
    draft, returned = _one("draf"), _one("kurang")
    filed = _one("diajukan", documents__isnull=False)
    report = Report.objects.filter(state="ditunggu").order_by("-pk").first()
    earlier = EarlierAward.objects.order_by("pk").first()
    window = FilingWindow.objects.get(fiscal_year__year=size.YEAR)
    assert report is not None
    assert earlier is not None
    own = [report.disbursement.agreement.application.number, report.pk]
    who = "tata_usaha"
    return [
        page(who, "beranda tata usaha", "grants:home"),
        page(who, "permohonan, halaman pertama", "grants:applications"),
        page(who, "permohonan, halaman terakhir", "grants:applications", query="page=60"),
        page(who, "permohonan menurut nilai", "grants:applications", query="sort=-amount"),
        page(who, "permohonan menurut pemohon", "grants:applications", query="sort=applicant"),
        page(who, "permohonan, cari kata", "grants:applications", query="cari=bibit"),
        page(who, "permohonan satu status", "grants:applications", query="state=disetujui"),
        document(who, "XLSX permohonan", "grants:applications", query="export=xlsx"),
        page(who, "satu permohonan, tata usaha", "grants:application", [filed.pk]),
        page(who, "isian di loket", "grants:file", ["hibah-lembaga"]),
        page(who, "permohonan pemohon", "grants:mine", [filed.number]),
        page(who, "permohonan pemohon: ubah isian", "grants:change-mine", [draft.number]),
        page(who, "permohonan pemohon: unggah", "grants:upload", [draft.number, "ktp"]),
        page(who, "permohonan pemohon: kirim", "grants:submit-mine", [returned.number]),
        page(who, "permohonan pemohon: tarik", "grants:withdraw-mine", [draft.number]),
        page(who, "permohonan pemohon: isi laporan", "grants:report-mine", own),
        page(who, "permohonan pemohon: berkas laporan", "grants:report-file", own),
        page(who, "permohonan pemohon: serahkan laporan", "grants:submit-report", own),
        page(who, "buka data pribadi", "grants:reveal", [filed.pk]),
        page(who, "ganti kode rahasia", "grants:renew-code", [filed.pk]),
        page(who, "penerima terdahulu", "grants:earlier"),
        page(who, "penerima terdahulu, halaman terakhir", "grants:earlier", query="page=80"),
        page(who, "penerima terdahulu, cari", "grants:earlier", query="cari=lama+77"),
        page(who, "hapus penerima terdahulu", "grants:remove-earlier", [earlier.pk]),
        page(who, "impor penerima terdahulu", "grants:import-earlier"),
        page(who, "masa pengajuan", "grants:windows"),
        page(who, "ubah masa pengajuan", "grants:change-window", [window.pk]),
    ]  # fmt: skip


def _desk_pages() -> list[dict[str, Any]]:
    """The steps of head of region, Tim Pertimbangan, OPD and TAPD."""
    again = _one("klasifikasi", kind_id="hibah-kelompok")
    handed_in = Report.objects.filter(
        state="diserahkan", disbursement__agreement__application__agency__code=size.agency_code(0)
    ).first()
    assert handed_in is not None
    head, team = "kepala_daerah", "tim_pertimbangan"
    return [
        page(head, "beranda kepala daerah", "grants:home"),
        page(head, "disposisi", "grants:applications", query="state=kepala_daerah"),
        page(head, "satu permohonan, kepala daerah", "grants:application", [_one("kepala_daerah").pk]),
        page(team, "beranda Tim Pertimbangan", "grants:home"),
        page(team, "satu permohonan, Tim Pertimbangan", "grants:application", [_one("verifikasi").pk]),
        page(team, "tentukan OPD", "grants:classify", [again.pk]),
        page(team, "kecualikan aturan", "grants:waive", [again.pk, "tidak-berturut"]),
        page("opd-00", "beranda OPD terbesar", "grants:home"),
        page("opd-00", "permohonan OPD terbesar", "grants:applications"),
        page("opd-00", "rekomendasikan nilai", "grants:recommend", [_one("rekomendasi").pk]),
        page("opd-00", "catat perjanjian", "grants:record-agreement", [_one("ditetapkan").pk]),
        page("opd-00", "satu permohonan yang dicairkan", "grants:application", [_one("dicairkan").pk]),
        page("opd-00", "tutup permohonan", "grants:close", [_one("dicairkan").pk]),
        page("opd-00", "laporan OPD terbesar", "grants:reports"),
        page("opd-00", "satu laporan", "grants:report", [handed_in.pk]),
        document("opd-00", "PDF perjanjian", "grants:agreement", [_one("dicairkan").pk]),
        page("tapd", "beranda TAPD", "grants:home"),
        page("tapd", "setujui nilai", "grants:decide", [_one("tapd").pk]),
        page("bpkad", "catat pencairan", "grants:pay", [_one("nphd").pk]),
    ]  # fmt: skip


def _award_pages(before: FiscalYear, lists: list[AwardList]) -> list[dict[str, Any]]:
    signed, draft = lists
    return [
        page("tapd", "daftar penerima", "grants:award-lists"),
        page("tapd", "susun daftar penerima", "grants:create-award-list"),
        page("tapd", "daftar yang disusun, dan yang belum masuk", "grants:award-list", [draft.pk]),
        page("kepala_daerah", "daftar yang ditandatangani", "grants:award-list", [signed.pk]),
        document("tapd", f"PDF daftar penerima, {SIGNED} baris", "grants:award-list-document", [signed.pk]),
        page("tapd", "pagu", "grants:budget"),
        page("opd-00", "pagu, OPD", "grants:budget"),
    ]  # fmt: skip


def _other_pages() -> list[dict[str, Any]]:
    return [
        page("inspektorat", "laporan", "grants:reports"),
        page("inspektorat", "laporan yang diserahkan", "grants:reports", query="state=diserahkan"),
        page("inspektorat", "laporan, cari", "grants:reports", query="cari=bibit"),
        page("inspektorat", "laporan menurut penerima", "grants:reports", query="sort=recipient"),
        page("auditor", "jejak audit", "kit:audit"),
        page("auditor", "jejak audit, cari", "kit:audit", query="record=bibit"),
        page("tata_usaha", "pemberitahuan", "kit:notifications"),
    ]  # fmt: skip
