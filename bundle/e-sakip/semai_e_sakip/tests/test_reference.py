"""The data a region may change hangs together: workflows, roles, versions, outline."""

from __future__ import annotations

from collections import deque

import pytest
from django.urls import reverse
from semai_kit import roles
from semai_kit.numbering import all_series

from .. import reference
from ..models import Agreement, Evaluation, Measurement, Recommendation, Report
from ..selectors import dashboard
from ..selectors.document_tables import TABLES

STATEFUL = (Agreement, Evaluation, Measurement, Recommendation, Report)
PERMISSIONS = {permission for role in roles.catalog().values() for permission in role.permissions}


def ways_out(workflow, state: str) -> set[str]:
    """Every state that can be reached from one."""
    found, queue = {state}, deque([state])
    while queue:
        for step in workflow.leaving(queue.popleft()):
            if step.to not in found:
                found.add(step.to)
                queue.append(step.to)
    return found


@pytest.mark.parametrize("model", STATEFUL)
def test_no_state_is_unreachable_or_dead(model) -> None:
    workflow = model.workflow()
    assert ways_out(workflow, workflow.initial) == set(workflow.states)
    ends = {state.id for state in workflow.states.values() if state.terminal or state.kind == "success"}
    for state in workflow.states:
        assert ways_out(workflow, state) & ends, f"{state} never comes to an end"


@pytest.mark.parametrize("model", STATEFUL)
def test_every_step_belongs_to_a_role(model) -> None:
    assert {step.permission for step in model.workflow().transitions} <= PERMISSIONS


def test_every_desk_waits_in_states_that_exist_and_leads_to_a_page() -> None:
    for desk in dashboard.DESKS:
        assert set(desk.states) <= set(desk.model.workflow().states)
        assert desk.permission in PERMISSIONS
        assert reverse(desk.url_name)


def test_levels_form_one_chain() -> None:
    levels = reference.levels()
    assert [level.parent for level in levels] == ["", *(level.id for level in levels[:-1])]
    assert {level for kind in reference.official_kinds() for level in kind.levels} <= {level.id for level in levels}


def test_the_version_in_force_is_the_newest_that_had_begun() -> None:
    rule = reference.rules()[0]
    assert reference.in_force([rule], 1990) is rule
    assert reference.in_force([rule], 2050) is rule
    newer = reference.Outline("baru", 2026, "", ())
    older = reference.Outline("lama", 2014, "", ())
    assert reference.in_force([newer, older], 2025) is older
    assert reference.in_force([newer, older], 2026) is newer


def test_every_section_of_the_lkjip_has_its_table_and_known_words() -> None:
    known = (
        "region head_title entity year indicators measured average band budget spent absorption agreements "
        "recommendations open_recommendations"
    )
    words = dict.fromkeys(known.split(), "x")
    for outline in reference.outlines():
        ids = [section.id for section in outline.sections]
        assert len(ids) == len(set(ids))
        for section in outline.sections:
            assert section.text.format(**words)
            assert not section.block or section.block in TABLES


def test_agreements_have_a_number_series() -> None:
    assert "perjanjian-kinerja" in all_series()
