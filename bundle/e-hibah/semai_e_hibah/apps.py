"""What the grants app declares to the kit."""

from semai_kit.apps import AppBase, Item


class GrantsConfig(AppBase):
    name = "semai_e_hibah"
    verbose_name = "Hibah dan bantuan sosial"
    default_auto_field = "django.db.models.BigAutoField"
    title = "e-Hibah"
    subtitle = "Hibah dan bantuan sosial daerah"
    navigation = (
        Item("Beranda", "grants:home"),
        Item("Permohonan", "grants:applications", "application.view"),
        Item("Daftar penerima", "grants:award-lists", "award.view"),
        Item("Penerima terdahulu", "grants:earlier", "earlier.view"),
        Item("Laporan", "grants:reports", "report.view"),
        Item("Pagu", "grants:budget", "budget.view"),
        Item("Masa pengajuan", "grants:windows", "filing.view"),
    )
    reference_loader = "semai_e_hibah.services.windows.load"
    sample_loader = "semai_e_hibah.sample.load"

    def ready(self) -> None:
        # Models exist only now.
        from . import signals

        signals.connect()
