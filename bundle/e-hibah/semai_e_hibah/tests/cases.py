"""What the tests start from: personas of every desk, an open window, grant lines, and quick ways to a state."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit import append_only
from semai_kit.models import Agency, FiscalYear, Village
from semai_kit.testing import KitTestCase, KitThreadsTestCase

from ..models import (
    HISTORY_TABLES,
    Agreement,
    Application,
    AwardList,
    Disbursement,
    FilingWindow,
    GrantLine,
    Report,
)
from ..services import agreements, awards, budget, filing, reports, review

MILLION = Decimal(1_000_000)
PDF = b"%PDF-1.4\n" + b"berkas uji " * 10
JPEG = b"\xff\xd8\xff\xe0" + b"foto uji " * 10
ROAD = (
    "draf", "diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui",
    "ditetapkan", "nphd", "dicairkan", "selesai",
)  # fmt: skip
_serials = itertools.count(1)


def fresh_nik() -> str:
    """A well-formed NIK nobody else in this run has."""
    return f"531001650285{next(_serials):04d}"


def pdf(name: str = "berkas.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def photo(name: str = "foto.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, JPEG, "image/jpeg")


class Grants:
    """Mixed into a kit test case."""

    @classmethod
    def make_personas(cls) -> None:
        cls.persona("opd", "opd", agency=Agency.objects.get(code="1.01"))
        cls.persona("opd-lain", "opd", agency=Agency.objects.get(code="1.02"))
        for role in (
            "tata_usaha", "kepala_daerah", "tim_pertimbangan", "tapd", "bpkad", "inspektorat", "auditor",
            "administrator",
        ):  # fmt: skip
            cls.persona(role, role)
        open_window()

    @property
    def year(self) -> FiscalYear:
        return FiscalYear.objects.get(year=2027)

    @property
    def agency(self) -> Agency:
        return Agency.objects.get(code="1.01")

    def applicant(self, kind: str = "hibah-kelompok", **changes: Any) -> filing.ApplicantContent:
        forms = {"hibah-lembaga": "yayasan", "hibah-kelompok": "kelompok", "bansos-individu": "perorangan"}
        number = next(_serials)
        values: dict[str, Any] = {
            "form_id": forms[kind],
            "name": f"Kelompok Tani Mekar {number}",
            "person_name": "Theresia Contoh Larut",
            "nik": fresh_nik(),
            "npwp": "01.234.567.8-901.000" if kind == "hibah-lembaga" else "",
            "deed_number": f"AHU-{number:04d}.AH.01.04",
            "registered_on": datetime.date(2019, 3, 4),
            "address": "Jalan Rahasia Nomor 77",
            "phone": "0812-3456-7890",
            "email": "pemohon.rahasia@example.org",
            "bank_name": "Bank NTT",
            "bank_account": "0271 8281 8284",
            "bank_holder": "Theresia Contoh Larut",
        }
        return filing.ApplicantContent(**(values | changes))

    def content(self, kind: str = "hibah-kelompok", **changes: Any) -> filing.FilingContent:
        values: dict[str, Any] = {
            "kind_id": kind,
            "title": "Rumah jemur padi",
            "purpose": "Membangun lantai jemur bagi anggota kelompok.",
            "village": Village.objects.select_related("district").get(code="99.01.01.2001"),
            "asked": 40 * MILLION if kind != "bansos-individu" else 5 * MILLION,
            "applicant": self.applicant(kind),
        }
        return filing.FilingContent(**(values | changes))

    def draft(self, kind: str = "hibah-kelompok", **changes: Any) -> Application:
        return filing.file(self.content(kind, **changes)).application

    def with_documents(self, application: Application) -> Application:
        for kind_id in application.kind.documents:
            filing.add_document(application, kind_id, pdf())
        return application

    def line(self, ceiling: Decimal = 500 * MILLION, account: str = "5.1.05.05.02.0001") -> GrantLine:
        known = GrantLine.objects.filter(account_code=account, fiscal_year=self.year).first()
        content = budget.LineContent(self.agency, account, "Belanja Hibah Uang", "Hibah kelompok", ceiling)
        return known or budget.save_line(self.account("tapd"), self.year, content)

    def at(self, state: str, kind: str = "hibah-kelompok", **changes: Any) -> Application:
        """An application walked to `state` by the right personas."""
        application = self.draft(kind, **changes)
        for target in ROAD[1 : ROAD.index(state) + 1]:
            application = self.forward(application, target)
        return Application.objects.get(pk=application.pk)

    def forward(self, application: Application, target: str) -> Application:
        """One step along the road."""
        steps = {
            "diajukan": lambda: filing.submit(self.with_documents(application)),
            "kepala_daerah": lambda: review.move(self.account("tata_usaha"), application, target),
            "klasifikasi": lambda: review.move(self.account("kepala_daerah"), application, target),
            "rekomendasi": lambda: review.classify(self.account("tim_pertimbangan"), application, self.agency),
            "verifikasi": lambda: review.recommend(
                self.account("opd"), application, application.asked * 3 / 4, "Layak dibantu."
            ),
            "tapd": lambda: review.move(self.account("tim_pertimbangan"), application, target),
            "disetujui": lambda: review.decide(
                self.account("tapd"),
                application,
                application.asked / 2,
                self.line(account=self._account(application)),
            ),
            "ditetapkan": lambda: self.sign(),
            "nphd": lambda: self.agree(application),
            "dicairkan": lambda: self.pay(application),
            "selesai": lambda: [
                self.report(d) for d in Disbursement.objects.filter(agreement__application=application)
            ],
        }
        steps[target]()
        return Application.objects.get(pk=application.pk)

    def _account(self, application: Application) -> str:
        return {"5.1.05": "5.1.05.05.02.0001", "5.1.06": "5.1.06.01.01.0001"}[application.kind.account]

    def sign(self) -> AwardList:
        made = awards.create(self.account("tapd"), self.year, "Daftar penerima")
        awards.move(self.account("tapd"), made, "diajukan")
        return awards.move(self.account("kepala_daerah"), made, "ditandatangani")

    def agree(self, application: Application) -> Agreement:
        content = agreements.AgreementContent(timezone.localdate(), "Yosef Contoh", "Kepala Dinas", "")
        return agreements.record(self.account("opd"), application, content)

    def pay(self, application: Application, amount: Decimal | None = None) -> Disbursement:
        following = agreements.next_stage(Agreement.objects.get(application=application))
        assert following is not None
        payment = agreements.Payment(amount or following.ceiling, "SP2D-01", timezone.localdate())
        return agreements.pay(self.account("bpkad"), application, payment)

    def hand_in(self, disbursement: Disbursement) -> Report:
        report = disbursement.report
        content = reports.ReportContent(disbursement.amount - 1, Decimal(1), "Lantai jemur selesai dibangun.")
        reports.write(report, content)
        reports.add_file(report, photo())
        reports.add_file(report, pdf())
        return reports.submit(report)

    def report(self, disbursement: Disbursement) -> Report:
        return reports.check(self.account("opd"), self.hand_in(disbursement), "diterima")


def open_window(year: int = 2027) -> None:
    today = timezone.localdate()
    window = FilingWindow.objects.get(fiscal_year__year=year)
    window.opens_on = today - datetime.timedelta(days=1)
    window.closes_on = today + datetime.timedelta(days=1)
    window.save()


def close_window(year: int = 2027) -> None:
    day = timezone.localdate() - datetime.timedelta(days=365)
    window = FilingWindow.objects.get(fiscal_year__year=year)
    window.opens_on = window.closes_on = day
    window.save()


class GrantsCase(Grants, KitTestCase):
    """A rolled-back case."""


class GrantsPropertyCase(HypothesisCase, GrantsCase):
    """A case whose every example is rolled back."""


class GrantsThreadsCase(Grants, KitThreadsTestCase):
    """A case that commits, for threads."""

    def _fixture_teardown(self) -> None:
        append_only.remove(connection, HISTORY_TABLES)
        try:
            super()._fixture_teardown()
        finally:
            append_only.install(connection, HISTORY_TABLES)
