"""Jinja2 over a mentor's templates: sandboxed, nothing undefined, and answers stay literal.

A value that is one whole expression (`{{ … }}` and nothing beside it) keeps its type, so it may yield a mapping;
any other text yields text. Templates are the mentor's signed words and only place values: no calls, no arithmetic,
few filters. The region's answers are only ever values in them, never rendered themselves. Files are stricter: every
text placed in one passes a filter that writes it as a literal of the file's language (core/quoting.py). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from semai.core.quoting import Literal, env_literal, php_literal
from semai.errors import InvalidInput

MAX_TEMPLATE = 4000
MAX_RESULT = 64 * 1024
MAX_FILE = 256 * 1024
FILTERS = frozenset(
    ("default", "first", "int", "join", "last", "length", "lower", "replace", "string", "tojson", "trim", "upper")
)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "**", "%", "/", "//"))

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"the operator {operator}")


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


@lru_cache(maxsize=1)
def _file_environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, trim_blocks=True, finalize=_placed
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS - {"tojson"}}
    environment.filters.update({"php": _php, "env": _env, "tojson": _json})
    return environment


@pass_context
def _php(context: Context, value: Any) -> Literal:
    return php_literal(_plain(value), context[_VARIABLES])


@pass_context
def _env(context: Context, value: Any) -> Literal:
    return env_literal(_plain(value), context[_VARIABLES])


def _json(value: Any) -> Literal:
    return Literal(json.dumps(_plain(value), ensure_ascii=True))


_VARIABLES = "semai_variables"  # where the filters find which stand-in is which environment variable


def _placed(value: Any) -> Any:
    """Let numbers and written literals through; any other text could end the text it stands in."""
    if isinstance(value, (Literal, Undefined)) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise TypeError("write {{ … | php }}, {{ … | env }} or {{ … | tojson }} for texts, true and false")


def render_file(template: str, values: Mapping[str, Any], variables: Mapping[str, str], *, where: str) -> str:
    """Return the text of a configuration file.

    `variables` names the environment variable of each secret's stand-in: the filters write how to read it there, so
    that no file holds a secret. Raises InvalidInput `template-invalid`.
    """
    try:
        text = _file_environment().from_string(template).render({**values, _VARIABLES: variables})
    except SecurityError as error:
        raise _invalid(where, template, f"not allowed in a template: {error}") from error
    except TemplateSyntaxError as error:
        raise _invalid(where, template, f"line {error.lineno}: {error.message}") from error
    except (TemplateError, TypeError, ValueError, KeyError, ArithmeticError, RecursionError) as error:
        raise _invalid(where, template, str(error) or type(error).__name__) from error
    if len(text.encode()) > MAX_FILE:
        raise _invalid(where, template, f"its result is larger than {MAX_FILE} bytes")
    return text


def render_page(template: str, values: Mapping[str, Any]) -> str:
    """Return one of semai's own HTML pages with `values` filled in and escaped."""
    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(**values)


def render(template: Any, values: Mapping[str, Any], *, where: str) -> Any:
    """Return `template` (a text, or a mapping or list of texts) with `values` filled in.

    Numbers and booleans pass through. `where` names app and key in errors. Raises InvalidInput `template-invalid`.
    """
    if isinstance(template, str):
        return _render_text(template, values, where)
    if isinstance(template, Mapping):
        return {key: render(part, values, where=f"{where}.{key}") for key, part in template.items()}
    if isinstance(template, (list, tuple)):
        return [render(part, values, where=f"{where}[{number}]") for number, part in enumerate(template, 1)]
    return template


def _render_text(template: str, values: Mapping[str, Any], where: str) -> Any:
    if len(template) > MAX_TEMPLATE:
        raise _invalid(where, template, f"longer than {MAX_TEMPLATE} characters")
    environment = _environment()
    try:
        if (expression := whole_expression(environment, template)) is not None:
            result = environment.compile_expression(expression, undefined_to_none=False)(**values)
            result = _plain(result)
        else:
            result = environment.from_string(template).render(**values)
    except SecurityError as error:
        raise _invalid(where, template, f"not allowed in a template: {error}") from error
    except (TemplateError, TypeError, ValueError, KeyError, ArithmeticError, RecursionError) as error:
        raise _invalid(where, template, str(error) or type(error).__name__) from error
    if len(json.dumps(result)) > MAX_RESULT:
        raise _invalid(where, template, f"its result is larger than {MAX_RESULT} bytes")
    return result


def whole_expression(environment: _Environment, template: str) -> str | None:
    """Return the expression when `template` is `{{ expression }}` and nothing else, or None."""
    tokens = [(kind, text) for _, kind, text in environment.lex(template.strip())]
    kinds = [kind for kind, _ in tokens]
    if (
        len(kinds) < 3
        or kinds[0] != "variable_begin"
        or "variable_end" in kinds[:-1]
        or kinds[-1] != "variable_end"
    ):
        return None
    return "".join(text for _, text in tokens[1:-1])


def _plain(value: Any) -> Any:
    """Return `value` when it is plain data; raises TypeError for methods and other objects templates can reach."""
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError, which names what is missing
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return str.__str__(value)  # `tojson` yields a subclass
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(f"it yields {type(value).__name__}, not text, number, list or mapping")


def _invalid(where: str, template: str, problem: str) -> InvalidInput:
    return InvalidInput(
        "template-invalid",
        "{where}: the template {template} cannot be filled: {problem}",
        hint="this is a defect of the app's manifest: tell its mentor",
        where=where,
        template=_shortened(template),
        problem=problem,
    )


def _shortened(template: str) -> str:
    line = template.strip().partition("\n")[0]
    return line if line == template and len(line) <= 120 else line[:119] + "…"
