"""What the cases share: reference data, personas, a work plan brought over the wire, and line entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import override_settings
from semai_kit import append_only
from semai_kit.environment import ConsumedContract
from semai_kit.models import Agency, FiscalYear
from semai_kit.testing import KitTestCase, KitThreadsTestCase

from semai_e_budgeting.models import Decree, FundingSource, PackCode, PlanItem, Rka, Round
from semai_e_budgeting.models.versions import VERSION_TABLES
from semai_e_budgeting.services.decrees import DecreeEntry, register_decree
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import LineEntry
from semai_e_budgeting.services.reference import load_packaged_reference
from semai_e_budgeting.services.rounds import open_for_round
from semai_e_budgeting.tests.provider import TOKEN
from semai_e_budgeting.workplan import CONTRACT

LOCKING = (("dikirim", "opd"), ("asistensi", "verifikator"), ("tapd", "verifikator"), ("kunci", "tapd"))
ATK = "5.1.02.01.01.0024"


def wired(url: str) -> override_settings:
    """Settings in which the contract points at `url`, as the installer would write them."""
    contract = ConsumedContract(CONTRACT, "1.0", url, TOKEN, "e-planning")
    return override_settings(SEMAI=replace(settings.SEMAI, consumes={CONTRACT: contract}))


class Budget:
    """Fixtures and shorthands; mixed into the kit's cases."""

    @classmethod
    def make_personas(cls) -> None:
        education = Agency.objects.get(code="1.01")
        cls.persona("opd", "opd", agency=education)
        cls.persona("opd-kesehatan", "opd", agency=Agency.objects.get(code="1.02"))
        cls.persona("verifikator", "verifikator")
        cls.persona("tapd", "tapd")
        cls.persona("bpkad", "bpkad")
        cls.persona("auditor", "auditor")
        load_packaged_reference()
        cls.year = FiscalYear.objects.get(year=2027)
        cls.rka = Rka.objects.create(fiscal_year=cls.year, agency=education)
        cls.item = cls.plan_item()

    @classmethod
    def plan_item(cls, number: int = 3, pagu: str = "100000000", agency: str = "1.01") -> PlanItem:
        return PlanItem.objects.create(
            fiscal_year=cls.year,
            agency=Agency.objects.get(code=agency),
            external_id=str(number),
            program_code="1.01.02",
            program_name="Program Pengelolaan Pendidikan",
            activity_code="1.01.02.2.01",
            activity_name="Pengelolaan Pendidikan Sekolah Dasar",
            sub_activity_code=f"1.01.02.2.01.{number:04d}",
            sub_activity_name=f"Sub kegiatan {number}",
            pagu=Decimal(pagu),
        )

    def lock(self) -> None:
        """The whole way of the RKA, from the OPD to the TAPD."""
        for to, username in LOCKING:
            move_rka(self.rka.pk, to, self.account(username))

    def decide(self, kind: str = "apbd", number: str = "Perda 7/2026", **changes: Any) -> Decree:
        values: dict[str, Any] = {"kind": kind, "number": number, "decided_on": date(2026, 12, 20)}
        return register_decree(self.year, DecreeEntry(**(values | changes)), self.account("bpkad"))

    def shift(self, kind: str = "rincian") -> Round:
        return open_for_round(self.rka.pk, kind, "Harga berubah.", self.account("bpkad"))

    def entry(self, price: str = "1000000", *, volume: str = "10", **changes: Any) -> LineEntry:
        values: dict[str, Any] = {
            "item_id": self.item.pk,
            "account_id": PackCode.objects.get(code=ATK).pk,
            "funding_id": FundingSource.objects.get(code="PAD").pk,
            "description": "Alat tulis kantor",
            "volume_1": Decimal(volume),
            "unit_1": "Paket",
            "unit_price": Decimal(price),
        }
        return LineEntry(**(values | changes))


class BudgetCase(Budget, KitTestCase):
    pass


class BudgetThreadsCase(Budget, KitThreadsTestCase):
    def _fixture_teardown(self) -> None:
        append_only.remove(connection, VERSION_TABLES)
        try:
            super()._fixture_teardown()
        finally:
            append_only.install(connection, VERSION_TABLES)
