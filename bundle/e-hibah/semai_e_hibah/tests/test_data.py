"""The data files: workflows without dead ends, kinds whose stages add up, dates of reports."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai_kit import roles
from semai_kit.numbering import all_series
from semai_kit.workflow_file import Workflow

from .. import identity, masking, reference
from ..models import Application, AwardList, Report
from ..selectors.applications import DESKS, FORMS
from ..services.review import ELIGIBLE, ELSEWHERE

WORKFLOWS = [model.workflow() for model in (Application, AwardList, Report)]
TODAY = datetime.date(2026, 11, 28)


def ends_from(workflow: Workflow, state: str) -> set[str]:
    """Terminal states that can be reached from a state."""
    seen, queue = {state}, [state]
    while queue:
        for step in workflow.leaving(queue.pop()):
            if step.to not in seen:
                seen.add(step.to)
                queue.append(step.to)
    return {found for found in seen if workflow.state(found).terminal}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_state_is_reached_and_can_end(workflow: Workflow) -> None:
    assert all(ends_from(workflow, state) for state in workflow.states)


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_step_can_be_taken_by_some_role(workflow: Workflow) -> None:
    held = {permission for role in roles.catalog().values() for permission in role.permissions}
    assert {step.permission for step in workflow.transitions} <= held


@given(st.data())
def test_any_walk_through_the_states_can_still_end(data: st.DataObject) -> None:
    workflow, state = Application.workflow(), Application.workflow().initial
    for _ in range(data.draw(st.integers(0, 40))):
        steps = workflow.leaving(state)
        if not steps:
            break
        state = data.draw(st.sampled_from(steps)).to
    assert ends_from(workflow, state)


def test_every_desk_can_move_its_pile_back_or_on() -> None:
    workflow = Application.workflow()
    for desk in DESKS[:6]:
        steps = [step for step in workflow.leaving(desk.state) if step.permission == desk.permission]
        assert any(step.to == "ditolak" and step.needs_reason for step in steps), desk
        assert len(steps) == 3, desk


def test_steps_named_in_the_code_are_steps_of_the_data() -> None:
    pairs = {(step.origin, step.to) for step in Application.workflow().transitions}
    assert set(ELSEWHERE) | set(FORMS) | ELIGIBLE <= pairs


def test_a_rejection_or_return_always_needs_a_reason() -> None:
    order = list(Application.workflow().states)
    for step in Application.workflow().transitions:
        back = order.index(step.to) < order.index(step.origin) and step.to != "diajukan"
        if back or step.to in ("ditolak", "batal", "ditarik", "kurang"):
            assert step.needs_reason, step


def test_stages_of_every_kind_add_up_and_documents_have_titles() -> None:
    for kind in reference.kinds():
        assert sum(stage.percent for stage in kind.stages) == Decimal(100)
        assert not kind.stages[0].after_report
        assert all(reference.document(document).title != document for document in kind.documents)


def test_numbers_have_patterns() -> None:
    assert {"registration", "award_list", "agreement"} <= set(all_series())


@given(st.dates(datetime.date(2027, 1, 1), datetime.date(2027, 12, 31)))
def test_a_report_is_due_after_payment_and_not_after_the_last_day(paid: datetime.date) -> None:
    for kind in reference.kinds():
        due = kind.report_due(paid, 2027)
        assert paid <= due <= max(datetime.date(2028, 1, 10), paid)
        assert due <= paid + datetime.timedelta(days=kind.report_days)


@pytest.mark.parametrize("text", ["53.1001.650285.0001", "5310 0165 0285 0001"])
def test_a_nik_is_taken_in_any_usual_writing(text: str) -> None:
    assert identity.nik(text, TODAY) == "5310016502850001"


@pytest.mark.parametrize(
    "text", ["", "531001650285000", "5310013202850001", "0010016502850001", "5310010101200001", "' OR 1=1 --"]
)
def test_a_wrong_nik_or_a_childs_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        identity.nik(text, TODAY)


@pytest.mark.parametrize("text", ["123", "7" * 19, "11111111", "12345678a", "١٢٣٤٥٦٧٨"])
def test_a_wrong_bank_account_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        identity.bank_account(text)


def test_both_forms_of_an_npwp_are_the_same_key() -> None:
    old, new = identity.npwp("01.234.567.8-901.000"), identity.npwp("0012345678901000")
    assert old == new == "0012345678901000"


@given(st.text(alphabet="0123456789", min_size=16, max_size=16))
def test_masks_hide_most_of_a_number(digits: str) -> None:
    for mask in (masking.nik, masking.npwp, masking.bank_account, masking.phone):
        shown = "".join(c for c in mask(digits) if c.isdigit())
        assert len(shown) <= 6


def test_amounts_and_dates_in_a_title_are_not_taken_for_identifiers() -> None:
    for text in ("Rehabilitasi atap senilai Rp125.000.000 tahun 2027", "Tahap I, 12 Mei 2027, 40 peserta"):
        assert masking.identifiers_in(text) == []
    assert masking.identifiers_in("NIK 5310016502850001")
