"""The demo, installed once for all tests here, and small regions that a test may spoil."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from semai_host.ports import words_of

from tests.demo.canaries import Aviary, Canary
from tests.demo.gallery import Gallery
from tests.demo.ground import CHECKOUT, Ground, Ran, is_free, processes_of, run, wait_until
from tests.demo.pages import DESK, PHONE, Screen, screen

APPS = ("e-planning", "e-budgeting", "e-sakip", "e-hibah")


@dataclass(frozen=True)
class Demo:
    """The installed demo: its region, what the first `demo up` said, addresses and logins per app."""

    ground: Ground
    first: Ran
    openings: dict[str, dict[str, Any]]

    def address(self, app: str) -> str:
        return str(self.openings[app]["address"])

    def password(self, app: str) -> str:
        """The sample people's password."""
        return str(self.openings[app]["login"]["sample_password"])


@pytest.fixture(scope="session")
def demo(pytestconfig: pytest.Config) -> Iterator[Demo]:
    """Bring the demo up in a folder of its own; at the end take it down and see that nothing is left."""
    kept: Path | None = pytestconfig.getoption("--demo")
    folder = kept.absolute() if kept else Path(tempfile.mkdtemp(prefix="sd-")) / "demo"
    outside = Ground(folder.parent, "manggarai", folder / "state", folder / "root")
    first = outside.semai("demo", "up", "--folder", folder)
    ground = replace(outside, folder=folder)
    openings = {app: ground.opened(app) for app in APPS}
    yield Demo(ground, first, openings)
    if kept:
        return
    outside.semai("demo", "down", "--folder", folder)
    assert not folder.exists()
    assert processes_of(folder) == []
    assert [app for app in APPS if not is_free(openings[app]["address"])] == []
    folder.parent.rmdir()


@pytest.fixture
def phone(pytestconfig: pytest.Config) -> Iterator[Screen]:
    """A browser on a telephone."""
    gallery = Gallery(pytestconfig.getoption("--renew-pictures"))
    with screen(PHONE, pytestconfig.getoption("--screens"), gallery) as made:
        yield made


@pytest.fixture
def desk(pytestconfig: pytest.Config) -> Iterator[Screen]:
    """A browser on a large screen."""
    gallery = Gallery(pytestconfig.getoption("--renew-pictures"))
    with screen(DESK, pytestconfig.getoption("--screens"), gallery) as made:
        yield made


Sow = Callable[..., Ground]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sow(demo: Demo) -> Iterator[Sow]:
    """Return what makes a further region from the demo's catalog, selected and locked but not applied."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    made: list[Ground] = []

    def new(*apps: str, root: Path | None = None) -> Ground:
        name = f"plot-{next(_numbers)}"
        ground = Ground(folder, name, demo.ground.state, root or folder / "roots" / name)
        made.append(ground)
        ground.semai("region", "new", name, "--code", "53.10", "--defaults", "--root", ground.root)
        for app in apps:
            ground.semai("add", app, "--yes")
        ground.semai("lock")
        return ground

    yield new
    for ground in made:
        end_all_of(ground.root)
    assert processes_of(folder) == []
    shutil.rmtree(folder)


def end_all_of(root: Path) -> None:
    """End what a region runs, all at once: its supervisord takes the apps along.

    One that was killed leaves its number behind, which another program may have by now.
    """
    keeper = root / "supervisor" / "supervisord.pid"
    number = int(keeper.read_text()) if keeper.exists() else None
    if number is not None and any(str(root) in word for word in words_of(number)):
        os.kill(number, signal.SIGTERM)
        wait_until(lambda: processes_of(root) == [], f"everything of {root} has ended")


@pytest.fixture(scope="session")
def plot() -> Iterator[Aviary]:
    """A region with the canary, shared by tests that leave it as they found it."""
    with aviary() as made:
        made.offer(Canary("2026.1.0"))
        made.plant()
        yield made


@contextlib.contextmanager
def aviary() -> Iterator[Aviary]:
    """A region of canaries in a folder of its own; at the end nothing of it runs."""
    folder = Path(tempfile.mkdtemp(prefix="sc-"))
    made = Aviary(folder)
    yield made
    end_all_of(made.ground.root)
    assert processes_of(folder) == []
    shutil.rmtree(folder)


def ansible_playbook(ground: Ground, *words: str | Path) -> str:
    """Run the site playbook as an Ansible person does: no semai, from the checkout with its ansible.cfg."""
    book = CHECKOUT / "installer" / "semai" / "playbooks" / "site.yml"
    given = ["-i", ground.inventory, "--vault-password-file", ground.vault_password, book, *words]
    return run([sys.executable, "-m", "ansible", "playbook", *given], cwd=CHECKOUT).stdout


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save what the browser shows when a test fails."""
    report = yield
    windows = [window for window in getattr(item, "funcargs", {}).values() if isinstance(window, Screen)]
    if report.failed and report.when == "call":
        for window in windows:
            file = item.config.rootpath / ".cache" / "screens" / f"{item.name}.png"
            window.picture(file)
            report.sections.append(("screen", str(file)))
    return report
