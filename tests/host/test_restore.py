"""backup plan and restore on a real host, with both engines: the data of a set or those there are, never a mix."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from semai_host import durable

from tests.host import rig
from tests.host.choice import quick
from tests.host.conftest import new_root
from tests.host.rig import Visitors, wait_until
from tests.host.test_backups import BOTH, ENGINES, RESTIC, add, configure, largest, reseal

STEPS = [
    "check",
    "prepare",
    "maintenance",
    "restore-point",
    "data",
    "migrate",
    "trial",
    "restart",
    "health",
    "receipt",
    "maintenance-off",
    "prune",
]
_numbers = itertools.count(1)


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "restic" and not os.access(RESTIC, os.X_OK):
        pytest.fail("restic is missing: run tests/prepare")
    return request.param


def media(host, app: str) -> Path:
    return host.root / "apps" / app / "shared" / "media"


def letters(host, app: str) -> dict[str, str]:
    return {path.name: path.read_text() for path in media(host, app).iterdir()}


def visit(host, app: str, times: int) -> None:
    for _ in range(times):
        assert host.ask(app, "/visit", "POST")[0] == 200


def kept(host, *apps: str, repository: str = "archive", **changes) -> str:
    """Install the apps, each with two visits and a letter, and return the set that keeps them together."""
    for app in apps:
        host.activate(host.request(app, "2026.1.0", greeting="of then", **changes))
        visit(host, app, 2)
        (media(host, app) / "letter.pdf").write_text(f"{app} of then")
    configure(host, repository, sets=[list(apps)])
    (made,) = host.call("backup", "create", *apps)["sets"]
    return made["set"]


def gone_on(host, *apps: str) -> None:
    """What happens after the backup."""
    for app in apps:
        visit(host, app, 3)
        (media(host, app) / "later.pdf").write_text("of now")
        (media(host, app) / "letter.pdf").unlink()


@contextmanager
def broken(host, app: str):
    """The app's program is away: it runs on, but does not start again."""
    program = host.root / "apps" / app / "releases" / "2026.1.0" / "venv" / "bin" / "canary"
    program.rename(program.with_name("away"))
    try:
        yield
    finally:
        program.with_name("away").rename(program)


def content(host) -> dict[str, str]:
    """Return the digest of every file but what a refused run may leave: its events, the audit line, the lock."""
    passed_over = {"journal", "runs", "logs", "supervisor", "cache", "lock", "audit.log"}
    files = (path for path in host.root.rglob("*") if path.is_file() and not passed_over & {*path.parts})
    ours = (path for path in files if not path.name.endswith("-shm"))  # SQLite's own, of who reads just now
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in ours}


def is_present(host, *apps: str) -> bool:
    """Tell whether each app serves what it held when the restore began."""
    return all(host.count(app) == 5 and letters(host, app) == {"later.pdf": "of now"} for app in apps)


@pytest.mark.parametrize("engine", BOTH, indirect=True)
def test_data_come_back_and_code_and_configuration_stay(own_host, app, engine):
    name = kept(own_host, app, repository=engine)
    gone_on(own_host, app)
    own_host.activate(own_host.request(app, "2026.2.0", schema=2, greeting="of now"))
    planned = own_host.call("backup", "plan", name)
    assert (planned["set"], planned["elsewhere"], len(planned["apps"])) == (name, [], 1)
    (told,) = planned["apps"]
    assert (told["possible"], told["version"], told["set_version"]) == (True, "2026.2.0", "2026.1.0")
    assert told["differences"] == [
        {"kind": "rows", "of": "migration", "now": 2, "then": 1},
        {"kind": "rows", "of": "visit", "now": 5, "then": 2},
        {"kind": "files", "of": "shared/media", "now": 2, "then": 1},
    ]
    answer = own_host.call("backup", "restore", name)
    assert (answer["changed"], answer["set"], answer["notes"]) == (True, name, [])
    assert (own_host.serves(app), own_host.count(app)) == ("2026.2.0", 2)
    assert own_host.ask(app, "/settings")[1]["GREETING"] == "of now"
    assert letters(own_host, app) == {"letter.pdf": f"{app} of then", "migrated-to-2": "2026.2.0"}
    assert own_host.leftovers() == []
    assert not (own_host.root / "backup" / "restoring").exists()
    visit(own_host, app, 1)
    assert own_host.call("backup", "plan", name)["apps"][0]["seconds"] > 0
    assert "-before-restore-of-" in answer["apps"][app]["restore_point"]
    own_host.call("rollback", app)  # a restore can be undone
    assert (own_host.serves(app), own_host.count(app)) == ("2026.2.0", 5)
    assert letters(own_host, app)["later.pdf"] == "of now"


def test_run_is_told_of_in_the_history_of_each_app(own_host):
    name = kept(own_host, "one", "two")
    own_host.call("backup", "restore", name, "--by", "siti")
    for app in ("one", "two"):
        last = own_host.call("history", app)["entries"][-1]
        assert (last["verb"], last["by"], last["result"]) == (f"backup restore {name}", "siti", "done")


def test_set_of_another_host_comes_back_under_another_region(own_host, uv, app, engine):
    """The other host's repository is reached by files of its own and only read."""
    name = kept(own_host, app, repository=engine)
    stored = content(own_host)
    with rig.host_at(new_root(), uv) as bare:
        bare.activate(bare.request(app, "2026.2.0", schema=2, greeting="another region"))
        other = bare.root / "backup" / "other"
        configure(own_host, engine)
        other.parent.mkdir()
        (own_host.root / "backup").rename(other)
        assert [found["set"] for found in bare.call("backup", "list", "--from", str(other))["sets"]] == [name]
        assert bare.call("backup", "plan", name, "--from", str(other))["apps"][0]["possible"]
        bare.call("backup", "restore", name, "--from", str(other))
        assert (bare.serves(app), bare.count(app)) == ("2026.2.0", 2)
        assert bare.ask(app, "/settings")[1]["GREETING"] == "another region"
        assert letters(bare, app)["letter.pdf"] == f"{app} of then"
        assert bare.leftovers() == []
        repository = str(own_host.root / "repository")
        after = {path: digest for path, digest in content(own_host).items() if path.startswith(repository)}
        assert after == {path: digest for path, digest in stored.items() if path.startswith(repository)}


def test_named_app_comes_back_alone_even_when_the_other_is_damaged(own_host):
    name = kept(own_host, "one", "two")
    gone_on(own_host, "one", "two")
    archive = own_host.root / "repository" / f"{name}.tar"
    assert archive.read_bytes().count(b"two of then") == 1
    archive.write_bytes(archive.read_bytes().replace(b"two of then", b"TWO of then"))
    before = content(own_host)
    error = own_host.call("backup", "restore", name, expect=1)["error"]
    assert (error["code"], error["step"], error["undone"]) == ("set-damaged", "prepare", True)
    assert content(own_host) == before
    own_host.call("backup", "restore", name, "one")
    assert own_host.count("one") == 2
    assert is_present(own_host, "two")


def test_failure_of_one_app_brings_all_back(own_host):
    name = kept(own_host, "one", "two")
    gone_on(own_host, "one", "two")
    with broken(own_host, "two"):
        error = own_host.call("backup", "restore", name, expect=1)["error"]
    assert (error["step"], error["undone"]) == ("migrate", True)
    own_host.call("service", "restart", "two")
    assert is_present(own_host, "one", "two")
    assert own_host.leftovers() == []


def test_nobody_sees_one_app_of_the_old_time_and_one_of_the_new(own_host):
    """Both apps show the page before the first holds its data, and neither is opened before both do."""
    name = kept(own_host, "one", "two")
    gone_on(own_host, "one", "two")
    run = own_host.start("backup", "restore", name, "--run", "watched")
    wait_until(lambda: own_host.reached("watched", "restore-point"), "the data are copied")
    while not own_host.reached("watched", "restart") and run.poll() is None:
        if not own_host.reached("watched", "trial"):
            assert {own_host.status("one"), own_host.status("two")} <= {503, None}
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert [own_host.count(app) for app in ("one", "two")] == [2, 2]


@pytest.mark.parametrize("engine", ["archive"])
def test_visits_during_a_restore_that_fails_are_not_lost(own_host, app, engine):
    name = kept(own_host, app)
    with Visitors(own_host, app) as visitors:
        with broken(own_host, app):
            assert own_host.call("backup", "restore", name, expect=1)["error"]["undone"]
        own_host.call("service", "restart", app)
    assert own_host.count(app) >= visitors.saved


def refusals(host, name):
    """Return what is refused: words -> code."""
    return {
        ("20200101T000000Z-one-aaaaaa",): "set-unknown",
        ("../../etc",): "set-unknown",
        (name, "stranger"): "unknown-app",
        (name, "other"): "app-not-in-set",
    }


def test_wrong_words_are_refused_and_change_nothing(own_host, engine):
    name = kept(own_host, "one", repository=engine)
    own_host.activate(own_host.request("other", "2026.1.0"))
    before = content(own_host)
    for words, code in refusals(own_host, name).items():
        assert own_host.call("backup", "restore", *words, expect=7)["error"]["code"] == code, words
        assert own_host.call("backup", "plan", *words, expect=7)["error"]["code"] == code, words
    assert content(own_host) == before


def test_set_of_apps_that_are_not_here_is_sent_to_apply(own_host):
    name = kept(own_host, "one")
    own_host.call("remove", "one")
    error = own_host.call("backup", "restore", name, expect=7)["error"]
    assert (error["code"], error["hint"]) == ("unknown-app", "semai apply")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": "2025.9.0", "release": "a" * 64}, "set-newer"),
        ({"version": "2026.3.0", "upgrade_from": [">=2026.2"]}, "set-too-old"),
        ({"database": {"driver": "postgresql", "name": "x", "user": "x", "host": "/run/x"}}, "database-product"),
        ({"leader": False}, "follower"),
    ],
)
def test_app_that_could_not_work_with_the_set_refuses_it(own_host, app, changes, code):
    """What it serves is changed as another installation would have it."""
    name = kept(own_host, app)
    path = own_host.root / "apps" / app / "serving.json"
    serving = json.loads(path.read_text())["request"]
    durable.write_sealed(path, {"schema": 1, "request": {**serving, **changes}})
    before = content(own_host)
    (told,) = own_host.call("backup", "plan", name)["apps"]
    assert (told["possible"], told["why"]["code"]) == (False, code)
    assert own_host.call("backup", "restore", name, expect=7)["error"]["code"] == code
    assert content(own_host) == before


def test_app_in_maintenance_and_a_host_at_work_refuse(own_host, app):
    name = kept(own_host, app)
    own_host.call("maintenance", "on", app)
    before = content(own_host)
    assert own_host.call("backup", "restore", name, expect=7)["error"]["code"] == "in-maintenance"
    assert content(own_host) == before
    own_host.call("maintenance", "off", app)
    holding = subprocess.Popen(["flock", "--no-fork", own_host.root / "lock", "sleep", "30"])
    try:
        wait_until(lambda: own_host.state()["lock"] is not None, "the lock is held")
        assert own_host.call("backup", "restore", name, expect=8)["error"]["code"] == "host-locked"
    finally:
        holding.kill()
        holding.wait(10)


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [("archive", "cut"), pytest.param("restic", "cut", marks=pytest.mark.thorough), ("archive", "member")],
    indirect=["engine"],
)
def test_damaged_set_is_refused_before_anything_is_touched(own_host, app, engine, wrong):
    name = kept(own_host, app, repository=engine)
    gone_on(own_host, app)
    pid = own_host.state()["apps"][app]["service"]["pid"]
    if wrong == "cut":
        path = largest(own_host)
        os.truncate(path, path.stat().st_size // 2)
        if engine == "archive":
            reseal(own_host.root / "repository" / f"{name}.json", path.stat().st_size)
    else:  # restic's sets cannot be written into
        add(own_host.root / "repository" / f"{name}.tar", name, "outside")
        archive = own_host.root / "repository" / f"{name}.tar"
        reseal(own_host.root / "repository" / f"{name}.json", archive.stat().st_size)
    before = content(own_host)
    error = own_host.call("backup", "restore", name, expect=1)["error"]
    assert error["code"] in ("set-damaged", "repository-failed")
    assert content(own_host) == before
    assert is_present(own_host, app)
    assert own_host.state()["apps"][app]["service"]["pid"] == pid
    assert own_host.leftovers() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system: needs root")
def test_no_room_is_refused_with_figures(own_host, app):
    name = kept(own_host, app)
    folder = own_host.root / "backup" / "restoring"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        error = own_host.call("backup", "restore", name, expect=7)["error"]
        assert error["code"] == "disk-space"
        assert "the set" in error["message"]
        assert own_host.count(app) == 2
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def twins():
    """The two apps that the tests of this worker restore together, one after the other, and their set."""
    return {"apps": None, "set": ""}


@pytest.mark.parametrize(
    ("point", "step"),
    quick(
        [("acted", name) for name in STEPS] + [("undone", "data")],
        only=[("acted", "data"), ("acted", "restart"), ("undone", "data")],
    ),
)
def test_killed_restore_of_two_apps_ends_with_both_of_one_time(host, twins, point, step):
    if twins["apps"] is None:
        number = next(_numbers)
        twins["apps"] = (f"twin-{number}", f"twine-{number}")
        twins["set"] = kept(host, *twins["apps"])
        gone_on(host, *twins["apps"])
    apps, twins["apps"] = twins["apps"], None
    with broken(host, apps[1]) if point == "undone" else nullcontext():
        host.kill_at(point, step, "backup", "restore", twins["set"])
    assert {entry["app"] for entry in host.state()["journal"]} == set(apps)
    host.call("recover")
    done = point != "undone" and STEPS.index(step) > STEPS.index("trial")
    if done:
        assert [host.count(app) for app in apps] == [2, 2]
        assert [letters(host, app) for app in apps] == [{"letter.pdf": f"{app} of then"} for app in apps]
        gone_on(host, *apps)
    assert is_present(host, *apps)
    assert host.leftovers() == []
    assert not (host.root / "backup" / "restoring").exists()
    twins["apps"] = apps


def test_verb_about_the_second_app_resolves_the_killed_run_of_both_first(own_host):
    name = kept(own_host, "one", "two")
    gone_on(own_host, "one", "two")
    own_host.kill_at("acted", "data", "backup", "restore", name)
    answer = own_host.call("abort", "two")
    assert [(one["app"], one["outcome"]) for one in answer["recovered"]] == [("one two", "undone")]
    assert is_present(own_host, "one", "two")


def test_recover_deletes_what_a_killed_restore_had_read(own_host):
    left = own_host.root / "backup" / "restoring" / "one"
    left.mkdir(parents=True)
    own_host.call("recover")
    assert not left.parent.exists()
