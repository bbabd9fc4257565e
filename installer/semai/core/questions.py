"""An app's questions and a region's answers: types, limits, defaults. Only answers are stored. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic_core import PydanticCustomError

from semai.core.catalog import Question
from semai.core.region import Answer, one_line
from semai.core.region_checks import Problem
from semai.messages import N_, translate

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_URL = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?(/[^\s\"'<>]*)?")
_TRUE = ("true", "yes", "y", "ya", "1")
_FALSE = ("false", "no", "n", "tidak", "0")


class Refused(Exception):
    """An answer that does not do: an English msgid with its fields; `str` gives it translated."""

    def __init__(self, message: str, **fields: Any) -> None:
        self.message = message
        self.fields = fields
        super().__init__(message)

    def __str__(self) -> str:
        return translate(self.message, **self.fields)


def parse_answer(question: Question, text: str) -> Answer:
    """Return the answer written as `text` on a command line or prompt; raises Refused."""
    written = text.strip()
    if question.type == "integer" and _WHOLE.fullmatch(written):
        return check_answer(question, int(written))
    if question.type == "boolean" and written.lower() in (*_TRUE, *_FALSE):
        return check_answer(question, written.lower() in _TRUE)
    return check_answer(question, text if question.secret else written)


def check_answer(question: Question, value: Answer) -> Answer:
    """Return `value` in the form it is stored in; raises Refused when it does not fit the question."""
    answer = _CHECKS[question.type](question, value)
    _check_limits(question, answer)
    if question.pattern and not _fits(question.pattern, str(answer)):
        if question.pattern_message:
            raise Refused("{reason}", reason=question.pattern_message)
        raise Refused(N_("does not fit the pattern {pattern}"), pattern=question.pattern)
    return answer


def answer_problems(
    questions: Mapping[str, Question], answers: Mapping[str, Answer], secrets: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield what is wrong with an app's stored answers; places are (name,). Secret answers lie in the vault."""
    for name, value in answers.items():
        question = questions.get(name)
        if question is None:
            allowed = ", ".join(n for n, q in questions.items() if not q.secret) or "-"
            yield Problem((name,), N_("the app asks no such question; it asks: {allowed}"), {"allowed": allowed})
        elif question.secret:
            yield Problem((name,), N_("is secret and belongs in the vault; run: semai add --answer {name}=…"),
                          {"name": name})  # fmt: skip
        elif (refused := _refusal(question, value)) is not None:
            message = N_("{problem} ({title})")
            yield Problem((name,), message, {"problem": str(refused), "title": question.title})
    for name, question in questions.items():
        given = secrets if question.secret else answers
        if question.default is None and name not in given:
            yield Problem((name,), N_("is not answered yet: {title}"), {"title": question.title})


def effective_answers(questions: Mapping[str, Question], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the region's answers over the manifest's defaults, in the order of the questions; no secret ones."""
    chosen = {name: answers.get(name, q.default) for name, q in questions.items() if not q.secret}
    return {name: answer for name, answer in chosen.items() if answer is not None}


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error as error:
        raise Refused(N_("cannot be judged: the mentor's pattern {pattern} is broken"), pattern=pattern) from error


def _refusal(question: Question, value: Answer) -> Refused | None:
    try:
        check_answer(question, value)
    except Refused as refused:
        return refused
    return None


def _text(question: Question, value: Answer) -> str:
    if not isinstance(value, str):
        raise Refused(N_("needs a text"))
    try:
        return one_line(value)
    except PydanticCustomError as error:
        fields = dict(error.context or {})
        raise Refused(str(fields.pop("msgid", error.message_template)), **fields) from error


def _integer(question: Question, value: Answer) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(N_("needs a whole number"))
    return value


def _decimal(question: Question, value: Answer) -> str:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise Refused(N_("needs a number such as 2.5"))
    return format(number, "f")


def _boolean(question: Question, value: Answer) -> bool:
    if not isinstance(value, bool):
        raise Refused(N_("needs true or false"))
    return value


def _choice(question: Question, value: Answer) -> str:
    text = _text(question, value)
    if text not in question.choices:
        raise Refused(N_("is not allowed; allowed: {expected}"), expected=", ".join(question.choices))
    return text


def _date(question: Question, value: Answer) -> str:
    text = _text(question, value)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(N_("needs a date such as 2027-01-31")) from None


def _email(question: Question, value: Answer) -> str:
    text = _text(question, value)
    if not _EMAIL.fullmatch(text):
        raise Refused(N_("needs an e-mail address"))
    return text


def _url(question: Question, value: Answer) -> str:
    text = _text(question, value)
    if not _URL.fullmatch(text):
        raise Refused(N_("needs an address that begins with http:// or https://"))
    return text


_CHECKS: Mapping[str, Callable[[Question, Answer], Answer]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "email": _email,
    "url": _url,
}


def _check_limits(question: Question, answer: Answer) -> None:
    """Apply minimum and maximum: to a number's value, to a text's length."""
    if question.type in ("integer", "decimal"):
        size: int | Decimal = Decimal(str(answer))
        least, most = N_("must be at least {limit}"), N_("must be at most {limit}")
    elif question.type == "text":
        size = len(str(answer))
        least, most = N_("must have at least {limit} characters"), N_("must have at most {limit} characters")
    else:
        return
    if question.minimum is not None and size < question.minimum:
        raise Refused(least, limit=question.minimum)
    if question.maximum is not None and size > question.maximum:
        raise Refused(most, limit=question.maximum)
