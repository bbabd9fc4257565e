"""Turns a configuration file of an app into a template: database, address and key come from the region. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LITERAL = r"""(?P<value>'[^'\n]*'|"[^"\n$]*")"""
_HOST = "('localhost' if database.host[0] == '/' else database.host)"  # Debian's PHP knows the socket of localhost
_VALUES: Mapping[str, tuple[str, str]] = {
    "host": (r"(?:db_?)?(?:host(?:name)?|server(?:name)?)", _HOST),
    "user": (r"(?:db_?)?user(?:name)?", "database.user"),
    "password": (r"(?:db_?)?pass(?:w(?:or)?d)?", "database.password"),
    "name": (r"(?:db_?(?:name|nama)?|database(?:_?name)?|nama_?db|basis_?data)", "database.name"),
    "address": (r"base_?url", "(site.url ~ '/')"),
    "key": (r"encryption_key", "secrets.secret_key"),
}
_CALL = re.compile(
    r"""(?i)(?:mysqli_connect|new\s+\\?mysqli)\s*\(\s*(?P<host>'[^'\n]*'|"[^"\n$]*")\s*,\s*"""
    r"""(?P<user>'[^'\n]*'|"[^"\n$]*")\s*,\s*(?P<password>'[^'\n]*'|"[^"\n$]*")"""
    r"""(?:\s*,\s*(?P<name>'[^'\n]*'|"[^"\n$]*"))?"""
)
_COMMENT = re.compile(r"\s*(?://|#|\*|/\*)")


def template_of(text: str, wanted: frozenset[str] = frozenset(_VALUES)) -> tuple[str, frozenset[str]]:
    """Return a Jinja2 template of a PHP configuration file, and which of the values it fills in.

    `wanted` are names of what may be replaced: host, user, password, name, address, key.
    """
    places: dict[tuple[int, int], str] = {}
    for kind in wanted:
        key, _ = _VALUES[kind]
        for match in _assignments(key).finditer(text):
            if not _COMMENT.match(text, text.rfind("\n", 0, match.start()) + 1):
                group = next(name for name in ("value", "array", "constant") if match[name] is not None)
                places[match.span(group)] = kind
    for match in _CALL.finditer(text):
        places |= {match.span(kind): kind for kind in match.groupdict() if match[kind] and kind in wanted}
    parts, position = [], 0
    for (start, end), kind in sorted(places.items()):
        parts += [_raw(text[position:start]), f"{{{{ {_VALUES[kind][1]} | php }}}}"]
        position = end
    return "".join([*parts, _raw(text[position:])]), frozenset(places.values())


def _assignments(key: str) -> re.Pattern[str]:
    return re.compile(
        rf"""(?i)(?:\${key}|\$\w+(?:\[['"]\w+['"]\])?\[['"]{key}['"]\]|\$config\[['"]{key}['"]\])\s*=\s*{_LITERAL}"""
        rf"""|['"]{key}['"]\s*=>\s*(?P<array>'[^'\n]*'|"[^"\n$]*")"""
        rf"""|define\s*\(\s*['"](?:\w+_)?{key}['"]\s*,\s*(?P<constant>'[^'\n]*'|"[^"\n$]*")"""
    )


def _raw(text: str) -> str:
    """Return text that stands for itself in a template."""
    if not any(mark in text for mark in ("{{", "{%", "{#")):
        return text
    rest = text.lstrip("\n")  # Jinja2 drops a line break right after a tag
    return f"{text[: len(text) - len(rest)]}{{% raw %}}{rest}{{% endraw %}}"
