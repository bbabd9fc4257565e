"""Pagu per OPD and year: what a Renja may add up to. The ceiling's row is the lock of every pagu decision."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from semai_kit import roles
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import rupiah, total

from ..errors import CeilingExceeded, RuleBroken
from ..models import AgencyCeiling, WorkPlanItem
from . import gates

ZERO = Decimal(0)


@transaction.atomic
def set_ceiling(account: Account, year: FiscalYear, agency: Agency, amount: Decimal) -> AgencyCeiling:
    """Set the pagu of an OPD; never below what its Renja already plans."""
    roles.require(account, "ceiling.edit")
    gates.require_stage(year, "ceiling.edit")
    if amount < ZERO:
        raise RuleBroken("Pagu tidak boleh kurang dari nol.")
    ceiling, created = AgencyCeiling.objects.select_for_update().get_or_create(
        fiscal_year=year, agency=agency, defaults={"amount": amount, "created_by": account}
    )
    gates.require_editable_plan(year)  # after the lock: a Perubahan dropped meanwhile has put this row back
    planned = planned_sum(year, agency)
    if amount < planned:
        raise CeilingExceeded(
            f"Pagu {agency.short_name} {rupiah(amount)} lebih kecil dari jumlah Renja yang sudah disusun "
            f"{rupiah(planned)} (kurang {rupiah(planned - amount)})."
        )
    if not created and ceiling.amount != amount:
        ceiling.amount = amount
        ceiling.save(update_fields=["amount", "updated_at"])
    return ceiling


def require_room(year: FiscalYear, agency: Agency, wanted: Decimal, without: WorkPlanItem | None = None) -> None:
    """Raise CeilingExceeded unless `wanted` fits beside the other items. Locks the ceiling until the commit."""
    ceiling = AgencyCeiling.objects.select_for_update().filter(fiscal_year=year, agency=agency).first()
    if ceiling is None:
        raise RuleBroken(f"Pagu {agency.short_name} tahun {year} belum ditetapkan Bappeda.")
    others = planned_sum(year, agency, without)
    if others + wanted > ceiling.amount:
        raise CeilingExceeded(
            f"Jumlah pagu Renja menjadi {rupiah(others + wanted)}, melebihi pagu {agency.short_name} "
            f"{rupiah(ceiling.amount)} (lebih {rupiah(others + wanted - ceiling.amount)}). "
            f"Sisa yang tersedia {rupiah(ceiling.amount - others)}."
        )


def require_within(year: FiscalYear, agency: Agency) -> None:
    """Raise CeilingExceeded when the Renja as it stands passes the pagu."""
    require_room(year, agency, ZERO)


def planned_sum(year: FiscalYear, agency: Agency, without: WorkPlanItem | None = None) -> Decimal:
    """Sum of pagu of the OPD's Renja in rupiah, leaving one item out if given."""
    items = WorkPlanItem.objects.filter(work_plan__fiscal_year=year, work_plan__agency=agency)
    if without is not None:
        items = items.exclude(pk=without.pk)
    return total(items, "pagu")
