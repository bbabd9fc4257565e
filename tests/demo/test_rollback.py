"""A region that goes back, resumes and aborts: what it is told, what it has afterwards, what its files ask for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.adapters.state import read_audit

from tests.demo.canaries import Aviary, Canary
from tests.demo.conftest import aviary
from tests.demo.ground import changes, run
from tests.demo.test_interruptions import interrupt_at

pytestmark = pytest.mark.demo
OLD, NEW, NEXT = Canary("2026.1.0"), Canary("2026.2.0", schema=2), Canary("2026.2.1", schema=2, change="code")
HANGS = Canary("2026.3.0", schema=3, behaviour="migration-hangs")


@pytest.fixture(scope="module")
def grown() -> Iterator[Aviary]:
    with aviary() as made:
        made.offer(OLD)
        made.plant()
        made.visit(2)
        made.offer(OLD, NEW)
        made.upgrade()
        made.visit(3)
        yield made


@pytest.fixture(name="aviary")
def unchanged(grown: Aviary) -> Iterator[Aviary]:
    """The new release with five visits, two of them from before it came; every test leaves it so."""
    assert grown.serves == ("2026.2.0", 5)
    yield grown
    assert grown.serves == ("2026.2.0", 5)


def test_host_that_cannot_go_back_keeps_its_release_and_the_files(aviary: Aviary) -> None:
    ground = aviary.ground
    program = ground.root / "apps/canary/releases/2026.1.0/venv/bin/canary"
    away = program.rename(program.with_suffix(".away"))
    files = {path: path.read_bytes() for path in (aviary.files.apps, aviary.files.lock, aviary.files.deployment)}
    ran = ground.try_semai("rollback", "canary", "--yes")
    away.rename(program)
    assert ran.code == 7, ran.err
    assert {path: path.read_bytes() for path in files} == files
    assert ground.plan() == {"canary": "unchanged"}


def test_point_nobody_knows_and_a_missing_yes_are_refused(aviary: Aviary) -> None:
    aviary.ground.refused(
        "rollback", "canary", "--to", "20200101T000000Z-x", "--yes", code=2, error="no-such-point"
    )
    aviary.ground.refused("rollback", "canary", code=2, error="confirmation-needed")


def test_region_is_told_what_is_lost_goes_back_and_forward_again(aviary: Aviary) -> None:
    ground = aviary.ground
    (told,) = ground.semai("rollback", "canary", "--list", "--json").json.values()
    point = told["points"][0]
    assert {(loss["of"], loss["now"], loss["then"]) for loss in point["differences"]} >= {("visit", 5, 2)}

    said = ground.semai("rollback", "canary", "--yes").err
    assert "rows of visit: 5 now, 2 then" in said
    assert f"entries and changes after {point['moment']} are lost" in said
    assert "bringing the data of the restore point back" in said
    assert aviary.serves == ("2026.1.0", 2)
    assert ground.plan() == {"canary": "unchanged"}
    assert aviary.files.load_selection().apps["batang/canary"].version == "==2026.1.0"
    assert read_audit(aviary.files.audit)[-1].verb.startswith("rollback canary 2026.2.0 -> 2026.1.0 (")

    aviary.visit(1)
    ground.semai("rollback", "canary", "--yes")
    assert ground.plan() == {"canary": "unchanged"}


def test_going_back_by_code_loses_nothing_and_a_release_out_of_the_index_leaves_the_files(aviary: Aviary) -> None:
    ground = aviary.ground
    aviary.offer(NEXT)
    aviary.ask_for("")
    aviary.upgrade()
    before = ground.picture()
    said = ground.semai("rollback", "canary", "--yes").err
    assert "undone is nothing but the code" in said
    assert "apps.yml and semai.lock stay as they are, and the next apply leaves 2026.2.0 again" in said
    assert "the region asks for something else than canary runs now" in said
    wishes = {Path(path).name for path in changes(before, ground.picture()) if "inventories/" in path}
    assert wishes == {"audit.jsonl"}
    assert ground.plan() == {"canary": "upgrade"}


def test_migration_that_hangs_is_aborted_and_a_cut_one_resumed(aviary: Aviary) -> None:
    ground = aviary.ground
    aviary.offer(HANGS)
    ground.semai("lock", "--upgrade")
    interrupt_at(ground, "canary: migrating its data", signal.SIGKILL)
    assert ground.try_semai("resume", "canary", "--yes").error == "run-goes-on"
    said = ground.semai("abort", "canary", "--yes").err
    assert "the activate was undone" in said
    assert aviary.serves == ("2026.2.0", 5)
    assert "nothing was cut and nothing goes on" in ground.semai("abort").err

    aviary.offer(NEW)
    ground.semai("lock", "--allow-downgrade", "--upgrade")
    tool = [ground.python, ground.root / "bin" / "semai-host", "--root", ground.root]
    run([*tool, "maintenance", "on", "canary"])
    said = ground.semai("resume", "--yes").err
    assert "canary on localhost: the maintenance page stands" in said
    assert ground.plan() == {"canary": "unchanged"}
    assert [entry.verb for entry in read_audit(aviary.files.audit)][-1].startswith("resume")
