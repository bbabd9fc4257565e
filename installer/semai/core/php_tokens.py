"""Leaves of PHP source only what runs: HTML and comments become blanks, so that lines stay where they are. Pure."""

from __future__ import annotations

import re

_PHP = re.compile(rb"<\?(?:php|=)")
_END = re.compile(rb"\?>")
_COMMENT_OR_TEXT = re.compile(
    rb"""(?P<comment>/\*.*?(?:\*/|\Z)|(?://|\#(?!\[))(?:(?!\?>)[^\r\n])*)|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""",
    re.DOTALL,
)


def running_code(content: bytes) -> bytes:
    """Return `content` without what stands outside `<?php … ?>` and without comments."""
    parts: list[bytes] = []
    position = 0
    while begin := _PHP.search(content, position):
        parts.append(_blank(content[position : begin.end()]))
        end = _END.search(content, begin.end())
        stop = end.start() if end else len(content)
        parts.append(_COMMENT_OR_TEXT.sub(_without_comment, content[begin.end() : stop]))
        position = stop
    parts.append(_blank(content[position:]))
    return b"".join(parts)


def _without_comment(match: re.Match[bytes]) -> bytes:
    return _blank(match[0]) if match["comment"] is not None else match[0]


def _blank(text: bytes) -> bytes:
    return b"\n" * text.count(b"\n")
