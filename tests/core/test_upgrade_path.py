"""Which releases an upgrade passes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from semai.core.catalog import Release
from semai.core.upgrade_path import can_follow, upgrade_path
from semai.errors import CannotResolve

from tests.core.catalog_dsl import release


def hops(releases: str, current: str, target: str) -> list[str]:
    path = upgrade_path("batang/a", [release(line) for line in releases.split("\n")], current, target)
    return [hop.manifest.version for hop in path]


def refusal(releases: str, current: str, target: str) -> CannotResolve:
    with pytest.raises(CannotResolve) as caught:
        hops(releases, current, target)
    return caught.value


def test_same_version_needs_no_hop() -> None:
    assert hops("1\n2", "1", "1") == []


def test_release_that_follows_any_older_one_is_one_hop() -> None:
    assert hops("1\n2\n3", "1", "3") == ["3"]


def test_range_forces_a_stop_between() -> None:
    assert hops("1\n2 from >=1\n3 from >=2\n4 from >=3", "1", "4") == ["2", "3", "4"]


def test_fewest_hops_win_and_the_newer_stop_among_equals() -> None:
    assert hops("1\n2 from ==1\n3 from ==1\n4 from ==2 ==3", "1", "4") == ["3", "4"]


def test_retired_release_may_be_passed_through_but_not_a_withdrawn_one() -> None:
    assert hops("2 from ==1; status retired\n3 from ==2", "1", "3") == ["2", "3"]
    assert refusal("2 from ==1; status withdrawn\n3 from ==2", "1", "3").code == "no-upgrade-path"


def test_broken_chain_says_how_far_it_leads() -> None:
    error = refusal("2 from ==1\n3 from ==2\n9 from ==8", "1", "9")
    assert (error.code, error.fields["furthest"]) == ("no-upgrade-path", "3")


def test_downgrade_and_unknown_target_are_refused() -> None:
    assert refusal("1\n2", "2", "1").code == "downgrade"
    assert refusal("1\n2", "1", "3").code == "no-such-release"


def test_version_that_is_no_longer_listed_can_be_upgraded() -> None:
    assert hops("2 from >=1", "1.5", "2") == ["2"]


@given(st.dictionaries(st.integers(2, 8), st.sets(st.integers(1, 7), max_size=3)), st.integers(2, 8))
def test_path_is_a_shortest_chain_of_allowed_hops(follows: dict[int, set[int]], target: int) -> None:
    releases = [
        release(f"{version} from " + " ".join(f"=={v}" for v in sorted(froms) or [99]))
        for version, froms in follows.items()
    ]
    lengths = {1: 0}
    for version in range(2, 9):  # hops only lead upward, so one pass over ascending versions suffices
        before = [lengths[v] for v in follows.get(version, ()) if v in lengths and v < version]
        if before:
            lengths[version] = min(before) + 1
    try:
        path: tuple[Release, ...] | None = upgrade_path("m/a", releases, "1", str(target))
    except CannotResolve:
        path = None
    assert (len(path) if path is not None else None) == lengths.get(target)
    here = Version("1")
    for hop in path or ():
        assert can_follow(hop, here)
        here = hop.version
