"""Perubahan RKPD: from its opening to its determination or its end, and what every rule refuses on the way."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from semai_kit.models import Notification
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused
from semai_kit.workflow import history as workflow_history

from ..errors import CeilingExceeded, RuleBroken, StageClosed
from ..models import (
    AgencyCeiling,
    Amendment,
    AnnualPlan,
    AnnualPlanVersion,
    ItemChange,
    Proposal,
    Stage,
    WorkPlan,
    WorkPlanItem,
)
from ..selectors import five_year_plans as plan_reading
from ..selectors import published
from ..services import annual_plans, ceilings, five_year_plans, review, work_plans
from .cases import FIRST, MILLION, SECOND, WHY, Determined, PlanningCase


class AmendmentTest(Determined, PlanningCase):
    def setUp(self) -> None:
        self.determine()

    def test_determining_keeps_a_version_and_its_figures(self) -> None:
        version = self.plan.versions.get()

        assert (version.number, version.decree, version.total) == (0, FIRST.decree, 300 * MILLION)
        row = version.items.get()
        assert (row.item_id, row.sub_activity_code, row.location) == (
            self.first.pk,
            "1.03.10.2.01.0005",
            "Kecamatan Hulu",
        )
        assert version.agencies.get().ceiling == 1000 * MILLION

    def test_a_version_is_never_changed_in_code_or_in_the_database(self) -> None:
        version = self.plan.versions.get()
        version.total = Decimal(1)
        with pytest.raises(RuntimeError, match="cannot be changed"):
            version.save()
        for table in ("annualplanversion", "versionitem", "versionagency"):
            with (
                self.subTest(table=table),
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"DELETE FROM semai_e_planning_{table}")

    def test_opening_starts_from_what_was_determined_and_tells_the_planners(self) -> None:
        self.rkpd("bappeda", "perubahan", WHY)

        amendment = Amendment.objects.get()
        assert (str(self.plan), amendment.reason, amendment.base.number) == ("Perubahan RKPD ke-1 2027", WHY, 0)
        assert self.comparison().changed == []
        assert Notification.objects.filter(account=self.account("opd"), title__contains="dibuka").exists()

    def test_only_bappeda_opens_it_with_a_reason_after_the_determination(self) -> None:
        with pytest.raises(Denied):
            self.rkpd("opd", "perubahan", WHY)
        with pytest.raises(TransitionRefused, match="Alasan wajib"):
            self.rkpd("bappeda", "perubahan")
        assert not Amendment.objects.exists()
        other = AnnualPlan(fiscal_year=self.year, state="draf")
        assert other.workflow().find("draf", "perubahan") is None

    def test_only_its_own_stage_opens_it(self) -> None:
        Stage.objects.filter(fiscal_year=self.year, loop="perubahan").update(opens_on=None, closes_on=None)

        with pytest.raises(StageClosed):
            self.rkpd("bappeda", "perubahan", WHY)

    def test_stages_of_the_first_loop_do_not_open_a_perubahan_renja(self) -> None:
        self.begin()
        Stage.objects.filter(fiscal_year=self.year, loop="perubahan").update(opens_on=None, closes_on=None)

        with pytest.raises(StageClosed, match="belum dijadwalkan"):
            self.change(400 * MILLION)

    def test_without_a_perubahan_nothing_determined_is_changed(self) -> None:
        for who, to in (("bappeda", "draf"), ("opd", "perubahan")):
            with self.subTest(to=to), pytest.raises(RuleBroken):
                self.step(self.work_plan_row, who, to, "Terlambat")
        with pytest.raises(RuleBroken, match="lewat Perubahan RKPD"):
            ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, 2000 * MILLION)
        schools = self.account("opd-lain")
        with pytest.raises(RuleBroken, match="lewat Perubahan RKPD"):
            work_plans.open_work_plan(schools, self.year, schools.grants.get().agency)

    def test_every_change_needs_its_reason(self) -> None:
        self.begin()
        content = self.item_content(self.sibling("a"), 10 * MILLION)
        for attempt in (
            lambda: self.change(400 * MILLION, " "),
            lambda: work_plans.add_item(self.account("opd"), self.work_plan_row, content),
            lambda: work_plans.remove_item(self.account("opd"), self.first),
        ):
            with pytest.raises(RuleBroken, match="Isi alasan perubahan"):
                attempt()
        assert (self.comparison().changed, ItemChange.objects.count()) == ([], 0)

    def test_side_by_side_names_what_changed_with_reasons_and_differences(self) -> None:
        self.begin()
        added = work_plans.add_item(
            self.account("opd"), self.work_plan_row, self.item_content(self.sibling("a"), 50 * MILLION), "Bencana"
        )
        content = replace(self.item_content(self.first.sub_activity, 400 * MILLION), location="Kecamatan Hilir")
        work_plans.change_item(self.account("opd"), self.first, content, "Lokasi pindah")

        found = {item.row.code: item for item in self.comparison().changed}
        old, new = found[self.first.sub_activity.code], found[added.sub_activity.code]
        assert (old.kind, sorted(old.changed_titles), old.reasons) == (
            "changed",
            ["lokasi", "pagu"],
            ("Lokasi pindah",),
        )
        assert (new.kind, new.difference, new.reasons) == ("added", 50 * MILLION, ("Bencana",))
        assert self.comparison().difference == 150 * MILLION

    def test_removed_sub_activity_stays_in_sight_with_its_reason(self) -> None:
        self.begin()
        work_plans.remove_item(self.account("opd"), self.first, "Gagal lelang")

        (item,) = self.comparison().changed
        assert (item.kind, item.difference, item.reasons) == ("removed", -300 * MILLION, ("Gagal lelang",))

    def test_pagu_rules_the_changed_renja(self) -> None:
        self.begin()
        with pytest.raises(CeilingExceeded):
            self.change(1001 * MILLION)

        ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, 2000 * MILLION)
        assert self.change(1001 * MILLION).pagu == 1001 * MILLION
        assert self.comparison().agencies[0].ceiling_before == 1000 * MILLION

    def test_what_others_read_stays_determined_until_the_perubahan_is(self) -> None:
        self.begin()
        self.change(400 * MILLION)
        before = published.publication(2027)
        assert (before.version.number, [item.pagu for item in before.items]) == (0, [300 * MILLION])

        version = self.finish()

        after = published.publication(2027)
        assert (after.version, [item.pagu for item in after.items]) == (version, [400 * MILLION])
        assert (version.decree, version.enacted_on) == (SECOND.decree, SECOND.enacted_on)
        assert Amendment.objects.get().result == version
        assert AnnualPlanVersion.objects.get(number=0).total == 300 * MILLION

    def test_nothing_changed_is_not_reviewed(self) -> None:
        self.rkpd("bappeda", "perubahan", WHY)
        with pytest.raises(RuleBroken, match="Belum ada yang berubah"):
            self.rkpd("bappeda", "perubahan_reviu", "Mohon direviu")

    def test_unapproved_perubahan_renja_is_named(self) -> None:
        self.begin()
        with pytest.raises(RuleBroken, match="belum disetujui: DPU"):
            self.rkpd("bappeda", "perubahan_reviu", "Mohon direviu")

    def test_review_is_told_which_programs_leave_the_rpjmd(self) -> None:
        program = self.first.sub_activity.parent.parent
        five_year_plans.set_node_ceilings(self.account("bappeda"), program, {2027: 350 * MILLION})
        self.begin()
        self.change(400 * MILLION)
        (check,) = plan_reading.consistency(self.account("bappeda"), self.year)
        assert (check.verdict, check.determined, check.planned) == (
            "melebihi RPJMD",
            300 * MILLION,
            400 * MILLION,
        )

        self.finish()

        reasons = [log.reason for log in workflow_history(self.plan)]
        assert any("Tidak selaras dengan RPJMD: 1.03.10 (melebihi RPJMD)" in reason for reason in reasons)

    def test_its_regulation_is_another_and_not_older(self) -> None:
        self.begin()
        self.change(400 * MILLION)
        self.step(self.work_plan_row, "opd", "perubahan_diajukan")
        self.step(self.work_plan_row, "bappeda", "disetujui")
        self.rkpd("bappeda", "perubahan_reviu", "Mohon direviu")
        self.rkpd("inspektorat", "perubahan_siap", "Sesuai")
        older = replace(SECOND, enacted_on=datetime.date(2026, 6, 29))
        for wrong, said in ((replace(SECOND, decree=FIRST.decree), "peraturan sendiri"), (older, "mendahului")):
            with self.subTest(said=said), pytest.raises(RuleBroken, match=said):
                annual_plans.move(self.account("kepala_daerah"), self.plan, "ditetapkan", "", wrong)
        assert self.plan.versions.count() == 1

    def test_second_perubahan_starts_from_the_first(self) -> None:
        self.begin()
        self.change(400 * MILLION)
        self.finish()
        self.begin()

        assert (Amendment.objects.get(outcome="open").base.number, self.plan.revision) == (1, 2)
        assert self.comparison().old.total == 400 * MILLION

    def test_dropping_brings_everything_back_and_lets_new_usulan_go(self) -> None:
        self.begin()
        ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, 2000 * MILLION)
        taken = work_plans.take_proposal(self.account("opd"), self.first, self.proposal_at("diterima"))
        added = work_plans.add_item(
            self.account("opd"), self.work_plan_row, self.item_content(self.sibling("a"), 50 * MILLION), "Bencana"
        )
        self.change(400 * MILLION)

        self.rkpd("bappeda", "ditetapkan", "Perubahan APBD ditiadakan")

        assert (self.plan.revision, self.plan.decree) == (0, FIRST.decree)
        assert not WorkPlanItem.objects.filter(pk=added.pk).exists()
        assert WorkPlanItem.objects.get().pagu == 300 * MILLION
        assert AgencyCeiling.objects.get().amount == 1000 * MILLION
        taken.refresh_from_db()
        assert (taken.state, taken.work_plan_item) == ("diterima", None)
        assert "Perubahan APBD ditiadakan" in taken.last_reason
        self.work_plan_row.refresh_from_db()
        assert self.work_plan_row.state == "disetujui"
        assert Amendment.objects.get().outcome == "dropped"

    def test_removed_row_comes_back_as_the_same_row(self) -> None:
        self.begin()
        key = self.first.pk
        work_plans.remove_item(self.account("opd"), self.first, "Gagal lelang")

        self.step(self.work_plan_row, "opd", "disetujui", "Lelang ulang berhasil")

        assert WorkPlanItem.objects.get().pk == key

    def test_renja_does_not_go_back_beyond_a_lowered_pagu(self) -> None:
        self.begin()
        self.change(100 * MILLION)
        ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, 200 * MILLION)

        with pytest.raises(CeilingExceeded, match="Rp200.000.000"):
            self.step(self.work_plan_row, "opd", "disetujui", "Batal")

    def test_new_opd_joins_and_disappears_again_when_dropped(self) -> None:
        self.rkpd("bappeda", "perubahan", WHY)
        schools = self.account("opd-lain")
        agency = schools.grants.get().agency
        work_plans.open_work_plan(schools, self.year, agency)
        assert WorkPlan.objects.count() == 2

        self.rkpd("bappeda", "ditetapkan", "Batal")

        assert not WorkPlan.objects.filter(agency=agency).exists()

    def test_budgeted_usulan_is_postponed_before_its_sub_activity_goes(self) -> None:
        self.begin()
        usulan = work_plans.take_proposal(self.account("opd"), self.first, self.proposal_at("diterima"))
        self.finish_with_change()
        usulan = review.move(self.account("bappeda"), Proposal.objects.get(pk=usulan.pk), "masuk_apbd")
        self.begin()
        with pytest.raises(RuleBroken, match="ditunda dahulu oleh Bappeda"):
            work_plans.remove_item(self.account("opd"), self.first, "Dana dialihkan")

        with transaction.atomic():
            review.move(self.account("opd"), usulan, "realisasi", "Selesai")
            with pytest.raises(RuleBroken, match="sudah terealisasi"):
                work_plans.remove_item(self.account("opd"), self.first, "Dana dialihkan")
            transaction.set_rollback(True)
        usulan.refresh_from_db()
        review.move(self.account("bappeda"), usulan, "ditunda", "Dana dialihkan")
        work_plans.remove_item(self.account("opd"), self.first, "Dana dialihkan")
        assert not WorkPlanItem.objects.exists()

    def finish_with_change(self) -> None:
        self.change(310 * MILLION)
        self.finish()

    def test_node_of_a_determined_rkpd_is_not_deleted(self) -> None:
        self.begin()
        work_plans.remove_item(self.account("opd"), self.first, "Gagal lelang")
        with pytest.raises(RuleBroken, match="sudah dipakai"):
            five_year_plans.delete_node(self.account("bappeda"), self.first.sub_activity)
