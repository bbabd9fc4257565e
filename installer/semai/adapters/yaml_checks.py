"""Judge a parsed YAML file by a pydantic model: every problem at once, as `file:line: key: problem` lines.

Values are strict (a number is no text, a text is no number); unknown keys are refused with the nearest known name.
Validators of ours speak through `PydanticCustomError(kind, msgid, {"msgid": msgid, …fields})` or ValueError(msgid).
"""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from semai.core.region_checks import Place, Problem
from semai.errors import InvalidInput
from semai.messages import N_, translate

M = TypeVar("M", bound=BaseModel)
Judge = Callable[[Any], Iterable[Problem]]  # plain value -> what is wrong beyond its model

_NEEDS = {
    "string_type": N_("needs a text"),
    "int_type": N_("needs a whole number"),
    "int_from_float": N_("needs a whole number"),
    "bool_type": N_("needs true or false"),
    "float_type": N_("needs a number"),
    "decimal_type": N_("needs a number"),
    "none_required": N_("needs null"),
    "dict_type": N_("needs `key: value` lines below it"),
    "model_type": N_("needs `key: value` lines below it"),
    "model_attributes_type": N_("needs `key: value` lines below it"),
    "list_type": N_("needs a list"),
    "tuple_type": N_("needs a list"),
    "literal_error": N_("is not allowed; allowed: {expected}"),
    "enum": N_("is not allowed; allowed: {expected}"),
    "string_pattern_mismatch": N_("does not fit the pattern {pattern}"),
    "string_too_short": N_("is too short; at least {min_length} characters"),
    "string_too_long": N_("is too long; at most {max_length} characters"),
    "too_short": N_("needs at least {min_length} items"),
    "too_long": N_("has more than {max_length} items"),
    "greater_than": N_("must be above {gt}"),
    "greater_than_equal": N_("must be at least {ge}"),
    "less_than": N_("must be below {lt}"),
    "less_than_equal": N_("must be at most {le}"),
    "date_type": N_("is no date; write it like 2026-12-31"),
    "date_parsing": N_("is no date; write it like 2026-12-31"),
    "date_from_datetime_parsing": N_("is no date; write it like 2026-12-31"),
    "date_from_datetime_inexact": N_("is no date; write it like 2026-12-31"),
}


@dataclass(frozen=True)
class Document:
    """A parsed file: its plain value, the line of every place in it, and what is wrong with it so far."""

    name: str
    value: Any
    lines: Mapping[Place, int]
    plain: Mapping[Place, str]  # as written: unquoted scalars that are not text
    problems: tuple[tuple[int, Place, str], ...] = ()  # (line, place, what is wrong)

    def line_of(self, place: Place) -> int:
        """Return the 1-based line of `place` or of its nearest known parent."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def validate(
    document: Document, model: type[M], *, key: str | None = None, secret: bool = False, judge: Judge | None = None
) -> M:
    """Return the document as `model`, or raise InvalidInput with every problem of the file, in order of lines.

    `judge` sees the plain value even where the model fails, and its problems are reported together.
    """
    problems = list(document.problems)
    value: Any = document.value
    prefix: Place = ()
    if key is not None:
        value, prefix = _below(document, key, problems)
    result: M | None = None
    try:
        if value is not None or not problems:
            result = model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        problems += _explained(document, model, prefix, error, secret)
    for found in judge(value) if judge else ():
        place = (*prefix, *found.place)
        problems.append((document.line_of(place), place, translate(found.message, **found.fields)))
    if result is None or problems:
        ordered = sorted(problems, key=lambda problem: (problem[0], key_text(problem[1])))
        raise invalid_file(document.name, [_line(document.name, *problem) for problem in ordered])
    return result


def validate_options(value: Any, model: type[M], *, judge: Judge | None = None) -> M:
    """Return plain `value` as `model` when it comes from options and answers, not from a file.

    Raises InvalidInput `option-invalid` with a `key: problem` line each.
    """
    try:
        return validate(Document("", value, dict.fromkeys(_places(value, ()), 1), {}), model, judge=judge)
    except InvalidInput as error:
        details = [line.removeprefix(":1: ") for line in error.details]
        raise InvalidInput(
            "option-invalid", "these answers cannot be used", hint="semai region new --help", details=details
        ) from error


def _places(value: Any, place: Place) -> Iterator[Place]:
    yield place
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from _places(part, (*place, step))


def problem_lines(document: Document, prefix: Place, problems: Iterable[Problem]) -> list[str]:
    """Return `file:line: key: problem` for problems found outside `validate`; places are below `prefix`."""
    lines = []
    for found in problems:
        place = (*prefix, *found.place)
        text = translate(found.message, **found.fields)
        lines.append(_line(document.name, document.line_of(place), place, text))
    return lines


def invalid_file(name: str, details: Sequence[str]) -> InvalidInput:
    """Return the error for a file whose `details` say what is wrong where."""
    return InvalidInput(
        "yaml-invalid",
        "{file} is not valid",
        hint="correct the places named above and run the command again",
        details=details,
        file=name,
    )


def _below(document: Document, key: str, problems: list[tuple[int, Place, str]]) -> tuple[Any, Place]:
    if not isinstance(document.value, dict):
        problems.append((1, (), translate(N_("needs the key {key} with `key: value` lines below it"), key=key)))
        return None, (key,)
    for name in document.value:
        if name != key:
            problems.append((document.line_of((name,)), (name,), _unknown_key(name, [key])))
    if key not in document.value:
        problems.append((1, (key,), translate(N_("is missing"))))
        return None, (key,)
    value = document.value[key]
    return ({} if value is None else value), (key,)


def _explained(
    document: Document, model: type[BaseModel], prefix: Place, error: ValidationError, secret: bool
) -> list[tuple[int, Place, str]]:
    found: dict[tuple[int, Place], list[str]] = {}
    for item in error.errors(include_url=False):
        place = (*prefix, *item["loc"])
        known = place
        while known and known not in document.lines:
            known = known[:-1]
        shown = place if item["type"] == "missing" else known
        if item["type"] == "extra_forbidden":
            text = _unknown_key(str(place[-1]), _names_at(model, item["loc"][:-1]))
        else:
            text = _problem(item["type"], item, document.plain.get(known), secret)
        texts = found.setdefault((document.line_of(known), shown), [])
        if text not in texts:
            texts.append(text)
    either = translate(N_(" or "))
    return [(line, place, either.join(texts)) for (line, place), texts in found.items()]


def _problem(kind: str, item: Any, plain: str | None, secret: bool) -> str:
    context = dict(item.get("ctx", {}))
    if "expected" in context:  # pydantic's list of values, joined in English
        context["expected"] = str(context["expected"]).replace("' or '", f"'{translate(N_(' or '))}'")
    if kind == "missing":
        return translate(N_("is missing"))
    if kind == "string_type" and plain is not None and not secret:
        return translate(N_('needs a text; write it in quotes: "{value}"'), value=plain)
    if "msgid" in context:  # a validator of ours: the text and its fields
        text = translate(str(context.pop("msgid")), **context)
    elif kind == "value_error":
        return translate(str(context["error"]))
    else:
        message = _NEEDS.get(kind)
        text = translate(message, **context) if message else translate(str(item["msg"]))
    value = item.get("input")
    if secret or value is None or isinstance(value, (dict, list)):
        return text
    return f"{_shortened(value)} {text}"


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + '…"'


def _unknown_key(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return translate(N_('unknown key; did you mean "{near}"?'), near=near[0])
    return translate(N_("unknown key; allowed: {allowed}"), allowed=", ".join(known))


def _names_at(model: Any, place: Sequence[str | int]) -> list[str]:
    """Return the keys that the model at `place` below `model` knows."""
    models = _models_in(model)
    for step in place:
        following: list[Any] = []
        for candidate in models:
            if not (isinstance(candidate, type) and issubclass(candidate, BaseModel)):
                following += _models_in(candidate, inside=True)
                continue
            for name, info in candidate.model_fields.items():
                if step in (name, info.alias):
                    following += _models_in(info.annotation)
        models = following or models  # a union's tag in the place leads nowhere: stay
    known = [m for m in models if isinstance(m, type) and issubclass(m, BaseModel)]
    return [info.alias or name for m in known for name, info in m.model_fields.items()]


def _models_in(annotation: Any, *, inside: bool = False) -> list[Any]:
    """Return what `annotation` may hold: models and containers; with `inside`, what its container holds."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _models_in(arguments[0], inside=inside)
    if origin in (typing.Union, types.UnionType):
        return [found for part in arguments for found in _models_in(part, inside=inside)]
    if not inside:
        return [annotation]
    if origin in (dict, Mapping):
        return _models_in(arguments[1])
    return [found for part in arguments if part is not ... for found in _models_in(part)]


def _line(name: str, line: int, place: Place, problem: str) -> str:
    key = key_text(place)
    return f"{name}:{line}: {key}: {problem}" if key else f"{name}:{line}: {problem}"


def key_text(place: Place) -> str:
    """Return a place as people write it: `php.writable[2]`."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else ("." if text else "") + step
    return text
