"""The judgement over what stands: each thing that is wrong is said, and nothing of what is well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.judging import Expected, Seen, Standing, judge

NEW = Standing("2026.2.0", "hello", 2)
OLD = replace(NEW, version="2026.1.0")
WORDS = frozenset({"w1-1", "w1-2"})
WELL = Seen(NEW, "2026.2.0", rows=WORDS, letters=WORDS | {"w1-3"}, answers=True, running=("2026.2.0",))


def test_nothing_is_said_of_an_app_that_is_well() -> None:
    assert judge(WELL, Expected(NEW, WORDS)) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"standing": OLD}, "stands and not"),
        ({"standing": replace(NEW, schema=3)}, "stands and not"),
        ({"receipt": "2026.1.0"}, "the receipt says 2026.1.0"),
        ({"receipt": ""}, "the receipt says nothing"),
        ({"rows": frozenset({"w1-1"})}, "1 acknowledged writes are lost, such as w1-2"),
        ({"letters": frozenset({"w1-1"})}, "1 rows are without their letters"),
        ({"answers": False}, "nobody answers"),
        ({"maintenance": True}, "maintenance is on"),
        ({"left": ("journal/canary.json",)}, "left behind: journal/canary.json"),
        ({"running": ("2026.1.0", "2026.2.0")}, "programs of 2026.1.0 run"),
    ],
)
def test_each_wrong_is_said(changes: dict[str, Any], said: str) -> None:
    assert any(said in complaint for complaint in judge(replace(WELL, **changes), Expected(NEW, WORDS)))


def test_an_app_that_is_gone_has_no_receipt_no_program_and_its_words_in_a_point() -> None:
    gone = Seen(None, kept=WORDS)
    assert judge(gone, Expected(None, WORDS, told=WORDS)) == ()
    assert judge(gone, Expected(None, WORDS)) == ("2 acknowledged writes are lost, such as w1-1",)
    assert judge(replace(gone, answers=True), Expected(None)) == ("somebody answers for an app that is not there",)


def test_a_write_that_was_to_be_undone_is_lost_when_no_point_has_it() -> None:
    assert judge(Seen(None), Expected(None, WORDS, told=WORDS)) == ("2 acknowledged writes are lost, such as w1-1",)
