"""LKjIP: opening it, replacing texts, and freezing the whole document when it leaves the OPD."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import workflow
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import Place

from .. import reference
from ..errors import NotEditable, RuleBroken
from ..models import Report, ReportText
from ..selectors.documents import compose
from . import gates
from .telling import tell

DRAFT, REVIEWED = "draf", "direviu"


@transaction.atomic
def open_report(account: Account, agency: Agency | None, year: FiscalYear) -> Report:
    """The draft of an OPD's LKjIP, or of the region's when `agency` is None."""
    gates.require(account, "report.edit", Place(agency=agency), year, gates.REPORTING)
    if Report.objects.filter(agency=agency, fiscal_year=year).exists():
        raise RuleBroken(
            _("LKjIP {entity} tahun {year} sudah dibuat.").format(entity=agency or _("daerah"), year=year.year)
        )
    outline = reference.in_force(reference.outlines(), year.year)
    return Report.objects.create(fiscal_year=year, agency=agency, outline_id=outline.id, created_by=account)


@transaction.atomic
def save_text(account: Account, report: Report, section: str, text: str) -> Report:
    """Replace a section's text; an empty one brings back the text made from the data."""
    gates.require(account, "report.edit", report.permission_place(), report.fiscal_year, gates.REPORTING)
    locked = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if locked.state != DRAFT:
        raise NotEditable(
            _("LKjIP ini “{state_title}”, jadi naskahnya tidak dapat diubah.").format(
                state_title=_(locked.state_title)
            )
        )
    if section not in {one.id for one in locked.outline.sections}:
        raise RuleBroken(_("Bagian ini tidak ada dalam susunan LKjIP."))
    if not text.strip():
        ReportText.objects.filter(report=locked, section=section).delete()
        return locked
    row, _made = ReportText.objects.get_or_create(report=locked, section=section, defaults={"text": text.strip()})
    row.text = text.strip()
    row.full_clean()
    row.save()
    return locked


@transaction.atomic
def move(account: Account, report: Report, to: str, reason: str = "") -> Report:
    """One step; leaving the draft keeps the document as it reads now, going back lets it follow the data again."""
    locked = Report.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year")
    row = locked.get(pk=report.pk)
    workflow.transition(row, to, account, reason)
    if to == REVIEWED:
        row.frozen = compose(row).as_json()
        row.save(update_fields=["frozen", "updated_at"])
    elif to == DRAFT:
        row.frozen = None
        row.save(update_fields=["frozen", "updated_at"])
    tell(row, account, reason=reason)
    return row
