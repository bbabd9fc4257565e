"""Answers to an app's questions."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.catalog import Question
from semai.core.questions import Refused, answer_problems, check_answer, effective_answers, parse_answer


def question(**more: Any) -> Question:
    return Question.model_validate({"title": "T", **more})


@pytest.mark.parametrize(
    ("asked", "text", "answer"),
    [
        ({"type": "text"}, "  Ruteng ", "Ruteng"),
        ({"type": "text", "secret": True}, " s p ", " s p "),
        ({"type": "text"}, "{{ x }} 'y' \"z\"", "{{ x }} 'y' \"z\""),
        ({"type": "integer"}, "2027", 2027),
        ({"type": "integer"}, "-3", -3),
        ({"type": "decimal"}, "2.50", "2.50"),
        ({"type": "decimal"}, "1e3", "1000"),
        ({"type": "boolean"}, "ya", True),
        ({"type": "boolean"}, "NO", False),
        ({"type": "choice", "choices": ["A4", "F4"]}, "F4", "F4"),
        ({"type": "date"}, "2027-01-31", "2027-01-31"),
        ({"type": "email"}, "a.b@manggaraikab.go.id", "a.b@manggaraikab.go.id"),
        ({"type": "url"}, "https://sipd.kemendagri.go.id/x", "https://sipd.kemendagri.go.id/x"),
        ({"type": "text", "pattern": "[A-Z]{3}"}, "ABC", "ABC"),
    ],
)
def test_answers_that_do(asked: dict, text: str, answer: object) -> None:
    assert parse_answer(question(**asked), text) == answer


@pytest.mark.parametrize(
    ("asked", "text", "problem"),
    [
        ({"type": "integer"}, "dua", "needs a whole number"),
        ({"type": "integer"}, "2.0", "needs a whole number"),
        ({"type": "integer"}, "9" * 5000, "needs a whole number"),
        ({"type": "integer", "minimum": 5}, "4", "must be at least 5"),
        ({"type": "integer", "maximum": 5}, "6", "must be at most 5"),
        ({"type": "decimal"}, "NaN", "needs a number such as 2.5"),
        ({"type": "decimal"}, "1e999999", "needs a number such as 2.5"),
        ({"type": "boolean"}, "maybe", "needs true or false"),
        ({"type": "choice", "choices": ["A4", "F4"]}, "a4", "is not allowed; allowed: A4, F4"),
        ({"type": "date"}, "31-01-2027", "needs a date such as 2027-01-31"),
        ({"type": "date"}, "2027-02-30", "needs a date such as 2027-01-31"),
        ({"type": "email"}, "bupati", "needs an e-mail address"),
        ({"type": "url"}, "javascript:alert(1)", "needs an address that begins with http:// or https://"),
        ({"type": "url"}, "http://[", "needs an address that begins with http:// or https://"),
        ({"type": "text", "minimum": 3}, "ab", "must have at least 3 characters"),
        ({"type": "text", "maximum": 3}, "abcd", "must have at most 3 characters"),
        ({"type": "text", "pattern": "[A-Z]+"}, "abc", "does not fit the pattern [A-Z]+"),
        ({"type": "text", "pattern": "[A-Z]+", "pattern_message": "huruf {besar}"}, "abc", "huruf {besar}"),
        ({"type": "text", "pattern": "("}, "abc", "cannot be judged: the mentor's pattern ( is broken"),
        ({"type": "text"}, "a\nb", "must be one line without control characters"),
        (
            {"type": "text"},
            "x @secret(apps.y.z)",
            "must not contain @secret( : only semai writes references to the vault",
        ),
        ({"type": "text"}, "x" * 3000, "is longer than 2000 characters"),
    ],
)
def test_answers_that_do_not(asked: dict, text: str, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_answer(question(**asked), text)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", True), ("integer", "5"), ("boolean", 1), ("text", 5), ("decimal", True)]
)
def test_stored_answers_keep_their_type(kind: str, value: Any) -> None:
    with pytest.raises(Refused):
        check_answer(question(type=kind), value)


def test_defaults_yield_to_answers_and_are_not_stored() -> None:
    questions = {
        "a": question(default="x"),
        "b": question(default="y"),
        "c": question(secret=True, default="z"),
        "d": question(),
    }
    assert effective_answers(questions, {"b": "given"}) == {"a": "x", "b": "given"}


def test_missing_secret_answers_are_found() -> None:
    questions = {"key": question(secret=True, title="Kunci")}
    assert [p.fields for p in answer_problems(questions, {}, {})] == [{"title": "Kunci"}]
    assert list(answer_problems(questions, {}, {"key": "x"})) == []
