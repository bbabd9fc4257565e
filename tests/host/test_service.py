"""Service, maintenance, logs, exec, watch and the lock, as an operator meets them."""

from __future__ import annotations

import http.client
import json
import os

import pytest

from tests.host.rig import TOOL_PYTHON, wait_until


@pytest.mark.slow
def test_stopped_app_stays_stopped_when_the_supervisor_starts_again(own_host):
    host = own_host
    for app in ("canary-a", "canary-b"):
        host.activate(host.request(app, "2026.1.0"))
    host.call("service", "stop", "canary-a")
    host.stop_supervisor()
    host.start_supervisor()
    wait_until(lambda: host.state()["apps"]["canary-b"]["health"]["status"] == "ok", "the other app answers")
    service = host.state()["apps"]["canary-a"]["service"]
    assert (service["state"], service["wanted"], service["pid"]) == ("stopped", False, None)
    host.call("recover")
    assert host.state()["apps"]["canary-a"]["service"]["state"] == "stopped"
    assert host.call("service", "start", "canary-a")["service"] == "running"
    assert host.serves("canary-a") == "2026.1.0"


@pytest.mark.slow
def test_programs_that_outlive_a_killed_supervisor_are_taken_over(own_host):
    host = own_host
    host.activate(host.request("canary-a", "2026.1.0"))
    host.activate(host.request("canary-b", "2026.1.0"))
    host.call("maintenance", "on", "canary-b")
    wait_until(lambda: host.status("canary-b") == 503, "the page answers")
    strays = host.listeners("canary-a", "canary-b")
    host.supervisord.kill()
    host.supervisord.wait(10)
    host.start_supervisor()
    host.activate(host.request("canary-a", "2026.2.0", schema=2))
    assert host.serves("canary-a") == "2026.2.0"
    host.call("maintenance", "off", "canary-b")
    assert host.serves("canary-b") == "2026.1.0"
    assert strays.isdisjoint(host.listeners("canary-a", "canary-b"))


def test_restart_gives_a_new_process(host, app):
    host.activate(host.request(app, "2026.1.0"))
    before = host.state()["apps"][app]["service"]
    host.call("service", "restart", app)
    after = host.state()["apps"][app]["service"]
    assert before["pid"] != after["pid"]
    assert after["state"] == "running"


@pytest.mark.slow
def test_crashed_app_is_started_again(host, app):
    host.activate(host.request(app, "2026.1.0"))
    wait_until(lambda: "uptime" in host.state()["apps"][app]["service"]["detail"], "supervisord trusts the app")
    killed = host.state()["apps"][app]["service"]["pid"]
    os.kill(killed, 9)
    wait_until(
        lambda: host.state()["apps"][app]["service"]["pid"] not in (killed, None), "another process is there"
    )
    wait_until(lambda: host.state()["apps"][app]["health"]["status"] == "ok", "the app is back")
    assert host.state()["apps"][app]["service"]["state"] == "running"
    assert host.serves(app) == "2026.1.0"


@pytest.mark.slow
def test_maintenance_page_stands_in_for_the_app(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.call("maintenance", "on", app)
    wait_until(lambda: host.status(app) == 503, "the page answers")
    for method in ("GET", "POST", "HEAD"):
        connection = http.client.HTTPConnection("127.0.0.1", host.port(app), timeout=3)
        connection.request(method, "/anything")
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        assert (response.status, response.getheader("Retry-After")) == (503, "120")
        assert ("Kabupaten Uji" in body) == (method != "HEAD")
    report = host.state()
    assert app in report["maintenance"]
    assert report["apps"][app]["health"]["detail"] == "maintenance page"
    assert host.call("maintenance", "on", app)["changed"] is False
    assert host.call("maintenance", "off", app)["changed"] is True
    assert host.serves(app) == "2026.1.0"
    assert host.leftovers() == []


@pytest.mark.slow
def test_maintenance_of_an_operator_survives_a_reboot_and_a_recover(own_host):
    host = own_host
    host.activate(host.request("canary", "2026.1.0"))
    host.call("maintenance", "on", "canary")
    host.stop_supervisor()
    host.start_supervisor()
    host.call("recover")
    wait_until(lambda: host.status("canary") == 503, "the page answers")
    host.call("maintenance", "off", "canary")
    assert host.serves("canary") == "2026.1.0"


def test_removed_app_leaves_its_data_as_a_verified_restore_point(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.ask(app, "/visit", "POST")
    (host.root / "apps" / app / "shared" / "media" / "letter.txt").write_text("kept")
    point = host.call("remove", app)["restore_point"]
    assert host.state()["kept"][app] == [point]
    names = sorted(entry.name for entry in os.scandir(point))
    assert names == ["database.sha256", "database.sqlite3", "files", "media", "restore-point.json"]
    assert [entry.name for entry in os.scandir(os.path.join(point, "media"))] == ["letter.txt"]
    assert sorted(entry.name for entry in os.scandir(host.root / "apps" / app)) == ["restore-points"]
    assert not (host.root / "supervisor" / "conf.d" / f"{app}.conf").exists()


@pytest.mark.slow
def test_purge_leaves_nothing(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.call("remove", app)
    host.activate(host.request(app, "2026.1.0"))
    host.call("remove", app, "--purge")
    assert not (host.root / "apps" / app).exists()
    assert not list((host.root / "logs").glob(f"{app}.*"))
    assert host.call("remove", app, expect=7)["error"]["code"] == "unknown-app"


@pytest.mark.slow
def test_removed_and_installed_again_starts_fresh(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.ask(app, "/visit", "POST")
    host.call("remove", app)
    host.activate(host.request(app, "2026.1.0"))
    assert host.count(app) == 0


@pytest.mark.slow
def test_logs_go_on_from_where_the_reader_stopped(host, app):
    host.activate(host.request(app, "2026.1.0"))
    first = host.call("logs", app, "--lines", "5")
    assert first["lines"][-1] == f"canary 2026.1.0 listens on 127.0.0.1:{host.port(app)}"
    host.call("service", "restart", app)
    wait_until(lambda: host.call("logs", app, "--since", str(first["next"]))["lines"], "a line is added")
    assert len(host.call("logs", app, "--since", str(first["next"]))["lines"]) == 1
    assert len(host.call("logs", app, "--lines", "1")["lines"]) == 1


def test_exec_has_the_secrets_and_the_release(host, app):
    host.activate(host.request(app, "2026.1.0"))
    shared = host.root / "apps" / app / "shared"
    code = "import os; print(os.environ['SECRET_KEY'], os.environ['SEMAI_RELEASE'], os.getcwd(), len(os.environ))"
    secret, release, folder, number = host.call_exec(app, code).split()
    assert (secret, release, folder) == ('p$4"\\`word', "2026.1.0", str(shared))
    assert int(number) == 4 + 5 + 3, "only the tool's and the app's own variables"
    assert host.call("exec", app, "--", "../../../bin/sh", expect=7)["error"]["code"] == "request-invalid"
    assert host.call("exec", app, "--", "no-such-program", expect=1)["error"]["code"] == "program-missing"


@pytest.mark.slow
def test_second_run_is_told_who_holds_the_host_since_when(host, app):
    host.activate(host.request(app, "2026.1.0"))
    run = f"holder-{app}"
    request = host.write(host.request(app, "2026.2.0", "migration-hangs", schema=2, migrate_timeout_seconds=4))
    first = host.nursery.start(["--root", str(host.root), "activate", request, "--run", run])
    wait_until(lambda: host.reached(run, "migrate"), "the first run is at work")
    error = host.call("service", "restart", app, expect=8)["error"]
    assert error["code"] == "host-locked"
    assert f"(pid {first.pid} on " in error["message"]
    assert f"has been at activate {app} since 20" in error["message"]
    assert host.state()["lock"]["pid"] == first.pid
    told = host.call("watch", run)
    assert (told["alive"], told["finished"]) == (True, False)
    assert first.wait(60) == 1
    assert host.state()["lock"] is None
    after = host.call("watch", run, "--after", str(told["next"]))
    assert (after["alive"], after["finished"]) == (False, True)
    assert after["events"][-1]["error"]["code"] == "command-timeout"


def test_watch_of_a_killed_run_says_that_it_is_not_alive(host, app):
    request = host.write(host.request(app, "2026.1.0"))
    host.kill_at("acted", "prepare", "activate", request, "--run", f"dead-{app}")
    told = host.call("watch", f"dead-{app}")
    assert (told["alive"], told["finished"]) == (False, False)
    host.call("recover")
    assert host.call("watch", f"dead-{app}")["finished"] is True


def test_run_name_that_climbs_is_refused(host, app):
    assert host.call("recover", "--run", "../x", expect=7)["error"]["code"] == "request-invalid"
    assert host.call("watch", "../lock", expect=7)["error"]["code"] == "request-invalid"


def test_zipapp_is_the_tool(host, app):
    host.activate(host.request(app, "2026.1.0"))
    run = host.start("state", tool=(str(host.tool),))
    out, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (0, "")
    report = json.loads(out)
    assert report["tool"] == "2026.11.0"
    assert report["apps"][app]["health"]["status"] == "ok"
    assert report["host"]["python"] == f"{host.python_version(TOOL_PYTHON)}"
