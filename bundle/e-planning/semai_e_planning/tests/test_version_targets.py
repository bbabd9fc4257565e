"""Targets of indicators in the versions of an RKPD: kept, compared, given back, and never changed."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from semai_kit import append_only, audit
from semai_kit.models import Agency

from ..errors import RuleBroken
from ..models import AnnualPlan, NodeIndicator, TargetChange, VersionTarget, WorkPlan, WorkPlanTarget
from ..models.versions import VERSION_TABLES
from ..selectors import published
from ..services import five_year_plans, targets, work_plans
from .cases import FIRST, MILLION, WHY, Determined, PlanningCase, WithTargets
from .test_upgrade import MIGRATION

FLOOD = "Banjir merusak jalan"


class VersionTargetsTest(WithTargets, Determined, PlanningCase):
    def setUp(self) -> None:
        self.determine()
        self.version = self.plan.versions.get()

    def kept(self) -> dict[str, Decimal]:
        return dict(self.version.targets.values_list("name", "value"))

    def now(self) -> dict[str, Decimal]:
        return dict(WorkPlanTarget.objects.order_by("pk").values_list("indicator__name", "value"))

    def change_all(self) -> None:
        """One is changed, one taken away, one is new."""
        values = {self.roads.pk: Decimal(440), self.poor.pk: None, self.bridges.pk: Decimal(3)}
        self.set_targets(values, FLOOD)

    def delete(self, indicator: NodeIndicator) -> None:
        five_year_plans.delete_indicator(self.account("bappeda"), indicator)

    def test_determining_keeps_them_with_their_words_and_the_rpjmds_target(self) -> None:
        row = self.version.targets.get(indicator_id=self.poor.pk)

        assert self.kept() == {"Jalan mantap": Decimal(470), "Kemiskinan": Decimal("12.25")}
        assert self.version.target_count == 2
        assert (row.agency, row.agency_name) == (self.works, "Dinas Pekerjaan Umum")
        assert (row.level, row.node_code, row.node_title) == ("sasaran", "1.1.1", "Butir 1.1.1")
        assert (row.unit, row.direction, row.planned) == ("persen", "lower", Decimal("12.5"))

    def test_words_stay_when_the_rpjmd_is_amended(self) -> None:
        content = five_year_plans.IndicatorContent("Jalan baik", "km", None, "lower", {2027: Decimal(1)})
        five_year_plans.save_indicator(self.account("bappeda"), self.roads.node, self.roads, content)

        row = self.version.targets.get(indicator_id=self.roads.pk)
        assert (row.name, row.unit, row.direction, row.planned) == (
            "Jalan mantap",
            "persen",
            "higher",
            Decimal(464),
        )

    def test_they_are_never_changed_in_code_or_in_the_database(self) -> None:
        self.begin()
        self.change_all()
        for row in (self.version.targets.first(), TargetChange.objects.first()):
            with pytest.raises(RuntimeError, match="cannot be changed"):
                row.save()
            with (
                self.subTest(table=row._meta.db_table),
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE {row._meta.db_table} SET agency_id = agency_id")
        assert append_only.missing(connection, VERSION_TABLES) == []

    def test_every_change_needs_its_reason_and_what_stays_needs_none(self) -> None:
        self.begin()
        with pytest.raises(RuleBroken, match="Isi alasan perubahan"):
            self.set_targets({self.roads.pk: Decimal(440)}, " ")
        assert self.now() == self.kept()

        self.set_targets({self.roads.pk: Decimal(470)})
        assert not TargetChange.objects.exists()

        self.set_targets({self.roads.pk: Decimal(440), self.poor.pk: Decimal("12.25")}, FLOOD)
        change = TargetChange.objects.get()
        assert (change.indicator_id, change.agency, change.reason) == (self.roads.pk, self.works, FLOOD)
        assert change.made_by == self.account("opd")

    def test_a_renja_begun_in_a_perubahan_gives_reasons_too(self) -> None:
        self.rkpd("bappeda", "perubahan", WHY)
        schools = Agency.objects.get(code="1.01")
        node = five_year_plans.NodeContent("1.01.02", "Program Pendidikan", schools)
        program = five_year_plans.add_node(self.account("bappeda"), self.roads.node.period, self.poor.node, node)
        pupils = self.indicator(program, "Siswa", "higher", {})
        plan = work_plans.open_work_plan(self.account("opd-lain"), self.year, schools)
        with pytest.raises(RuleBroken, match="Isi alasan perubahan"):
            targets.set_targets(self.account("opd-lain"), plan, {pupils.pk: Decimal(9)})

        targets.set_targets(self.account("opd-lain"), plan, {pupils.pk: Decimal(9)}, "OPD baru")
        assert [one.kind for one in self.comparison().changed_targets] == ["added"]

        self.rkpd("bappeda", "ditetapkan", "Batal")
        assert self.now() == self.kept()

    def test_side_by_side_names_what_changed_with_reasons_and_differences(self) -> None:
        self.begin()
        assert self.comparison().changed_targets == []
        self.change_all()

        found = {one.row.name: one for one in self.comparison().changed_targets}
        assert {name: (one.kind, one.difference, one.reasons) for name, one in found.items()} == {
            "Jalan mantap": ("changed", Decimal(-30), (FLOOD,)),
            "Kemiskinan": ("removed", None, (FLOOD,)),
            "Jembatan baik": ("added", None, (FLOOD,)),
        }
        assert [one.changed for one in self.comparison().agencies] == [()]

    def test_a_target_alone_is_something_to_review_and_makes_the_next_version(self) -> None:
        self.begin()
        self.change_all()
        assert {one.target.value for one in published.publication(2027).targets} == set(self.kept().values())

        after = self.finish()

        assert dict(after.targets.values_list("name", "value")) == {
            "Jalan mantap": Decimal(440),
            "Jembatan baik": Decimal(3),
        }
        assert self.kept() == {"Jalan mantap": Decimal(470), "Kemiskinan": Decimal("12.25")}
        assert [one.target.value for one in published.publication(2027).targets] == [Decimal(440), Decimal(3)]

    def test_dropping_gives_back_exactly_what_was_and_the_audit_trail_knows(self) -> None:
        self.begin()
        self.change_all()
        roads = WorkPlanTarget.objects.get(indicator=self.roads)

        with audit.acting(self.account("bappeda")):
            self.rkpd("bappeda", "ditetapkan", "Perubahan APBD ditiadakan")

        assert self.now() == self.kept()
        entry = audit.entries(roads)[0]
        assert (entry.actor, entry.changes_dict["value"]) == (self.account("bappeda"), ["440.00", "470.00"])
        assert VersionTarget.objects.count() == 2
        self.begin()
        assert self.comparison().changed_targets == []

    def test_a_perubahan_renja_given_up_gives_them_back_too(self) -> None:
        self.begin()
        self.change_all()

        self.step(self.work_plan_row, "opd", "disetujui", "Batal")

        assert self.now() == self.kept()

    def test_reasons_of_a_dropped_perubahan_are_not_shown_again(self) -> None:
        self.begin()
        self.change_all()
        self.rkpd("bappeda", "ditetapkan", "Batal")
        self.begin()
        self.set_targets({self.roads.pk: Decimal(471)}, "Jalan baru")

        (changed,) = self.comparison().changed_targets
        assert changed.reasons == ("Jalan baru",)

    def test_an_indicator_in_force_is_not_deleted_and_one_given_up_leaves_its_copy(self) -> None:
        with pytest.raises(RuleBroken, match="Jalan mantap"):
            self.delete(self.roads)
        self.begin()
        self.change_all()
        with pytest.raises(RuleBroken, match="Kemiskinan"):
            self.delete(self.poor)  # a dropped Perubahan would give it back
        self.finish()

        self.delete(self.poor)

        assert self.kept()["Kemiskinan"] == Decimal("12.25")
        self.begin()
        self.set_targets({self.roads.pk: Decimal(1)}, FLOOD)
        self.rkpd("bappeda", "ditetapkan", "Batal")
        assert self.now() == {"Jalan mantap": Decimal(440), "Jembatan baik": Decimal(3)}

    def test_a_node_goes_only_without_targets_in_force(self) -> None:
        bappeda, node = self.account("bappeda"), five_year_plans.NodeContent("1.03.11", "Program lain", self.works)
        program = five_year_plans.add_node(bappeda, self.roads.node.period, self.poor.node, node)
        lamps = self.indicator(program, "Lampu jalan", "higher", {})
        self.begin()
        self.set_targets({lamps.pk: Decimal(5)}, FLOOD)
        with pytest.raises(RuleBroken, match="Lampu jalan"):
            five_year_plans.delete_node(bappeda, program)

        self.set_targets({lamps.pk: None}, FLOOD)
        five_year_plans.delete_node(bappeda, program)
        assert not NodeIndicator.objects.filter(pk=lamps.pk).exists()

    def test_a_draft_does_not_keep_an_indicator_in_the_rpjmd(self) -> None:
        WorkPlan.objects.update(state="draf")

        self.delete(self.roads)

        assert self.now() == {"Kemiskinan": Decimal("12.25")}


class OlderVersionTest(WithTargets, Determined, PlanningCase):
    """A version from before they were kept: not the same as one that has none."""

    def setUp(self) -> None:
        self.first = self.item()
        self.work_plan_row = self.first.work_plan
        self.step(self.work_plan_row, "opd", "diajukan")
        self.step(self.work_plan_row, "bappeda", "disetujui")
        day = datetime.date(2026, 6, 30)
        self.plan = AnnualPlan.objects.create(
            fiscal_year=self.year, state="ditetapkan", decree=FIRST.decree, enacted_on=day
        )
        MIGRATION.keep_determined(apps, None)
        self.begin()

    def values(self) -> list[Decimal]:
        return list(WorkPlanTarget.objects.order_by("pk").values_list("value", flat=True))

    def test_dropping_leaves_every_target(self) -> None:
        self.change(310 * MILLION)

        self.rkpd("bappeda", "ditetapkan", "Batal")

        assert self.values() == [Decimal(470), Decimal("12.25")]
        assert self.first.__class__.objects.get().pagu == 300 * MILLION

    def test_what_could_not_be_given_back_is_not_changed(self) -> None:
        with pytest.raises(RuleBroken, match="sebelum versi memuat target indikator"):
            self.set_targets({self.roads.pk: Decimal(1)}, FLOOD)
        assert self.values() == [Decimal(470), Decimal("12.25")]
        page = self.as_("opd").get(f"/renja/{self.work_plan_row.pk}/").content.decode()
        assert f"/renja/{self.work_plan_row.pk}/indikator/" not in page

    def test_nothing_is_compared_or_told_and_the_next_version_knows(self) -> None:
        comparison = self.comparison()
        assert (comparison.knows_targets, comparison.targets) == (False, [])
        assert published.publication(2027).targets == ()
        client = self.as_("bappeda")
        assert "tidak dibandingkan" in client.get("/rkpd/perbandingan/").content.decode()
        assert "sebelum target indikator ikut disimpan" in client.get("/rkpd/versi/0/").content.decode()
        self.change(310 * MILLION)

        after = self.finish()

        assert after.target_count == 2
        assert "tidak dibandingkan" in client.get("/rkpd/perbandingan/").content.decode()
        self.begin()
        self.set_targets({self.roads.pk: Decimal(1)}, FLOOD)
        assert [one.kind for one in self.comparison().changed_targets] == ["changed"]
