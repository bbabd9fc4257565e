"""A region that goes back: what it is told, what it has afterwards, and what its files ask for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.adapters.state import read_audit

from tests.demo.canaries import Aviary, Canary
from tests.demo.conftest import end_all_of
from tests.demo.ground import changes, processes_of

pytestmark = pytest.mark.demo
OLD, NEW, NEXT = Canary("2026.1.0"), Canary("2026.2.0", schema=2), Canary("2026.2.1", schema=2, change="code")


@pytest.fixture
def aviary() -> Iterator[Aviary]:
    """Two visits with the old release, three more with the new one."""
    folder = Path(tempfile.mkdtemp(prefix="sc-"))
    made = Aviary(folder)
    made.offer(OLD)
    made.ground.semai("add", "canary", "--yes")
    made.upgrade()
    made.visit(2)
    made.offer(OLD, NEW)
    made.upgrade()
    made.visit(3)
    yield made
    end_all_of(made.ground.root)
    assert processes_of(folder) == []
    shutil.rmtree(folder)


def test_region_is_told_what_is_lost_goes_back_and_forward_again(aviary: Aviary) -> None:
    ground = aviary.ground
    assert aviary.serves == ("2026.2.0", 5)
    (told,) = ground.semai("rollback", "canary", "--list", "--json").json.values()
    listed = told["points"][0]
    assert {(loss["of"], loss["now"], loss["then"]) for loss in listed["differences"]} >= {("visit", 5, 2)}
    assert "entries after" in ground.semai("rollback", "canary", "--list").out
    ground.refused("rollback", "canary", code=2, error="confirmation-needed")

    said = ground.semai("rollback", "canary", "--yes").err
    assert "rows of visit: 5 now, 2 then" in said
    assert f"entries and changes after {listed['moment']} are lost" in said
    assert "bringing the data of the restore point back" in said
    assert aviary.serves == ("2026.1.0", 2)
    assert ground.plan() == {"canary": "unchanged"}
    assert aviary.files.load_selection().apps["batang/canary"].version == "==2026.1.0"
    assert read_audit(aviary.files.audit)[-1].verb.startswith("rollback canary 2026.2.0 -> 2026.1.0 (")

    aviary.visit(1)
    ground.semai("rollback", "canary", "--yes")
    assert aviary.serves == ("2026.2.0", 5)
    assert ground.plan() == {"canary": "unchanged"}


def test_going_back_by_code_loses_nothing_and_release_out_of_the_index_leaves_the_files(aviary: Aviary) -> None:
    ground = aviary.ground
    aviary.offer(NEXT)
    aviary.upgrade()
    aviary.visit(1)
    before = ground.picture()
    ran = ground.semai("rollback", "canary", "--yes")
    assert "undone is nothing but the code" in ran.err
    assert "apps.yml and semai.lock stay as they are, and the next apply leaves 2026.2.0 again" in ran.err
    assert aviary.serves == ("2026.2.0", 6)
    wishes = {path for path in changes(before, ground.picture()) if "inventories/" in path}
    assert {Path(path).name for path in wishes} == {"audit.jsonl"}
    assert ground.plan() == {"canary": "upgrade"}


def test_host_that_cannot_go_back_keeps_its_release_and_the_files(aviary: Aviary) -> None:
    ground = aviary.ground
    (ground.root / "apps/canary/releases/2026.1.0/venv/bin/canary").unlink()
    files = {path: path.read_bytes() for path in (aviary.files.apps, aviary.files.lock, aviary.files.deployment)}
    ran = ground.try_semai("rollback", "canary", "--yes")
    assert (ran.code, ran.error) == (7, "app-ended"), ran.err
    assert {path: path.read_bytes() for path in files} == files
    assert aviary.serves == ("2026.2.0", 5)
    assert ground.plan() == {"canary": "unchanged"}
    ground.refused("rollback", "canary", "--to", "20200101T000000Z-none", "--yes", code=2, error="no-such-point")
