"""Personal data: masked on every page of every role, opened with a trace, never in the audit trail."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from auditlog.models import LogEntry
from django.db.models import Max
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from semai_kit import audit
from semai_kit.models import Attachment
from semai_kit.roles import Denied

from ..models import Application, AwardList, Report
from ..services import filing, personal
from .cases import GrantsCase, GrantsPropertyCase, fresh_nik, pdf

PUBLIC = ("/", "/ajukan/", "/status/", "/penerima/", "/belum-lapor/", "/api/public/recipients?year=2027")
ROLES = (
    "tata_usaha", "kepala_daerah", "tim_pertimbangan", "opd", "tapd", "bpkad", "inspektorat", "auditor",
    "administrator",
)  # fmt: skip
LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=9, max_size=12)
DIGITS = st.text(alphabet="0123456789", min_size=9, max_size=9)


def pages_of(application: Application) -> list[str]:
    """Every page that shows one application or its company, by GET."""
    found = [
        "/permohonan/",
        "/permohonan/?export=xlsx",
        reverse("grants:application", args=[application.pk]),
        reverse("grants:reveal", args=[application.pk]),
        reverse("grants:mine", args=[application.number]),
        "/daftar-penerima/",
        "/laporan/",
        "/pagu/",
    ]
    found += [award_list.get_absolute_url() for award_list in AwardList.objects.all()]
    found += [report.get_absolute_url() for report in Report.objects.all()]
    return found


def audit_pages() -> list[str]:
    """The newest rows of each kind of record, which the auditor may read."""
    newest = LogEntry.objects.order_by().values("content_type", "action").annotate(newest=Max("pk"))
    return ["/audit/", *(f"/audit/{row['newest']}/" for row in newest)]


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    if answer.headers.get("Content-Type", "").endswith("sheet"):
        book = load_workbook(io.BytesIO(answer.content))
        return "\n".join(str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
    return answer.content.decode()


class MaskingTest(GrantsPropertyCase):
    @settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(LETTERS, DIGITS, st.sampled_from(["ditetapkan", "dicairkan"]), st.booleans())
    def test_no_identifier_shows_on_any_page(self, word: str, digits: str, state: str, is_person: bool) -> None:
        kind = "bansos-individu" if is_person else "hibah-kelompok"
        secrets = {
            "nik": fresh_nik(),
            "address": f"Lorong {word} Tujuh",
            "email": f"{word}@example.org",
            "bank_account": f"88{digits}1",
            "bank_holder": f"Pemilik {word.title()}",
            "person_name": f"Ibu {word.title()}",
            "phone": f"0812{digits[:7]}1",
        }
        application = self.at(state, kind, applicant=self.applicant(kind, **secrets))
        stored = application.applicant
        if state == "dicairkan":
            report = Report.objects.get()
            report.due_on = "2020-01-01"
            report.save()
        hidden = [stored.nik, stored.bank_account, stored.phone, stored.email, stored.address, stored.bank_holder]
        hidden += [stored.phone.replace("+62", "0")]
        names = [stored.person_name] if is_person else []

        status = f"/status/?nomor={application.number}"
        for address in (*PUBLIC, status, "/penerima/?export=xlsx", f"/penerima/?cari={word}"):
            said = text_of(Client(), address).replace(f'value="{word}"', "")
            assert [secret for secret in hidden + names if secret in said] == [], address
        for name in ROLES:
            self.as_(name)
            for address in pages_of(application) + (audit_pages() if name == "auditor" else []):
                said = text_of(self.client, address)
                assert [secret for secret in hidden if secret in said] == [], (name, address)


class RevealTest(GrantsCase):
    def test_opening_shows_everything_once_and_leaves_a_row(self) -> None:
        application = self.at("rekomendasi")
        self.as_("opd")
        page = reverse("grants:reveal", args=[application.pk])
        assert application.applicant.nik not in self.client.get(page).content.decode()
        said = self.client.post(page, {"purpose": "Survei lokasi"}).content.decode()
        assert application.applicant.nik in said
        assert application.applicant.address in said
        entry = audit.entries(application).filter(additional_data__event="membuka data pribadi").get()
        assert (entry.additional_data["actor"], entry.additional_data["detail"]) == ("opd", "Survei lokasi")

    def test_without_a_purpose_or_permission_nothing_opens(self) -> None:
        application = self.at("rekomendasi")
        self.as_("opd")
        answer = self.client.post(reverse("grants:reveal", args=[application.pk]), {"purpose": ""})
        assert answer.status_code == 422
        assert application.applicant.nik not in answer.content.decode()
        for name in ("auditor", "kepala_daerah", "tapd", "opd-lain"):
            with self.subTest(name=name), pytest.raises(Denied):
                personal.reveal(self.account(name), application, "Ingin tahu")

    def test_the_trail_says_that_personal_fields_changed_and_not_to_what(self) -> None:
        application = self.draft()
        content = self.content(applicant=replace(self.applicant(), address="Jalan Baru 9"))
        filing.change(application, content)
        rows = LogEntry.objects.filter(content_type__model="applicant")
        assert rows.count() == 2
        written = "".join(str(row.changes) + row.object_repr for row in rows)
        for secret in ("Jalan Baru 9", "Jalan Rahasia", application.applicant.nik, "Theresia", "027182818284"):
            assert secret not in written
        assert "address" in written

    def test_documents_open_only_with_the_permission_and_are_noted(self) -> None:
        application = self.at("rekomendasi")
        attachment = application.documents.first().attachment
        address = reverse("kit:attachment", args=[attachment.pk])
        for name, expected in (
            ("opd", 200),
            ("tata_usaha", 200),
            ("auditor", 403),
            ("opd-lain", 403),
            ("tapd", 403),
        ):
            with self.subTest(name=name):
                self.as_(name)
                assert self.client.get(address).status_code == expected
        assert self.client.get(address).status_code == 403
        self.client.logout()
        assert self.client.get(address).status_code == 302
        kept = audit.entries(attachment).filter(additional_data__event="membuka lampiran")
        assert sorted(entry.additional_data["actor"] for entry in kept) == ["opd", "tata_usaha"]

    def test_the_name_an_uploader_gave_is_not_kept(self) -> None:
        application = self.draft()
        filing.add_document(application, "ktp", pdf("KTP 5310016502850001 Maria.pdf"))
        assert Attachment.objects.get().name == "ktp.pdf"

    def test_printing_the_agreement_is_noted_and_needs_the_permission(self) -> None:
        application = self.at("nphd")
        address = reverse("grants:agreement", args=[application.pk])
        self.as_("auditor")
        assert self.client.get(address).status_code == 403
        self.as_("opd")
        answer = self.client.get(address)
        assert answer.content.startswith(b"%PDF")
        assert audit.entries(application).filter(additional_data__detail="mencetak perjanjian").count() == 1
