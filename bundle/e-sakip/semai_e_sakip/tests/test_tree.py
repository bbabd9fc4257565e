"""The tree and its indicators: levels, owners, quarters that make the year, what e-planning owns."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from semai_kit import audit
from semai_kit.models import Agency, FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.years import YearClosed

from ..errors import NotEditable, RuleBroken
from ..models import Indicator, PerformanceNode
from ..selectors import tree as trees
from ..selectors.achievements import Outcome, figures, outcomes, with_figures
from ..services import tree as writing
from .cases import PerformanceCase

NO_AGENCY = writing.NodeContent("9", "Baru", None)


def titles(branches: list[trees.Branch]) -> list[str]:
    return [name for branch in branches for name in (branch.node.title, *titles(branch.children))]


class Nodes(PerformanceCase):
    def test_a_node_stands_one_level_below_its_parent_and_inherits_the_agency(self) -> None:
        child = writing.add_node(self.account("organisasi"), self.year, self.node(), NO_AGENCY)
        assert (child.level, child.agency) == ("kegiatan", self.works)

    def test_a_program_needs_an_agency(self) -> None:
        with pytest.raises(RuleBroken, match="OPD pelaksana"):
            writing.add_node(self.account("organisasi"), self.year, self.node("1.1.1"), NO_AGENCY)

    def test_below_a_sub_kegiatan_there_is_nothing(self) -> None:
        account = self.account("organisasi")
        activity = writing.add_node(account, self.year, self.node(), NO_AGENCY)
        leaf = writing.add_node(account, self.year, activity, NO_AGENCY)
        with pytest.raises(RuleBroken):
            writing.add_node(account, self.year, leaf, NO_AGENCY)

    def test_another_agency_is_handed_down(self) -> None:
        account = self.account("organisasi")
        child = writing.add_node(account, self.year, self.node(), NO_AGENCY)
        writing.change_node(account, self.node(), writing.NodeContent("1.03.10", "Jalan", self.schools))
        child.refresh_from_db()
        assert child.agency == self.schools

    def test_only_the_organisation_office_edits_the_tree(self) -> None:
        for username in ("opd", "pejabat", "kepala_daerah", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                writing.add_node(self.account(username), self.year, None, NO_AGENCY)

    def test_what_carries_something_is_not_deleted(self) -> None:
        account = self.account("organisasi")
        for code, why in (("1.1.1", "di bawahnya"), ("1.03.10", "indikator")):
            with self.subTest(code), pytest.raises(RuleBroken, match=why):
                writing.delete_node(account, self.node(code))
        writing.delete_node(account, self.node("1.01.02"))
        assert not PerformanceNode.objects.filter(code="1.01.02").exists()

    def test_a_published_node_is_neither_changed_nor_deleted_here(self) -> None:
        PerformanceNode.objects.filter(code="1.01.02").update(external_id="12")
        node, account = self.node("1.01.02"), self.account("organisasi")
        with pytest.raises(NotEditable, match="e-planning"):
            writing.change_node(account, node, NO_AGENCY)
        with pytest.raises(NotEditable, match="e-planning"):
            writing.delete_node(account, node)

    def test_a_closed_year_refuses(self) -> None:
        FiscalYear.objects.update(status="locked")
        with pytest.raises(YearClosed):
            writing.add_node(self.account("organisasi"), self.year, None, NO_AGENCY)

    def test_every_write_is_in_the_audit_trail(self) -> None:
        writing.change_node(
            self.account("organisasi"), self.node(), writing.NodeContent("1.03.10", "Jalan", self.works)
        )
        assert audit.entries(self.node()).first().changes["title"] == ["Program jalan", "Jalan"]


class Indicators(PerformanceCase):
    def test_quarters_that_miss_the_target_are_refused_and_nothing_changes(self) -> None:
        indicator = self.indicator()
        before = Indicator.objects.values().get(pk=indicator.pk)
        with pytest.raises(RuleBroken, match="464"):
            self.define(indicator, "450", "455", "460", "463")
        assert Indicator.objects.values().get(pk=indicator.pk) == before
        assert self.indicator().quarter_targets() == (None,) * 4

    def test_quarters_count_as_the_accumulation_says(self) -> None:
        found = self.define(self.indicator(), "100", "100", "100", "164", accumulation="sum")
        assert sum(found.quarter_targets()) == Decimal(464)
        assert self.define(found, "464", "464", "464", "464", accumulation="average").accumulation == "average"

    def test_fewer_than_four_quarters_are_taken_as_they_are(self) -> None:
        assert self.define(self.indicator(), "1", "2").quarter_targets()[2:] == (None, None)

    def test_an_agency_defines_its_own_only(self) -> None:
        definition = writing.IndicatorDefinition("x/y", "BPS", "Kabid", "latest", False, {})
        changed = writing.change_indicator(self.account("opd"), self.indicator(), None, definition)
        assert changed.formula == "x/y"
        for username, name in (
            ("opd-lain", "Panjang jalan baik"),
            ("opd", "Jalan mantap"),
            ("pejabat", "Jalan mantap"),
        ):
            with self.subTest(username), pytest.raises(Denied):
                writing.change_indicator(self.account(username), self.indicator(name), None, definition)

    def test_a_published_indicator_keeps_its_words(self) -> None:
        Indicator.objects.filter(name="Panjang jalan baik").update(external_id="5")
        wording = writing.IndicatorWording("Lain", "km", "higher", None, None)
        definition = writing.IndicatorDefinition("a", "b", "c", "latest", False, {})
        with pytest.raises(NotEditable):
            writing.change_indicator(self.account("opd"), self.indicator(), wording, definition)
        with pytest.raises(NotEditable):
            writing.delete_indicator(self.account("opd"), self.indicator())

    def test_a_used_indicator_is_not_deleted(self) -> None:
        self.measured()
        with pytest.raises(RuleBroken, match="sudah dipakai"):
            writing.delete_indicator(self.account("opd"), self.indicator())

    def test_an_unused_one_of_the_regions_own_goes(self) -> None:
        writing.delete_indicator(self.account("opd"), self.indicator())
        assert not Indicator.objects.filter(name="Panjang jalan baik").exists()

    def test_too_long_words_are_refused(self) -> None:
        definition = writing.IndicatorDefinition("a", "b" * 300, "c", "latest", False, {})
        with pytest.raises((ValidationError, Refused)):
            writing.change_indicator(self.account("opd"), self.indicator(), None, definition)


class Reading(PerformanceCase):
    def tree(self, agency: Agency | None = None, deepest: str = "") -> list[trees.Branch]:
        return trees.tree(self.year, trees.outline(self.year, agency, deepest).parents)

    def test_the_tree_of_one_agency_leads_from_the_top_to_it(self) -> None:
        found = titles(self.tree(self.works))
        assert found == ["Infrastruktur merata", "Konektivitas meningkat", "Jalan mantap", "Program jalan"]

    def test_the_tree_can_be_cut_at_a_level(self) -> None:
        assert titles(self.tree(None, "tujuan")) == ["Infrastruktur merata", "Konektivitas meningkat"]

    def test_a_node_shows_the_mean_of_its_verified_indicators(self) -> None:
        self.verified("452.40")
        root = self.tree(self.works)[0]
        program = root.children[0].children[0].children[0]
        assert (program.achievement, program.band.id) == (Decimal("97.50"), "sangat_tinggi")
        assert root.achievement is None

    def test_an_indicator_counts_in_the_tree_as_on_its_own_page(self) -> None:
        self.verified("452.40")
        for own in (None, Decimal(455)):
            Indicator.objects.filter(pk=self.indicator().pk).update(work_plan_target=own)
            rows = with_figures(Indicator.objects.filter(fiscal_year=self.year))
            shown = {one.indicator.pk: Outcome(one.target, one.realised, one.achievement) for one in figures(rows)}
            assert outcomes(rows, self.year) == shown
            assert own in (None, shown[self.indicator().pk].target)

    def test_vanished_nodes_are_left_out(self) -> None:
        PerformanceNode.objects.filter(code="1.01.02").update(vanished_at="2027-01-01T00:00:00Z", external_id="8")
        assert "Program sekolah" not in titles(self.tree())
