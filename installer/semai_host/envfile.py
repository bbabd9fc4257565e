"""`shared/env`: one KEY="value" per line, in the syntax of systemd's EnvironmentFile.

Inside the quotes \\ " $ ` are escaped with a backslash. Values with a line break or NUL are refused, so one line is
always one variable. `parse(render(values)) == values` for every accepted mapping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import HostError

_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LINE = re.compile(r'([A-Z][A-Z0-9_]{0,63})="((?:[^"\\$`]|\\["\\$`])*)"')
_SPECIAL = re.compile(r'(["\\$`])')
_ESCAPED = re.compile(r'\\(["\\$`])')


class EnvInvalid(HostError):
    """A variable cannot be written, or the file is not what `render` writes."""


def render(values: Mapping[str, str]) -> str:
    """Return the file's text, keys sorted; refuse names and values that do not fit on one line."""
    lines = []
    for key in sorted(values):
        value = values[key]
        if not _KEY.fullmatch(key):
            raise EnvInvalid("env-invalid", f"{key!r} is not a variable name (A-Z, 0-9, _)")
        if any(character in value for character in "\n\r\0"):
            raise EnvInvalid("env-invalid", f"the value of {key} has a line break or NUL")
        escaped = _SPECIAL.sub(r"\\\1", value)
        lines.append(f'{key}="{escaped}"\n')
    return "".join(lines)


def parse(text: str) -> dict[str, str]:
    """Return the variables; blank lines and lines that start with # are passed over."""
    values = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise EnvInvalid("env-invalid", f'line {number} is not KEY="value"')
        values[match.group(1)] = _ESCAPED.sub(r"\1", match.group(2))
    return values
