"""Rules of the package itself: standard library, relative imports, Python 3.9, one zipapp for one source."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from semai_host import packing, state

PACKAGE = Path(packing.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_keeps_the_rules(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            assert names <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module.split(".")[0] in sys.stdlib_module_names
    assert len(path.read_text().splitlines()) <= 400
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert all(node.end_lineno - node.lineno < 60 for node in functions)


def test_same_source_gives_the_same_zipapp():
    assert packing.pack() == packing.pack()


def test_bare_host_is_described(tmp_path):
    report = state.collect(str(tmp_path / "nothing" / "here"))
    assert (report["tool"], report["apps"], report["journal"], report["lock"]) == (None, {}, [], None)
    assert report["filesystems"][0]["path"] == str(tmp_path)
    assert report["host"]["memory_mb"] > 0
    assert list(tmp_path.iterdir()) == []


def test_package_works_under_another_name_as_ansible_ships_it(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "other" / "module_utils" / "semai_host")
    code = "import json; from other.module_utils.semai_host import state; print(json.dumps(state.collect('/none')))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, env={"PATH": ""}
    )
    assert json.loads(run.stdout)["schema"] == 1


def python39() -> str | None:
    """Return a CPython 3.9 of this machine, asked of the usual places."""
    wanted = [shutil.which("python3.9"), *map(str, Path.home().glob(".pyenv/versions/3.9.*/bin/python3.9"))]
    for candidate in filter(None, wanted):
        run = subprocess.run([candidate, "-c", "pass"], capture_output=True, check=False)
        if run.returncode == 0:
            return candidate
    return None


@pytest.mark.slow
def test_oldest_python_runs_the_whole_life_of_an_app(tmp_path):
    """The kill matrix runs under 3.9 too with SEMAI_TEST_HOST_PYTHON; this is its short form for every run."""
    if os.environ.get("SEMAI_TEST_HOST_PYTHON"):
        pytest.skip("the whole suite runs under another Python already")
    python = python39()
    if python is None:
        pytest.skip("NO PYTHON 3.9 ON THIS MACHINE: the oldest supported Python was not tried")
    names = "killed_upgrade and acted-migrate or configure_brings_the_new or zipapp_is_the_tool"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-k", names, str(Path(__file__).parent)],
        env={**os.environ, "SEMAI_TEST_HOST_PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert "3 passed" in run.stdout
