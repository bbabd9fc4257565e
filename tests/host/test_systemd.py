"""The tool as root on real Debian machines: apps as systemd services of their own users, sockets that stay open."""

from __future__ import annotations

import time

import pytest

from tests.host.rig import wait_until
from tests.host.server import PORT, ROOT, TOOL, Server, Visitors
from tests.lab.fixtures import lab  # noqa: F401
from tests.lab.image import DEBIAN_13

pytestmark = pytest.mark.lab
OTHER = 8102
BEATS = {
    "workers": [{"name": "queue", "command": ["canary", "beat", "worker"]}],
    "timers": [{"name": "cron", "command": ["canary", "beat", "timer"], "calendar": "*:*:0/1"}],
}


@pytest.fixture(scope="module")
def server(lab, uv):  # noqa: F811
    (machine,) = lab.machines(1)
    made = Server(machine, uv)
    made.prepare()
    yield made
    lab.discard([machine])


@pytest.fixture(scope="module")
def app(server):
    """An app that the tests of this module change one after the other."""
    server.activate(server.request("kebun", "2026.1.0"))
    return "kebun"


def test_app_runs_as_its_own_user_behind_a_socket_of_systemd(server, app):
    assert server.serves() == "2026.1.0"
    told = server.call("state")["apps"][app]
    service = told["service"]
    assert (service["state"], service["wanted"], told["health"]["status"]) == ("running", True, "ok")
    assert server.says(f"stat -c %U /proc/{service['pid']}") == "semai-kebun"
    assert server.says("systemctl is-enabled semai-kebun.socket semai-kebun.service") == "enabled\nenabled"
    assert "systemd" in server.says(f"ss -Hltnp sport = :{PORT}")
    assert "listens on what was passed" in "\n".join(server.call("logs", app)["lines"])


def test_service_is_shut_in(server, app):
    told = server.call("state", "--exposure")["apps"][app]["service"]
    print(f"exposure {told['exposure']}")
    assert told["exposure"] <= 2.0
    assert server.says("systemctl show -p MemoryMax --value semai-kebun.service") == str(256 << 20)
    assert server.says("systemctl show -p CPUQuotaPerSecUSec --value semai-kebun.service") == "1.500000s"


def test_files_belong_to_root_and_the_app_and_to_nobody_else(server, app):
    def seen(path: str) -> str:
        return server.says(f"stat -c '%U:%G %a' {ROOT}/{path}")

    place = f"apps/{app}"
    assert seen(place) == "root:root 751"
    assert seen(f"{place}/releases") == "root:root 755"
    assert seen(f"{place}/shared") == "root:semai-kebun 750"
    assert seen(f"{place}/shared/env") == "semai-kebun:semai-kebun 600"
    assert seen(f"{place}/shared/region.json") == "root:semai-kebun 640"
    assert seen(f"{place}/shared/data") == "semai-kebun:semai-kebun 750"
    assert seen(f"{place}/shared/data/db.sqlite3").startswith("semai-kebun:semai-kebun")
    assert seen(f"{place}/serving.json") == "root:semai-kebun 640"
    assert [seen(name) for name in ("receipts", "journal", f"{place}/kept")] == ["root:root 700"] * 3
    assert server.says(f"find {ROOT}/{place}/releases -user semai-kebun") == ""


def test_user_of_another_app_reads_nothing_of_this_one(server, app):
    server.activate(server.request("sawah", "2026.1.0", bind=f"{server.machine.address}:{OTHER}"))
    place = f"{ROOT}/apps/{app}"
    closed = server.says(f"find {place}/ -type f -not -path '*/venv/*' -not -path '*/static/*'").splitlines()
    assert f"{place}/shared/env" in closed
    assert [path for path in closed if server.may_read("semai-sawah", path)] == []
    assert server.machine.line.run(f"runuser -u semai-sawah -- ls {place}/releases/2026.1.0/venv").code != 0
    assert server.may_read("semai-kebun", f"{place}/shared/env")
    pid = server.call("state")["apps"]["sawah"]["service"]["pid"]
    assert server.says(f"nsenter -t {pid} -m ls {ROOT}/apps") == "sawah"
    server.call("remove", "sawah", "--purge")
    assert server.machine.line.run("getent passwd semai-sawah").code != 0
    assert server.says("ls /etc/systemd/system/*sawah* /etc/systemd/system/*/*sawah* 2>/dev/null || true") == ""


def test_command_that_root_asks_for_runs_as_the_apps_user(server, app):
    code = "import os; print(os.getuid(), os.getgid(), os.getgroups())"
    uid, gid = server.says("id -u semai-kebun"), server.says("id -g semai-kebun")
    assert server.says(f"{TOOL} --root {ROOT} exec {app} -- python -c '{code}'") == f"{uid} {gid} []"


def test_restarts_under_load_lose_no_request(server, app):
    with Visitors(server) as visitors:
        for _ in range(5):
            assert server.call("service", "restart", app)["service"] == "running"
    assert visitors.lost == []
    assert set(visitors.statuses) == {200}
    assert visitors.saved > 50


def test_release_of_class_code_under_load_loses_no_request(server, app):
    with Visitors(server) as visitors:
        server.activate(server.request(app, "2026.2.0", change="code"))
        server.activate(server.request(app, "2026.3.0", change="code"))
    assert server.serves() == "2026.3.0"
    assert (visitors.lost, set(visitors.statuses)) == ([], {200})


def test_bad_release_of_class_code_under_load_is_undone_and_nobody_is_turned_away(server, app):
    with Visitors(server) as visitors:
        request = server.request(app, "2026.4.0", "unhealthy-in-public", change="code")
        request["health"]["timeout_seconds"] = 3
        assert server.activate(request, expect=1)["error"]["undone"] is True
    assert server.serves() == "2026.3.0"
    assert visitors.lost == []
    assert set(visitors.statuses) <= {200, 503}
    assert server.count() >= visitors.saved
    assert server.leftovers() == ""


def test_release_that_migrates_shows_the_page_and_turns_nobody_away(server, app):
    with Visitors(server) as visitors:
        server.activate(server.request(app, "2026.5.0", schema=5))
    assert server.serves() == "2026.5.0"
    assert (visitors.lost, set(visitors.statuses)) == ([], {200, 503})
    assert server.count() >= visitors.saved
    assert server.says(f"stat -c %U {ROOT}/apps/{app}/shared/media/migrated-to-5") == "semai-kebun"


def test_failed_migration_brings_data_back_in_the_apps_own_hands(server, app):
    with Visitors(server) as visitors:
        answer = server.activate(server.request(app, "2026.6.0", "migration-fails", schema=6), expect=1)
    assert answer["error"]["code"] == "command-failed"
    assert server.serves() == "2026.5.0"
    assert visitors.lost == []
    assert server.count() >= visitors.saved
    assert (
        server.says(f"find {ROOT}/apps/{app}/shared/data {ROOT}/apps/{app}/shared/media -not -user semai-kebun")
        == ""
    )


@pytest.mark.parametrize(
    ("point", "step", "survives"),
    [
        ("acted", "migrate", "old"),
        ("acted", "restart", "new"),
        ("begun", "restart", "new"),
        ("acted", "files", "old"),
    ],
)
def test_killed_tool_is_recovered(server, app, point, step, survives):
    old = server.serves()
    number = int(old.split(".")[1]) + 1
    new = f"2026.{number}.0"
    with Visitors(server) as visitors:
        server.kill_at(point, step, server.request(app, new, schema=number))
        server.call("recover")
    assert server.serves() == (new if survives == "new" else old)
    assert server.count() >= visitors.saved
    assert server.leftovers() == ""


def test_first_install_that_fails_leaves_no_user_no_unit_and_no_folder(server):
    request = server.request("gagal", "2026.1.0", "crashes", bind=f"{server.machine.address}:{OTHER}")
    assert server.activate(request, expect=1)["error"]["undone"] is True
    assert server.machine.line.run("getent passwd semai-gagal; getent group semai-gagal").out == ""
    assert server.says("ls /etc/systemd/system/*gagal* 2>/dev/null || true") == ""
    assert server.says(f"ls {ROOT}/apps") == "kebun"


def test_stopped_app_answers_nobody_until_it_is_started(server, app):
    server.call("service", "stop", app)
    with pytest.raises(OSError):
        server.ask(timeout=3)
    assert server.call("state")["apps"][app]["service"]["wanted"] is False
    server.call("service", "start", app)
    assert server.ask()[0] == 200


def test_port_of_another_program_is_refused_by_name(server, app):
    server.machine.run(f"systemd-run --unit stranger python3 -m http.server {OTHER}")
    wait_until(lambda: server.says(f"ss -Hltn sport = :{OTHER}"), "the stranger listens")
    request = server.request("tamu", "2026.1.0", bind=f"{server.machine.address}:{OTHER}")
    answer = server.activate(request, expect=7)["error"]
    assert (answer["code"], "http.server" in answer["message"]) == ("port-taken", True)
    server.machine.run("systemctl stop stranger")


def test_another_address_moves_the_socket(server, app):
    version = server.serves()
    schema = int(version.split(".")[1])
    server.activate(server.request(app, version, schema=schema, bind=f"{server.machine.address}:{OTHER}"))
    assert server.serves(OTHER) == version
    server.activate(server.request(app, version, schema=schema))
    assert server.serves() == version


def test_workers_and_timers_rest_while_data_changes_and_take_up_the_new_release(server, app):
    number = int(server.serves().split(".")[1])
    media = f"{ROOT}/apps/{app}/shared/media"
    server.activate(server.request(app, f"2026.{number + 1}.0", schema=number + 1, **BEATS))
    wait_until(
        lambda: server.machine.line.run(f"test -s {media}/worker -a -s {media}/timer").code == 0, "both beat"
    )
    assert server.says(f"stat -c %U {media}/worker {media}/timer").split() == ["semai-kebun"] * 2
    server.call("maintenance", "on", app)
    before = server.says(f"cat {media}/worker {media}/timer | wc -l")
    time.sleep(2.5)
    assert server.says(f"cat {media}/worker {media}/timer | wc -l") == before
    server.call("maintenance", "off", app)
    new = f"2026.{number + 2}.0"
    server.activate(server.request(app, new, schema=number + 2, **BEATS))
    wait_until(lambda: new in server.says(f"tail -n1 {media}/worker"), "the worker runs the new release")
    server.activate(server.request(app, f"2026.{number + 3}.0", schema=number + 3))
    assert server.says("ls /etc/systemd/system/semai-kebun.*.* 2>/dev/null || true") == ""


def test_debian_13_keeps_an_app_the_same_way(lab, uv):  # noqa: F811
    (machine,) = lab.machines(1, DEBIAN_13)
    newer = Server(machine, uv)
    newer.prepare()
    newer.activate(newer.request("kebun", "2026.1.0"))
    with Visitors(newer) as visitors:
        newer.call("service", "restart", "kebun")
        newer.activate(newer.request("kebun", "2026.2.0", change="code"))
    assert (newer.serves(), visitors.lost, set(visitors.statuses)) == ("2026.2.0", [], {200})
    told = newer.call("state", "--exposure")["apps"]["kebun"]["service"]
    assert (told["state"], told["exposure"] <= 2.0) == ("running", True)
    newer.kill_at("acted", "migrate", newer.request("kebun", "2026.3.0", schema=3))
    machine.power_cut()
    machine.start()
    assert newer.serves() == "2026.2.0"
    lab.discard([machine])


def test_app_comes_back_with_the_machine(server, app):
    version = server.serves()
    server.call("service", "stop", app)
    server.machine.reboot()
    with pytest.raises(OSError):
        server.ask(timeout=3)
    server.call("service", "start", app)
    server.machine.reboot()
    assert server.serves() == version


@pytest.mark.parametrize(
    ("point", "step", "survives"),
    [
        ("acted", "migrate", "old"),
        ("acted", "restart", "new"),
        ("undone", "restart", "old"),
        ("begun", "health", "new"),
    ],
)
def test_power_cut_in_the_middle_is_recovered_at_boot(server, app, point, step, survives):
    old = server.serves()
    number = int(old.split(".")[1]) + 1
    new = f"2026.{number}.0"
    behaviour = "unhealthy-in-public" if point == "undone" else "good"
    with Visitors(server) as visitors:
        request = server.request(app, new, behaviour, schema=number)
        request["health"]["timeout_seconds"] = 4
        server.kill_at(point, step, request)
        server.machine.power_cut()
    server.machine.start()
    assert server.says("systemctl show -p Result --value semai-recover.service") == "success"
    assert server.serves() == (new if survives == "new" else old)
    assert server.count() >= visitors.saved
    assert server.leftovers() == ""
