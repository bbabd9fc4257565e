"""What the performance app declares to the kit."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as lazy
from semai_kit.apps import AppBase, Item


class PerformanceConfig(AppBase):
    name = "semai_e_sakip"
    verbose_name = "Akuntabilitas kinerja"
    default_auto_field = "django.db.models.BigAutoField"
    title: ClassVar[str] = "e-SAKIP"
    languages: ClassVar[tuple[str, ...]] = ("id", "en")
    subtitle: ClassVar[str] = lazy("Akuntabilitas kinerja instansi pemerintah")
    navigation: ClassVar[tuple[Item, ...]] = (
        Item(lazy("Beranda"), "sakip:home"),
        Item(lazy("Pohon kinerja"), "sakip:tree", "performance.view"),
        Item(lazy("Indikator"), "sakip:indicators", "performance.view"),
        Item(lazy("Perjanjian"), "sakip:agreements", "agreement.view"),
        Item(lazy("Rencana aksi"), "sakip:action-plan", "measurement.view"),
        Item(lazy("Pengukuran"), "sakip:measurements", "measurement.view"),
        Item(lazy("Anggaran"), "sakip:budgets", "measurement.view"),
        Item("LKjIP", "sakip:reports", "report.view"),
        Item(lazy("Evaluasi"), "sakip:evaluations", "evaluation.view"),
        Item(lazy("Tindak lanjut"), "sakip:recommendations", "recommendation.view"),
    )
    year_stage: ClassVar[str] = "execution"
    sample_loader: ClassVar[str] = "semai_e_sakip.sample.load"

    def ready(self) -> None:
        # Models exist only now.
        from semai_kit import audit

        from . import models

        written_by_people = [
            model for name, model in vars(models).items() if name in models.__all__ and name != "SourceFetch"
        ]
        audit.register(*written_by_people)
