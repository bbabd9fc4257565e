"""What the planning app declares to the kit."""

from semai_kit.apps import AppBase, Item


class PlanningConfig(AppBase):
    name = "semai_e_planning"
    verbose_name = "Perencanaan"
    default_auto_field = "django.db.models.BigAutoField"
    title = "e-Planning"
    subtitle = "Perencanaan pembangunan daerah"
    year_stage = "planning"
    navigation = (
        Item("Beranda", "planning:home"),
        Item("Usulan", "planning:proposals", "proposal.view"),
        Item("Peringkat", "planning:rankings", "proposal.view"),
        Item("Per desa", "planning:per-village", "proposal.view"),
        Item("RPJMD", "planning:five-year-plan", "plan.view"),
        Item("Renja", "planning:work-plans", "work_plan.view"),
        Item("RKPD", "planning:annual-plan", "annual_plan.view"),
        Item("Kalender", "planning:calendar", "stage.view"),
    )
    reference_loader = "semai_e_planning.services.reference_rows.load"
    sample_loader = "semai_e_planning.sample.load"

    def ready(self) -> None:
        # Receivers and audit registration need loaded models, so they connect here and not at import.
        from . import signals

        signals.connect()
