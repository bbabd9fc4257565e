"""The tree, lists and documents ask the database as often for thirty rows as for three."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal

from semai_kit.models import Agency, Official
from semai_kit.testing.queries import BoundedQueries

from .. import reference
from ..models import (
    ActionStep,
    Agreement,
    AgreementProgram,
    BudgetItem,
    Evaluation,
    Measurement,
    Position,
    Recommendation,
    Report,
)
from ..services import tree
from .cases import PerformanceCase
from .test_pages import PAGES


class Queries(BoundedQueries, PerformanceCase):
    """Each number is one OPD with what it accounts for, and one program more of the OPD that is looked at."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.mine = self.signed()
        account, goal = self.account("organisasi"), self.node("1.1.1")
        for number in range(start, end):
            agency = Agency.objects.create(code=f"9.{number:02d}", name=f"Dinas {number}", short_name=f"D{number}")
            for owner, code in ((agency, f"9.{number}"), (self.works, f"1.03.7{number}")):
                node = tree.add_node(account, self.year, goal, tree.NodeContent(code, f"Program {code}", owner))
                indicator = self.add(account, node, f"Capaian {code}", "1", "2", is_key=True)
                for quarter in (1, 2):
                    Measurement.objects.create(
                        fiscal_year=self.year,
                        indicator=indicator,
                        quarter=quarter,
                        realised=1,
                        state="terverifikasi",
                    )
                ActionStep.objects.create(fiscal_year=self.year, indicator=indicator, quarter=2, activity="Langkah")
                self._budget(owner, code)
            self._office(agency)
            AgreementProgram.objects.create(agreement=self.mine, code=f"7.{number}", name="Program", budget=1)

    def _budget(self, agency: Agency, code: str) -> None:
        BudgetItem.objects.create(
            fiscal_year=self.year, agency=agency, program_code=code, program_name="Program",
            sub_activity_code=f"{code}.1", sub_activity_name="Sub kegiatan", total=Decimal(1000),
        )  # fmt: skip

    def _office(self, agency: Agency) -> None:
        official = Official.objects.create(
            agency=agency, title="Kepala Dinas", name="Nama Contoh", valid_from=datetime.date(2026, 1, 1)
        )
        position = Position.objects.create(official=official, kind="pimpinan_tinggi")
        Agreement.objects.create(fiscal_year=self.year, position=position, agency=agency)
        evaluation = Evaluation.objects.create(
            fiscal_year=self.year, agency=agency, scheme_id=self._scheme(), state="selesai"
        )
        Recommendation.objects.create(
            fiscal_year=self.year, agency=agency, evaluation=evaluation, text="Perbaiki.",
            deadline=datetime.date(2027, 6, 1),
        )  # fmt: skip
        Report.objects.create(
            fiscal_year=self.year, agency=agency, outline_id=reference.in_force(reference.outlines(), 2027).id
        )

    def _scheme(self) -> str:
        known = Evaluation.objects.first() or self.evaluation()
        return known.scheme_id

    def pages(self) -> Mapping[str, Sequence[str]]:
        return {
            "organisasi": PAGES,
            "opd": ["/", "/indikator/", f"/perjanjian/{self.mine.pk}/"],
            "inspektorat": ["/", "/evaluasi/", "/tindak-lanjut/"],
        }
