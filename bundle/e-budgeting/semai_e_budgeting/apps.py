"""What e-budgeting declares to the kit."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as lazy
from semai_kit.apps import AppBase, Item


class BudgetConfig(AppBase):
    name = "semai_e_budgeting"
    verbose_name = lazy("Penganggaran")
    default_auto_field = "django.db.models.BigAutoField"
    title: ClassVar[str] = "e-Budgeting"
    languages: ClassVar[tuple[str, ...]] = ("id", "en")
    subtitle: ClassVar[str] = lazy("Penganggaran daerah")
    year_stage: ClassVar[str] = "budgeting"
    navigation: ClassVar[tuple[Item, ...]] = (
        Item(lazy("Beranda"), "budget:home"),
        Item(lazy("KUA-PPAS"), "budget:ceiling-documents", "budget.view"),
        Item(lazy("RKA"), "budget:rkas", "budget.view"),
        Item(lazy("DPA"), "budget:dpas", "budget.view"),
        Item(lazy("Rekap"), "budget:recap", "budget.view"),
        Item(lazy("Referensi"), "budget:accounts", "reference.view"),
    )
    reference_loader: ClassVar[str] = "semai_e_budgeting.services.reference.load_packaged_reference"
    sample_loader: ClassVar[str] = "semai_e_budgeting.services.sample.load_sample"

    def ready(self) -> None:
        # Models exist only now.
        from semai_kit import audit

        from . import models

        audit.register(
            models.CodePack,
            models.PackCode,
            models.FundingSource,
            models.CodeMapping,
            models.CodeDecision,
            models.PriceStandard,
            models.StandardItem,
            models.PlanItem,
            models.PlanDifference,
            models.Rka,
            models.RkaLine,
            models.RkaVersion,
            models.Remark,
            models.CeilingDocument,
            models.Ceiling,
            models.PaguChange,
            models.Decree,
            models.DpaVersion,
            models.Round,
            models.CashMonth,
        )
