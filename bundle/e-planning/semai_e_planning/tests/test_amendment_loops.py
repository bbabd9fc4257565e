"""The two loops of a year: no dead state, every step at its desk, and totals that hold on any course."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from semai_kit import roles
from semai_kit.refusals import Refused

from .. import reference
from ..models import (
    AgencyCeiling,
    Amendment,
    AnnualPlan,
    WorkPlan,
)
from ..selectors import published
from ..services import ceilings, gates, work_plans
from .cases import (
    MILLION,
    SECOND,
    WHY,
    Determined,
    PlanningCase,
    PlanningPropertyCase,
    WithTargets,
    working_comparison,
)

DESKS = ("desa", "kecamatan", "opd", "opd-lain", "bappeda", "dprd", "inspektorat", "kepala_daerah", "auditor")
STEPS = {
    "ditetapkan > perubahan: Buka Perubahan RKPD": ["bappeda"],
    "perubahan > perubahan_reviu: Kirim Perubahan untuk reviu APIP": ["bappeda"],
    "perubahan > ditetapkan: Batalkan Perubahan RKPD": ["bappeda"],
    "perubahan_reviu > perubahan: Kembalikan ke Bappeda": ["inspektorat"],
    "perubahan_reviu > perubahan_siap: Nyatakan reviu selesai": ["inspektorat"],
    "perubahan_siap > perubahan: Kembalikan ke Bappeda": ["kepala_daerah"],
    "perubahan_siap > ditetapkan: Tetapkan Perubahan RKPD": ["kepala_daerah"],
    "disetujui > perubahan: Mulai Perubahan Renja": ["opd"],
    "perubahan > perubahan_diajukan: Ajukan Perubahan ke Bappeda": ["opd"],
    "perubahan > disetujui: Batalkan Perubahan Renja": ["opd"],
    "perubahan_diajukan > perubahan: Kembalikan ke OPD": ["bappeda"],
    "perubahan_diajukan > disetujui: Setujui Perubahan dan kunci": ["bappeda"],
}


class LoopTest(Determined, PlanningCase):
    def test_every_action_of_the_loops_has_a_stage_in_both(self) -> None:
        once = {"annual_plan.reopen"}
        for action in reference.loop_actions():
            found = {stage.loop for stage in reference.stages() if action in stage.actions}
            assert found == ({"perubahan"} if action in once else {"murni", "perubahan"}), action

    def test_from_every_state_of_a_perubahan_the_determination_is_reached(self) -> None:
        for flow, end in ((AnnualPlan.workflow(), "ditetapkan"), (WorkPlan.workflow(), "disetujui")):
            for state in flow.states:
                reached, queue = {state}, [state]
                while queue:
                    for step in flow.leaving(queue.pop()):
                        if step.to not in reached:
                            reached.add(step.to)
                            queue.append(step.to)
                assert end in reached, state

    def test_each_step_belongs_to_one_desk(self) -> None:
        found = {}
        for flow, record in (
            (AnnualPlan.workflow(), AnnualPlan(fiscal_year=self.year)),
            (WorkPlan.workflow(), WorkPlan(fiscal_year=self.year, agency=self.works)),
        ):
            for step in flow.transitions:
                if "perubahan" in step.origin + step.to:
                    place = record.permission_place()
                    may = [who for who in DESKS if roles.allowed_at(self.account(who), step.permission, place)]
                    found[f"{step.origin} > {step.to}: {step.title}"] = may
        assert found == STEPS

    def test_loop_follows_the_state(self) -> None:
        assert gates.loop_of(self.year) == "murni"
        self.determine()
        assert gates.loop_of(self.year) == "perubahan"


ACTIONS = ("change", "add", "remove", "ceiling", "open", "start", "submit", "return", "approve", "cancel", "review",
           "send_back", "ready", "enact", "drop", "target", "no_target")  # fmt: skip


class AmendmentPropertyTest(WithTargets, Determined, PlanningPropertyCase):
    """Whatever is tried in whatever order: no total drifts, nothing passes its pagu, and a way leads to the end."""

    # Shrinking a course of slow steps takes minutes and tells little more.
    @settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
    @given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 1200)), min_size=4, max_size=25))
    def test_any_course(self, course: list[tuple[str, int]]) -> None:
        self.determine()
        self.number = 0
        for action, amount in [("open", 1), ("start", 1), *course]:
            try:
                with transaction.atomic():
                    self.attempt(action, amount)
            except Refused:
                pass
            self.check()
        self.reach_the_end()
        self.check()
        assert AnnualPlan.objects.get().state == "ditetapkan"

    def attempt(self, action: str, amount: int) -> None:
        plan = WorkPlan.objects.get(agency=self.works)
        self.plan = AnnualPlan.objects.get()
        opd, bappeda = self.account("opd"), self.account("bappeda")
        item = plan.items.order_by("-pk").first()
        moves = {"start": ("opd", "perubahan"), "submit": ("opd", "perubahan_diajukan"),
                 "return": ("bappeda", "perubahan"), "approve": ("bappeda", "disetujui"),
                 "cancel": ("opd", "disetujui")}  # fmt: skip
        rkpd = {"open": ("bappeda", "perubahan"), "review": ("bappeda", "perubahan_reviu"),
                "send_back": ("inspektorat", "perubahan"), "ready": ("inspektorat", "perubahan_siap"),
                "drop": ("bappeda", "ditetapkan")}  # fmt: skip
        if action in moves:
            self.step(plan, *moves[action], WHY)
        elif action in rkpd:
            self.rkpd(*rkpd[action], WHY)
        elif action == "enact":
            decree = replace(SECOND, decree=f"{SECOND.decree}/{self.plan.revision}")
            self.rkpd("kepala_daerah", "ditetapkan", enactment=decree)
        elif action in ("target", "no_target"):
            self.set_targets({self.poor.pk: Decimal(amount) if action == "target" else None}, WHY)
        elif action == "ceiling":
            ceilings.set_ceiling(bappeda, self.year, self.works, amount * MILLION)
        elif action == "add":
            self.number += 1
            content = self.item_content(self.sibling(str(self.number)), amount * MILLION)
            work_plans.add_item(opd, plan, content, WHY)
        elif item is not None and action == "change":
            work_plans.change_item(opd, item, self.item_content(item.sub_activity, amount * MILLION), WHY)
        elif item is not None:
            work_plans.remove_item(opd, item, WHY)

    def check(self) -> None:
        plan = AnnualPlan.objects.get()
        newest = plan.versions.order_by("-number").first()
        assert newest is not None
        public = published.publication(2027)
        assert public.version == newest
        assert sum(item.pagu for item in public.items) == newest.total
        assert [version.number for version in plan.versions.all()] == list(range(newest.number + 1))
        for version in plan.versions.all():
            assert version.total == sum(row.total for row in version.agencies.all())
            assert version.target_count == version.targets.count()
        assert ceilings.planned_sum(self.year, self.works) <= AgencyCeiling.objects.get().amount
        comparison = working_comparison(plan)
        assert comparison.difference == sum(item.difference for item in comparison.items)
        assert comparison.new.total == ceilings.planned_sum(self.year, self.works)
        if plan.state == "ditetapkan":
            assert (comparison.changed, comparison.changed_targets) == ([], [])
            assert not Amendment.objects.filter(outcome="open").exists()
        else:
            assert Amendment.objects.get(outcome="open").base == newest
            assert all(row.reasons for row in [*comparison.changed, *comparison.changed_targets])
        assert [target.old.value for target in comparison.targets if target.old] == [
            one.target.value for one in public.targets
        ]

    def reach_the_end(self) -> None:
        """The shortest way on from any state, by those who may go it."""
        ways = {"perubahan_siap": "enact", "perubahan_reviu": "ready", "perubahan": "drop"}
        while (state := AnnualPlan.objects.get().state) != "ditetapkan":
            self.attempt(ways[state], 1)
