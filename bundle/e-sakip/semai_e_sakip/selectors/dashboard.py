"""“Menunggu tindakan saya”: what this account's roles have to do next, counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import Scope, allowed_anywhere, scope_of

from ..models import Agreement, Evaluation, Indicator, Measurement, Recommendation, Report


@dataclass(frozen=True)
class Task:
    count: int
    title: str
    url: str


@dataclass(frozen=True)
class Desk:
    """Records in some states that wait for the holders of one permission; `agency` is the lookup of the OPD."""

    permission: str
    model: type
    states: tuple[str, ...]
    title: str
    url_name: str
    agency: str = "agency"


DESKS = (
    Desk(
        "agreement.edit", Agreement, ("draf",), lazy("Draf Perjanjian Kinerja untuk diajukan"), "sakip:agreements"
    ),
    Desk(
        "agreement.sign",
        Agreement,
        ("disetujui",),
        lazy("Perjanjian Kinerja untuk ditandatangani"),
        "sakip:agreements",
    ),
    Desk(
        "measurement.edit",
        Measurement,
        ("draf", "dikembalikan"),
        lazy("Pengukuran untuk dilengkapi dan dikirim"),
        "sakip:measurements",
        "indicator__agency",
    ),
    Desk(
        "measurement.verify",
        Measurement,
        ("dikirim",),
        lazy("Pengukuran untuk diverifikasi"),
        "sakip:measurements",
        "indicator__agency",
    ),
    Desk("evaluation.answer", Evaluation, ("mandiri",), lazy("Penilaian mandiri untuk diisi"), "sakip:evaluations"),
    Desk(
        "evaluation.assess", Evaluation, ("dikirim", "dinilai"), lazy("Evaluasi untuk dinilai"), "sakip:evaluations"
    ),
    Desk(
        "recommendation.answer",
        Recommendation,
        ("terbuka",),
        lazy("Rekomendasi untuk ditindaklanjuti"),
        "sakip:recommendations",
    ),
    Desk(
        "recommendation.edit",
        Recommendation,
        ("diproses",),
        lazy("Tindak lanjut untuk dinilai"),
        "sakip:recommendations",
    ),
    Desk("report.edit", Report, ("draf",), lazy("Draf LKjIP untuk dilengkapi"), "sakip:reports"),
    Desk("report.review", Report, ("direviu",), lazy("LKjIP untuk direviu"), "sakip:reports"),
    Desk("report.finish", Report, ("siap",), lazy("LKjIP untuk dinyatakan final"), "sakip:reports"),
)


def tasks_of(account: Account, year: FiscalYear) -> list[Task]:
    """Tasks with something in them; at most one query per desk the account serves."""
    return [task for task in _tasks(account, year) if task.count]


def _tasks(account: Account, year: FiscalYear) -> Iterator[Task]:
    for desk in DESKS:
        if allowed_anywhere(account, desk.permission):
            rows = desk.model.objects.filter(fiscal_year=year, state__in=desk.states)
            count = scope_of(account, desk.permission).filter(rows, agency=desk.agency).count()
            yield Task(count, desk.title, reverse(desk.url_name))
    if allowed_anywhere(account, "agreement.approve"):
        yield Task(
            _to_approve(account, year),
            _("Perjanjian Kinerja menunggu persetujuan Anda"),
            reverse("sakip:agreements"),
        )
    if allowed_anywhere(account, "indicator.edit"):
        yield Task(
            _undefined(account, year),
            _("Indikator tanpa rumus, sumber atau penanggung jawab"),
            reverse("sakip:indicators") + "?lengkap=belum",
        )
    if allowed_anywhere(account, "recommendation.answer"):
        yield Task(_overdue(account, year), _("Rekomendasi lewat batas waktu"), reverse("sakip:recommendations"))


def _to_approve(account: Account, year: FiscalYear) -> int:
    """Agreements whose superior works where the account may approve; the region's head works for the region."""
    scope = scope_of(account, "agreement.approve")
    rows = Agreement.objects.filter(fiscal_year=year, state="diajukan")
    return rows.filter(_superior_within(scope)).count()


def _superior_within(scope: Scope) -> Q:
    return scope.q(agency="position__superior__official__agency")


def _undefined(account: Account, year: FiscalYear) -> int:
    rows = Indicator.objects.filter(fiscal_year=year, vanished_at=None)
    rows = rows.filter(Q(formula="") | Q(source="") | Q(responsible=""))
    return scope_of(account, "indicator.edit").filter(rows, agency="node__agency").count()


def _overdue(account: Account, year: FiscalYear) -> int:
    rows = Recommendation.objects.filter(
        fiscal_year=year, state__in=("terbuka", "diproses"), deadline__lt=timezone.localdate()
    )
    return scope_of(account, "recommendation.answer").filter(rows, agency="agency").count()
