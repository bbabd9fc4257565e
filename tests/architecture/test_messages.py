"""Every text semai shows has an Indonesian wording, and the compiled catalogue is the one of the .po file."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SEMAI = Path(__file__).parents[2] / "installer" / "semai"
CATALOGUE = SEMAI / "locale" / "id" / "LC_MESSAGES"

ERRORS = {
    name for name in re.findall(r"^class (\w+)\(", (SEMAI / "errors.py").read_text(encoding="utf-8"), re.MULTILINE)
}
SHOWN = {"note": 0, "done": 0, "warn": 0, "confirm": 0, "translate": 0, "N_": 0}


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else None


def _shown_by(call: ast.Call) -> Iterator[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ERRORS:
        yield from call.args[1:2]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in ("message", "hint"))
    elif name in SHOWN and call.args:
        yield call.args[SHOWN[name]]


def messages() -> dict[str, str]:
    """Return every English text with one place it stands."""
    found: dict[str, str] = {}
    for path in sorted(SEMAI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for argument in _shown_by(node):
                    if text := _text(argument):
                        found.setdefault(text, f"{path.relative_to(SEMAI)}:{node.lineno}")
    return found


def _entries() -> list[tuple[tuple[str, ...], str]]:
    """Return (texts, wording): one text, or a singular and its plural, which share the one Indonesian wording."""
    with (CATALOGUE / "semai.po").open("rb") as file:
        entries = [m for m in read_po(file) if m.id]
    return [
        (tuple(m.id), str(m.string[0])) if isinstance(m.id, (tuple, list)) else ((str(m.id),), str(m.string))
        for m in entries
    ]


def _po() -> dict[str, str]:
    return {text: wording for texts, wording in _entries() for text in texts}


def test_every_text_has_an_indonesian_wording() -> None:
    wordings = _po()
    assert {place: text for text, place in messages().items() if not wordings.get(text)} == {}


def test_no_wording_outlives_its_text() -> None:
    assert set(_po()) - set(messages()) == set()


def test_wordings_keep_the_fields_of_their_text() -> None:
    def fields(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)", text))

    assert {texts for texts, wording in _entries() if fields(texts[-1]) != fields(wording)} == set()


def test_compiled_catalogue_is_current() -> None:
    compiled = io.BytesIO()
    with (CATALOGUE / "semai.po").open("rb") as file:
        write_mo(compiled, read_po(file))
    assert (CATALOGUE / "semai.mo").read_bytes() == compiled.getvalue()
