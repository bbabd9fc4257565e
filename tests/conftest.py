"""Options of the tests that run the demo, and a Ctrl-C that reaches every process the tests start."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# A job in the background of a script ignores SIGINT, and so would all its children; the tests send it on purpose.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("demo", "the installed demo and its screens")
    group.addoption("--demo", type=Path, metavar="FOLDER", help="use the demo in FOLDER and leave it there")
    group.addoption(
        "--screens", type=Path, metavar="FOLDER", help="save every screen there, not only those of a failed test"
    )
    group.addoption("--renew-pictures", action="store_true", help="write the pictures of the guides in docs/gambar")
    parser.addoption("--every-cell", action="store_true", help="tests/faults: all cells that have not passed yet")
