"""What a region has left unsettled on its hosts, by what they say."""

from __future__ import annotations

from typing import Any

from semai.core.receipt import HostState
from semai.operations.resume import Unsettled, unsettled


def state(**said: Any) -> HostState:
    return HostState.model_validate({"tool": "2026.11.0", **said})


CUT = {"app": "desk", "verb": "activate", "step": "migrate", "started": "2026-11-28T14:02:00Z"}
LOCK = {"pid": 7, "user": "root", "verb": "activate", "app": "desk", "since": "2026-11-28T14:02:00Z"}


def test_run_that_was_cut_is_found_with_its_step() -> None:
    assert unsettled({"one": state(journal=[CUT])}) == (Unsettled("one", "desk", "activate", "migrate"),)


def test_run_that_goes_on_is_told_from_one_that_was_cut() -> None:
    (entry,) = unsettled({"one": state(journal=[CUT], lock=LOCK)})
    assert entry.running


def test_page_of_an_operator_is_found_without_a_run() -> None:
    assert unsettled({"one": state(maintenance=["desk"])}) == (Unsettled("one", "desk", page=True),)


def test_host_that_lost_its_tool_is_known() -> None:
    assert not unsettled({"one": state(tool=None, journal=[CUT])})[0].tool


def test_other_apps_and_quiet_hosts_are_left_out() -> None:
    states = {"one": state(journal=[CUT], maintenance=["other"]), "two": state()}
    assert [entry.app for entry in unsettled(states, "desk")] == ["desk"]
    assert [entry.app for entry in unsettled(states)] == ["desk", "other"]
