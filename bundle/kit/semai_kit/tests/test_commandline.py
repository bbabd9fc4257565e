"""The console script as the installer runs it: a real process, a real database file."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from semai_kit.commandline import execute
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.testing import REGION, KitTestCase
from semai_kit.tests.garden.models import Plot

MODULE = "semai_kit.tests.garden"


class Installed:
    """The small app as the installer lays it out in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        region = folder / "region.json"
        region.write_text(json.dumps(REGION))
        self.environ = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ} | {
            "SEMAI_APP": "garden",
            "SEMAI_RELEASE": "2026.11.0",
            "SECRET_KEY": "k" * 50,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "SEMAI_BASE_URL": "http://127.0.0.1:8101",
            "SEMAI_MEDIA": str(folder / "media"),
            "SEMAI_REGION_FILE": str(region),
            "SEMAI_ADMIN_PASSWORD": "rahasia-pertama",
            "SEMAI_SAMPLE_PASSWORD": "rahasia-contoh",
        }

    def run(self, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", MODULE, *arguments],
            env=self.environ if environ is None else environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "db.sqlite3") as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    app = Installed(tmp_path_factory.mktemp("garden"))
    done = app.run("migrate")
    assert done.returncode == 0, done.stderr
    return app


def test_migrate_twice_changes_nothing_the_second_time(installed: Installed) -> None:
    before = installed.rows("SELECT count(*) FROM auditlog_logentry")
    done = installed.run("migrate")
    assert "No migrations to apply" in done.stdout
    assert "region: 0 added, 0 changed, 0 closed" in done.stdout
    assert installed.rows("SELECT count(*) FROM auditlog_logentry") == before


def test_migrated_database_is_wal_and_protects_the_trail(installed: Installed) -> None:
    assert installed.rows("PRAGMA journal_mode") == [("wal",)]
    names = {row[0] for row in installed.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert {"auditlog_logentry_no_update", "semai_kit_transitionlog_no_delete"} <= names


def test_administrator_is_made_by_the_console_script(installed: Installed) -> None:
    assert installed.run("ensure-admin").stdout == "administrator: created\n"


def test_commands_write_the_trail_as_the_system(installed: Installed) -> None:
    actors = installed.rows("SELECT DISTINCT additional_data FROM auditlog_logentry")
    assert {json.loads(row[0])["actor"] for row in actors} == {"sistem"}


def test_health_is_printed_and_decides_the_exit_status(installed: Installed, tmp_path: Path) -> None:
    good = installed.run("check-health")
    assert (good.returncode, json.loads(good.stdout)["migrations"]) == (0, "current")
    empty = installed.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    bad = installed.run("check-health", environ=empty)
    assert (bad.returncode, json.loads(bad.stdout)["migrations"]) == (1, "pending")


@pytest.fixture
def served(installed: Installed) -> Iterator[Installed]:
    """The app answering on a port of its own, as in a drill: https is its public address, this machine is not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    drill = {"SEMAI_BIND": bind, "SEMAI_DRILL": "1", "SEMAI_BASE_URL": "https://kebun.example.go.id"}
    before, installed.environ = installed.environ, {**installed.environ, **drill}
    server = subprocess.Popen(
        [sys.executable, "-m", MODULE, "serve"], env=installed.environ, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while _refuses(bind):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield installed
    finally:
        server.terminate()
        server.wait(20)
        installed.environ = before


def _refuses(bind: str) -> bool:
    host, _, port = bind.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


ACCOUNTS = "SELECT count(*) FROM semai_kit_account WHERE username LIKE 'latihan-%'"


def test_in_a_drill_a_new_account_logs_in_through_the_login_page(served: Installed) -> None:
    done = served.run("check-login")
    assert (done.returncode, json.loads(done.stdout)["login"]) == (0, "ok"), done.stdout + done.stderr
    assert "/masuk/" in json.loads(done.stdout)["detail"]
    assert served.rows(ACCOUNTS) == [(1,)]


def test_login_is_not_checked_on_real_data(served: Installed) -> None:
    before = served.rows(ACCOUNTS)
    real = {name: value for name, value in served.environ.items() if name != "SEMAI_DRILL"}
    done = served.run("check-login", environ=real)
    assert (done.returncode, json.loads(done.stdout)["login"]) == (1, "failed")
    assert served.rows(ACCOUNTS) == before


def test_login_fails_when_the_app_serves_other_data(served: Installed, tmp_path: Path) -> None:
    other = served.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3"}
    assert served.run("migrate", environ=other).returncode == 0
    done = served.run("check-login", environ=other)
    assert done.returncode == 1
    assert "menolak kata sandi yang benar" in json.loads(done.stdout)["detail"]


def test_login_fails_when_nobody_answers(installed: Installed) -> None:
    silent = installed.environ | {"SEMAI_DRILL": "1", "SEMAI_BIND": "127.0.0.1:9"}
    done = installed.run("check-login", environ=silent)
    assert done.returncode == 1
    assert "tidak menjawab" in json.loads(done.stdout)["detail"]


def test_static_files_come_out_the_same_twice_and_need_no_environment(installed: Installed, tmp_path: Path) -> None:
    bare = {key: installed.environ[key] for key in ("PATH", "HOME") if key in installed.environ}
    contents = []
    for name in ("one", "two"):
        done = installed.run("collect-static", str(tmp_path / name), environ=bare)
        assert done.returncode == 0, done.stderr
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        contents.append({str(p.relative_to(tmp_path / name)): p.read_bytes() for p in files})
    assert contents[0] == contents[1]
    manifest = json.loads(contents[0]["staticfiles.json"])["paths"]
    assert set(manifest) >= {"semai_kit/semai.css", "semai_kit/semai.js", "semai_kit/emblem.svg"}
    assert all(name.startswith("semai_kit/") or name == "staticfiles.json" for name in contents[0])


def test_collecting_into_a_folder_of_something_else_leaves_it_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert execute(["semai-garden", "collect-static", str(tmp_path)]) == 1
    assert "is not empty and holds no collected static files" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["serve", "x"], ["collect-static"], ["manage"]])
def test_wrong_usage_prints_the_verbs_and_exits_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert execute(["/opt/x/bin/semai-garden", *arguments]) == 2
    text = capsys.readouterr().err
    assert "usage: semai-garden COMMAND" in text
    assert "collect-static DIR" in text


class CommandTests(KitTestCase):
    @pytest.fixture(autouse=True)
    def _passwords(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.environ = monkeypatch
        monkeypatch.setenv("SEMAI_ADMIN_PASSWORD", "rahasia-pertama")
        monkeypatch.setenv("SEMAI_SAMPLE_PASSWORD", "rahasia-contoh")

    def run_command(self, name: str) -> str:
        out = StringIO()
        call_command(name, stdout=out)
        return out.getvalue()

    def test_administrator_is_made_once(self) -> None:
        assert self.run_command("ensure_admin") == "administrator: created\n"
        assert self.run_command("ensure_admin") == "administrator: already there\n"

    def test_samples_come_beside_the_administrator_and_once(self) -> None:
        self.run_command("ensure_admin")
        assert "loaded" in self.run_command("sample_data")
        assert "current" in self.run_command("sample_data")
        assert Account.objects.get(username="kebun").check_password("rahasia-contoh")

    def test_samples_stay_out_beside_a_real_account(self) -> None:
        self.persona("asli", "auditor")
        with pytest.raises(CommandError, match="sudah ada 1 akun asli"):
            self.run_command("sample_data")
        assert not Plot.objects.exists()

    def test_samples_stay_out_beside_real_records(self) -> None:
        self.run_command("ensure_admin")
        admin, year = Account.objects.get(username="admin"), FiscalYear.objects.get()
        Plot.objects.create(name="asli", agency=Agency.objects.first(), fiscal_year=year, created_by=admin)
        with pytest.raises(CommandError, match="sudah ada 1 petak asli"):
            self.run_command("sample_data")
        assert not Account.objects.filter(username="kebun").exists()

    def test_missing_passwords_are_named(self) -> None:
        for command, name in (("ensure_admin", "SEMAI_ADMIN_PASSWORD"), ("sample_data", "SEMAI_SAMPLE_PASSWORD")):
            self.environ.delenv(name)
            with pytest.raises(CommandError, match=name):
                self.run_command(command)
