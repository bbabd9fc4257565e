"""backup drill on a real host: what is restored is counted and run beside the real app, and nothing of it stays."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from semai_host import durable

from tests.host.rig import HostUnderTest, Visitors, running_below
from tests.host.test_backups import configure, largest, reseal

LOGIN = {"command": ["canary", "check-login"]}
STAGES = ("extract", "restore", "count", "migrate", "start", "login")


@pytest.fixture
def ready(own_host, app):
    """A host with one app that can log in to itself, media, and a plain repository."""
    own_host.activate(own_host.request(app, "2026.1.0", login_check=LOGIN))
    media = own_host.root / "apps" / app / "shared" / "media"
    (media / "letter.pdf").write_bytes(os.urandom(50_000))
    configure(own_host, "archive")
    assert own_host.ask(app, "/visit", "POST")[0] == 200
    return own_host


def is_clean(host: HostUnderTest) -> None:
    assert not (host.root / "drill").exists()
    assert running_below(f"{host.root}/drill/") == []
    assert host.leftovers() == []


def misbehave(host: HostUnderTest, app: str, behaviour: str) -> None:
    """Have the release's next start go wrong; the program that runs already does not notice."""
    (about,) = (host.root / "apps" / app / "releases").glob("*/venv/lib/*/site-packages/canary_release.py")
    text = about.read_text().rpartition("BEHAVIOUR")[0]
    about.unlink()  # a hard link into a cache, maybe
    about.write_text(f"{text}BEHAVIOUR = {behaviour!r}\n")


def failed(host: HostUnderTest, *words: str) -> dict:
    """Return what a failing drill says of its one app."""
    error = host.call("backup", "drill", *words, expect=1)["error"]
    assert error["code"] == "drill-failed"
    assert error["drill"]["verdict"] == "failed"
    (entry,) = error["drill"]["apps"]
    assert entry["verdict"] == "failed"
    is_clean(host)
    return entry


def rewrite(host: HostUnderTest, name: str, change) -> None:
    """Change the manifest of a set and seal it again, as somebody who knows how would."""
    path = host.root / "repository" / f"{name}.tar"
    with tarfile.open(path) as tar:
        members = [(member, tar.extractfile(member).read() if member.isreg() else None) for member in tar]
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for member, content in members:
            if member.name.endswith("/set.json"):
                record = {key: value for key, value in json.loads(content).items() if key != "digest"}
                change(record)
                content = json.dumps({**record, "digest": durable.digest_of(record)}).encode()
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content) if content is not None else None)
    reseal(host.root / "repository" / f"{name}.json", path.stat().st_size)


@pytest.mark.parametrize("engine", ["archive", "restic"])
def test_newest_set_is_restored_counted_started_and_logged_in_to_while_people_go_on(own_host, app, engine):
    own_host.activate(own_host.request(app, "2026.1.0", login_check=LOGIN))
    (own_host.root / "apps" / app / "shared" / "media" / "letter.pdf").write_bytes(os.urandom(50_000))
    configure(own_host, engine)
    with Visitors(own_host, app) as visitors:
        made = own_host.call("backup", "create")["sets"][0]
        answer = own_host.call("backup", "drill")
    assert (answer["verdict"], answer["engine"], answer["encrypted"]) == ("passed", engine, engine == "restic")
    (entry,) = answer["apps"]
    assert (entry["set"], entry["moment"], entry["error"]) == (made["set"], made["moment"], None)
    rows = made["content"][app]["rows"]
    assert rows["visit"] > 0
    assert {name: table["found"] for name, table in entry["rows"]["tables"].items()} == rows
    assert (entry["rows"]["result"], entry["rows"]["exact"]) == ("ok", True)
    assert entry["media"] == {
        "result": "ok",
        "expected": {"files": 1, "bytes": 50_000},
        "found": {"files": 1, "bytes": 50_000},
    }
    borrowed = [] if engine == "restic" else ["shared/env"]
    assert (entry["ran"]["version"], entry["ran"]["of"]) == ("2026.1.0", "set")
    assert entry["ran"]["borrowed"] == borrowed
    assert entry["health"]["result"] == "ok"
    assert entry["login"] == {"result": "ok", "kind": "account", "detail": f"{rows['visit']} visits"}
    assert set(entry["seconds"]) == set(STAGES)
    assert visitors.statuses == {200}
    assert own_host.count(app) >= visitors.saved
    assert "SEMAI_DRILL" not in own_host.ask(app, "/settings")[1]
    last = own_host.state()["backup"]["last_drill"]["apps"][app]
    assert (last["verdict"], last["set"], last["passed"]) == ("passed", made["set"], answer["moment"])
    (kept,) = (own_host.root / "backup" / "drills").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert {**answer, "schema": 1}.items() <= durable.read_sealed(kept).items()
    is_clean(own_host)


def test_failures_are_told_and_the_last_good_drill_is_remembered(ready, app):
    first, second = (ready.call("backup", "create")["sets"][0]["set"] for _ in range(2))
    passed = ready.call("backup", "drill", first, app)["moment"]

    rewrite(ready, second, lambda record: record["apps"][app]["rows"].update(visit=7, ghost=1))
    entry = failed(ready, second)
    assert (entry["set"], entry["rows"]["result"], entry["login"]["result"]) == (second, "failed", "ok")
    wrong = {name: table for name, table in entry["rows"]["tables"].items() if not table["right"]}
    assert wrong == {
        "ghost": {"expected": 1, "found": None, "right": False},
        "visit": {"expected": 7, "found": 1, "right": False},
    }

    misbehave(ready, app, "login-fails")
    entry = failed(ready, first)
    assert (entry["rows"]["result"], entry["health"]["result"]) == ("ok", "ok")
    assert (entry["login"]["result"], entry["error"]) == ("failed", None)
    assert "1 visits" in entry["login"]["detail"]

    misbehave(ready, app, "crashes")
    entry = failed(ready, first)
    assert (entry["health"]["result"], entry["error"]["code"]) == ("failed", "app-ended")
    assert entry["login"]["result"] == "not-checked"
    assert "cannot start" in "".join(entry["error"]["output"])

    path = largest(ready)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    entry = failed(ready, path.stem)
    assert (entry["error"]["code"], entry["rows"]["result"]) == ("set-damaged", "not-checked")
    last = ready.state()["backup"]["last_drill"]["apps"][app]
    assert (last["verdict"], last["passed"]) == ("failed", passed)
    assert ready.serves(app) == "2026.1.0"


def test_killed_drill_is_cleaned_by_recovery_and_by_the_next_drill(ready, app):
    ready.call("backup", "create")
    for number, stage in enumerate(STAGES):
        code = (
            "import os, signal, sys; from semai_host import cli, events\n"
            "say = events.Events.say\n"
            "def deadly(self, event, **facts):\n"
            "    say(self, event, **facts)\n"
            f"    if facts.get('step') == 'drill-{stage}': os.kill(os.getpid(), signal.SIGKILL)\n"
            "events.Events.say = deadly\n"
            "cli.main(sys.argv[1:])"
        )
        run = ready.start("backup", "drill", tool=("-c", code))
        run.communicate(timeout=90)
        assert run.returncode == -9, stage
        assert (ready.root / "drill").exists(), stage
        if stage == "login":
            assert running_below(f"{ready.root}/drill/") != []
        if number % 2:
            ready.call("recover")
        else:
            assert ready.call("backup", "drill")["verdict"] == "passed"
        is_clean(ready)
    assert ready.serves(app) == "2026.1.0"


def test_set_of_a_release_that_is_gone_is_tried_with_the_present_one(ready, app):
    made = ready.call("backup", "create")["sets"][0]["set"]
    rewrite(ready, made, lambda record: record["apps"][app]["request"].update(version="2025.1.0", release="0" * 64))
    (entry,) = ready.call("backup", "drill")["apps"]
    assert (entry["ran"]["version"], entry["ran"]["of"], entry["verdict"]) == ("2026.1.0", "present", "passed")


def test_app_that_declares_no_login_passes_and_the_answer_says_so(own_host, app):
    own_host.activate(own_host.request(app, "2026.1.0"))
    configure(own_host, "archive")
    own_host.call("backup", "create")
    (entry,) = own_host.call("backup", "drill")["apps"]
    assert (entry["login"]["result"], entry["verdict"]) == ("not-declared", "passed")


def test_page_that_must_hold_a_text_is_looked_at(own_host, app):
    check = {"path": "/count", "text": '"count"'}
    own_host.activate(own_host.request(app, "2026.1.0", login_check=check))
    configure(own_host, "archive")
    own_host.call("backup", "create")
    (entry,) = own_host.call("backup", "drill")["apps"]
    assert entry["login"] == {"result": "ok", "kind": "page", "detail": "/count: HTTP 200"}
    rewrite_check = {"command": [], "path": "/count", "text": "no such text"}
    (made,) = own_host.call("backup", "list")["sets"]
    rewrite(own_host, made["set"], lambda record: record["apps"][app]["request"].update(login_check=rewrite_check))
    assert "without the text" in failed(own_host)["login"]["detail"]


def test_refused_drill_touches_nothing(ready, app):
    for words, code in (
        ((), "no-set"),
        (("nobody",), "unknown-app"),
        (("20200101T000000Z-x-aaaaaa",), "set-unknown"),
    ):
        before = tree(ready)
        assert ready.call("backup", "drill", *words, expect=7)["error"]["code"] == code
        assert tree(ready) == before
    made = ready.call("backup", "create")["sets"][0]["set"]
    ready.activate(ready.request("other", "2026.1.0"))
    assert ready.call("backup", "drill", made, "other", expect=7)["error"]["code"] == "app-not-in-set"
    answer = ready.call("backup", "drill", expect=1)["error"]["drill"]
    found = {entry["app"]: (entry["verdict"], (entry["error"] or {}).get("code")) for entry in answer["apps"]}
    assert found == {app: ("passed", None), "other": ("failed", "no-set")}


def tree(host: HostUnderTest) -> dict[str, object]:
    """Return what lies below the root but for the traces every run leaves and what the app itself writes."""
    spared = ("journal", "runs", "logs", "lock", "audit.log", "supervisor")
    found: dict[str, object] = {}
    for path in sorted(host.root.rglob("*")):
        relative = path.relative_to(host.root)
        if relative.parts[0] not in spared and not path.name.startswith("db.sqlite3-"):
            found[str(relative)] = path.read_bytes() if path.is_file() else None
    return found


def test_live_data_are_not_written(ready, app):
    ready.call("backup", "create")
    folder: Path = ready.root / "apps" / app
    before = {path: path.stat().st_mtime_ns for path in (folder / "shared" / "media").rglob("*")}
    with closing(sqlite3.connect(folder / "shared" / "data" / "db.sqlite3")) as database:
        version = database.execute("PRAGMA data_version").fetchone()
        ready.call("backup", "drill")
        assert database.execute("PRAGMA data_version").fetchone() == version
    assert {path: path.stat().st_mtime_ns for path in (folder / "shared" / "media").rglob("*")} == before
