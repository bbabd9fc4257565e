"""What is wrong with a region beyond the type of one value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai.core.region_checks import Problem, nip_problem, region_problems, selection_problems


def told(problems: list[Problem]) -> list[str]:
    return [".".join(map(str, p.place)) + ": " + p.message.format(**p.fields) for p in problems]


def test_a_right_region_has_no_problems() -> None:
    region = {
        "code": "53.10",
        "province_code": "53",
        "agencies": [{"code": "1.01", "head_nip": "198001022005011003"}, {"code": "1.02", "head_nip": ""}],
        "districts": [{"code": "53.10.01", "villages": [{"code": "53.10.01.2001"}]}],
    }
    assert region_problems(region, {"53.10": "", "53.10.01": "", "53.10.01.2001": ""}.get) == []


def test_every_problem_is_found_at_once() -> None:
    region = {
        "code": "53.10",
        "province_code": "52",
        "agencies": [{"code": "1.01", "head_nip": "123"}, {"code": "1.01"}],
        "districts": [
            {"code": "53.11.01", "villages": [{"code": "53.11.02.2001"}]},
            {"code": "53.11.01", "villages": []},
        ],
    }
    assert told(region_problems(region, lambda code: None if code == "53.11.02.2001" else "known")) == [
        "province_code: 52 is not the province of the region's code: 53",
        "districts.0.code: 53.11.01 does not lie in 53.10",
        "districts.1.code: 53.11.01 does not lie in 53.10",
        "districts.0.villages.0.code: 53.11.02.2001 does not lie in 53.11.01",
        "agencies.0.head_nip: 123 is no NIP: 18 digits without spaces, the 15th is 1 or 2",
        "agencies.1.code: 1.01 is already the code of number 1",
        "districts.1.code: 53.11.01 is already the code of number 1",
        "districts.0.villages.0.code: 53.11.02.2001 is not an official region code",
    ]


def test_points_outside_the_bounds_and_bounds_that_are_none_are_found() -> None:
    bounds = {"south": -9.0, "west": 120.1, "north": -8, "east": 120.8}
    swapped = {"latitude": 120.5, "longitude": -8.6}
    inside = {"latitude": -8.6, "longitude": 120.5}
    villages = [{"point": inside}, {"point": swapped}, {"point": "x"}, {}]
    region = {"bounds": bounds, "districts": [{"point": swapped, "villages": villages}]}
    assert told(region_problems(region)) == [
        "districts.0.point: this point lies outside bounds",
        "districts.0.villages.1.point: this point lies outside bounds",
    ]
    upside_down = {"bounds": {**bounds, "north": -9.5}}
    assert told(region_problems(upside_down)) == ["bounds: bounds need south below north, and west below east"]


@pytest.mark.parametrize(
    ("nip", "right"),
    [
        ("198001022005011003", True),
        ("198001022023212003", True),  # PPPK: 21 in place of the month
        ("198013022005011003", False),
        ("198002302005011003", False),
        ("198001022005131003", False),
        ("198001022005013003", False),
        ("19800102 200501 1 003", False),
        ("19800102200501100", False),
        ("１９８００１０２２００５０１１００３", False),
    ],
)
def test_nip(nip: str, right: bool) -> None:
    assert (nip_problem(nip) is None) == right


@pytest.mark.parametrize("code", ["5310", "53.1", "53.100", "03.10", "x", "53.00"])
def test_codes_that_are_no_region_codes(code: str) -> None:
    assert told(region_problems({"code": code})) == [f"code: {code} is no region code; write it like 53.10 or 53"]


def test_shared_ports_and_names_are_found() -> None:
    apps = {"a/x": {"port": 8101}, "b/x": {"port": 8102}, "a/y": {"port": 8101}, "a/z": "broken"}
    assert told(selection_problems({"apps": apps})) == [
        "apps.b/x: a/x has the same name; one region runs only one of them",
        "apps.a/y.port: 8101 is already the port of a/x",
    ]


SIDES = ("south", "west", "north", "east")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "agencies", "districts", "villages", "head_nip", "apps", "port", "bounds", "point", *SIDES]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(value=ANYTHING)
def test_broken_structure_never_breaks_the_checks(value: Any) -> None:
    region_problems(value, lambda code: None)
    selection_problems(value)
