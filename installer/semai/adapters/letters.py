"""Pages that people print and sign, from semai's data files; all have the style of one letter."""

from __future__ import annotations

from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"
_PARTS = {"/* letter.css */\n": "letter.css", "<!-- letterhead -->\n": "letterhead.html.j2"}  # what stands for them


def report_template() -> str:
    """Return the page of `semai assess --report` as a template."""
    return _letter("assess/report.html.j2")


def certificate_template() -> str:
    """Return the certificate of `semai backup drill` as a template."""
    return _letter("drill/certificate.html.j2")


def _letter(name: str) -> str:
    text = (_DATA / name).read_text(encoding="utf-8")
    for mark, part in _PARTS.items():
        text = text.replace(mark, (_DATA / part).read_text(encoding="utf-8"))
    return text
