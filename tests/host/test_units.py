"""The text of systemd units, who keeps what, and names of users: decided without a machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from semai_host import accounts, durable, packing, restore_points, running
from semai_host.drivers import Part, Unit, choice, unit_files
from semai_host.drivers.supervisor import SupervisorServices
from semai_host.drivers.systemd import SystemdServices
from semai_host.layout import Layout
from semai_host.parts import Limits
from semai_host.request import Request

from tests.host.test_request import SERVER, WHOLE

UNIT = Unit(
    "kebun",
    ("/usr/bin/python3", "/srv/semai/bin/semai-host", "--root", "/srv/semai", "serve", "kebun"),
    Path("/srv/semai/logs/kebun.log"),
    Path("/srv/semai/apps/kebun"),
    root=Path("/srv/semai"),
    user="semai-kebun",
    listen="127.0.0.1:8101",
    flag=Path("/srv/semai/maintenance/kebun"),
)


def lines(unit: Unit, name: str) -> list[str]:
    return unit_files.render(unit)[name].splitlines()


def test_socket_stays_while_the_service_is_replaced():
    service = lines(UNIT, "semai-kebun.service")
    assert "Requires=semai-kebun.socket" in service
    assert any(line.startswith("After=") and "semai-recover.service" in line for line in service)
    assert "ListenStream=127.0.0.1:8101" in lines(UNIT, "semai-kebun.socket")


def test_unix_socket_is_for_the_web_server_alone():
    unit = replace(UNIT, listen="/run/semai/kebun.sock")
    found = lines(unit, "semai-kebun.socket")
    assert {"ListenStream=/run/semai/kebun.sock", "SocketGroup=www-data", "SocketMode=0660"} <= set(found)


def test_limits_are_written_only_where_there_are_some():
    assert not any(line.startswith(("MemoryMax", "CPUQuota")) for line in lines(UNIT, "semai-kebun.service"))
    found = lines(replace(UNIT, limits=Limits(512, 150)), "semai-kebun.service")
    assert {"MemoryMax=512M", "CPUQuota=150%"} <= set(found)


def test_no_program_writes_what_it_executes():
    assert "MemoryDenyWriteExecute=yes" in lines(UNIT, "semai-kebun.service")


def test_words_of_a_command_are_taken_literally():
    part = Part("queue", ("/x", 'say "%n" $HOME \\ ;', "two words"))
    found = lines(replace(UNIT, parts=(part,)), "semai-kebun.queue.service")
    assert 'ExecStart="/x" "say \\"%%n\\" $$HOME \\\\ ;" "two words"' in found


def test_timer_starts_its_command_and_both_rest_in_maintenance():
    unit = replace(UNIT, parts=(Part("cron", ("/x",), "*:0/1"),))
    assert "OnCalendar=*:0/1" in lines(unit, "semai-kebun.cron.timer")
    found = lines(unit, "semai-kebun.cron.service")
    assert {"Type=oneshot", "ConditionPathExists=!/srv/semai/maintenance/kebun", "User=semai-kebun"} <= set(found)
    assert unit_files.wanted(unit) == ["semai-kebun.socket", "semai-kebun.service", "semai-kebun.cron.timer"]


def test_part_of_one_app_is_no_other_app():
    names = set(unit_files.render(replace(UNIT, parts=(Part("queue", ("/x",)),))))
    assert names.isdisjoint(unit_files.render(replace(UNIT, name="kebun-queue")))


@pytest.mark.parametrize("app", ["a", "e-planning", "x" * 40, "very-long-name-of-an-app-of-a-region-one"])
def test_name_of_a_user_is_one_linux_takes(app):
    name = accounts.name_of(app)
    assert len(name) <= 32
    assert name.startswith("semai-")
    assert accounts.name_of(app + "x") != name


@pytest.mark.parametrize(
    ("said", "kind"),
    [("systemd\n", SystemdServices), ("supervisor\n", SupervisorServices), (None, SupervisorServices)],
)
def test_keeper_is_whom_the_root_names(tmp_path, said, kind):
    if said:
        (tmp_path / "keeper").write_text(said)
    assert isinstance(choice.services(Layout(str(tmp_path))), kind)


def test_follower_has_no_database_of_its_own(tmp_path):
    places = Layout(str(tmp_path)).app("e-planning")
    assert choice.database(Request.parse(SERVER), places, None) is None
    assert choice.database(Request.parse(WHOLE), places, None) is not None


def test_only_a_socket_passed_to_this_very_process_is_passed_on(monkeypatch):
    for key, value in (("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "web"), ("NOTIFY_SOCKET", "/run/n")):
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    assert running._passed() == {"NOTIFY_SOCKET": "/run/n"}
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    assert running._passed() == {
        "NOTIFY_SOCKET": "/run/n",
        "LISTEN_FDS": "1",
        "LISTEN_FDNAMES": "web",
        "LISTEN_PID": str(os.getpid()),
    }


def test_start_of_an_app_imports_nothing_heavy():
    code = "import sys, json; import semai_host.running; print(json.dumps(sorted(sys.modules)))"
    source = str(Path(packing.__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True, check=True
    )
    heavy = {"http.client", "subprocess", "zipfile", "tarfile", "sqlite3", "http.server"}
    assert heavy.isdisjoint(json.loads(run.stdout))


@pytest.fixture
def mounted(tmp_path):
    """An app whose media is a file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("ONLY ROOT CAN MOUNT: media on a network folder was not tried")
    places = Layout(str(tmp_path)).app("kebun")
    places.media.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(places.media)], check=True)
    yield places
    subprocess.run(["umount", str(places.media)], check=True)


def test_mounted_media_is_filled_anew_and_outlives_the_folders_around_it(mounted):
    (mounted.media / "letter.pdf").write_text("first")
    restore_points.make(mounted, "one", None, None, "test")
    (mounted.media / "letter.pdf").write_text("second")
    (mounted.media / "other.pdf").write_text("new")
    restore_points.restore(mounted, "one", None)
    assert {path.name: path.read_text() for path in mounted.media.iterdir()} == {"letter.pdf": "first"}
    (mounted.shared / "env").write_text("")
    durable.remove_around(mounted.folder, mounted.media)
    assert [path.name for path in mounted.shared.iterdir()] == ["media"]
    assert (mounted.media / "letter.pdf").exists()
