"""Rows of a catalog, and finding apps in them."""

from __future__ import annotations

import json

import pytest
from semai.core.listing import AppRow, find, plain, read_rows, search
from semai.errors import InvalidInput

from tests.simulator.repository import BUDGETING, PLANNING, app, index, release


def rows(*apps: dict[str, object], mentor: str = "batang") -> list[AppRow]:
    return read_rows(json.dumps(index(*apps, mentor=mentor)).encode())


ROWS = [*rows(PLANNING, BUDGETING), *rows(PLANNING, mentor="kendal")]


def test_row_says_what_a_listing_needs() -> None:
    assert rows(PLANNING) == [
        AppRow(
            mentor="batang",
            id="e-planning",
            name="E-Planning",
            summary="Usulan, Renja and RKPD in one calendar",
            owner="Bapperida Kabupaten Batang",
            version="2026.11.0",
            status="active",
            versions=("2026.11.0", "2026.10.0"),
            provides=(),
            consumes=(),
        )
    ]


@pytest.mark.parametrize(
    ("standings", "shown"),
    [
        (["candidate", "active"], ("2.0", "active")),
        (["withdrawn", "deprecated"], ("2.0", "deprecated")),
        (["draft", "candidate"], ("2.0", "candidate")),
        (["retired", "withdrawn"], ("3.0", "retired")),
    ],
)
def test_newest_release_on_offer_is_shown(standings: list[str], shown: tuple[str, str]) -> None:
    releases = [release(f"{3 - place}.0", standing={"status": status}) for place, status in enumerate(standings)]
    [row] = rows(app("e-planning", *releases))
    assert (row.version, row.status) == shown


def test_app_without_a_release_is_listed() -> None:
    [row] = rows(app("e-planning"))
    assert (row.version, row.status, row.versions) == ("", "", ())


def test_left_out_defaults_are_read() -> None:
    """The signed form leaves defaults out: an active release has no standing."""
    bare = app("e-planning", release("1.0"))
    del bare["releases"][0]["standing"]
    assert rows(bare)[0].status == "active"


def test_terminal_codes_in_a_mentors_text_are_dropped() -> None:
    [row] = rows(app("e-planning", release("1.0"), name="E\x1b[2J-Planning\r\n", summary="a\u202eb"))
    assert row.name == "E [2J-Planning"
    assert row.summary == "a b"
    assert plain("Dinas Kesehatan — Batang") == "Dinas Kesehatan — Batang"


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b"", b'{"mentor": "x", "apps": [1]}', b'{"mentor": "x", "apps": [{}]}']
)
def test_content_that_is_no_index_raises(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_rows(content)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["renja"], ["batang/e-planning", "kendal/e-planning"]),
        (["RKA", "ceiling"], ["batang/e-budgeting"]),
        (["kendal"], ["kendal/e-planning"]),
        (["bapperida", "batang/"], ["batang/e-planning", "batang/e-budgeting"]),
        (["renja", "rka"], []),
    ],
)
def test_every_word_must_occur(words: list[str], found: list[str]) -> None:
    assert [row.key for row in search(ROWS, words)] == found


def test_contracts_are_searched() -> None:
    listed = rows(app("e-planning", release("1.0", provides={"planning.work-plan": ["1.0"]})))
    assert search(listed, ["work-plan"]) == listed


def test_bare_id_of_one_mentor_is_enough() -> None:
    assert find(ROWS, "e-budgeting").key == "batang/e-budgeting"


def test_same_id_at_two_mentors_must_be_qualified() -> None:
    with pytest.raises(InvalidInput) as caught:
        find(ROWS, "e-planning")
    assert caught.value.code == "app-ambiguous"
    assert caught.value.details == ("batang/e-planning", "kendal/e-planning")
    assert find(ROWS, "kendal/e-planning").mentor == "kendal"


@pytest.mark.parametrize("text", ["e-plannin", "batang/eplanning", "e-planing"])
def test_unknown_app_suggests_the_nearest(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find(ROWS, text)
    assert caught.value.code == "unknown-app"
    assert "batang/e-planning" in caught.value.details
