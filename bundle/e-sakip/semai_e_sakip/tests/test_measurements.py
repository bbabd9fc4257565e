"""Action plan, measurement with evidence, the year's figure, and spending."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semai_kit.attachments import AttachmentRefused
from semai_kit.models import FiscalYear
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused
from semai_kit.years import YearClosed

from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import ActionStep, Measurement, ProgramSpending
from ..selectors import budgets
from ..selectors.achievements import Outcome, figure_of, figures, indicators, outcomes, realised_in, summary
from ..services import measurements, tree
from .cases import PerformanceCase, PerformancePropertyCase, proof

CONTENT = measurements.MeasurementContent(Decimal(450), "", "", "")


class Measuring(PerformanceCase):
    def test_sending_without_evidence_is_refused(self) -> None:
        measurement = self.measured()
        with pytest.raises(Incomplete, match="Bukti dukung"):
            measurements.move(self.account("opd"), measurement, "dikirim")
        measurement.refresh_from_db()
        assert measurement.state == "draf"

    def test_a_missed_target_needs_an_analysis(self) -> None:
        self.define(self.indicator(), "455", "458", "460", "464")
        measurement = self.measured("400", analysis=" ")
        measurements.attach_evidence(self.account("opd"), measurement, proof())
        with pytest.raises(Incomplete, match="analisis"):
            measurements.move(self.account("opd"), measurement, "dikirim")
        self.measured("400")
        measurement.refresh_from_db()
        assert measurements.move(self.account("opd"), measurement, "dikirim").state == "dikirim"

    def test_what_was_sent_is_locked_until_it_comes_back(self) -> None:
        measurement = self.sent()
        with pytest.raises(NotEditable):
            self.measured("460")
        with pytest.raises(NotEditable):
            measurements.attach_evidence(self.account("opd"), measurement, proof())
        measurements.move(self.account("organisasi"), measurement, "dikembalikan", "Kurang")
        assert self.measured("460").realised == Decimal(460)

    def test_returning_needs_a_reason(self) -> None:
        with pytest.raises(TransitionRefused):
            measurements.move(self.account("organisasi"), self.sent(), "dikembalikan")

    def test_nobody_verifies_his_own(self) -> None:
        measurement = self.sent()
        for username in ("opd", "pejabat", "inspektorat", "auditor", "opd-lain"):
            with self.subTest(username), pytest.raises(Denied):
                measurements.move(self.account(username), measurement, "terverifikasi")

    def test_another_agency_and_readers_do_not_measure(self) -> None:
        for username in ("opd-lain", "pejabat", "organisasi", "kepala_daerah", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                measurements.measure(self.account(username), self.indicator(), 1, CONTENT)

    def test_a_closed_year_refuses(self) -> None:
        indicator = self.indicator()
        FiscalYear.objects.update(status="archived")
        with pytest.raises(YearClosed):
            measurements.measure(self.account("opd"), indicator, 1, CONTENT)

    def test_hostile_evidence_is_refused(self) -> None:
        measurement = self.measured()
        for name, body in (("rekap.pdf", b"MZ\x90"), ("rekap.exe", b"%PDF-1.4"), ("kosong.pdf", b"")):
            with self.subTest(name), pytest.raises(AttachmentRefused):
                measurements.attach_evidence(self.account("opd"), measurement, proof(name, body))

    def test_evidence_is_bounded(self) -> None:
        measurement = self.measured()
        for _ in range(measurements.EVIDENCE_LIMIT):
            measurements.attach_evidence(self.account("opd"), measurement, proof())
        with pytest.raises(RuleBroken):
            measurements.attach_evidence(self.account("opd"), measurement, proof())

    def test_evidence_opens_only_where_the_measurement_does(self) -> None:
        measurement = self.sent()
        assert measurement.may_view_attachments(self.account("pejabat"))
        assert not measurement.may_view_attachments(self.account("opd-lain"))


class RegionalIndicators(PerformanceCase):
    def keep(self, agency) -> None:
        definition = tree.IndicatorDefinition("a/b", "BPS", "Kabid", "latest", True, {}, agency)
        tree.change_indicator(self.account("organisasi"), self.indicator("Jalan mantap"), None, definition)

    def test_nobody_measures_what_no_agency_was_chosen_for(self) -> None:
        for username in ("opd", "organisasi"):
            with self.subTest(username), pytest.raises(Denied):
                measurements.measure(self.account(username), self.indicator("Jalan mantap"), 1, CONTENT)

    def test_the_chosen_agency_measures_and_the_organisation_office_verifies(self) -> None:
        self.keep(self.works)
        content = measurements.MeasurementContent(Decimal(61), "", "", "")
        row = measurements.measure(self.account("opd"), self.indicator("Jalan mantap"), 1, content)
        measurements.attach_evidence(self.account("opd"), row, proof())
        row = measurements.move(self.account("opd"), row, "dikirim")
        measurements.move(self.account("organisasi"), row, "terverifikasi")
        assert figure_of(self.indicator("Jalan mantap")).achievement == 100
        with pytest.raises(Denied):
            measurements.measure(self.account("opd-lain"), self.indicator("Jalan mantap"), 2, content)

    def test_on_a_program_the_nodes_own_agency_stays(self) -> None:
        definition = tree.IndicatorDefinition("a/b", "BPS", "Kabid", "latest", True, {}, self.schools)
        changed = tree.change_indicator(self.account("organisasi"), self.indicator(), None, definition)
        assert changed.agency == self.works


class Figures(PerformanceCase):
    def test_only_verified_quarters_count_for_the_year(self) -> None:
        self.sent("460", 2)
        assert figure_of(self.indicator()).realised is None
        self.verified("452.40", 1)
        found = figure_of(self.indicator())
        assert (found.realised, found.achievement, found.band.id) == (
            Decimal("452.40"),
            Decimal("97.50"),
            "sangat_tinggi",
        )

    def test_the_latest_verified_quarter_counts_where_the_position_does(self) -> None:
        self.verified("440", 1)
        self.verified("464", 2)
        assert figure_of(self.indicator()).achievement == 100

    def test_quarters_are_summed_where_that_is_the_rule(self) -> None:
        self.define(self.indicator(), "116", "116", "116", "116", accumulation="sum")
        self.verified("100", 1)
        self.verified("132", 2)
        assert figure_of(self.indicator()).realised == Decimal(232)

    def test_an_extreme_figure_is_bounded_but_shown(self) -> None:
        self.verified("4640")
        found = figure_of(self.indicator())
        assert (found.achievement, found.raw) == (Decimal(120), Decimal(1000))

    def test_the_summary_counts_what_was_measured(self) -> None:
        self.verified("464")
        rows = indicators(self.year)
        found = outcomes(rows, self.year)
        shown = {one.indicator.pk: Outcome(one.target, one.realised, one.achievement) for one in figures(rows)}
        assert found == shown
        total = summary(found.values(), self.year)
        assert (total.indicators, total.measured, total.average) == (2, 1, Decimal(100))

    def test_last_years_figure_is_found_by_the_published_key(self) -> None:
        indicator = self.indicator()
        indicator.external_id = "77"
        indicator.save()
        self.verified("430")
        assert realised_in([indicator], 2027) == {"77": Decimal(430)}
        assert realised_in([indicator], 2026) == {}

    def test_figures_cost_a_fixed_number_of_queries(self) -> None:
        self.verified()
        year = self.year
        with self.assertNumQueries(4):
            figures(indicators(year))


class Steps(PerformanceCase):
    def test_steps_are_added_changed_and_removed_by_the_agency(self) -> None:
        account = self.account("opd")
        step = measurements.save_step(
            account, self.indicator(), measurements.StepContent(1, "Survei", "Data", "Kabid")
        )
        measurements.save_step(account, self.indicator(), measurements.StepContent(2, "Bangun", "", ""), step)
        assert ActionStep.objects.get().activity == "Bangun"
        with pytest.raises(Denied):
            measurements.delete_step(self.account("opd-lain"), step)
        measurements.delete_step(account, step)
        assert not ActionStep.objects.exists()


class Spending(PerformanceCase):
    def spend(self, quarter: int, amount: str, username: str = "opd") -> ProgramSpending:
        return measurements.set_spending(
            self.account(username), self.year, self.works, "1.03.10", quarter, Decimal(amount)
        )

    def test_spending_beyond_the_budget_is_refused_with_both_figures(self) -> None:
        self.budget("100000000")
        with pytest.raises(RuleBroken, match="Rp100.000.001.*Rp100.000.000"):
            self.spend(1, "100000001")
        assert not ProgramSpending.objects.exists()

    def test_spending_since_january_never_falls(self) -> None:
        self.budget()
        self.spend(2, "50000000")
        for quarter, amount in ((1, "60000000"), (3, "40000000")):
            with self.subTest(quarter=quarter), pytest.raises(RuleBroken, match="sejak Januari"):
                self.spend(quarter, amount)
        assert self.spend(3, "50000000").spent == Decimal(50_000_000)

    def test_a_program_without_a_budget_and_foreign_hands_are_refused(self) -> None:
        with pytest.raises(RuleBroken, match="tidak ada dalam anggaran"):
            self.spend(1, "1")
        self.budget()
        with pytest.raises(Denied):
            self.spend(1, "1", "opd-lain")

    def test_efficiency_compares_achievement_with_absorption(self) -> None:
        self.budget()
        self.verified("464")
        self.spend(1, "80000000")
        (program,) = budgets.programs(self.year, self.works)
        assert (program.absorption, program.achievement) == (Decimal(80), Decimal(100))
        assert (program.efficiency.points, program.efficiency.band.id) == (Decimal(20), "efisien")

    def test_programs_cost_a_fixed_number_of_queries(self) -> None:
        self.budget()
        self.spend(1, "5")
        year = self.year
        with self.assertNumQueries(7):
            budgets.programs(year)


class SpendingProperties(PerformancePropertyCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(1, 4), st.decimals("0", "120000000", places=2)), max_size=8))
    def test_whatever_is_entered_stays_within_the_budget_and_rises(
        self, entered: list[tuple[int, Decimal]]
    ) -> None:
        self.budget("100000000")
        for quarter, amount in entered:
            try:
                measurements.set_spending(self.account("opd"), self.year, self.works, "1.03.10", quarter, amount)
            except RuleBroken:
                continue
        kept = [row.spent for row in ProgramSpending.objects.order_by("quarter")]
        assert kept == sorted(kept)
        assert all(0 <= amount <= 100_000_000 for amount in kept)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.sampled_from(["dikirim", "dikembalikan", "terverifikasi", "draf"]), max_size=8))
    def test_a_measurement_never_leaves_the_workflow(self, wanted: list[str]) -> None:
        measurement = self.measured()
        measurements.attach_evidence(self.account("opd"), measurement, proof())
        allowed = {(step.origin, step.to) for step in Measurement.workflow().transitions}
        for to in wanted:
            before = measurement.state
            person = "opd" if to == "dikirim" else "organisasi"
            try:
                measurements.move(self.account(person), measurement, to, "Alasan")
            except TransitionRefused:
                measurement.refresh_from_db()
                assert measurement.state == before
                continue
            assert (before, measurement.state) in allowed
