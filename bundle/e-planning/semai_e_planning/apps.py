"""What the planning app declares to the kit."""

from django.utils.translation import gettext_lazy as lazy
from semai_kit.apps import AppBase, Item


class PlanningConfig(AppBase):
    name = "semai_e_planning"
    verbose_name = "Perencanaan"
    default_auto_field = "django.db.models.BigAutoField"
    title = "e-Planning"
    languages = ("id", "en")
    subtitle = lazy("Perencanaan pembangunan daerah")
    year_stage = "planning"
    navigation = (
        Item(lazy("Beranda"), "planning:home"),
        Item(lazy("Usulan"), "planning:proposals", "proposal.view"),
        Item(lazy("Peringkat"), "planning:rankings", "proposal.view"),
        Item(lazy("Per desa"), "planning:per-village", "proposal.view"),
        Item(lazy("RPJMD"), "planning:five-year-plan", "plan.view"),
        Item(lazy("Renja"), "planning:work-plans", "work_plan.view"),
        Item(lazy("RKPD"), "planning:annual-plan", "annual_plan.view"),
        Item(lazy("Kalender"), "planning:calendar", "stage.view"),
    )
    reference_loader = "semai_e_planning.services.reference_rows.load"
    sample_loader = "semai_e_planning.sample.load"

    def ready(self) -> None:
        # Receivers and audit registration need loaded models, so they connect here and not at import.
        from . import signals

        signals.connect()
