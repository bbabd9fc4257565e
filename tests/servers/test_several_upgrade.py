"""`semai upgrade` on three machines while people write, the plug of one pulled in the middle of its migration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.several import USER, Notebook, Region
from tests.servers.test_several_apps import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

OLD, NEW = "2026.1.0", "2026.2.0"
BOARD, DESK, SHELF = (
    Notebook(name, version=OLD, media=True, port=port) for port, name in enumerate(("board", "desk", "shelf"), 8101)
)
APPS = (BOARD, DESK, SHELF)
MEDIA = Path("srv/semai/apps/desk/shared/media")


@dataclass
class Office:
    """The machine that has the proxy, the databases and one app; two more with an app each; who writes to them."""

    region: Region
    first: Machine
    second: Machine
    third: Machine
    kept: dict[str, list[str]] = field(default_factory=lambda: {app.name: [] for app in APPS})
    over: threading.Event = field(default_factory=threading.Event)

    def notes(self, app: Notebook) -> dict[str, Any]:
        status, said = self.region.open(self.first, app, "/notes")
        assert status == 200, said
        return dict(said)

    def write(self, app: Notebook) -> None:
        """Write notes until it is over; what was acknowledged is kept in mind."""
        number = 0
        while not self.over.wait(0.1):
            number += 1
            try:
                if self.region.open(self.first, app, "/notes", f"note {number:05}")[0] == 200:
                    self.kept[app.name].append(f"note {number:05}")
            except (OSError, ValueError):
                continue

    def versions(self) -> dict[str, tuple[str, bool]]:
        """Return app -> what `semai status` says it runs, and whether that is well."""
        return {app["app"]: (app["version"], app["well"]) for app in self.region.read("status")["apps"]}


@pytest.fixture
def office(lab: Lab, tmp_path: Path) -> Iterator[Office]:
    machines = lab.machines(3)
    for machine in machines:
        machine.add_user(USER, sudo=True)
    made = Office(Region(tmp_path), *machines)
    first, second, third = machines
    groups = {"proxy": [first], "app": [first, second, third], "database": [first]}
    made.region.place(groups, {first: [BOARD.key], second: [DESK.key], third: [SHELF.key]})
    yield made
    lab.discard(machines)


def test_plug_of_one_of_three_is_pulled_and_nothing_is_lost(office: Office) -> None:
    newer = [replace(app, version=NEW) for app in (BOARD, SHELF)]
    waiting = replace(DESK, version=NEW, behaviour="migration-waits")
    office.region.trust(*APPS, *newer, waiting)
    office.region.lock(*APPS)
    office.region.semai("apply", "--yes")
    writers = [threading.Thread(target=office.write, args=(app,)) for app in APPS]
    for writer in writers:
        writer.start()
    try:
        _pull_the_plug(office)
        assert office.versions()["desk"] == (OLD, True)
        assert office.notes(DESK)["release"] == OLD
        office.second.run(f"touch /{MEDIA}/go-on")
        office.region.semai("upgrade", "--yes")
    finally:
        office.over.set()
        for writer in writers:
            writer.join()
    assert office.versions() == {app.name: (NEW, True) for app in APPS}
    for app in APPS:
        found = office.notes(app)
        assert (found["release"], len(office.kept[app.name]) > 50) == (NEW, True)
        assert set(office.kept[app.name]) - set(found["notes"]) == set()
    office.region.settled()


def _pull_the_plug(office: Office) -> None:
    begun = office.region.begin("upgrade", "--yes")
    on_disk = office.second.folder / "root" / MEDIA / "waiting"
    wait_until(on_disk.exists, "the second machine changes its data", 180)
    office.second.power_cut()
    office.region.end(begun, 7)
    told = office.region.read("status", code=7)
    assert "desk" not in {app["app"] for app in told["apps"] if app["well"]}, "a machine without power is not well"
    office.second.start()
    wait_until(lambda: office.versions().get("desk") == (OLD, True), "the old release serves again", 120)
