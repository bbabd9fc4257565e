"""Workflow files are checked when loaded; moves are checked when made."""

import threading
from pathlib import Path

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from semai_kit import roles, workflow, years
from semai_kit.models import Agency, FiscalYear, TransitionLog
from semai_kit.testing import KitTestCase, KitThreadsTestCase
from semai_kit.tests.garden.models import Plot
from semai_kit.workflow import TransitionRefused, Workflow, WorkflowInvalid

PLOT = Plot.workflow()


def load(tmp_path: Path, text: str) -> Workflow:
    path = tmp_path / "w.yml"
    path.write_text(text)
    return Workflow.load(path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "initial: a\nstates: {a: {title: A, kind: neutral}}\ntransitions: []",
            "'a' is not terminal but nothing leaves",
        ),
        (
            "initial: b\nstates: {a: {title: A, kind: neutral, terminal: true}}\ntransitions: []",
            "unknown state 'b'",
        ),
        (
            "initial: a\nstates: {a: {title: A, kind: neutral, terminal: true}, b: {title: B, kind: neutral, "
            "terminal: true}}\ntransitions: []",
            "'b' is never reached",
        ),
        ("initial: a\nstates: {a: {title: A, kind: pink, terminal: true}}\ntransitions: []", "kind must be one of"),
        (
            "initial: a\nstates: {a: {title: A, kind: neutral}, b: {title: B, kind: neutral, terminal: true}}\n"
            "transitions: [{from: a, to: b, title: T, permission: p}, {from: [a], to: b, title: T, permission: p}]",
            "given twice",
        ),
        (
            "initial: a\nstates: {a: {title: A, kind: neutral}, b: {title: B, kind: neutral, terminal: true}}\n"
            "transitions: [{from: a, to: b, title: T, permission: p}, {from: b, to: a, title: T, permission: p}]",
            "terminal but a transition leaves",
        ),
        (
            "initial: a\nstates: {a: {title: A, kind: neutral}, b: {title: B, kind: neutral}, c: {title: C, "
            "kind: neutral, terminal: true}}\n"
            "transitions: [{from: a, to: b, title: T, permission: p}, {from: b, to: c, title: T, permission: p, "
            "kinds: [k]}, {from: a, to: c, title: T, permission: p, kinds: [l]}]",
            "state 'b': nothing leaves it for kind 'l'",
        ),
        ("initial: a\nstates: {a: {title: A, kind: neutral, colour: red}}\ntransitions: []", "colour"),
        ("states: {}\ntransitions: []", "initial"),
    ],
)
def test_wrong_workflow_file_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(WorkflowInvalid, match=fault):
        load(tmp_path, text)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(sorted(PLOT.states)), max_size=12))
def test_following_transitions_never_leaves_the_states_nor_a_terminal_one(targets: list[str]) -> None:
    state = PLOT.initial
    for target in targets:
        if PLOT.find(state, target):
            assert not PLOT.state(state).terminal
            state = target
    assert state in PLOT.states


def test_unknown_state_of_an_old_row_is_shown_as_it_is() -> None:
    assert PLOT.state("lama").title == "lama"


class MoveTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("lain", "gardener", agency=Agency.objects.get(code="1.02"))
        cls.persona("kepala", "head-gardener")

    def setUp(self) -> None:
        self.plot = Plot.objects.create(name="Petak", agency=self.agency, fiscal_year=FiscalYear.objects.get())

    def test_new_record_starts_in_the_initial_state(self) -> None:
        assert self.plot.state == "draf"
        assert (self.plot.state_title, self.plot.state_kind) == ("Draf", "neutral")

    def test_move_changes_state_and_writes_history(self) -> None:
        workflow.transition(self.plot, "diajukan", self.account("opd"))
        workflow.transition(self.plot, "draf", self.account("kepala"), "  lengkapi lokasi ")
        assert Plot.objects.get().state == self.plot.state == "draf"
        logs = [
            (log.from_state, log.to_state, log.reason, log.account.username) for log in workflow.history(self.plot)
        ]
        assert logs == [("draf", "diajukan", "", "opd"), ("diajukan", "draf", "lengkapi lokasi", "kepala")]

    def test_illegal_move_says_what_is_allowed(self) -> None:
        with pytest.raises(
            TransitionRefused, match="Dari “Draf” tidak bisa menjadi “Diterima”. Yang bisa: Diajukan"
        ):
            workflow.transition(self.plot, "diterima", self.account("kepala"))

    def test_terminal_state_says_that_nothing_is_allowed(self) -> None:
        workflow.transition(self.plot, "diajukan", None)
        workflow.transition(self.plot, "diterima", None)
        with pytest.raises(TransitionRefused, match="tidak ada"):
            workflow.transition(self.plot, "draf", None, "x")

    def test_move_needs_the_permission_where_the_record_is(self) -> None:
        with pytest.raises(roles.Denied):
            workflow.transition(self.plot, "diajukan", self.account("lain"))
        assert Plot.objects.get().state == "draf"
        assert not TransitionLog.objects.exists()

    def test_missing_reason_is_refused_and_nothing_changes(self) -> None:
        workflow.transition(self.plot, "diajukan", self.account("opd"))
        with pytest.raises(TransitionRefused, match="Alasan wajib"):
            workflow.transition(self.plot, "ditolak", self.account("kepala"), "   ")
        assert Plot.objects.get().state == "diajukan"

    def test_record_of_a_locked_year_does_not_move(self) -> None:
        years.set_status(FiscalYear.objects.get(), "locked", None)
        with pytest.raises(years.YearClosed, match="2027 berstatus terkunci"):
            workflow.transition(self.plot, "diajukan", self.account("opd"))

    def test_stale_object_is_judged_by_the_stored_state(self) -> None:
        stale = Plot.objects.get()
        workflow.transition(self.plot, "diajukan", self.account("opd"))
        with pytest.raises(TransitionRefused):
            workflow.transition(stale, "diajukan", self.account("opd"))

    def test_available_moves_depend_on_the_account(self) -> None:
        workflow.transition(self.plot, "diajukan", None)
        assert [t.to for t in workflow.available(self.plot, self.account("kepala"))] == [
            "diterima",
            "ditolak",
            "draf",
        ]
        assert workflow.available(self.plot, self.account("opd")) == []

    def test_button_on_the_page_moves_the_record(self) -> None:
        client = self.as_("opd")
        assert b"Ajukan" in client.get(f"/petak/{self.plot.pk}").content
        response = client.post(f"/petak/{self.plot.pk}/status/", {"to": "diajukan"}, follow=True)
        assert "Status menjadi “Diajukan”" in response.content.decode()
        refused = client.post(f"/petak/{self.plot.pk}/status/", {"to": "diterima"}, follow=True)
        assert "Peran Anda" in refused.content.decode()


class RaceTests(KitThreadsTestCase):
    def test_two_people_pressing_at_once_make_one_move(self) -> None:
        plot = Plot.objects.create(
            name="Petak", agency=Agency.objects.first(), fiscal_year=FiscalYear.objects.get()
        )
        start, outcomes = threading.Barrier(2), []

        def press() -> None:
            mine = Plot.objects.get(pk=plot.pk)
            start.wait()
            try:
                workflow.transition(mine, "diajukan", None)
                outcomes.append("moved")
            except TransitionRefused:
                outcomes.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=press) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["moved", "refused"]
        assert TransitionLog.objects.count() == 1
