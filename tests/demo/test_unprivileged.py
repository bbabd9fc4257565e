"""The whole way without root: an ordinary user, a home of their own, the catalog on a medium they may read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.conftest import Demo, end_all_of
from tests.demo.ground import CHECKOUT, Ground, files_below, run, serves

pytestmark = pytest.mark.demo

NOBODY = 65534
CARRIED = ("installer", "roles", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "requirements.lock")


@pytest.fixture
def ordinary(demo: Demo) -> Iterator[Ground]:
    """A user without rights, who has semai in a venv and the demo's catalog, and no region yet."""
    folder = Path(tempfile.mkdtemp(prefix="su-"))
    folder.chmod(0o755)
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in CARRIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, checkout / name)
    shutil.copytree(demo.ground.folder / "catalog", folder / "catalog")
    before = _without_rights()
    python = _semai_in_a_venv(folder, checkout) if before else sys.executable
    home = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "TMPDIR": str(folder)}
    ground = Ground(folder, "rakyat", folder / "state", folder / "root", python, checkout, before, home)
    yield ground
    end_all_of(ground.root)
    shutil.rmtree(folder)


def _without_rights() -> tuple[str, ...]:
    """Return what makes a command run as nobody; nothing when the tests are run by an ordinary user."""
    if os.geteuid() != 0:
        return ()
    # env: setpriv itself still has root's rights when it looks for the program it runs.
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "env")


def _semai_in_a_venv(folder: Path, checkout: Path) -> str:
    """Install semai for everybody, from what root's uv has already downloaded, and hand the folder over."""
    base = _python_for_everybody()
    uv = Path(sys.executable).with_name("uv")
    python = folder / "venv" / "bin" / "python"
    run([uv, "venv", "-q", "--python", base, folder / "venv"])
    options = ["--constraints", "requirements.lock", "--build-constraints", "requirements.lock", "-q"]
    run([uv, "pip", "install", "--python", python, "--link-mode=copy", *options, "."], cwd=checkout)
    shutil.rmtree(checkout)
    checkout.mkdir()
    run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder])
    return str(python)


def _python_for_everybody() -> str:
    """Return a Python of the running version that others may execute: the demo's wheels are built for it."""
    version = "{}.{}".format(*sys.version_info)
    places = (Path(sys.executable).resolve().parent, Path("/usr/bin"), Path("/usr/local/bin"))
    for candidate in (place / f"python{version}" for place in places):
        tried = subprocess.run([*_without_rights(), candidate, "-c", ""], capture_output=True)
        if tried.returncode == 0:
            return str(candidate)
    pytest.skip(f"no Python {version} on this machine may be run by an ordinary user")


def test_ordinary_user_adopts_and_runs_an_app(ordinary: Ground, demo: Demo) -> None:
    fingerprint = demo.ground.semai("mentor", "list", "--json").json[0]["fingerprint"]
    ordinary.semai("mentor", "add", "batang", ordinary.folder / "catalog", "--fingerprint", fingerprint)
    ordinary.semai("catalog", "update")
    ordinary.semai("region", "new", "rakyat", "--code", "53.10", "--defaults", "--root", ordinary.root)
    ordinary.semai("add", "e-planning", "--yes")
    ordinary.semai("lock")
    ordinary.semai("apply", "--yes")
    assert serves(ordinary.opened("e-planning")["address"])
    assert "nothing to do" in ordinary.semai("apply", "--yes").err
    owners = {status.st_uid for _, status in files_below(ordinary.root)}
    assert owners == {NOBODY if os.geteuid() == 0 else os.geteuid()}
