"""Which way back is chosen from what the hosts say of their restore points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from semai.core.plan import DeployedApp, Placement
from semai.core.points import Points
from semai.errors import SemaiError
from semai.operations.rollback import Found, choose

OLD, NEW = "a" * 64, "b" * 64


def point(name: str, release: str = OLD, version: str = "2026.1.0", **said: Any) -> dict[str, Any]:
    told = {"name": name, "moment": "2026-11-28T14:02:00Z", "data": True, "possible": True, "undoes_data": True}
    return {**told, "release": release, "version": version, **said}


def host(*points: dict[str, Any], leader: bool = True, release: str = NEW) -> Points:
    return Points.model_validate(
        {"app": "desk", "version": "2026.2.0", "release": release, "leader": leader, "points": points}
    )


def found(**hosts: Points) -> Found:
    placed = {name: Placement(leader=told.leader) for name, told in hosts.items()} if len(hosts) > 1 else None
    return Found(DeployedApp("desk", mentor="batang", placed=placed), hosts)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(SemaiError) as caught:
        act()
    return caught.value.code


def test_newest_point_is_chosen_and_a_named_one_when_named() -> None:
    told = found(one=host(point("20261128T140200Z-b"), point("20261127T140200Z-a")))
    assert choose(told, "").point.name == "20261128T140200Z-b"
    assert choose(told, "20261127T140200Z-a").point.name == "20261127T140200Z-a"
    assert code_of(lambda: choose(told, "20200101T000000Z-c")) == "no-such-point"


def test_data_without_a_release_is_passed_over() -> None:
    removed = point("20261128T140200Z-b", release=None, version=None, possible=False)  # type: ignore[arg-type]
    assert choose(found(one=host(removed, point("20261127T140200Z-a"))), "").point.name == "20261127T140200Z-a"
    assert code_of(lambda: choose(found(one=host(removed)), "")) == "no-point"


def test_newest_point_that_cannot_be_used_is_said_not_skipped() -> None:
    why = {"code": "artifact-missing", "message": "x.whl (abc) is missing in the store"}
    broken = point("20261128T140200Z-b", possible=False, why=why)
    assert code_of(lambda: choose(found(one=host(broken, point("20261127T140200Z-a"))), "")) == "point-unusable"


def test_followers_go_to_their_own_point_of_the_same_release() -> None:
    theirs = [point("20261128T150000Z-x", NEW, "2026.2.0"), point("20261128T140300Z-y")]
    told = found(lead=host(point("20261128T140200Z-b")), other=host(*theirs, leader=False))
    back = choose(told, "")
    assert (back.host, back.point.name) == ("lead", "20261128T140200Z-b")
    assert {name: p and p.name for name, p in back.followers.items()} == {"other": "20261128T140300Z-y"}


def test_follower_that_stayed_behind_has_nothing_to_do() -> None:
    told = found(lead=host(point("20261128T140200Z-b")), other=host(leader=False, release=OLD))
    assert choose(told, "").followers == {"other": None}


def test_follower_without_the_release_stops_it_before_anything_changes() -> None:
    told = found(lead=host(point("20261128T140200Z-b")), other=host(leader=False))
    assert code_of(lambda: choose(told, "")) == "follower-without-point"


def test_hosts_with_data_of_their_own_are_gone_back_to_one_at_a_time() -> None:
    told = Found(DeployedApp("desk"), {"one": host(point("20261128T140200Z-b")), "two": host()})
    assert code_of(lambda: choose(told, "")) == "host-ambiguous"
