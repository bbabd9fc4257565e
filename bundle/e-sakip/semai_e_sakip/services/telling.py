"""Telling people that something waits for them or came back: which step concerns whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from semai_kit.models import Account, Stateful
from semai_kit.notifications import notify
from semai_kit.roles import Place, holders

from ..models import Agreement, Evaluation, Measurement, Recommendation, Report


@dataclass(frozen=True)
class Concern:
    """Whom a step concerns (`permission` at the record's place), what to say, and the record's page."""

    permission: str
    title: str
    url_name: str


CONCERNS: Mapping[tuple[type[Stateful], str], Concern] = {
    (Agreement, "diajukan"): Concern("agreement.approve", "Menunggu persetujuan Anda", "sakip:agreement"),
    (Agreement, "draf"): Concern("agreement.edit", "Dikembalikan atasan", "sakip:agreement"),
    (Agreement, "disetujui"): Concern("agreement.sign", "Siap ditandatangani", "sakip:agreement"),
    (Measurement, "dikirim"): Concern("measurement.verify", "Menunggu verifikasi", "sakip:measurement"),
    (Measurement, "dikembalikan"): Concern("measurement.edit", "Pengukuran dikembalikan", "sakip:measurement"),
    (Evaluation, "dikirim"): Concern("evaluation.assess", "Penilaian mandiri masuk", "sakip:evaluation"),
    (Evaluation, "mandiri"): Concern("evaluation.answer", "Isi penilaian mandiri", "sakip:evaluation"),
    (Evaluation, "selesai"): Concern("evaluation.answer", "Nilai evaluasi ditetapkan", "sakip:evaluation"),
    (Recommendation, "terbuka"): Concern("recommendation.answer", "Tindak lanjuti", "sakip:recommendation"),
    (Recommendation, "diproses"): Concern(
        "recommendation.edit", "Tindak lanjut dilaporkan", "sakip:recommendation"
    ),
    (Report, "direviu"): Concern("report.review", "Menunggu reviu", "sakip:report"),
    (Report, "draf"): Concern("report.edit", "LKjIP dikembalikan", "sakip:report"),
    (Report, "siap"): Concern("report.finish", "Siap dinyatakan final", "sakip:report"),
}


def tell(record: Stateful, by: Account | None, *, reason: str = "", place: Place | None = None) -> None:
    """Tell those whom the record's present state concerns, except `by`, who brought it there."""
    concern = CONCERNS.get((type(record), record.state))
    if concern is None:
        return
    there = holders(concern.permission, place or record.permission_place())
    people = [one for one in there if by is None or one.pk != by.pk]
    notify(people, f"{concern.title}: {record}", reverse(concern.url_name, args=[record.pk]), body=reason)
