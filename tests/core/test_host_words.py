"""The host tool's words are known to the installer, as they stand in the tool's source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.core.host_words import HINTS, MESSAGES, spoken, spoken_hint

TOOL = Path(__file__).parents[2] / "installer" / "semai_host"
FOLLOWER = TOOL.parent / "semai" / "playbooks" / "module_utils" / "semai_runs.py"
ERRORS = ("HostError", "Refused", "LockedOut", "Corrupt", "HostileArchive", "EnvInvalid", "kind")
FIELD = "\0"
# Codes whose texts speak to whoever writes a request, an archive or an environment file, not to an operator.
TECHNICAL = (
    "request-invalid",
    "request-unreadable",
    "root-invalid",
    "path-leaves-app",
    "env-invalid",
    "program-failed",
)
# What the tool joins from two texts at run time.
JOINED = (") is missing in the store",)
# Texts that are nothing but fields: a path and what a library said of it.
BARE = (FIELD, f"{FIELD}: {FIELD}", f"{FIELD} {FIELD}")


def _skeleton(template: str) -> str:
    return re.sub(r"\{\w+\}", FIELD, template)


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else FIELD for part in node.values)
    return None


def _raised() -> Iterator[tuple[str, str, str | None]]:
    """Yield (place, message, hint) of every error of the tool that is not technical."""
    for path in (*sorted(TOOL.rglob("*.py")), FOLLOWER):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and len(node.args) >= 2:
                code, message = _text(node.args[0]), _text(node.args[1])
                if code not in TECHNICAL and message is not None and message not in BARE:
                    named = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
                    hint = next(iter([*node.args[2:3], *named]), None)
                    yield f"{path.name}:{node.lineno}", message, _text(hint) if hint else None


def _known(text: str, templates: tuple[str, ...]) -> bool:
    """Tell whether a template reads `text`; fields of the tool may hold words a template spells out."""
    filled = text.replace(FIELD, "x")
    return any(re.fullmatch(re.escape(_skeleton(t)).replace(re.escape(FIELD), ".+"), filled) for t in templates)


def test_every_message_of_the_tool_can_be_retold() -> None:
    chosen = f"{FIELD} ({FIELD}) {FIELD} in the store"  # "is missing" or "has … bytes", chosen at run time
    assert {p: m for p, m, _ in _raised() if m != chosen and not _known(m, MESSAGES)} == {}


def test_every_hint_of_the_tool_can_be_retold() -> None:
    commands = {hint for _, _, hint in _raised() if hint and hint.startswith("semai-host ")}
    assert {p: hint for p, _, hint in _raised() if hint and hint not in commands and not _known(hint, HINTS)} == {}


def test_no_template_outlives_the_tool() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (*sorted(TOOL.rglob("*.py")), FOLLOWER))
    spoken_words = re.sub(r'"\s*\n\s*f?"', "", source)
    fragments = {t: max(re.split(r"\{\w+\}", t), key=len).strip() for t in (*MESSAGES, *HINTS)}
    assert {t for t, words in fragments.items() if words not in spoken_words and words not in JOINED} == set()


@pytest.mark.parametrize(
    ("said", "indonesian"),
    [
        ("port 8101 is held by nginx (pid 7)", "port 8101 dipakai oleh nginx (pid 7)"),
        ("port 8101 is held by another program", "port 8101 dipakai oleh program lain"),
        ("migrating the data failed with exit code 1", "memigrasi datanya gagal dengan kode keluar 1"),
        (
            "no space left for /srv/x; and putting things back stopped: disk",
            "tidak ada ruang lagi untuk /srv/x; dan pengembalian terhenti: disk",
        ),
        ("a.whl (0123) is missing in the store", "a.whl (0123) tidak ada di gudang artefak"),
        ("words nobody knows", "words nobody knows"),
    ],
)
def test_message_is_retold(said: str, indonesian: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "id")
    assert spoken(said) == indonesian
    monkeypatch.setenv("SEMAI_LANG", "en")
    assert spoken(said) == said


def test_hint_is_retold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "id")
    assert spoken_hint("activate 2026.11.0 first") == "aktifkan 2026.11.0 dahulu"
