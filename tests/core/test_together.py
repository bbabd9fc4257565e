"""Which sets of which hosts make one consistent whole, and in which order hosts are backed up for it."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.backups import StoredSet
from semai.core.together import Whole, wholes
from semai.core.turns import across, groups_of

from tests.core.test_server import THREE, deployed, manifest

APPS = {"satu": {"plan"}, "dua": {"budget"}, "tiga": {"sakip"}}
READS = [("budget", "plan"), ("sakip", "budget"), ("sakip", "plan")]
GROUP = [["budget", "plan", "sakip"]]


def settings(reads: list[tuple[str, str]] = READS, apps: dict[str, set[str]] = APPS) -> dict[str, dict[str, Any]]:
    told = across(GROUP, apps, reads)
    return {
        host: {"leads": sorted(found), "keeps": sorted(found), **told.get(host, {})} for host, found in apps.items()
    }


def stored(app: str, moment: str, laid: str = "", whole: str = "", night: int = 28) -> StoredSet:
    day = f"2026-11-{night}T"
    return StoredSet(
        set=f"202611{night}T{moment.replace(':', '')}00Z-{app}-aaaaaa",
        apps=(app,),
        bytes=1,
        moment=f"{day}{moment}:00Z",
        laid=f"{day}{laid}:00Z" if laid else "",
        whole=whole,
        whole_apps=tuple(GROUP[0]) if whole else (),
    )


def told(whole: Whole) -> tuple[list[str], tuple[str, ...], bool, bool]:
    return [part.host for part in whole.parts], whole.missing, whole.complete, whole.nightly


def night(**changes: StoredSet) -> dict[str, list[StoredSet]]:
    usual = {
        "tiga": stored("sakip", "17:30", "17:40"),
        "dua": stored("budget", "18:30", "18:40"),
        "satu": stored("plan", "19:30", "19:40"),
    }
    return {host: [changes.get(host, found)] for host, found in usual.items()}


def test_hosts_come_before_those_they_read_from_an_hour_apart() -> None:
    found = settings()
    assert groups_of(found) == ((("budget", "plan", "sakip"), ("tiga", "dua", "satu")),)
    assert {host: told["wait"] for host, told in found.items()} == {"tiga": 0, "dua": 60, "satu": 120}


def test_hosts_that_read_one_another_are_said_to_have_no_order() -> None:
    found = settings(apps={"satu": {"plan", "sakip"}, "dua": {"budget"}})
    assert groups_of(found) == ()
    assert groups_of(found, "apart") == ((("budget", "plan", "sakip"), ("satu", "dua")),)


def test_apps_on_one_host_need_no_order_and_excluded_ones_make_no_whole() -> None:
    assert across(GROUP, {"satu": {"plan", "budget", "sakip"}}, READS) == {}
    assert across(GROUP, {"satu": {"plan"}, "dua": set()}, READS) == {}
    (group,) = groups_of(settings(apps={"satu": {"plan"}, "dua": set(), "tiga": {"sakip"}}))
    assert group == (("plan", "sakip"), ("tiga", "satu"))


def test_the_timer_of_a_host_that_others_read_from_waits_for_theirs() -> None:
    groups = {**THREE, "app": {name: {**host} for name, host in THREE["app"].items()}}
    groups["app"]["satu"]["semai_carries"] = ["batang/e-planning"]
    groups["app"]["dua"]["semai_carries"] = ["batang/e-budgeting"]
    found = deployed(groups, e_planning=manifest(), e_budgeting=manifest())["semai_backup"]
    assert {host: told["wait"] for host, told in found.items()} == {"satu": 60, "dua": 0}
    assert groups_of(found) == ((("e-budgeting", "e-planning"), ("dua", "satu")),)


def test_sets_made_together_are_complete_when_all_are_there_whatever_clocks_say() -> None:
    made = {
        "tiga": [stored("sakip", "10:00", "10:01", "W")],
        "dua": [stored("budget", "09:00", "09:01", "W")],
        "satu": [stored("plan", "10:05", "10:06", "W")],
    }
    (whole,) = wholes(made, settings())
    assert (whole.set, whole.complete, whole.nightly) == ("W", True, False)
    assert [part.host for part in whole.parts] == ["tiga", "dua", "satu"]
    del made["satu"][0]
    (cut,) = wholes(made, settings())
    assert told(cut) == (["tiga", "dua"], ("plan",), False, False)


def test_sets_in_a_repository_that_hosts_share_belong_to_the_hosts_of_their_apps() -> None:
    every = [stored("sakip", "10:00", "10:01", "W"), stored("budget", "10:02", "10:03", "W")]
    every += [stored("plan", "10:04", "10:05", "W")]
    (whole,) = wholes({host: every for host in APPS}, settings())
    assert [(part.host, *part.apps) for part in whole.parts] == [
        ("tiga", "sakip"),
        ("dua", "budget"),
        ("satu", "plan"),
    ]


def test_nights_make_a_whole_where_the_order_held() -> None:
    (whole,) = wholes(night(), settings())
    assert told(whole) == (["tiga", "dua", "satu"], (), True, True)
    assert whole.moment == "2026-11-28T17:30:00Z"


@pytest.mark.parametrize(
    "late",
    [
        stored("budget", "18:30", "19:26"),  # whole too shortly before the next, for clocks of two machines
        stored("budget", "19:35", "19:40"),  # after what it reads
        stored("budget", "18:30"),  # made by a host tool that does not say when it was whole
        stored("budget", "18:30", "18:40", night=26),  # of another night
    ],
)
def test_a_night_whose_order_did_not_hold_is_not_complete(late: StoredSet) -> None:
    (whole,) = wholes(night(dua=late), settings())
    assert told(whole) == (["tiga", "satu"], ("budget",), False, True)


def test_an_older_set_takes_the_place_of_one_that_came_too_late() -> None:
    found = night(tiga=stored("sakip", "18:50", "18:55"))
    found["tiga"].append(stored("sakip", "05:00", "05:10"))
    (whole,) = wholes(found, settings())
    assert (whole.complete, whole.moment) == (True, "2026-11-28T05:00:00Z")


def test_nothing_is_said_of_wholes_with_hosts_that_were_not_asked() -> None:
    found = night()
    del found["dua"]
    found["tiga"].append(stored("sakip", "10:00", "10:01", "W"))
    assert wholes(found, settings()) == ()
