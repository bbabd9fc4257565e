"""Files that are whole or not there, seals that notice any change, and commands that never outlive their run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from semai_host import durable, maintenance, ports, space, supervision
from semai_host.durable import Corrupt
from semai_host.errors import HostError, Refused
from semai_host.layout import Layout
from semai_host.tether import Tether

from tests.host.rig import wait_until


def test_failed_write_leaves_the_old_file_and_no_temp(tmp_path):
    path = tmp_path / "x"
    durable.write(path, b"old")
    with pytest.raises(TypeError):
        durable.write(path, "text, not bytes")  # type: ignore[arg-type]
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_write_does_not_follow_a_link_planted_at_its_temp_name(tmp_path):
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".x.tmp").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError):
        durable.write(tmp_path / "x", b"theirs")
    assert (tmp_path / "victim").read_text() == "mine"


def test_seal_notices_a_changed_value(tmp_path):
    path = tmp_path / "x.json"
    durable.write_sealed(path, {"schema": 1, "n": 1})
    path.write_text(json.dumps({**json.loads(path.read_text()), "n": 2}))
    with pytest.raises(Corrupt, match="digest does not match"):
        durable.read_sealed(path)


def test_space_is_added_up_per_file_system(tmp_path):
    free = space.free(tmp_path)
    half = space.Need(tmp_path / "a", free * 6 // 10, "one")
    space.check([half])
    with pytest.raises(Refused, match="MB free, this needs"):
        space.check([half, space.Need(tmp_path / "b" / "c", free * 6 // 10, "other")])


def test_reserve_takes_real_room(tmp_path):
    space.keep_back(tmp_path / "reserve")
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= space.RESERVE
    space.give_back(tmp_path / "reserve")
    assert list(tmp_path.iterdir()) == []


def test_command_that_takes_too_long_is_ended_with_all_it_started(tmp_path):
    tether = Tether(tmp_path / "x.tether", tmp_path / "log")
    shell = ["/bin/sh", "-c", "echo before; sleep 61 & sleep 61"]
    with pytest.raises(HostError) as failure:
        tether.run(shell, {"PATH": os.environ["PATH"]}, tmp_path, 0.5, "waiting")
    assert (failure.value.code, failure.value.details["output"]) == ("command-timeout", ["before"])
    assert ports.holders(str(tmp_path / "log")) == []
    assert not (tmp_path / "x.tether").exists()


def test_grandchild_in_a_session_of_its_own_is_found_by_the_tether(tmp_path):
    code = "import subprocess\nsubprocess.Popen(['sleep', '62'], start_new_session=True, close_fds=False)\n"
    tether = Tether(tmp_path / "x.tether", tmp_path / "log")
    tether.run([sys.executable, "-c", code], {"PATH": os.environ["PATH"]}, tmp_path, 10, "leaving a daemon")
    assert ports.holders(str(tmp_path / "log")) == []


def test_cut_waits_until_an_orphan_has_ended(tmp_path):
    parent = (
        "import sys; from pathlib import Path; from semai_host.tether import Tether\n"
        "tether = Tether(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "tether.run([sys.executable, '-c', 'import time; time.sleep(63)'], {}, Path('/'), 60, 'x')\n"
    )
    path, log = tmp_path / "x.tether", tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, "-c", parent, str(path), str(log)], env=environment)
    wait_until(lambda: len(ports.holders(str(path))) == 2, "parent and child hold the tether")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert len(ports.holders(str(path))) == 1
    started = time.monotonic()
    Tether(path, log).cut()
    assert (ports.holders(str(path)), path.exists()) == ([], False)
    assert time.monotonic() - started < 5


def test_unreadable_maintenance_flag_counts_as_an_operators(tmp_path):
    (tmp_path / "x").write_text("{")
    flag = maintenance.read(tmp_path / "x")
    assert flag is not None
    assert (flag.run, maintenance.shows_page(tmp_path / "x")) == ("", True)


def test_long_root_gets_a_short_socket_in_a_private_folder(tmp_path):
    root = tmp_path / ("very-long-name-" * 8)
    layout = Layout(str(root))
    first = supervision.configure(layout, None)
    address = str(first["socket"])
    folder = os.path.dirname(address)
    assert len(address) <= 100
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert supervision.configure(layout, None) == {**first, "changed": False}
    os.rmdir(folder)


def test_socket_in_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 65534, 65534)
        with pytest.raises(Refused, match="belongs to uid 65534"):
            supervision.configure(Layout(str(tmp_path / "root")), str(tmp_path / "theirs" / "s"))
    (tmp_path / "link").symlink_to(tmp_path / "root")
    (tmp_path / "root").mkdir(exist_ok=True)
    with pytest.raises(Refused):
        supervision.configure(Layout(str(tmp_path / "root")), str(tmp_path / "link" / "s"))
