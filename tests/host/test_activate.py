"""activate and configure on a real host: what a person at the keyboard and what a visitor of the app get."""

from __future__ import annotations

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.host.choice import quick
from tests.host.rig import Visitors, wait_until

STEPS = [
    "check",
    "prepare",
    "maintenance",
    "restore-point",
    "files",
    "migrate",
    "after-install",
    "trial",
    "switch",
    "restart",
    "health",
    "receipt",
    "maintenance-off",
    "prune",
]


def test_first_install_serves_the_release_and_says_so(host, app):
    answer = host.activate(host.request(app, "2026.1.0"))
    assert (answer["changed"], answer["previous"], list(answer["seconds"])) == (True, None, STEPS)
    assert host.serves(app) == "2026.1.0"
    receipt = host.call("receipt", app)
    assert (receipt["version"], receipt["previous"]) == ("2026.1.0", None)
    assert receipt["bind"] == f"127.0.0.1:{host.port(app)}"
    assert host.leftovers() == []


def test_app_gets_its_secrets_by_environment_only(host, app):
    host.activate(host.request(app, "2026.1.0"))
    settings = host.ask(app, "/settings")[1]
    assert (settings["SEMAI_RELEASE"], settings["GREETING"]) == ("2026.1.0", "hello")
    conf = (host.root / "supervisor" / "conf.d" / f"{app}.conf").read_text()
    assert "word" not in conf
    assert "p$4" not in conf


def test_upgrade_shows_the_page_keeps_the_data_and_makes_a_restore_point(host, app):
    host.activate(host.request(app, "2026.1.0"))
    seen = host.root / "apps" / app / "shared" / "media" / "page-seen"
    with Visitors(host, app) as visitors:
        visitors.when(503, seen.touch)  # the migration waits for it
        answer = host.activate(host.request(app, "2026.2.0", "migration-waits", schema=2))
        reached = visitors.saved
        wait_until(lambda: visitors.saved > reached, "visits are saved by the new release")
    assert host.serves(app) == "2026.2.0"
    assert host.count(app) >= visitors.saved
    assert visitors.statuses == {200, 503}
    assert host.state()["kept"][app] == [answer["restore_point"]]
    assert host.leftovers() == []


@pytest.mark.slow
def test_change_of_code_alone_stops_nobody(host, app):
    host.activate(host.request(app, "2026.1.0"))
    with Visitors(host, app) as visitors:
        answer = host.activate(host.request(app, "2026.1.1", change="code"))
    assert (host.serves(app), visitors.statuses) == ("2026.1.1", {200})
    assert host.state()["kept"][app] == [answer["restore_point"]]
    assert host.count(app) >= visitors.saved


def test_activating_what_runs_changes_nothing(host, app):
    host.activate(host.request(app, "2026.1.0"))
    pid = host.state()["apps"][app]["service"]["pid"]
    answer = host.activate(host.request(app, "2026.1.0"))
    assert answer["changed"] is False
    assert host.state()["apps"][app]["service"]["pid"] == pid


def test_configure_brings_the_new_environment(host, app):
    host.activate(host.request(app, "2026.1.0"))
    answer = host.activate(host.request(app, "2026.1.0", greeting="selamat pagi"), verb="configure")
    assert (answer["changed"], host.ask(app, "/settings")[1]["GREETING"]) == (True, "selamat pagi")


@pytest.mark.slow
def test_configure_moves_the_app_to_another_port(host, app):
    host.activate(host.request(app, "2026.1.0"))
    former = host.ports.pop(app)
    host.activate(host.request(app, "2026.1.0"), verb="configure")
    assert host.port(app) != former
    assert host.serves(app) == "2026.1.0"


@pytest.mark.slow
def test_configure_that_breaks_the_app_puts_the_files_back(host, app):
    host.activate(host.request(app, "2026.1.0"))
    before = host.state()["apps"][app]["files"]
    broken = host.request(
        app,
        "2026.1.0",
        greeting="hi",
        health={"url": f"http://127.0.0.1:{host.port(app)}/nowhere", "timeout_seconds": 1},
    )
    error = host.activate(broken, expect=1, verb="configure")["error"]
    assert (error["code"], error["step"], error["undone"]) == ("app-unhealthy", "health", True)
    assert host.ask(app, "/settings")[1]["GREETING"] == "hello"
    assert host.state()["apps"][app]["files"] == before
    assert host.leftovers() == []


def test_configure_of_a_release_that_does_not_run_is_refused(host, app):
    host.activate(host.request(app, "2026.1.0"))
    error = host.activate(host.request(app, "2026.2.0"), expect=7, verb="configure")["error"]
    assert error["code"] == "not-this-release"


@pytest.mark.slow
def test_sample_data_is_loaded_once_when_asked_for(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.activate(host.request(app, "2026.1.0", greeting="with samples", sample_data=True), verb="configure")
    host.activate(host.request(app, "2026.1.0", greeting="again", sample_data=True), verb="configure")
    samples = host.call_exec(
        app,
        "import sqlite3, os; print(sqlite3.connect(os.environ['DATABASE_URL'][10:])"
        ".execute('select count(*) from sample').fetchone()[0])",
    )
    assert samples.strip() == "1"


DISAPPOINTMENTS = {
    "crashes": ("app-ended", "trial"),
    "unhealthy": ("app-unhealthy", "trial"),
    "hangs": ("app-unhealthy", "trial"),
    "migration-fails": ("command-failed", "migrate"),
    "migration-hangs": ("command-timeout", "migrate"),
}


@pytest.mark.parametrize("behaviour", quick(DISAPPOINTMENTS, only=["unhealthy"]))
def test_upgrade_to_a_bad_release_leaves_the_old_one_with_every_saved_visit(host, app, behaviour):
    host.activate(host.request(app, "2026.1.0"))
    (host.root / "apps" / app / "shared" / "media" / "letter.txt").write_text("kept")
    with Visitors(host, app) as visitors:
        bad = host.request(
            app,
            "2026.2.0",
            behaviour,
            schema=2,
            migrate_timeout_seconds=1,
            health={"url": f"http://127.0.0.1:{host.port(app)}/healthz", "timeout_seconds": 1.5},
        )
        error = host.activate(bad, expect=1)["error"]
    assert (error["code"], error["step"]) == DISAPPOINTMENTS[behaviour]
    assert error["undone"] is True
    assert host.serves(app) == "2026.1.0"
    assert host.count(app) >= visitors.saved
    assert [path.name for path in (host.root / "apps" / app / "shared" / "media").iterdir()] == ["letter.txt"]
    assert host.leftovers() == []
    assert [path.name for path in (host.root / "apps" / app / "releases").iterdir()] == ["2026.1.0"]
    assert host.activate(host.request(app, "2026.3.0", schema=2))["changed"] is True
    assert host.count(app) >= visitors.saved


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["crashes", "migration-fails"])
def test_first_install_of_a_bad_release_leaves_nothing(host, app, behaviour):
    error = host.activate(host.request(app, "2026.1.0", behaviour), expect=1)["error"]
    assert error["undone"] is True
    assert not (host.root / "apps" / app).exists()
    assert app not in host.state()["apps"]
    assert not (host.root / "supervisor" / "conf.d" / f"{app}.conf").exists()
    assert host.leftovers() == []
    host.activate(host.request(app, "2026.1.1"))
    assert host.serves(app) == "2026.1.1"


def test_program_that_takes_the_port_meanwhile_is_not_mistaken_for_the_app(host, app):
    shared = host.root / "apps" / app / "shared"

    def take_the_port() -> None:
        wait_until((shared / "data" / "db.sqlite3").exists, "the migration has begun")
        stranger.server_bind()
        stranger.server_activate()
        threading.Thread(target=stranger.serve_forever, kwargs={"poll_interval": 0.02}).start()
        (shared / "media" / "page-seen").touch()  # the migration waits for it

    request = host.request(app, "2026.1.0", "migration-waits")
    stranger = HTTPServer(("127.0.0.1", host.port(app)), SameRelease, bind_and_activate=False)
    taking = threading.Thread(target=take_the_port)
    with stranger:
        taking.start()
        error = host.activate(request, expect=1)["error"]
        taking.join()
        stranger.shutdown()
    assert (error["code"], error["undone"]) == ("port-taken", True)
    assert f"(pid {os.getpid()})" in error["message"]
    assert app not in host.state()["apps"]
    assert host.leftovers() == []


class SameRelease(BaseHTTPRequestHandler):
    """Another installation of the very same release."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"release": "2026.1.0", "database": "ok"}')

    def log_message(self, *words: object) -> None:
        pass


@pytest.mark.slow
def test_bad_change_of_code_loses_no_visit_to_either_release(host, app):
    host.activate(host.request(app, "2026.1.0"))
    with Visitors(host, app) as visitors:
        bad = host.request(
            app,
            "2026.1.1",
            "unhealthy",
            change="code",
            health={"url": f"http://127.0.0.1:{host.port(app)}/healthz", "timeout_seconds": 1},
        )
        error = host.activate(bad, expect=1)["error"]
    assert (error["step"], host.serves(app)) == ("health", "2026.1.0")
    assert host.count(app) >= visitors.saved


@pytest.mark.slow
def test_release_that_fails_only_in_public_is_undone_and_its_data_kept_beside(host, app):
    host.activate(host.request(app, "2026.1.0"))
    bad = host.request(
        app,
        "2026.2.0",
        "unhealthy-in-public",
        schema=2,
        health={"url": f"http://127.0.0.1:{host.port(app)}/healthz", "timeout_seconds": 1},
    )
    error = host.activate(bad, expect=1)["error"]
    assert (error["step"], host.serves(app)) == ("health", "2026.1.0")
    assert any("rescued" in path for path in host.state()["kept"][app])
    assert "is kept in" in error["notes"][0]


@pytest.mark.slow
def test_upgrade_mends_an_app_that_was_down_before(host, app):
    host.activate(host.request(app, "2026.1.0"))
    (host.root / "apps" / app / "releases" / "2026.1.0" / "venv" / "bin" / "canary").unlink()
    host.call("service", "stop", app)
    host.activate(host.request(app, "2026.2.0", schema=2))
    assert host.serves(app) == "2026.2.0"


@pytest.mark.slow
def test_app_an_operator_stopped_stays_stopped_when_its_upgrade_fails(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.call("service", "stop", app)
    host.activate(host.request(app, "2026.2.0", "crashes", schema=2), expect=1)
    service = host.state()["apps"][app]["service"]
    assert (service["state"], service["wanted"]) == ("stopped", False)


@pytest.mark.slow
def test_three_restore_points_are_kept_with_the_releases_they_need(host, app):
    for number in range(1, 5):
        host.activate(host.request(app, f"2026.{number}.0", schema=number))
    releases = sorted(path.name for path in (host.root / "apps" / app / "releases").iterdir())
    assert releases == ["2026.1.0", "2026.2.0", "2026.3.0", "2026.4.0"]  # three to go back to
    points = host.root / "apps" / app / "restore-points"
    for name in ("20200101T000000Z-old", "20200102T000000Z-old"):
        (points / name).mkdir()
    host.activate(host.request(app, "2026.5.0", schema=5))
    kept = [path.rpartition("-before-")[2] for path in host.state()["kept"][app]]
    assert kept == [f"2026.{number}.0-from-2026.{number - 1}.0" for number in (3, 4, 5)]
    releases = sorted(path.name for path in (host.root / "apps" / app / "releases").iterdir())
    assert releases == ["2026.2.0", "2026.3.0", "2026.4.0", "2026.5.0"]


@pytest.mark.slow
def test_two_apps_share_the_files_of_equal_wheels(host, app):
    host.activate(host.request(app, "2026.1.0"))
    other = app + "-b"
    host.activate(host.request(other, "2026.1.0"))
    inodes = {
        path.stat().st_ino
        for name in (app, other)
        for path in (host.root / "apps" / name).glob("releases/*/venv/lib/*/site-packages/canary.py")
    }
    assert len(inodes) == 1


@pytest.mark.slow
def test_ctrl_c_puts_everything_back(host, app):
    host.activate(host.request(app, "2026.1.0"))
    request = host.request(app, "2026.2.0", "migration-hangs", schema=2)
    run = host.start("activate", host.write(request), "--run", f"stopped-{app}")
    wait_until(lambda: host.reached(f"stopped-{app}", "migrate"), "the migration runs")
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    assert '"code": "interrupted"' in out
    assert host.serves(app) == "2026.1.0"
    assert host.leftovers() == []


def test_closed_connection_does_not_stop_the_run(host, app):
    run = host.start("activate", host.write(host.request(app, "2026.1.0")), "--run", f"alone-{app}")
    wait_until(lambda: host.reached(f"alone-{app}", "check"), "the run is on its way")
    run.stderr.close()
    run.stdout.close()
    run.send_signal(signal.SIGHUP)
    assert run.wait(30) == 0
    assert host.serves(app) == "2026.1.0"
    told = host.call("watch", f"alone-{app}")
    assert (told["finished"], told["events"][-1]["result"]["changed"]) == (True, True)
