"""What the tests start from: personas of every desk, a small tree with indicators, and quick ways to a state."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit.environment import ConsumedContract
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.testing import KitTestCase, KitThreadsTestCase

from ..models import Agreement, BudgetItem, Evaluation, Indicator, Measurement, PerformanceNode, Position
from ..selectors.achievements import with_figures
from ..services import agreements, evaluations, measurements, tree
from ..services.positions import PositionContent, save_position

PDF = b"%PDF-1.4\n%%EOF\n"
TOKEN = "token-uji"


def wired(urls: dict[str, str]) -> override_settings:
    """Settings in which contracts point at addresses, as the installer would write them."""
    consumes = {name: ConsumedContract(name, "1.0", url, TOKEN, "penyedia") for name, url in urls.items()}
    return override_settings(SEMAI=replace(settings.SEMAI, consumes=consumes))


def proof(name: str = "rekap.pdf", body: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, "application/pdf")


class Performance:
    """Mixed into a kit test case: DPU carries a program of roads, Disdik one of schools."""

    @classmethod
    def make_personas(cls) -> None:
        works, schools = Agency.objects.get(code="1.03"), Agency.objects.get(code="1.01")
        cls.persona("opd", "opd", agency=works)
        cls.persona("opd-lain", "opd", agency=schools)
        cls.persona("pejabat", "pejabat", agency=works)
        cls.persona("pejabat-lain", "pejabat", agency=schools)
        for role in ("organisasi", "kepala_daerah", "inspektorat", "auditor", "administrator"):
            cls.persona(role, role)
        cls.make_tree()

    @classmethod
    def make_tree(cls) -> None:
        account, year = Account.objects.get(username="organisasi"), FiscalYear.objects.get(year=2027)
        works, schools = Agency.objects.get(code="1.03"), Agency.objects.get(code="1.01")
        top = tree.add_node(account, year, None, tree.NodeContent("1", "Infrastruktur merata", None))
        aim = tree.add_node(account, year, top, tree.NodeContent("1.1", "Konektivitas meningkat", None))
        goal = tree.add_node(account, year, aim, tree.NodeContent("1.1.1", "Jalan mantap", None))
        roads = tree.add_node(account, year, goal, tree.NodeContent("1.03.10", "Program jalan", works))
        tree.add_node(account, year, goal, tree.NodeContent("1.01.02", "Program sekolah", schools))
        cls.add(account, goal, "Jalan mantap", "58.50", "61.00", is_key=True)
        cls.add(account, roads, "Panjang jalan baik", "446", "464")

    @classmethod
    def add(
        cls,
        account: Account,
        node: PerformanceNode,
        name: str,
        baseline: str,
        target: str | None,
        *,
        polarity: str = "higher",
        accumulation: str = "latest",
        is_key: bool = False,
        quarters: dict[int, Decimal] | None = None,
    ) -> Indicator:
        wording = tree.IndicatorWording(
            name, "persen", polarity, Decimal(baseline), None if target is None else Decimal(target)
        )
        definition = tree.IndicatorDefinition("a/b", "BPS", "Kabid", accumulation, is_key, quarters or {})
        return tree.add_indicator(account, node, wording, definition)

    @property
    def year(self) -> FiscalYear:
        return FiscalYear.objects.get(year=2027)

    @property
    def works(self) -> Agency:
        return Agency.objects.get(code="1.03")

    @property
    def schools(self) -> Agency:
        return Agency.objects.get(code="1.01")

    def node(self, code: str = "1.03.10") -> PerformanceNode:
        return PerformanceNode.objects.select_related("agency", "fiscal_year", "parent").get(code=code)

    def indicator(self, name: str = "Panjang jalan baik") -> Indicator:
        return with_figures(Indicator.objects.filter(name=name)).get()

    def define(self, indicator: Indicator, *quarters: str, accumulation: str = "latest") -> Indicator:
        """Give an indicator quarter targets, through the service."""
        targets = {number: Decimal(value) for number, value in enumerate(quarters, start=1)}
        definition = tree.IndicatorDefinition("a/b", "BPS", "Kabid", accumulation, indicator.is_key, targets)
        tree.change_indicator(self.account("organisasi"), indicator, None, definition)
        return with_figures(Indicator.objects.filter(pk=indicator.pk)).get()

    def measured(self, value: str = "450", quarter: int = 1, analysis: str = "Cuaca") -> Measurement:
        content = measurements.MeasurementContent(Decimal(value), analysis, "", "")
        return measurements.measure(self.account("opd"), self.indicator(), quarter, content)

    def sent(self, value: str = "450", quarter: int = 1) -> Measurement:
        measurement = self.measured(value, quarter)
        measurements.attach_evidence(self.account("opd"), measurement, proof())
        return measurements.move(self.account("opd"), measurement, "dikirim")

    def verified(self, value: str = "450", quarter: int = 1) -> Measurement:
        return measurements.move(self.account("organisasi"), self.sent(value, quarter), "terverifikasi")

    def budget(
        self, total: str = "100000000", agency: Agency | None = None, program: str = "1.03.10"
    ) -> BudgetItem:
        return BudgetItem.objects.create(
            fiscal_year=self.year,
            agency=agency or self.works,
            program_code=program,
            program_name="Program jalan",
            sub_activity_code=f"{program}.2.01.0005",
            sub_activity_name="Pembangunan jalan",
            total=Decimal(total),
        )

    def position(
        self, name: str = "Fransiska", agency: Agency | None = None, superior: Position | None = None
    ) -> Position:
        content = PositionContent(
            agency=agency,
            kind="pimpinan_tinggi" if agency else "kepala_daerah",
            title=f"Kepala {agency.name}" if agency else "Bupati",
            acting="",
            name=name,
            nip="",
            rank="Pembina",
            superior=superior,
            valid_from=datetime.date(2026, 1, 1),
            valid_until=None,
        )
        return save_position(self.account("organisasi"), None, content)

    def agreement(self) -> Agreement:
        """The draft of DPU's head, whose superior is the head of the region."""
        head = self.position("Yohana")
        return agreements.open_agreement(
            self.account("opd"), self.position("Fransiska", self.works, head), self.year
        )

    def signed(self) -> Agreement:
        agreement = agreements.move(self.account("opd"), self.agreement(), "diajukan")
        agreement = agreements.move(self.account("kepala_daerah"), agreement, "disetujui")
        signed_on = datetime.date(2027, 1, 20)
        return agreements.move(self.account("pejabat"), agreement, "ditandatangani", signed_on=signed_on)

    def evaluation(self) -> Evaluation:
        return evaluations.open_evaluation(self.account("inspektorat"), self.works, self.year)

    def claimed(self, grade: str = "B") -> Evaluation:
        evaluation = self.evaluation()
        for answer in evaluation.answers.all():
            evaluations.claim(self.account("opd"), answer, grade, "Ada")
        return evaluations.move(self.account("opd"), evaluation, "dikirim")

    def finished(self, grade: str = "B") -> Evaluation:
        evaluation = evaluations.move(self.account("inspektorat"), self.claimed(grade), "dinilai")
        for answer in evaluation.answers.all():
            evaluations.grant(self.account("inspektorat"), answer, grade, "")
        return evaluations.move(self.account("inspektorat"), evaluation, "selesai")


class PerformanceCase(Performance, KitTestCase):
    """A rolled-back case."""


class PerformancePropertyCase(HypothesisCase, PerformanceCase):
    """A case whose every example is rolled back."""


class PerformanceThreadsCase(Performance, KitThreadsTestCase):
    """A case that commits, for threads and browsers."""


def fields(**changes: Any) -> dict[str, Any]:
    """An indicator's form with some fields changed."""
    return {
        "formula": "a/b",
        "source": "BPS",
        "responsible": "Kabid",
        "accumulation": "latest",
        "q1": "",
        "q2": "",
        "q3": "",
        "q4": "",
        **changes,
    }
