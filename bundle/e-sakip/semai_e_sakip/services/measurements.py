"""Action plan, measurements with evidence, and spending per program."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import attachments, workflow
from semai_kit.models import Account, Agency, Attachment, FiscalYear
from semai_kit.money import rupiah
from semai_kit.roles import Place

from .. import reference
from ..achievement import HUNDRED, achievement
from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import ActionStep, BudgetItem, Indicator, Measurement, ProgramSpending
from . import gates
from .telling import tell

EDITABLE = frozenset({"draf", "dikembalikan"})
SENT, VERIFIED = "dikirim", "terverifikasi"
EVIDENCE_LIMIT = 12


@dataclass(frozen=True)
class StepContent:
    quarter: int
    activity: str
    output: str
    responsible: str


@dataclass(frozen=True)
class MeasurementContent:
    realised: Decimal
    analysis: str
    obstacle: str
    remedy: str


@transaction.atomic
def save_step(
    account: Account, indicator: Indicator, content: StepContent, step: ActionStep | None = None
) -> ActionStep:
    """Add a step of the action plan, or change one."""
    gates.require(account, "measurement.edit", indicator.place(), indicator.fiscal_year)
    row = step or ActionStep(fiscal_year=indicator.fiscal_year, indicator=indicator, created_by=account)
    for name in StepContent.__dataclass_fields__:
        setattr(row, name, getattr(content, name))
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_step(account: Account, step: ActionStep) -> None:
    gates.require(account, "measurement.edit", step.indicator.place(), step.fiscal_year)
    step.delete()


@transaction.atomic
def measure(account: Account, indicator: Indicator, quarter: int, content: MeasurementContent) -> Measurement:
    """Enter or correct what a quarter brought; only while the measurement is with the OPD."""
    gates.require(account, "measurement.edit", indicator.place(), indicator.fiscal_year)
    row = Measurement.objects.select_for_update(of=("self",)).filter(indicator=indicator, quarter=quarter).first()
    if row is None:
        row = Measurement(
            fiscal_year=indicator.fiscal_year, indicator=indicator, quarter=quarter, created_by=account
        )
    elif row.state not in EDITABLE:
        raise NotEditable(
            _("Pengukuran ini “{state_title}”, jadi tidak dapat diubah. Minta dikembalikan dahulu.").format(
                state_title=_(row.state_title)
            )
        )
    for name in MeasurementContent.__dataclass_fields__:
        setattr(row, name, getattr(content, name))
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def attach_evidence(account: Account, measurement: Measurement, upload: UploadedFile) -> Attachment:
    gates.require(account, "measurement.edit", measurement.permission_place(), measurement.fiscal_year)
    if measurement.state not in EDITABLE:
        raise NotEditable(_("Bukti hanya dapat ditambah selagi pengukuran ada di OPD."))
    if attachments.of(measurement).count() >= EVIDENCE_LIMIT:
        raise RuleBroken(_("Paling banyak {limit} bukti untuk satu pengukuran.").format(limit=EVIDENCE_LIMIT))
    return attachments.attach(measurement, upload, account)


@transaction.atomic
def move(account: Account, measurement: Measurement, to: str, reason: str = "") -> Measurement:
    """One step of the workflow; sending is refused while evidence or an explanation is missing."""
    if to == SENT:
        problems = problems_of(measurement)
        if problems:
            raise Incomplete(_("Pengukuran"), problems)
    workflow.transition(measurement, to, account, reason)
    tell(measurement, account, reason=reason)
    return measurement


def problems_of(measurement: Measurement) -> list[str]:
    """Everything that keeps a measurement from being sent, as full sentences."""
    problems = []
    if not attachments.of(measurement).exists():
        problems.append(_("Bukti dukung belum ada; unggah paling sedikit satu berkas."))
    indicator = measurement.indicator
    target = indicator.quarter_targets()[measurement.quarter - 1]
    rule = reference.rule_for(measurement.fiscal_year.year)
    reached = achievement(rule, indicator.polarity, target, measurement.realised)
    if reached is not None and reached < HUNDRED and not measurement.analysis.strip():
        problems.append(_("Capaian di bawah target triwulan; tulis analisisnya."))
    return problems


@transaction.atomic
def set_spending(
    account: Account, year: FiscalYear, agency: Agency, program_code: str, quarter: int, spent: Decimal
) -> ProgramSpending:
    """Money spent on a program up to the end of a quarter: never beyond its budget, never falling."""
    gates.require(account, "measurement.edit", Place(agency=agency), year)
    rows = BudgetItem.objects.filter(fiscal_year=year, agency=agency, program_code=program_code)
    budget = sum((row.total for row in rows), Decimal(0))
    if not rows:
        raise RuleBroken(_("Program ini tidak ada dalam anggaran OPD yang diterima dari e-budgeting."))
    if spent > budget:
        raise RuleBroken(
            _("Realisasi {spent} melebihi anggaran program {budget}.").format(
                spent=rupiah(spent), budget=rupiah(budget)
            )
        )
    known = ProgramSpending.objects.select_for_update(of=("self",)).filter(
        fiscal_year=year, agency=agency, program_code=program_code
    )
    _refuse_falling({row.quarter: row.spent for row in known} | {quarter: spent})
    row, _made = ProgramSpending.objects.update_or_create(
        fiscal_year=year,
        agency=agency,
        program_code=program_code,
        quarter=quarter,
        defaults={"spent": spent},
        create_defaults={"spent": spent, "created_by": account},
    )
    return row


def _refuse_falling(by_quarter: dict[int, Decimal]) -> None:
    ordered = sorted(by_quarter.items())
    for (earlier, before), (later, after) in zip(ordered, ordered[1:], strict=False):
        if after < before:
            raise RuleBroken(
                _(
                    "Realisasi dihitung sejak Januari, jadi {later} ({after}) tidak boleh kurang dari "
                    "{earlier} ({before})."
                ).format(
                    later=_(reference.quarter_title(later)),
                    after=rupiah(after),
                    earlier=_(reference.quarter_title(earlier)),
                    before=rupiah(before),
                )
            )
