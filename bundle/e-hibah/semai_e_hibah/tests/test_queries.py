"""Lists, the desk's piles and public pages ask the database as often for thirty rows as for three."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from semai_kit.money import rupiah
from semai_kit.paging import ROWS
from semai_kit.testing.queries import BoundedQueries

from ..models import Application, AwardList, EarlierAward
from ..views.awards import PER_PAGE
from ..views.public import RECIPIENTS
from .cases import MILLION, GrantsCase

WAITING = ("diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui")


def again(row: Any, **changes: Any) -> Any:
    """A second row like this one."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return type(row).objects.create(**(values | changes))


class Queries(BoundedQueries, GrantsCase):
    """One application walks the whole way; each number is one more like it, and one at every desk before."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.paid = self.at("dicairkan")
        for number in range(start, end):
            self._paid(number)
            for state in WAITING:
                waiting = {"award_list_id": None, "approved": None, "state": state, "form_nonce": None}
                copy = again(self.paid, number=f"{number}/{state}", **waiting)
                again(self.paid.applicant, application_id=copy.pk, identity=f"{number}/{state}")
            AwardList.objects.create(fiscal_year=self.year, title=f"Daftar {number}")
            EarlierAward.objects.create(
                year=2025, kind_id="hibah-kelompok", form_id="kelompok", name="Kelompok", identity=str(number),
                title="Kegiatan", amount=MILLION, reported=True,
            )  # fmt: skip

    def _paid(self, number: int) -> None:
        copy = again(self.paid, number=f"{number}/cair", form_nonce=None)
        again(self.paid.applicant, application_id=copy.pk, identity=f"{number}/cair")
        agreement = again(self.paid.agreement, application_id=copy.pk, number=f"{number}/NPHD")
        payment = again(self.paid.agreement.disbursements.get(), agreement_id=agreement.pk)
        overdue = timezone.localdate() - datetime.timedelta(days=9)
        again(self.paid.agreement.disbursements.get().report, disbursement_id=payment.pk, due_on=overdue)

    def pages(self) -> Mapping[str, Sequence[str]]:
        found = Application.objects.get(pk=self.paid.pk)
        lists = {
            "tata_usaha": ["home", "applications"],
            "tapd": ["home", "applications", "award-lists", "budget"],
            "opd": ["home", "applications", "reports"],
            "bpkad": ["home"],
            "": ["recipients", "owing"],
        }
        addresses = {who: [reverse(f"grants:{name}") for name in names] for who, names in lists.items()}
        addresses["tapd"] += [
            reverse("grants:award-list", args=[found.award_list_id]),
            AwardList.objects.get(title="Daftar 0").get_absolute_url(),
            f"{reverse('grants:applications')}?cari=jemur&sort=-amount",
        ]
        addresses["tata_usaha"].append(reverse("grants:earlier"))
        addresses[""].append("/api/public/recipients?year=2027")
        return addresses


class LongTables(GrantsCase):
    """What no page holds at once comes in parts, with sums over the whole."""

    def copies(self, application: Application, count: int, **changes: Any) -> None:
        applicant = application.applicant
        for number in range(count):
            copy = again(application, number=f"{number}/lagi", form_nonce=None, **changes)
            again(applicant, application_id=copy.pk, identity=str(number))

    def body(self, address: str, who: str = "") -> str:
        client = self.as_(who) if who else self.client
        return client.get(address).content.decode()

    def test_a_list_of_recipients(self) -> None:
        signed = self.at("ditetapkan")
        self.copies(signed, PER_PAGE)
        address = signed.award_list.get_absolute_url()
        first, second = self.body(address, "tapd"), self.body(f"{address}?page=2", "tapd")
        assert (first.count("Rumah jemur padi</a>"), second.count("Rumah jemur padi</a>")) == (PER_PAGE, 1)
        whole = rupiah((PER_PAGE + 1) * signed.approved)
        assert whole in first
        assert whole in second
        assert f"{PER_PAGE + 1} penerima · {whole}" in self.body(reverse("grants:award-lists"), "tapd")

    def test_what_waits_for_a_list_and_going_back_to_its_part(self) -> None:
        approved = self.at("disetujui")
        draft = AwardList.objects.create(fiscal_year=self.year, title="Daftar")
        self.copies(approved, PER_PAGE)
        address = f"{draft.get_absolute_url()}?belum-masuk=2"
        assert self.body(address, "tapd").count('aria-label="Masukkan ') == 1
        adding = reverse("grants:add-to-award-list", args=[draft.pk, approved.pk])
        assert f'action="{adding}?belum-masuk=2"' in self.body(address, "tapd")
        self.assertRedirects(self.client.post(f"{adding}?belum-masuk=2"), address)

    def test_who_owes_a_report(self) -> None:
        paid = self.at("dicairkan")
        payment = paid.agreement.disbursements.get()
        overdue = timezone.localdate() - datetime.timedelta(days=9)
        again_on = {"due_on": overdue, "state": "ditunggu"}
        for number in range(RECIPIENTS + 1):
            row = again(payment, stage=number + 2)
            again(payment.report, disbursement_id=row.pk, **again_on)
        address = reverse("grants:owing")
        assert self.body(address).count("9 hari") == RECIPIENTS
        assert f"{RECIPIENTS + 1} laporan lewat tenggat." in self.body(address)
        assert self.body(f"{address}?page=2").count("9 hari") == 1

    def test_grant_lines(self) -> None:
        line = self.line()
        for _ in range(ROWS):
            again(line)
        address = reverse("grants:budget")
        first, second = self.body(address, "tapd"), self.body(f"{address}?page=2", "tapd")
        assert second.count('data-label="Rekening"') == 1
        assert rupiah((ROWS + 1) * line.ceiling) in first
