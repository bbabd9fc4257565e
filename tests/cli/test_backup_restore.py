"""`semai backup restore` on this machine with small real apps: what is lost is shown, refusals change nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_backup import code, host_writes, settle, told, verbs
from tests.roles.region import GreeterRegion, region

pytestmark = pytest.mark.slow
PAIR = {"greeter", "reader"}


def installed(*names: str) -> Iterator[GreeterRegion]:
    with region() as made:
        first = made.greeter()
        apps = [first, made.greeter(name="reader", provider="greeter"), made.greeter(name="other")]
        chosen = [app for app in apps if app.name in names]
        made.trust(*chosen)
        made.lock(*chosen)
        for verb in (("lock",), ("apply", "--yes")):
            ran = made.semai(*verb)
            assert ran.returncode == 0, ran.stderr
        yield made


@pytest.fixture(scope="module")
def mine() -> Iterator[GreeterRegion]:
    """Two linked apps and a third, with a backup of both groups."""
    for made in installed("greeter", "reader", "other"):
        settle(made)
        told(made, "create", "--yes")
        yield made


@pytest.fixture(scope="module")
def theirs() -> Iterator[GreeterRegion]:
    """Another region with one of the apps, and no backup."""
    yield from installed("greeter")


def database(made: GreeterRegion, app: str) -> Path:
    return made.root / "apps" / app / "shared" / "data" / "db.sqlite3"


def written(made: GreeterRegion, app: str, entry: str) -> None:
    with closing(sqlite3.connect(database(made, app))) as opened, opened:
        opened.execute("insert into visit values (?)", (entry,))


def entries(made: GreeterRegion, app: str) -> set[str]:
    with closing(sqlite3.connect(database(made, app))) as opened:
        return {row[0] for row in opened.execute("select release from visit")}


def newest(made: GreeterRegion, *apps: str) -> str:
    return str(next(s["set"] for s in told(made, "list")["sets"] if set(s["apps"]) == set(apps)))


def test_linked_apps_come_back_together_and_can_be_undone(mine: GreeterRegion) -> None:
    for app in PAIR:
        written(mine, app, "after the backup")
    ran = mine.semai("backup", "restore", "latest", "--app", "reader", "--app", "greeter", "--yes")
    assert ran.returncode == 0, ran.stderr
    for said in ("rows of visit: 2 now, 1 then", "are lost", "are those of the backup", "to undo this"):
        assert said in ran.stderr, said
    assert [entries(mine, app) for app in sorted(PAIR)] == [{"2026.1.0"}, {"2026.1.0"}]
    assert re.fullmatch(r"backup restore \S+ (greeter reader|reader greeter)", verbs(mine)[-1])
    assert mine.semai("rollback", "reader", "--yes").returncode == 0
    assert "after the backup" in entries(mine, "reader")
    assert json.loads(mine.semai("plan", "--json").stdout)["changes"] == 0


@pytest.mark.thorough
def test_json_tells_what_came_of_it(mine: GreeterRegion) -> None:
    written(mine, "other", "after the backup")
    name = newest(mine, "other")
    answer = told(mine, "restore", name, "--yes")
    assert (answer["set"], answer["apps"]["other"]["version"]) == (name, "2026.1.0")
    assert "-before-restore-of-" in answer["apps"]["other"]["restore_point"]
    assert entries(mine, "other") == {"2026.1.0"}


def test_set_of_another_region_comes_back_here_and_its_key_stays_nowhere(
    mine: GreeterRegion, theirs: GreeterRegion, tmp_path: Path
) -> None:
    written(mine, "greeter", "of the other region")
    kept = told(mine, "create", "greeter", "--yes")["sets"][0]["set"]
    key = mine.semai("backup", "key", "--show").stdout.strip()
    file = tmp_path / "key"
    file.write_text(f"{key}\n")
    settle(theirs)
    place = ["--from", str(mine.root / "backups"), "--key-file", str(file)]
    assert kept in {found["set"] for found in told(theirs, "list", *place)["sets"]}
    ran = theirs.semai("backup", "restore", kept, *place, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "reader is in the backup too and is not installed" in ran.stderr
    assert "of the other region" in entries(theirs, "greeter")
    assert list((theirs.root / "backup").glob("other-*")) == []
    shown = [path for path in (*theirs.state.folder.rglob("*"), *theirs.root.rglob("*")) if path.is_file()]
    assert [path for path in shown if key.encode() in path.read_bytes()] == []
    assert json.loads(theirs.semai("plan", "--json").stdout)["changes"] == 0


@pytest.mark.thorough
def test_wrong_key_of_another_repository_is_refused(
    mine: GreeterRegion, theirs: GreeterRegion, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("not the key\n")
    before = host_writes(theirs)
    ran = theirs.semai("backup", "restore", "--from", str(mine.root / "backups"), "--key-file", str(file), "--yes")
    assert code(ran) == (7, "repository-password"), ran.stderr
    assert host_writes(theirs) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("latest", "--yes"), (2, "set-ambiguous")),
        (("20200101T000000Z-greeter-aaaaaa", "--yes"), (2, "no-such-set")),
        (("latest", "--app", "stranger", "--yes"), (2, "app-not-selected")),
        (("latest", "--app", "other"), (2, "confirmation-needed")),
        (("latest", "--key-file", "{key}", "--yes"), (2, "from-missing")),
        (("latest", "--from", "/no/where", "--yes"), (2, "key-file-missing")),
        (("latest", "--from", "not-a-place", "--key-file", "{key}", "--yes"), (2, "other-repository")),
    ],
)
def test_refused_restores_leave_every_file_as_it_was(
    mine: GreeterRegion, tmp_path: Path, words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    (tmp_path / "key").write_text("a key\n")
    before = host_writes(mine)
    given = [word.format(key=tmp_path / "key") for word in words]
    ran = mine.semai("backup", "restore", *given)
    assert code(ran) == expected, ran.stderr
    assert host_writes(mine) == before


@pytest.mark.thorough
def test_freeze_holds_a_restore_back_until_a_reason_is_given(mine: GreeterRegion) -> None:
    text = mine.files.region.read_text()
    period = {"from": "2000-01-01", "to": "2999-12-31", "apps": ["other"], "reason": "pemeriksaan BPK"}
    mine.files.region.write_text(text.rstrip("\n") + f"\n  freeze: {json.dumps([period])}\n")
    try:
        before = host_writes(mine)
        words = ("backup", "restore", "latest", "--app", "other", "--yes")
        assert code(mine.semai(*words)) == (8, "frozen")
        assert host_writes(mine) == before
        ran = mine.semai(*words, "--override", "data hilang")
        assert ran.returncode == 0, ran.stderr
        assert "data hilang" in verbs(mine)[-1]
    finally:
        mine.files.region.write_text(text)


@pytest.mark.thorough
def test_way_to_another_machine_is_opened_in_the_vault_and_reaches_the_host(
    mine: GreeterRegion, tmp_path: Path
) -> None:
    line = mine.semai("backup", "access", "sftp").stdout.strip()
    assert re.fullmatch(r"ssh-ed25519 [A-Za-z0-9+/=]+ semai-manggarai", line)
    assert mine.semai("backup", "access", "sftp").stdout.strip() == line
    host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAx2b9VbGpWyWvmyAoB9XjyI6mFYFJm2pV5zQKX6J6vN"
    settle(mine, kind="sftp", location="cadangan@127.0.0.1:/sets", port=1, host_key=host_key)
    ran = mine.semai("backup", "create", "other", "--yes")
    assert ran.returncode == 7, ran.stderr
    folder = mine.root / "backup"
    assert (folder / "known-hosts").read_text() == f"[127.0.0.1]:1 {host_key}\n"
    assert {(folder / name).stat().st_mode & 0o777 for name in ("ssh-key", "known-hosts")} == {0o600}
    assert line.split()[1] not in (folder / "ssh-key").read_text()
    settle(mine, kind="s3", location="https://127.0.0.1:1/cadangan")
    assert code(mine.semai("lock")) == (2, "backup-access-missing")
    pair = tmp_path / "pair"
    pair.write_text("AKIAEXAMPLE\nrahasia/penyimpanan+1\n")
    assert mine.semai("backup", "access", "s3", "--file", str(pair)).returncode == 0
    assert verbs(mine)[-1] == "backup access s3"
    assert mine.semai("backup", "create", "other", "--yes").returncode == 7  # there is no such store
    env = (folder / "env").read_text()
    assert 'AWS_ACCESS_KEY_ID="AKIAEXAMPLE"' in env
    assert "rahasia/penyimpanan+1" in env
    assert not (folder / "ssh-key").exists()
    assert b"rahasia" not in mine.files.deployment.read_bytes() + mine.files.vault.read_bytes()
    settle(mine)


def shown_problems(made: GreeterRegion, **backup: Any) -> str:
    settle(made, **backup)
    ran = made.semai("region", "check")
    assert ran.returncode == 2, ran.stderr
    return ran.stderr


def test_places_that_do_not_go_with_their_kind_are_refused_with_their_lines(mine: GreeterRegion) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAx2b9VbGpWyWvmyAoB9XjyI6mFYFJm2pV5zQKX6J6vN"
    try:
        assert "user@host:/folder" in shown_problems(mine, kind="sftp", location="/srv/x", host_key=key)
        assert "ssh-keyscan" in shown_problems(mine, kind="sftp", location="u@h:/x")
        assert "https://host/bucket" in shown_problems(mine, kind="s3", location="/srv/x")
        assert "is no host key" in shown_problems(mine, kind="sftp", location="u@h:/x", host_key="x")
        assert "written as /srv/backups" in shown_problems(mine, location="u@h:/x")
    finally:
        settle(mine)
