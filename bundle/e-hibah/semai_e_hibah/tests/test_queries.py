"""Lists, the desk's piles and public pages ask the database as often for thirty rows as for three."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from semai_kit.testing.queries import BoundedQueries

from ..models import Application, AwardList, EarlierAward
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
            f"{reverse('grants:applications')}?cari=jemur&sort=-amount",
        ]
        addresses["tata_usaha"].append(reverse("grants:earlier"))
        addresses[""].append("/api/public/recipients?year=2027")
        return addresses
