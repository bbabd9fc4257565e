"""Bytecode of a wheel is compiled once: by the first venv that has it, for all that come later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from semai_host.layout import Layout
from semai_host.tether import Tether
from semai_host.venvs import Venvs


@pytest.fixture
def venvs(tmp_path: Path) -> Venvs:
    layout = Layout(str(tmp_path / "root"))
    (layout.tools / "uv-cache" / "archive-v0").mkdir(parents=True)
    return Venvs(layout, Tether(tmp_path / "tether", tmp_path / "log"))


def wheel(venvs: Venvs, name: str) -> Path:
    """Return a module as uv keeps it in its cache."""
    source = venvs.layout.tools / "uv-cache" / "archive-v0" / f"{name}-1" / name / "__init__.py"
    source.parent.mkdir(parents=True)
    source.write_text(f"NAME = {name!r}\n")
    return source


def installed(venv: Path, *sources: Path) -> Path:
    """Link modules into a venv, with what lies beside them, as uv does; compile what is not compiled."""
    for source in sources:
        for path in source.parent.rglob("*"):
            target = venv / source.parent.name / path.relative_to(source.parent)
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, target)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(venv)], check=True)
    return venv


def compiled(venv: Path) -> dict[str, int]:
    """Return module -> the inode of its bytecode."""
    return {path.parent.parent.name: path.stat().st_ino for path in venv.rglob("*.pyc")}


def test_next_release_gets_the_bytecode_of_the_first(venvs: Venvs, tmp_path: Path) -> None:
    both, late = (wheel(venvs, "django"), wheel(venvs, "kit")), "late"
    first = installed(tmp_path / "first", *both)
    venvs._share_bytecode(first)
    second = installed(tmp_path / "second", *both, wheel(venvs, late))
    venvs._share_bytecode(second)
    third = installed(
        tmp_path / "third", *both, venvs.layout.tools / f"uv-cache/archive-v0/{late}-1/{late}/__init__.py"
    )
    assert compiled(third) == compiled(second)
    assert compiled(first).items() <= compiled(second).items()
    run = [sys.executable, "-v", "-c", "import django; print(django.NAME)"]
    said = subprocess.run(run, cwd=second, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=True)
    assert said.stdout == "django\n"
    assert "matches" in next(line for line in said.stderr.splitlines() if "django" in line), (
        "Python takes it as it is"
    )


def test_bytecode_of_what_is_no_wheel_of_the_cache_stays_where_it_is(venvs: Venvs, tmp_path: Path) -> None:
    known = wheel(venvs, "django")
    venv = installed(tmp_path / "venv", known)
    own = venv / "own" / "__init__.py"
    own.parent.mkdir()
    own.write_text("NAME = 'own'\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(venv)], check=True)
    orphan = venv / "gone" / "__pycache__" / "gone.cpython-311.pyc"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"")
    venvs._share_bytecode(venv)
    cache = venvs.layout.tools / "uv-cache"
    assert [path.parent.parent.name for path in cache.rglob("*.pyc")] == ["django"]
    assert orphan.stat().st_nlink == 1
