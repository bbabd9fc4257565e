"""backup create, list, verify and forget on a real host, with both engines: what is listed can be read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from semai_host import durable, envfile

from tests.host.rig import Visitors

RESTIC = "/usr/bin/restic"
BOTH = ["archive", "restic"]
ENGINES = ["archive", pytest.param("restic", marks=pytest.mark.thorough)]  # restic takes seconds for each word


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "restic" and not os.access(RESTIC, os.X_OK):
        pytest.fail("restic is missing: run tests/prepare")
    return request.param


@pytest.fixture
def ready(own_host, app, engine):
    """A host with one app that has media, and a configured repository."""
    own_host.activate(own_host.request(app, "2026.1.0"))
    media = own_host.root / "apps" / app / "shared" / "media"
    (media / "letters").mkdir()
    (media / "letters" / "one.pdf").write_bytes(os.urandom(200_000))
    configure(own_host, engine)
    return own_host


def configure(host, engine, password="a password of the tests", **changes):
    folder = host.root / "backup"
    folder.mkdir(exist_ok=True)
    repository = host.root / "repository"
    if engine == "archive":  # what the engine makes where restic is absent
        seal = {"schema": 1, "engine": "archive"}
        repository.mkdir(exist_ok=True)
        durable.write_sealed(repository / "semai-archive.json", seal)
    known = {"schema": 1, "repository": {"kind": "local", "location": str(repository)}, **changes}
    (folder / "backup.json").write_text(json.dumps(known))
    (folder / "env").write_text(envfile.render({"RESTIC_PASSWORD": password}))
    (folder / "env").chmod(0o600)


def names(host) -> list[str]:
    return [found["set"] for found in host.call("backup", "list")["sets"]]


def stored_bytes(host) -> int:
    return sum(path.stat().st_size for path in (host.root / "repository").rglob("*") if path.is_file())


def largest(host) -> Path:
    files = [path for path in (host.root / "repository").rglob("*") if path.is_file()]
    found = max(files, key=lambda path: path.stat().st_size)
    found.chmod(0o600)
    return found


@pytest.mark.parametrize("engine", BOTH, indirect=True)
def test_set_tells_what_it_holds_and_is_listed(ready, app, engine):
    with Visitors(ready, app) as visitors:
        saved = visitors.saved
        answer = ready.call("backup", "create")
    assert (answer["engine"], answer["encrypted"]) == (engine, engine == "restic")
    (made,) = answer["sets"]
    content = made["content"][app]
    assert content["rows"]["visit"] >= saved > 0
    assert content["media"] == {"files": 1, "bytes": 200_000}
    assert content["left_out"] == ([] if engine == "restic" else ["shared/env"])
    (listed,) = ready.call("backup", "list")["sets"]
    assert (listed["set"], listed["apps"], listed["age_hours"]) == (made["set"], [app], 0.0)
    assert ready.call("backup", "verify")["verified"] == [made["set"]]
    told = {"set": made["set"], "moment": made["moment"], "verified": True}
    assert ready.state()["backup"]["last"]["apps"] == {app: told}
    assert not (ready.root / "backup" / "staging").exists()


def test_linked_apps_are_kept_as_one_set_and_others_alone(own_host, engine):
    for name in ("one", "two", "three"):
        own_host.activate(own_host.request(name, "2026.1.0"))
    configure(own_host, engine, sets=[["one", "two", "not-here"]])
    made = own_host.call("backup", "create", "two")["sets"]
    assert [found["apps"] for found in made] == [["one", "two"]]
    assert made[0]["spread_ms"] < 1000
    assert [found["apps"] for found in own_host.call("backup", "create")["sets"]] == [["one", "two"], ["three"]]
    assert set(own_host.state()["backup"]["last"]["apps"]) == {"one", "two", "three"}


@pytest.mark.parametrize("engine", BOTH, indirect=True)
def test_set_tells_what_it_is_a_part_of_and_when_it_was_whole(ready, app, engine):
    whole = "20261128T183000Z-together-1a2b3c"
    ready.call("backup", "create", "--together", f"{whole}:elsewhere,{app}", "--together", f"{whole[:-1]}d:others")
    (listed,) = ready.call("backup", "list")["sets"]
    assert (listed["whole"], listed["whole_apps"]) == (whole, ["elsewhere", app])
    assert listed["laid"] >= listed["moment"]
    refused = ready.call("backup", "create", "--together", "../x:others", expect=7)["error"]
    assert refused["code"] == "request-invalid"


def test_set_cut_short_is_listed_no_longer(ready, engine):
    ready.call("backup", "create")
    os.truncate(largest(ready), 100_000)
    if engine == "restic":  # which sets are whole costs a long reading to tell, so none is believed
        assert ready.call("backup", "verify", expect=1)["error"]["code"] == "repository-damaged"
    assert names(ready) == []


def test_set_with_a_changed_byte_is_listed_no_longer_but_kept(ready, engine):
    ready.call("backup", "create")
    path = largest(ready)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    before = path.read_bytes()
    error = ready.call("backup", "verify", expect=1)["error"]
    assert (error["code"], len(error["damaged"])) == ("set-damaged", 1)
    assert names(ready) == []
    assert path.read_bytes() == before
    assert [entry["verified"] for entry in ready.state()["backup"]["last"]["apps"].values()] == [False]


@pytest.mark.parametrize("step", ["store", "opened", "confirm"])
def test_killed_create_lists_nothing_and_the_next_one_cleans(ready, step):
    ready.call("backup", "create")
    before = names(ready)
    code = (
        "import os, signal, sys; from semai_host import cli; from semai_host.backups import plain, restic\n"
        "for kind in (plain.PlainArchives, restic.Restic):\n"
        f"    kind.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "cli.main(sys.argv[1:])"
    )
    run = ready.start("backup", "create", tool=("-c", code))
    run.communicate(timeout=60)
    assert run.returncode == -9
    assert names(ready) == before
    ready.call("backup", "create")
    assert len(names(ready)) == 2
    assert not (ready.root / "backup" / "staging").exists()
    tars = [path for path in (ready.root / "repository").iterdir() if ".tar" in path.name]
    assert len(tars) in (0, 2)


def test_recover_deletes_what_a_killed_create_laid_ready(own_host):
    left = own_host.root / "backup" / "staging" / "left"
    left.mkdir(parents=True)
    own_host.call("recover")
    assert not left.parent.exists()


def test_links_and_pipes_among_the_media_are_no_part_of_a_set(ready, app):
    media = ready.root / "apps" / app / "shared" / "media"
    (media / "out").symlink_to("/etc/passwd")
    (media / "folder-out").symlink_to("/etc")
    os.mkfifo(media / "pipe")
    (made,) = ready.call("backup", "create")["sets"]
    assert made["content"][app]["media"]["files"] == 1
    assert (media / "out").is_symlink()
    assert (media / "pipe").exists()


def test_second_backup_of_unchanged_media_stores_little(own_host, app):
    own_host.activate(own_host.request(app, "2026.1.0"))
    (own_host.root / "apps" / app / "shared" / "media" / "film").write_bytes(os.urandom(20 << 20))
    configure(own_host, "restic")
    own_host.call("backup", "create")
    first = stored_bytes(own_host)
    own_host.call("backup", "create")
    assert stored_bytes(own_host) - first < first * 0.05


def test_wrong_password_is_refused_and_changes_nothing(own_host, app):
    own_host.activate(own_host.request(app, "2026.1.0"))
    configure(own_host, "restic")
    own_host.call("backup", "create")
    before = stored_bytes(own_host)
    configure(own_host, "restic", password="another")
    assert own_host.call("backup", "create", expect=7)["error"]["code"] == "repository-password"
    assert own_host.call("backup", "list", expect=7)["error"]["code"] == "repository-password"
    assert stored_bytes(own_host) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system: needs root")
def test_full_repository_is_refused_with_figures(ready):
    repository = ready.root / "repository"
    small = ready.root / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
    try:
        known = json.loads((ready.root / "backup" / "backup.json").read_text())
        if (repository / "semai-archive.json").exists():
            shutil.copy(repository / "semai-archive.json", small)
        known["repository"]["location"] = str(small)
        (ready.root / "backup" / "backup.json").write_text(json.dumps(known))
        error = ready.call("backup", "create", expect=7)["error"]
        assert error["code"] == "disk-space"
        assert "the set" in error["message"]
        assert names(ready) == []
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize("hostile", ["link", "outside", "stranger"])
def test_archive_with_a_member_no_set_has_is_damaged(own_host, app, hostile):
    own_host.activate(own_host.request(app, "2026.1.0"))
    configure(own_host, "archive")
    name = own_host.call("backup", "create")["sets"][0]["set"]
    add(own_host.root / "repository" / f"{name}.tar", name, hostile)
    record = own_host.root / "repository" / f"{name}.json"
    reseal(record, (own_host.root / "repository" / f"{name}.tar").stat().st_size)
    assert own_host.call("backup", "verify", name, expect=1)["error"]["code"] == "set-damaged"
    assert names(own_host) == []


def add(tar_path: Path, name: str, hostile: str) -> None:
    with tarfile.open(tar_path, "a") as tar:
        paths = {"link": f"{name}/link", "outside": f"{name}/../../evil", "stranger": f"{name}/stranger"}
        member = tarfile.TarInfo(paths[hostile])
        if hostile == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)


def reseal(path: Path, size: int) -> None:
    record = {key: value for key, value in durable.read_sealed(path).items() if key != "digest"}
    durable.write_sealed(path, {**record, "tar_bytes": size})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "backup-not-configured"),
        ("{", "backup-settings-invalid"),
        ('{"schema": 2}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "ftp", "location": "/x"}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "local", "location": "--x"}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "local", "location": "/a/../b"}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "sftp", "location": "/x"}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "sftp", "location": "u@h:/x"}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "local", "location": "/x", "port": 0}}', "backup-settings-invalid"),
        ('{"schema": 1, "repository": {"kind": "usb", "location": "/no-such-disk"}}', "repository-missing"),
        ('{"schema": 1, "repository": {"kind": "usb", "location": "/usr/share"}}', "repository-missing"),
    ],
)
def test_wrong_settings_are_refused(own_host, text, code):
    (own_host.root / "backup").mkdir()
    if text is not None:
        (own_host.root / "backup" / "backup.json").write_text(text)
    assert own_host.call("backup", "list", expect=7)["error"]["code"] == code


class Store(BaseHTTPRequestHandler):
    """An S3 store that holds nothing and remembers who asked, and for what."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        empty = b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"
        self.send_response(404)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(empty)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else empty)

    do_HEAD = do_GET

    def log_message(self, *arguments):
        return


@pytest.fixture
def store():
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def test_keys_of_s3_sign_what_restic_asks_the_store(own_host, store):
    configure(own_host, "restic")
    place = f"http://127.0.0.1:{store.server_port}/cadangan"
    known = {"schema": 1, "repository": {"kind": "s3", "location": place}}
    (own_host.root / "backup" / "backup.json").write_text(json.dumps(known))
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "rahasia/penyimpanan+1"}
    (own_host.root / "backup" / "env").write_text(envfile.render({"RESTIC_PASSWORD": "kunci", **keys}))
    assert own_host.call("backup", "list")["sets"] == []
    assert {path.split("/")[1].split("?")[0] for path, _ in store.asked} == {"cadangan"}
    assert any("Credential=AKIAEXAMPLE/" in words and "Signature=" in words for _, words in store.asked)


@pytest.mark.parametrize(
    "repository",
    [
        {"kind": "s3", "location": "https://127.0.0.1:1/cadangan"},
        {"kind": "sftp", "location": "cadangan@127.0.0.1:/sets", "port": 1},
    ],
    ids=["s3", "sftp"],
)
def test_store_where_nothing_listens_is_told_at_once(own_host, repository):
    configure(own_host, "restic")
    known = {"schema": 1, "repository": repository}
    (own_host.root / "backup" / "backup.json").write_text(json.dumps(known))
    for name in ("ssh-key", "known-hosts"):
        (own_host.root / "backup" / name).write_text("of the tests\n")
        (own_host.root / "backup" / name).chmod(0o600)
    assert own_host.call("backup", "list", expect=7)["error"]["code"] == "repository-unreachable"


def test_env_that_others_may_read_is_refused(own_host):
    configure(own_host, "restic")
    (own_host.root / "backup" / "env").chmod(0o644)
    assert own_host.call("backup", "list", expect=7)["error"]["code"] == "backup-settings-invalid"


def test_unknown_app_and_set_are_refused(ready):
    assert ready.call("backup", "create", "nobody", expect=7)["error"]["code"] == "unknown-app"
    assert ready.call("backup", "verify", "../x", expect=7)["error"]["code"] == "set-unknown"


def test_forget_keeps_the_newest_of_the_day(ready):
    for _ in range(2):
        ready.call("backup", "create")
    newest, oldest = names(ready)
    forgotten = ready.call("backup", "forget")["forgotten"]
    assert len(forgotten) == 1
    assert set(names(ready)) == {newest, oldest} - set(forgotten)
