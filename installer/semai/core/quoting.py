"""Values written as literals: of PHP, and of .env files as CodeIgniter 4 and phpdotenv (Laravel) read them. Pure.

A secret is never written: its stand-in becomes the expression that reads its environment variable at run time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EXPANDED = re.compile(r"\$\{")


class Literal(str):
    """Text that is whole in the language of its file: quotes and all."""


def php_literal(value: Any, variables: Mapping[str, str]) -> Literal:
    """Return a PHP expression: `'it\\'s'`, `true`, `['a' => 1]`, or `getenv('SECRET_KEY')` for a secret."""
    return Literal(_php(value, variables))


def _php(value: Any, variables: Mapping[str, str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        parts = (f"{_php_text(str(key))} => {_php(part, variables)}" for key, part in value.items())
        return f"[{', '.join(parts)}]"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_php(part, variables) for part in value)}]"
    text = str(value)
    return f"getenv('{variables[text]}')" if text in variables else _php_text(text)


def _php_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character cannot be written into a file of PHP")
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"


def env_literal(value: Any, variables: Mapping[str, str]) -> Literal:
    """Return the right side of `NAME=` in a .env file, or `"${SECRET_KEY}"` for a secret.

    Raises ValueError for lists, line breaks, and `${`, which these files cannot hold as plain text.
    """
    if value is None:
        return Literal("")
    if isinstance(value, bool):
        return Literal("true" if value else "false")
    if isinstance(value, (int, float)):
        return Literal(repr(value))
    if isinstance(value, (Mapping, list, tuple)):
        raise ValueError("a list or mapping cannot be written into an .env file")
    text = str(value)
    if text in variables:
        return Literal(f'"${{{variables[text]}}}"')
    if _CONTROL.search(text) or _EXPANDED.search(text):
        raise ValueError("a line break or ${ cannot be written into an .env file")
    if "'" not in text and "\\" not in text:
        return Literal(f"'{text}'")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return Literal(f'"{quoted}"')
