"""Damaged files, full disks and power cuts: told in place, put right by recover or by the next activate."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.host import rig
from tests.host.choice import quick
from tests.host.conftest import small_root
from tests.host.rig import Visitors, wait_until

DAMAGE = {"empty": b"", "cut": b'{"schema": 1, "ap', "deep": b"[" * 50000, "binary": bytes(range(256))}


def spoil(path, how: str) -> None:
    if how == "edited":
        path.write_text(path.read_text().replace("2026.1.0", "2026.9.9"))
    else:
        path.write_bytes(DAMAGE[how])


@pytest.mark.parametrize("how", quick([*DAMAGE, "edited"], only=["cut"]))
def test_damaged_receipt_is_reported_and_written_anew(host, app, how):
    host.activate(host.request(app, "2026.1.0"))
    spoil(host.root / "receipts" / f"{app}.json", how)
    report = host.state()["apps"][app]
    assert report["receipt"] is None
    assert f"receipts/{app}.json" in report["receipt_error"]
    assert report["health"]["status"] == "ok"
    assert host.call("receipt", app, expect=1)["error"]["code"] == "file-corrupt"
    host.activate(host.request(app, "2026.1.0"))
    assert host.state()["apps"][app]["receipt"]["version"] == "2026.1.0"


@pytest.mark.slow
def test_failed_upgrade_over_a_damaged_receipt_leaves_the_app_running(host, app):
    host.activate(host.request(app, "2026.1.0"))
    spoil(host.root / "receipts" / f"{app}.json", "cut")
    host.activate(host.request(app, "2026.2.0", "crashes", schema=2), expect=1)
    assert host.serves(app) == "2026.1.0"


@pytest.mark.parametrize("how", quick([*DAMAGE, "edited"], only=["deep"]))
def test_damaged_journal_is_set_aside_and_the_app_runs_on(host, app, how):
    host.activate(host.request(app, "2026.1.0"))
    host.kill_at("acted", "maintenance", "activate", host.write(host.request(app, "2026.2.0", schema=2)))
    spoil(host.root / "journal" / f"{app}.json", how)
    assert any("error" in entry for entry in host.state()["journal"])
    found = host.call("recover")["recovered"][0]
    assert (found["outcome"], f"{app}.corrupt" in found["message"]) == ("set-aside", True)
    wait_until(lambda: host.status(app) == 200, "the app answers")
    assert host.serves(app) == "2026.1.0"
    assert host.leftovers() == []
    host.activate(host.request(app, "2026.2.0", schema=2))
    assert host.serves(app) == "2026.2.0"


@pytest.mark.slow
def test_damaged_serving_record_falls_back_on_the_release(host, app):
    host.activate(host.request(app, "2026.1.0"))
    spoil(host.root / "apps" / app / "serving.json", "cut")
    host.call("service", "restart", app)
    assert host.serves(app) == "2026.1.0"
    host.activate(host.request(app, "2026.2.0", schema=2))
    assert host.serves(app) == "2026.2.0"


def test_damaged_artifact_is_set_aside_so_that_it_is_sent_again(host, app):
    host.activate(host.request(app, "2026.1.0"))
    request = host.request(app, "2026.2.0", schema=22)
    path = host.root / "store" / request["artifacts"][1]["sha256"]
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"!")
    error = host.activate(request, expect=1)["error"]
    assert (error["code"], error["step"], host.serves(app)) == ("artifact-corrupt", "prepare", "2026.1.0")
    assert not path.exists()
    host.activate(host.request(app, "2026.2.0", schema=22))
    assert host.serves(app) == "2026.2.0"


def test_unreadable_environment_stops_the_upgrade_not_the_app(host, app):
    host.activate(host.request(app, "2026.1.0"))
    request = host.request(app, "2026.2.0", schema=2)
    request["files"]["shared/env"] = host.stage(app, "shared/env", b"KEY=no quotes\n", "0600")
    error = host.activate(request, expect=1)["error"]
    assert (error["code"], error["step"], host.serves(app)) == ("env-invalid", "migrate", "2026.1.0")


@pytest.mark.slow
def test_leftovers_of_an_older_crash_are_cleared_by_recover(host, app):
    host.activate(host.request(app, "2026.1.0"))
    folder = host.root / "apps" / app
    (folder / "releases" / "2026.7.0.partial" / "venv").mkdir(parents=True)
    (folder / "restore-points" / "x.partial").mkdir(parents=True)
    (folder / ".serving.json.tmp").write_text("half")
    (folder / "current").unlink()
    host.call("recover")
    assert host.leftovers() == []
    assert os.readlink(folder / "current") == "releases/2026.1.0"


@pytest.fixture
def small_disk(uv):
    """A host root on a file system of 160 MB."""
    with small_root(160) as root, rig.host_at(root, uv) as made:
        yield made


def fill(host, leave: int) -> None:
    """Write until `leave` bytes are free."""
    figures = os.statvfs(host.root)
    (host.root / "filler").write_bytes(bytes(figures.f_bavail * figures.f_frsize - leave))


def test_full_disk_is_refused_before_anything_is_touched(small_disk):
    small_disk.activate(small_disk.request("canary", "2026.1.0"))
    request = small_disk.write(small_disk.request("canary", "2026.2.0", schema=2))
    fill(small_disk, leave=8 << 20)
    error = small_disk.call("activate", request, expect=7)["error"]
    assert error["code"] == "disk-space"
    assert str(small_disk.root) in error["message"]
    assert small_disk.serves("canary") == "2026.1.0"


@pytest.mark.slow
def test_disk_that_fills_up_during_the_migration_is_undone_on_the_full_disk(small_disk):
    host = small_disk
    host.activate(host.request("canary", "2026.1.0"))
    with Visitors(host, "canary") as visitors:
        greedy = host.request("canary", "2026.2.0", "migration-fills-disk", schema=2)
        error = host.activate(greedy, expect=1)["error"]
        assert (error["step"], error["undone"], host.serves("canary")) == ("migrate", True, "2026.1.0")
        assert host.count("canary") >= visitors.saved
    assert host.leftovers() == []
    assert not (host.root / "apps" / "canary" / "shared" / "media" / "filler").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("step", ["prepare", "files", "migrate", "trial"])
def test_recover_works_on_a_disk_without_a_byte_left(small_disk, step):
    host = small_disk
    host.activate(host.request("canary", "2026.1.0"))
    host.ask("canary", "/visit", "POST")
    host.kill_at("acted", step, "activate", host.write(host.request("canary", "2026.2.0", schema=2)))
    fill(host, leave=0)
    host.call("recover")
    assert (host.serves("canary"), host.count("canary")) == ("2026.1.0", 1)
    assert host.leftovers() == []
    (host.root / "filler").unlink()
    host.activate(host.request("canary", "2026.2.0", schema=2))
    assert host.serves("canary") == "2026.2.0"


def upgraded(host) -> None:
    """One visit before the new release came, two since."""
    host.activate(host.request("canary", "2026.1.0"))
    host.ask("canary", "/visit", "POST")
    host.activate(host.request("canary", "2026.2.0", schema=2))
    for _ in range(2):
        host.ask("canary", "/visit", "POST")


@pytest.mark.slow
def test_rollback_without_room_for_a_copy_of_now_is_refused_before_anything_is_touched(small_disk):
    upgraded(small_disk)
    fill(small_disk, leave=8 << 20)
    error = small_disk.call("rollback", "canary", expect=7)["error"]
    assert error["code"] == "disk-space"
    assert (small_disk.serves("canary"), small_disk.count("canary")) == ("2026.2.0", 3)


@pytest.mark.thorough
@pytest.mark.parametrize("step", ["restore-point", "data-back", "trial"])
def test_rollback_killed_on_a_full_disk_is_undone_and_can_be_done_again(small_disk, step):
    host = small_disk
    upgraded(host)
    point = host.call("points", "canary")["points"][0]["name"]
    host.kill_at("acted", step, "rollback", "canary")
    fill(host, leave=0)
    host.call("recover")
    assert (host.serves("canary"), host.count("canary")) == ("2026.2.0", 3)
    assert host.leftovers() == []
    (host.root / "filler").unlink()
    host.call("rollback", "canary", "--to", point)
    assert (host.serves("canary"), host.count("canary")) == ("2026.1.0", 1)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("step", "expected"),
    [("migrate", "2026.1.0"), ("trial", "2026.1.0"), ("switch", "2026.2.0"), ("restart", "2026.2.0")],
)
def test_power_cut_then_boot(own_host, step, expected):
    """Everything dies at once; at boot supervisord starts first, then recover."""
    host = own_host
    host.activate(host.request("canary", "2026.1.0"))
    host.ask("canary", "/visit", "POST")
    host.kill_at("acted", step, "activate", host.write(host.request("canary", "2026.2.0", schema=2)))
    host.stop_supervisor()
    host.start_supervisor()
    host.call("recover")
    wait_until(lambda: host.status("canary") == 200, "the app answers")
    assert (host.serves("canary"), host.count("canary")) == (expected, 1)
    assert host.leftovers() == []


@pytest.mark.slow
def test_undo_that_cannot_go_on_says_so_and_is_finished_later(own_host):
    host = own_host
    host.activate(host.request("canary", "2026.1.0"))
    host.ask("canary", "/visit", "POST")
    slow = host.write(host.request("canary", "2026.2.0", "migration-hangs", schema=2, migrate_timeout_seconds=2))
    run = host.nursery.start(["--root", str(host.root), "activate", slow, "--run", "stuck"])
    wait_until(lambda: host.reached("stuck", "migrate"), "the migration runs")
    host.supervisord.kill()
    assert run.wait(60) == 1
    error = json.loads(run.output[0])["error"]
    assert (error["code"], error["undone"]) == ("undo-failed", False)
    assert "does not answer" in error["message"]
    host.stop_supervisor()
    host.start_supervisor()
    assert host.activate(host.request("canary", "2026.2.0", schema=2))["previous"] == "2026.1.0"
    assert (host.serves("canary"), host.count("canary")) == ("2026.2.0", 1)
    assert host.leftovers() == []


@pytest.mark.slow
def test_recover_without_supervisor_keeps_the_journal_for_later(own_host):
    host = own_host
    host.activate(host.request("canary", "2026.1.0"))
    host.kill_at("acted", "migrate", "activate", host.write(host.request("canary", "2026.2.0", schema=2)))
    host.stop_supervisor()
    assert host.call("recover", expect=7)["error"]["code"] == "supervisor-down"
    assert host.state()["journal"][0]["step"] == "migrate"
    host.start_supervisor()
    assert host.call("recover")["recovered"][0]["outcome"] == "undone"
    assert host.serves("canary") == "2026.1.0"


@contextmanager
def something_mounted(folder) -> Iterator[None]:
    """Have a file system mounted at a new folder, which cannot be deleted for that time (root only, as CI is)."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_removal_that_has_deleted_the_data_is_finished_and_never_taken_back(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.ask(app, "/visit", "POST")
    with something_mounted(host.root / "apps" / app / "kept" / "busy"):
        error = host.call("remove", app, expect=1)["error"]
        assert (error["code"], error["undone"], error["step"]) == ("run-unfinished", False, "delete")
        assert app not in host.state()["apps"] or host.status(app) is None
        assert host.call("recover", expect=1)["error"]["code"] == "undo-failed"
    assert host.call("recover")["recovered"][0]["outcome"] == "finished"
    assert host.leftovers() == []
    assert app not in host.state()["apps"]
    (copy,) = (host.root / "apps" / app / "restore-points").rglob("*.sqlite3")
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM visit").fetchone() == (1,)


@pytest.mark.slow
def test_upgrade_that_cannot_tidy_up_is_not_taken_back_from_the_public(host, app):
    host.activate(host.request(app, "2026.1.0"))
    busy = host.root / "apps" / app / "kept" / "busy"
    with something_mounted(busy):
        error = host.activate(host.request(app, "2026.2.0", schema=2), expect=1)["error"]
        assert (error["code"], error["step"]) == ("run-unfinished", "prune")
        assert host.ask(app, "/visit", "POST")[0] == 200
    busy.rmdir()
    assert host.activate(host.request(app, "2026.2.0", schema=2))["changed"] is False
    assert (host.serves(app), host.count(app)) == ("2026.2.0", 1)
    assert host.leftovers() == []
    assert host.call("points", app)["points"][0]["version"] == "2026.1.0"
