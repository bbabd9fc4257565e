from django.utils import timezone

from semai_kit import sample
from semai_kit.models import Agency, FiscalYear
from semai_kit.tests.garden.models import Plot


def load_reference() -> str:
    return "reference data: current"


def load(password: str) -> str:
    sample.refuse_real(Plot)
    agency = Agency.objects.first()
    persona = sample.persona("kebun", "Petugas Kebun", password, "gardener", agency=agency)
    year = FiscalYear.objects.first()
    _, created = Plot.objects.get_or_create(
        name="Petak contoh", agency=agency, fiscal_year=year, defaults={"created_by": persona}
    )
    return f"sample data: {'loaded' if created else 'current'} {timezone.localdate().year}"
