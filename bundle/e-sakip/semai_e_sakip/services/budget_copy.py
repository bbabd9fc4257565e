"""Take the published budget over: one row per sub kegiatan of an OPD, changed or removed as published.

Signed agreements hold copies of their own, so nothing agreed moves with it. e-budgeting also publishes sub kegiatan
that an OPD gave nothing; they are in no DPA and are not taken over.
"""

from __future__ import annotations

from django.db import transaction
from semai_kit import audit
from semai_kit.models import Agency, FiscalYear

from ..models import BudgetItem
from ..sources.budget_document import PublishedBudget, PublishedBudgets
from .tree_copy import Merged

FOLLOWED = ("program_code", "program_name", "sub_activity_name", "total")


@transaction.atomic
def merge(year: FiscalYear, budgets: PublishedBudgets) -> Merged:
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    rows = BudgetItem.objects.select_for_update(of=("self",)).filter(fiscal_year=year).select_related("agency")
    known = {(row.agency.code, row.sub_activity_code): row for row in rows}
    placed = [item for item in budgets.items if item.agency_code in agencies and item.total]
    new = [_new_item(year, item, agencies) for item in placed if item.key not in known]
    changed = sum(_follow(known[item.key], item) for item in placed if item.key in known)
    audit.bulk_create(new)
    gone = [row for key, row in known.items() if key not in {item.key for item in placed}]
    for row in gone:
        row.delete()
    unknown = sorted({item.agency_code for item in budgets.items} - set(agencies))
    note = f"OPD tidak dikenal di aplikasi ini: {', '.join(unknown)}" if unknown else ""
    return Merged(len(new), changed, len(gone), note)


def _new_item(year: FiscalYear, item: PublishedBudget, agencies: dict[str, Agency]) -> BudgetItem:
    followed = {name: getattr(item, name) for name in FOLLOWED}
    return BudgetItem(
        fiscal_year=year,
        agency=agencies[item.agency_code],
        sub_activity_code=item.sub_activity_code,
        **followed,
    )


def _follow(row: BudgetItem, item: PublishedBudget) -> int:
    wanted = {name: getattr(item, name) for name in FOLLOWED}
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return 0
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    return 1
