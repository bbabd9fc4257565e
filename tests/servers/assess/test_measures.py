"""How single measures are read: texts of real tools, and real sockets on this machine."""

from __future__ import annotations

import importlib.util
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from semai.adapters import resources

BOOKS = resources.find().playbooks


def _loaded(folder: str, name: str, known_as: str) -> ModuleType:
    """Load a file that Ansible ships to hosts under the name it has there."""
    spec = importlib.util.spec_from_file_location(known_as, BOOKS / folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known_as] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measures() -> dict[str, ModuleType]:
    names = ("system", "packages", "network")  # the first is imported by the others
    return {
        name: _loaded("module_utils", f"semai_measure_{name}", f"ansible.module_utils.semai_measure_{name}")
        for name in names
    }


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    return _loaded("action_plugins", "semai_assess", "semai_assess_action")


@contextmanager
def answering(reply: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Serve one TCP connection; yield the port and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                asked.append(line.recv(4096))
                line.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        thread.join(5)


def test_addresses_of_proc_are_read_in_the_byte_order_of_the_kernel(measures: dict[str, ModuleType]) -> None:
    written = measures["network"]._written
    assert written("0100007F") == "127.0.0.1"
    assert written("00000000000000000000000001000000") == "::1"


def test_a_port_that_this_process_listens_at_is_found_with_its_program(measures: dict[str, ModuleType]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found, _ = measures["network"].ports(True, False)
        mine = next(entry for entry in found if entry["port"] == server.getsockname()[1])
    assert mine["address"] == "127.0.0.1"
    assert mine["program"] == Path("/proc/self/comm").read_text().strip()


def test_a_mirror_is_asked_for_one_byte_directly_and_by_its_whole_address_through_a_proxy(
    measures: dict[str, ModuleType],
) -> None:
    reached = measures["network"].reached
    with answering(b"HTTP/1.1 206 Partial Content\r\n\r\nx") as (port, asked):
        (found,) = reached([{"url": f"http://127.0.0.1:{port}/debian/InRelease", "proxy": ""}])
    assert (found["ok"], asked[0].splitlines()[0]) == (True, b"GET /debian/InRelease HTTP/1.1")
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (port, asked):
        (found,) = reached([{"url": "http://mirror.invalid/x", "proxy": f"http://127.0.0.1:{port}/"}])
    assert (found["ok"], asked[0].splitlines()[0]) == (True, b"GET http://mirror.invalid/x HTTP/1.1")


def test_a_mirror_that_refuses_or_is_not_there_says_why(measures: dict[str, ModuleType]) -> None:
    reached = measures["network"].reached
    with answering(b"HTTP/1.1 403 Forbidden\r\n\r\n") as (port, _):
        (found,) = reached([{"url": f"http://127.0.0.1:{port}/x", "proxy": ""}])
    assert (found["ok"], "403" in found["said"]) == (False, True)
    (found,) = reached([{"url": "http://127.0.0.1:9/x", "proxy": ""}])
    assert (found["ok"], found["said"]) == (False, "Connection refused")


def test_security_updates_are_told_from_others_by_where_they_come_from(measures: dict[str, ModuleType]) -> None:
    said = (
        "Inst libc6 [2.36-9] (2.36-9+deb12u10 Debian:12.9/stable, Debian-Security:12/stable-security [amd64])\n"
        "Inst tzdata [2024a] (2024b-0+deb12u1 Debian:12.9/stable [all])\n"
        "Inst new (1.0 Ubuntu:24.04/noble-security [amd64]) []\nConf tzdata (2024b Debian:12.9/stable [all])\n"
    )
    found = measures["packages"]._UPDATE.findall(said)
    assert [name for name, _ in found] == ["libc6", "tzdata", "new"]
    assert [name for name, origin in found if "security" in origin.lower()] == ["libc6", "new"]


SHELL = """@os
ID=debian
VERSION_ID="12"
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
@machine
x86_64
@kernel
6.1.0
@hostname
satu
@cpus
2
@memory
MemTotal:        2031616 kB
MemAvailable:    1500000 kB
SwapTotal:             0 kB
@space
/ /dev/sda1 20000000 5000000 14000000 27% /
/var /dev/sdb1 400000 300000 80000 79% /var
/boot garbage
@inodes
/ /dev/sda1 1300000 100000 1200000 8% /
@systemd
yes
@sudo
password
"""


def test_what_a_shell_says_is_read_into_the_same_shape(plugin: ModuleType) -> None:
    found: dict[str, Any] = plugin.parse(SHELL)
    assert (found["os"]["id"], found["os"]["version_id"], found["machine"], found["cpus"]) == (
        "debian",
        "12",
        "x86_64",
        2,
    )
    assert (found["memory_mb"], found["swap_mb"], found["sudo"]["state"]) == (1984, 0, "password")
    places = {place["path"]: place for place in found["filesystems"]}
    assert {path: place["free_mb"] for path, place in places.items()} == {"/": 13671, "/var": 78}
    assert places["/"]["inodes_free"] == 1_200_000
    assert places["/"]["device"] != places["/var"]["device"]


def test_silence_is_read_as_nothing_known(plugin: ModuleType) -> None:
    found = plugin.parse("")
    assert (found["memory_mb"], found["filesystems"], found["os"]["id"]) == (0, [], "")


@pytest.mark.parametrize(
    "said",
    [
        "The module interpreter '/usr/bin/python3' was not found.",
        "Traceback (most recent call last): ModuleNotFoundError: No module named 'zipfile'",
        "/bin/sh: 1: /usr/bin/python3: not found",
    ],
)
def test_a_python_that_cannot_work_is_told_from_other_failures(plugin: ModuleType, said: str) -> None:
    assert plugin._PYTHON_UNFIT.search(said)
    assert not plugin._PYTHON_UNFIT.search("OSError: [Errno 28] No space left on device")
