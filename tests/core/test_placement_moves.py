"""What hosts.yml may not take from a host: an app from its data, databases from their server."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.plan import DeployedApp, Move, Placement, plan
from semai.core.receipt import HostState
from semai.core.roles import Displaced, Wanted, displaced

RECEIPT = {"app": "desk", "version": "2026.1.0", "release": "a" * 64, "config": "b" * 64}


def desk(*hosts: str) -> DeployedApp:
    """Return an app that these hosts carry, the leader first."""
    placed = {host: Placement(leader=host == hosts[0]) for host in hosts}
    return DeployedApp("desk", version="2026.1.0", release="a" * 64, config="b" * 64, placed=placed)


def has_it(*, leads: bool = True, server: dict[str, str] | None = None, **changes: Any) -> HostState:
    found = {"receipt": RECEIPT, "leader": leads, "service": {"state": "running"}, **changes}
    return HostState.model_validate({"apps": {"desk": found}, "server": server or {}})


NOTHING = HostState()


def test_an_app_with_its_data_elsewhere_is_a_move() -> None:
    assert plan([desk("two")], {"one": has_it(), "two": NOTHING}).moves == (Move("desk", "one", "two"),)


def test_a_host_that_never_led_may_let_an_app_go() -> None:
    made = plan([desk("one")], {"one": has_it(), "two": has_it(leads=False)})
    assert made.moves == ()
    assert [(step.host, step.kind.value) for step in made.changes] == [("two", "remove")]


def test_a_leader_may_become_a_follower() -> None:
    assert plan([desk("two", "one")], {"one": has_it(), "two": has_it(leads=False)}).moves == ()


@pytest.mark.parametrize(
    "left", [has_it(receipt=None, receipt_error="torn"), has_it(receipt=None, service={"state": "stopped"})]
)
def test_what_is_left_of_an_app_counts_too(left: HostState) -> None:
    assert plan([desk("two")], {"one": left}).moves == (Move("desk", "one", "two"),)


def test_an_app_that_is_selected_no_more_is_no_move() -> None:
    assert plan([DeployedApp("desk", present=False)], {"one": has_it()}).moves == ()


def test_databases_in_use_stay_on_their_host() -> None:
    wanted = (Wanted("one", {"common": "d"}), Wanted("two", {"common": "d", "postgresql": "d"}))
    home = has_it(server={"common": "d", "postgresql": "d"})
    assert displaced(wanted, {"one": home, "two": NOTHING}) == (Displaced("postgresql", "one", "two"),)
    assert displaced(wanted, {"one": home}) == (Displaced("postgresql", "one", "two"),)
    unused = HostState.model_validate({"server": {"postgresql": "d"}})
    assert displaced(wanted, {"one": unused, "two": NOTHING}) == ()
    stays = (Wanted("one", {"postgresql": "d"}), Wanted("two", {"common": "d"}))
    assert displaced(stays, {"one": home, "two": NOTHING}) == ()
