"""The order of hops of several apps, and what they are expected to cost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from semai.core.catalog import AppKey, Artifact, Manifest, Release
from semai.core.receipt import HostState
from semai.core.upgrade_estimate import minutes, room
from semai.core.upgrade_steps import Versions, steps
from semai.errors import CannotResolve

from tests.core.catalog_dsl import release

A, B, C = (AppKey("batang", name) for name in "abc")


def always(_: Versions) -> bool:
    return True


def taken(paths: Mapping[AppKey, list[str]], fits=always) -> list[dict[str, str]]:
    found = steps(
        {key: [release(v) for v in versions] for key, versions in paths.items()},
        {A: "1", B: "1", C: "1"},
        [A, B, C],
        fits,
    )
    return [{key.id: r.manifest.version for key, r in moves.items()} for moves in found]


def test_providers_go_their_whole_way_first() -> None:
    assert taken({B: ["2"], A: ["2", "3"]}) == [{"a": "2"}, {"a": "3"}, {"b": "2"}]


def test_a_consumer_goes_first_where_the_provider_would_break_it() -> None:
    assert taken({A: ["2"], B: ["2"]}, lambda now: now[A] == "1" or now[B] == "2") == [{"b": "2"}, {"a": "2"}]


def test_two_apps_that_fit_only_together_move_together() -> None:
    assert taken({A: ["2"], B: ["2"]}, lambda now: now[A] == now[B]) == [{"a": "2", "b": "2"}]


def test_three_apps_that_fit_only_together_move_together() -> None:
    together = taken({A: ["2"], B: ["2"], C: ["2"]}, lambda now: len({now[A], now[B], now[C]}) == 1)
    assert together == [{"a": "2", "b": "2", "c": "2"}]


def test_without_a_common_way_the_stuck_apps_are_named() -> None:
    with pytest.raises(CannotResolve) as caught:
        taken({A: ["2"], B: ["2"]}, lambda now: now[A] == "1" and now[B] == "1")
    assert (caught.value.code, caught.value.details) == (
        "no-common-path",
        ("batang/a: 1 -> 2", "batang/b: 1 -> 2"),
    )


def made(change: str, version: str = "2", size_mb: int = 10) -> Release:
    lifecycle = {"change": change, "migrations": {"minutes_per_gb": 2.5}}
    manifest = Manifest.model_validate({"version": version, "lifecycle": lifecycle})
    wheel = Artifact(kind="wheel", name="a/b.whl", file="b.whl", size=size_mb << 20, sha256="0" * 64)
    return Release(manifest=manifest, digest="0" * 64, artifacts=(wheel,))


@pytest.mark.parametrize(
    ("change", "database_mb", "expected"),
    [("code", 10240, 0), ("config", 10240, 0), ("migrate", 0, 1), ("migrate", 1024, 3), ("migrate", 10240, 25)],
)
def test_only_a_migration_pauses_the_app_for_as_long_as_its_database_needs(
    change: str, database_mb: float, expected: int
) -> None:
    assert minutes(made(change), database_mb) == expected


def state(*filesystems: tuple[str, int]) -> HostState:
    listed = [{"path": path, "free_mb": free} for path, free in filesystems]
    return HostState.model_validate({"filesystems": listed, "apps": {"a": {"database_mb": 100}}})


def test_room_counts_releases_copies_and_files_on_one_file_system() -> None:
    hops = [{A: made("migrate", "2")}, {A: made("migrate", "3")}, {A: made("code", "4")}]
    (found,) = room("h1", state(("/srv/semai", 909)), hops)
    packed, unpacked, copies, spare = 30, 80, 300, 200
    assert found.needed_mb == packed + unpacked + copies + spare
    assert found.shortage is None
    (less,) = room("h1", state(("/srv/semai", 609)), hops)
    assert less.shortage is not None
    assert (less.shortage.code, less.shortage.needed) == ("disk-too-small", "610")


def test_a_file_system_of_its_own_is_judged_by_itself() -> None:
    found = room("h1", state(("/srv/semai", 5000), ("/srv/semai/apps", 100)), [{A: made("migrate")}])
    assert {(r.path, r.needed_mb, r.shortage is None) for r in found} == {
        ("/srv/semai", 210, True),
        ("/srv/semai/apps", 440, False),
    }
