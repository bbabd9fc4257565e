"""Packing apps into hosts: never over capacity, everything placed where one host has room for all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from semai.core.placement import Load, Placement, Room, place

HOSTS = ("dua", "satu", "tiga")
sizes = st.integers(min_value=0, max_value=4000)
loads = st.lists(
    st.builds(
        Load,
        name=st.sampled_from([f"app-{n}" for n in range(14)]),
        memory_mb=sizes,
        disk_mb=sizes,
        allowed=st.none() | st.frozensets(st.sampled_from(HOSTS)),
    ),
    unique_by=lambda load: load.name,
    max_size=14,
)
rooms = st.lists(
    st.builds(Room, host=st.sampled_from(HOSTS), memory_mb=sizes, disk_mb=sizes),
    unique_by=lambda room: room.host,
    max_size=3,
)


def taken_by(placement: Placement, given_loads: list[Load], host: str) -> tuple[int, int]:
    there = [load for load in given_loads if placement.hosts.get(load.name) == host]
    return sum(load.memory_mb for load in there), sum(load.disk_mb for load in there)


@given(loads, rooms)
def test_no_host_is_ever_over_its_capacity_and_every_app_is_accounted_for(
    apps: list[Load], hosts: list[Room]
) -> None:
    placement = place(apps, hosts)
    for room in hosts:
        memory, disk = taken_by(placement, apps, room.host)
        assert memory <= room.memory_mb
        assert disk <= room.disk_mb
    for load in apps:
        host = placement.hosts.get(load.name)
        assert host is None or load.allowed is None or host in load.allowed
    assert sorted([*placement.hosts, *placement.left_over]) == sorted(load.name for load in apps)


@given(loads, rooms)
def test_an_app_is_left_over_only_when_no_host_has_room_left_for_it(apps: list[Load], hosts: list[Room]) -> None:
    placement = place(apps, hosts)
    for load in (load for load in apps if load.name in placement.left_over):
        for room in hosts:
            memory, disk = taken_by(placement, apps, room.host)
            fits = memory + load.memory_mb <= room.memory_mb and disk + load.disk_mb <= room.disk_mb
            assert not (fits and (load.allowed is None or room.host in load.allowed))


@given(loads, st.randoms())
def test_the_order_of_the_input_does_not_matter(apps: list[Load], random: object) -> None:
    hosts = [Room("satu", 6000, 6000), Room("dua", 3000, 9000)]
    shuffled = list(apps)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert place(shuffled, hosts[::-1]) == place(apps, hosts)


@given(loads)
def test_everything_is_placed_when_one_host_has_room_for_all(apps: list[Load]) -> None:
    free = [Load(load.name, load.memory_mb, load.disk_mb) for load in apps]
    whole = Room("satu", sum(load.memory_mb for load in apps), sum(load.disk_mb for load in apps))
    assert place(free, [whole]).left_over == ()


def test_apps_are_spread_so_that_hosts_stay_equally_empty() -> None:
    apps = [Load(f"app-{n}", 1000, 100) for n in range(4)]
    hosts = place(apps, [Room("satu", 8000, 9000), Room("dua", 8000, 9000)]).hosts
    assert sorted(hosts.values()) == ["dua", "dua", "satu", "satu"]


def test_another_arrangement_is_found_where_the_first_choice_leaves_one_over() -> None:
    apps = [Load("a", 5, 1), Load("b", 4, 1), Load("c", 3, 1), Load("d", 3, 1), Load("e", 3, 1)]
    assert place(apps, [Room("satu", 9, 9), Room("dua", 9, 9)]).left_over == ()
