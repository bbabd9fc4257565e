"""What the grants app declares to the kit."""

from django.utils.translation import gettext_lazy as lazy
from semai_kit.apps import AppBase, Item


class GrantsConfig(AppBase):
    name = "semai_e_hibah"
    verbose_name = "Hibah dan bantuan sosial"
    default_auto_field = "django.db.models.BigAutoField"
    title = "e-Hibah"
    languages = ("id", "en")
    subtitle = lazy("Hibah dan bantuan sosial daerah")
    navigation = (
        Item(lazy("Beranda"), "grants:home"),
        Item(lazy("Permohonan"), "grants:applications", "application.view"),
        Item(lazy("Daftar penerima"), "grants:award-lists", "award.view"),
        Item(lazy("Penerima terdahulu"), "grants:earlier", "earlier.view"),
        Item(lazy("Laporan"), "grants:reports", "report.view"),
        Item(lazy("Pagu"), "grants:budget", "budget.view"),
        Item(lazy("Masa pengajuan"), "grants:windows", "filing.view"),
    )
    reference_loader = "semai_e_hibah.services.windows.load"
    sample_loader = "semai_e_hibah.sample.load"

    def ready(self) -> None:
        # Models exist only now.
        from . import signals

        signals.connect()
