"""A small app that uses every part of the kit."""

from semai_kit.apps import AppBase, Item


class GardenConfig(AppBase):
    name = "semai_kit.tests.garden"
    label = "garden"
    title = "e-Garden"
    subtitle = "Kebun contoh untuk uji kerangka"
    languages = ("id", "en")
    year_stage = "execution"
    api_scopes = {"plots.read": "Membaca petak", "plots.count": "Menghitung petak"}
    navigation = (
        Item("Beranda", "home"),
        Item("Petak", "plots", "plot.view"),
    )
    reference_loader = "semai_kit.tests.garden.sample.load_reference"
    sample_loader = "semai_kit.tests.garden.sample.load"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from semai_kit import audit

        audit.register(self.get_model("Plot"))
