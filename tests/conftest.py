"""Options of the tests that run the demo."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("demo", "the installed demo and its screens")
    group.addoption("--demo", type=Path, metavar="FOLDER", help="use the demo in FOLDER and leave it there")
    group.addoption(
        "--screens", type=Path, metavar="FOLDER", help="save every screen there, not only those of a failed test"
    )
