"""Linked apps on two servers: backed up, verified, drilled and restored as one whole, or said what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.ansible import Event, OnEvent, RunResult
from semai.errors import HostRefused, InvalidInput, SemaiError
from semai.operations.backup import choose_whole, create, left_apart, listing, verify, wholes_of
from semai.operations.drill import Task, chosen_hosts
from semai.operations.plan import expected_backups
from semai.operations.probe import Site
from semai.operations.restore import find, perform_all

from tests.operations.test_backup_hosts import spread

HOST_OF = {"e-planning": "satu", "e-budgeting": "dua"}
Answer = dict[str, Any]


@dataclass
class Fleet:
    """Hosts that answer verbs of the host tool as the real one does, and what each was told, in order."""

    sets: dict[str, list[Answer]] = field(default_factory=dict)
    heard: list[tuple[str, ...]] = field(default_factory=list)
    refuses: tuple[str, str] = ("", "")  # host, action
    clock: int = 0

    def run(self, playbook: str, on_event: OnEvent | None = None, **options: Any) -> RunResult:
        """Do what `Ansible.run` does."""
        words = options["variables"]["semai_verb"]
        events = tuple(self._event(host, words) for host in options["limit"].split(","))
        return RunResult(0, events, (), Path("log"))

    def _event(self, host: str, words: Sequence[str]) -> Event:
        self.heard.append((host, *words[words[0] == "backup" :]))
        action = words[1] if words[0] == "backup" else words[0]
        if (host, action) == self.refuses:
            error = {"code": "disk-full", "message": "no space left for /srv/backups", "hint": "", "exit_code": 7}
            return Event("failed", host, action="semai_host", result={"msg": "x", "semai_error": error})
        answer = getattr(self, f"_{action}")(host, list(words[2:]))
        return Event("ok", host, action="semai_host", result={"report": answer})

    def _create(self, host: str, words: list[str]) -> Answer:
        whole, _, apps = (
            words[words.index("--together") + 1].partition(":") if "--together" in words else ("", "", "")
        )
        (app,) = (app for app, at in HOST_OF.items() if at == host)
        self.clock += 1
        made = {
            "set": f"20261128T18{self.clock:02}00Z-{app}-aaaaaa",
            "apps": [app],
            "bytes": 1,
            "moment": f"2026-11-28T18:{self.clock:02}:00Z",
            "laid": f"2026-11-28T18:{self.clock:02}:30Z",
            "whole": whole,
            "whole_apps": apps.split(",") if apps else [],
        }
        self.sets.setdefault(host, []).append(made)
        return {"engine": "restic", "encrypted": True, "sets": [made]}

    def _list(self, host: str, words: list[str]) -> Answer:
        return {"engine": "restic", "encrypted": True, "sets": self.sets.get(host, [])}

    def _verify(self, host: str, words: list[str]) -> Answer:
        return {"verified": words}

    def _plan(self, host: str, words: list[str]) -> Answer:
        (stored,) = (stored for stored in self.sets[host] if stored["set"] == words[0])
        app = {"app": stored["apps"][0], "version": "1", "set_version": "1", "possible": True}
        return {**stored, "engine": "restic", "encrypted": True, "age_hours": 1, "apps": [app]}

    def _restore(self, host: str, words: list[str]) -> Answer:
        return {"set": words[0], "apps": {words[1]: {"version": "1", "restore_point": "p"}}}

    def _maintenance(self, host: str, words: list[str]) -> Answer:
        return {"changed": True}


@dataclass(frozen=True)
class Hosted(Site):
    """A site whose hosts are a fleet."""

    fleet: Fleet = field(default_factory=Fleet)

    def ansible(self, verb: str, secrets: Sequence[str] = ()) -> Any:
        return self.fleet


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return spread(tmp_path_factory.mktemp("together"))


@pytest.fixture
def hosted(plain: Site) -> Hosted:
    return Hosted(plain.files, plain.state, plain.resources, plain.vault_password)


def quiet(event: Event) -> None:
    """Nobody watches."""


def made(site: Hosted, *apps: str) -> None:
    create(site, choose_whole(site, apps), quiet)


def refused(kind: type[SemaiError], act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(kind) as caught:
        act()
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("asked", [(), ("e-planning",), ("e-budgeting",)])
def test_who_reads_is_backed_up_before_what_it_reads_and_both_are_one_whole(
    hosted: Hosted, asked: tuple[str, ...]
) -> None:
    made(hosted, *asked)
    assert [(told[0], told[1], "--together" in told) for told in hosted.fleet.heard] == [
        ("dua", "create", True),
        ("satu", "create", True),
    ]
    (whole,) = wholes_of(hosted, listing(hosted))
    assert (whole.complete, whole.nightly, whole.apps) == (True, False, ("e-budgeting", "e-planning"))


def test_a_host_that_refuses_leaves_a_whole_that_is_not_complete_and_is_taken_for_nothing(hosted: Hosted) -> None:
    hosted.fleet.refuses = ("satu", "create")
    assert refused(HostRefused, lambda: made(hosted))[0] == "disk-full"
    (whole,) = wholes_of(hosted, listing(hosted))
    assert (whole.complete, whole.missing) == (False, ("e-planning",))
    heard = len(hosted.fleet.heard)
    for act in (
        lambda: verify(hosted, whole.set, quiet),
        lambda: find(hosted, whole.set),
        lambda: chosen_hosts(hosted, whole.set, ()),
    ):
        code, said = refused(InvalidInput, act)
        assert (code, "e-planning is missing" in said) == ("set-incomplete", True)
    assert {told[1] for told in hosted.fleet.heard[heard:]} == {"list"}


def test_a_limit_makes_no_whole_and_says_so(hosted: Hosted) -> None:
    limited = Hosted(hosted.files, hosted.state, hosted.resources, hosted.vault_password, "dua", hosted.fleet)
    assert left_apart(limited, choose_whole(limited)) == ((("e-budgeting", "e-planning"), False),)
    made(limited, "e-budgeting")
    assert [told[:2] for told in hosted.fleet.heard] == [("dua", "create")]
    assert wholes_of(hosted, listing(hosted)) == ()
    assert left_apart(hosted, choose_whole(hosted)) == ()


def test_all_parts_of_a_whole_are_verified_and_drilled_where_they_are(hosted: Hosted) -> None:
    made(hosted)
    (whole,) = wholes_of(hosted, listing(hosted))
    parts = {part.host: part.set for part in whole.parts}
    assert {host: told.verified for host, told in verify(hosted, whole.set, quiet).items()} == {
        host: (name,) for host, name in parts.items()
    }
    assert chosen_hosts(hosted, whole.set, ()) == {host: Task((), name) for host, name in parts.items()}
    assert chosen_hosts(hosted, whole.set, ["e-planning"]) == {"satu": Task(("e-planning",), parts["satu"])}


def test_what_reads_comes_back_first_and_stays_closed_until_what_it_reads_is_back(hosted: Hosted) -> None:
    made(hosted)
    (whole,) = wholes_of(hosted, listing(hosted))
    hosted.fleet.heard.clear()
    restored = perform_all(hosted, find(hosted, whole.set), quiet)
    assert list(restored) == ["dua", "satu"]
    budget, plan = (part.set for part in whole.parts)
    first, last = ("dua", "restore", budget, "e-budgeting"), ("satu", "restore", plan, "e-planning")
    pages = [("dua", "maintenance", state, "e-budgeting") for state in ("on", "off")]
    waiting = [told for told in hosted.fleet.heard if told in (first, last, *pages)]
    assert waiting == [first, pages[0], last, pages[1]]


def test_a_part_that_cannot_come_back_is_named_with_the_way_back_and_the_page_goes(hosted: Hosted) -> None:
    made(hosted)
    (whole,) = wholes_of(hosted, listing(hosted))
    ways = find(hosted, whole.set)
    hosted.fleet.refuses = ("satu", "restore")
    code, said = refused(HostRefused, lambda: perform_all(hosted, ways, quiet))
    assert (code, "e-budgeting" in said, "satu has still" in said) == ("restore-unfinished", True, True)
    assert ("dua", "maintenance", "off", "e-budgeting") in hosted.fleet.heard
    hosted.fleet.refuses = ("dua", "restore")
    assert refused(HostRefused, lambda: perform_all(hosted, ways, quiet))[0] == "disk-full"


def test_the_host_that_others_read_from_waits_at_night(hosted: Hosted) -> None:
    choose_whole(hosted)
    waits = {host: told.get("wait", 0) for host, told in expected_backups(hosted.files).items()}
    assert waits == {"satu": 60, "dua": 0, "tiga": 0}
