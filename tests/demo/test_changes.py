"""What a region does to an installed app later: repair an edit on the host, remove an app, delete its data."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.demo.canaries import APP, Aviary, Canary
from tests.demo.conftest import aviary
from tests.demo.ground import Ground, changes, files_below, is_free, processes_of

pytestmark = pytest.mark.demo


@pytest.mark.thorough
def test_edit_on_the_host_shows_as_drift_and_stays_until_it_is_given_up(plot: Aviary) -> None:
    ground = plot.ground
    env = ground.root / "apps" / "canary" / "shared" / "env"
    beside = env.with_name("env.semai-new")
    right = env.read_bytes()
    edited = right + b'EXTRA="by hand"\n'
    env.write_bytes(edited)
    drifted = ground.picture()
    ran = ground.try_semai("plan", "--check", "--diff")
    assert (ran.code, ran.error) == (6, "changes-pending")
    assert "shared/env was edited on the host; the edit stays" in ran.out
    assert "-EXTRA=" in ran.out
    assert [app["drift"] for app in ground.semai("status", "--json").json["apps"]] == [["shared/env"]]
    ground.refused("apply", "--yes", "--overwrite", "canary/shared/region.json", code=2, error="not-edited")
    assert changes(drifted, ground.picture()) == {}

    ground.semai("apply", "--yes")
    assert (env.read_bytes(), beside.read_bytes(), beside.stat().st_mode & 0o777) == (edited, right, 0o600)
    assert "nothing to do" in ground.semai("apply", "--yes").err
    assert "kept as edited there: shared/env" in ground.semai("status").err
    assert plot.serves == ("2026.1.0", 0)

    env.write_bytes(edited + b'MORE="too"\n')
    ground.semai("apply", "--yes")
    assert env.read_bytes() == edited + b'MORE="too"\n'
    ground.semai("apply", "--yes", "--overwrite", "canary/shared/env")
    assert (env.read_bytes(), beside.exists()) == (right, False)
    assert "nothing to do" in ground.semai("apply", "--yes").err


@pytest.mark.thorough
def test_edit_outlives_a_new_configuration_and_a_missing_file_comes_back(plot: Aviary) -> None:
    ground = plot.ground
    shared = ground.root / "apps" / "canary" / "shared"
    region, file = shared / "region.json", ground.inventory / "group_vars" / "all" / "region.yml"
    right, yml = region.read_bytes(), file.read_text()
    region.write_bytes(right.replace(b"Manggarai", b"Manggarai Tengah"))
    edited = region.read_bytes()
    (shared / "env").unlink()
    try:
        file.write_text(yml.replace("Ruteng", "Ruteng Baru"))
        ground.semai("apply", "--yes")
        assert region.read_bytes() == edited
        assert b"Ruteng Baru" in (shared / "region.json.semai-new").read_bytes()
        assert (shared / "env").is_file()
        assert "nothing to do" in ground.semai("apply", "--yes").err
    finally:
        file.write_text(yml)
        ground.semai("apply", "--yes", "--overwrite", "canary/shared/region.json")
    assert region.read_bytes() == right


def test_diff_of_a_plan_shows_no_secret(plot: Aviary) -> None:
    ground = plot.ground
    env = ground.root / "apps" / "canary" / "shared" / "env"
    right = env.read_bytes()
    line = next(line for line in right.decode().splitlines() if line.startswith("SECRET_KEY="))
    env.write_bytes(right.replace(line.encode(), b'EXTRA="by hand"\nSECRET_KEY="short"'))
    try:
        shown = ground.semai("plan", "--diff")
        assert "-EXTRA=" in shown.out
        assert line.partition('"')[2].rstrip('"') not in shown.out + shown.err
    finally:
        env.write_bytes(right)


def test_remove_keeps_the_data_and_says_where_and_purge_deletes_it() -> None:
    with aviary() as planted:
        planted.offer(Canary("2026.1.0"))
        planted.plant()
        planted.visit(3)
        ground = planted.ground
        address = ground.opened(APP)["address"]

        ground.semai("remove", APP, "--yes")
        ground.semai("lock")
        said = ground.semai("apply", "--yes").err
        kept = Path(said.partition("its data is in ")[2].splitlines()[0])
        databases = [path for path, _ in files_below(kept) if path.suffix == ".sqlite3"]
        assert len(databases) == 1
        with sqlite3.connect(f"file:{databases[0]}?mode=ro", uri=True) as database:
            assert database.execute("SELECT COUNT(*) FROM visit").fetchone()[0] == 3
        assert is_free(address)
        assert processes_of(ground.root) == []

        planted.plant()
        purged_when_asked_twice(ground)
        left = [path.relative_to(ground.root) for path, _ in files_below(ground.root)]
        assert [path for path in left if APP in str(path) and path.parts[0] != "tools"] == []
        assert APP not in ground.inventory.joinpath("group_vars/all/apps.yml").read_text()


def purged_when_asked_twice(ground: Ground) -> None:
    wrong = ground.refused("remove", APP, "--purge", code=2, error="purge-not-confirmed")
    assert f"--confirm {APP}" in wrong.err
    words = ("remove", APP, "--purge", "--confirm", APP)
    ground.refused(*words, code=7, error="no-fresh-backup")
    ground.semai(*words, "--without-backup", "tried out only")
    ground.semai("lock")
    ground.semai("apply", "--yes")
