"""What the roles of servers say can be told in Indonesian, as it stands in the source of their modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.core.host_words import spoken, spoken_hint
from semai.core.role_words import HINTS, MESSAGES
from semai.messages import choose_language

PLAYBOOKS = Path(__file__).parents[2] / "installer" / "semai" / "playbooks"
FOLDERS = (PLAYBOOKS, PLAYBOOKS.parents[2] / "roles")
MODULES = (
    "platform",
    "packages",
    "firewall",
    "certificate",
    "nginx",
    "database",
    "postgresql",
    "mariadb",
    "hostctl",
    "backup",
    "settings",
    "php",
)
FIELD = "\0"
JOINED = (f"{FIELD} holds {FIELD}",)  # one of two things, chosen at run time
TECHNICAL = (
    "certificate-names",
    "site-invalid",
    "firewall-invalid",
    "request-invalid",
    "host-failed",
    "backup-invalid",
)  # their texts or hints name variables


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else FIELD for part in node.values)
    return None


def _refusals() -> Iterator[tuple[str, str | None, str | None]]:
    """Yield (place, message, hint) of every refusal that an operator reads; None where a name stands for it."""
    for path in (p for name in MODULES for folder in FOLDERS for p in sorted(folder.rglob(f"semai_{name}*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("Refusal", "Unfit") and _text(node.args[0]) not in (None, *TECHNICAL):
                hint = _text(node.args[2]) if len(node.args) > 2 else None
                yield f"{path.name}:{node.lineno}", _text(node.args[1]), hint


def _known(text: str | None, templates: tuple[str, ...]) -> bool:
    """Tell whether a template reads the text; commands and single values need no words."""
    if (
        text is None
        or text in JOINED
        or text.replace(FIELD, "").strip(" :.") == ""
        or re.match(r"(semai|systemctl|journalctl|timedatectl|openssl) ", text)
    ):
        return True
    patterns = (re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)) for template in templates)
    return any(re.fullmatch(pattern, text, re.DOTALL) for pattern in patterns)


def test_every_refusal_of_a_role_can_be_retold() -> None:
    found = list(_refusals())
    assert len(found) > 30
    assert {place: text for place, text, _ in found if not _known(text, MESSAGES)} == {}
    assert {place: hint for place, _, hint in found if not _known(hint, HINTS)} == {}


@pytest.mark.parametrize(
    ("said", "indonesian"),
    [
        (
            "port 80 is held by apache2 (pid 312); nginx needs it",
            "port 80 dipakai oleh apache2 (pid 312); nginx memerlukannya",
        ),
        (
            "the key of the region's CA holds no private key in PEM",
            "kunci CA daerah tidak memuat kunci privat dalam PEM",
        ),
    ],
)
def test_a_refusal_is_told_in_indonesian(said: str, indonesian: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "id")
    choose_language("id")
    assert spoken(said) == indonesian
    assert spoken_hint("stop and disable apache2 on this host: systemctl disable --now apache2").startswith(
        "hentikan"
    )
