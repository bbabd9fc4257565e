"""The server as a real process: sockets, the log, and a SIGTERM that loses nobody's request."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from semai_kit.serving import BindRefused, open_socket
from semai_kit.tests.test_commandline import MODULE, Installed

# Binds, passes the socket as systemd does (descriptor 3, LISTEN_PID of the process itself), becomes the app.
PASS_SOCKET = """
import os, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen()
os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", SEMAI_BIND="fd://")
os.execv(sys.executable, [sys.executable, "-m", sys.argv[2], "serve"])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    def __init__(self, app: Installed, port: int, command: list[str], **environ: str) -> None:
        self.port = port
        self.log = app.folder / f"log-{port}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env=app.environ | {"SEMAI_BIND": f"127.0.0.1:{port}"} | environ,
                stdout=log,
                stderr=log,
            )

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if requests.get(self.url("/healthz"), timeout=30).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    installed = Installed(tmp_path_factory.mktemp("serving"))
    done = installed.run("migrate")
    assert done.returncode == 0, done.stderr
    return installed


@pytest.fixture(scope="module")
def running(app: Installed) -> Iterator[Running]:
    server = Running(app, free_port(), ["-m", MODULE, "serve"])
    server.wait()
    yield server
    server.process.kill()
    server.process.wait()


def test_pages_come_and_every_request_but_probes_is_one_json_line(running: Running) -> None:
    assert requests.get(running.url("/masuk/?next=/rahasia"), timeout=30).status_code == 200
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert [line["path"] for line in lines] == ["/masuk/"]
    assert set(lines[0]) == {"time", "method", "path", "status", "ms", "user", "address"}


def test_static_files_are_served_without_collection(running: Running) -> None:
    response = requests.get(running.url("/static/semai_kit/semai.css"), timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')


def test_server_names_no_software(running: Running) -> None:
    assert "Server" not in requests.get(running.url("/masuk/"), timeout=30).headers


def test_taken_port_is_said_plainly(app: Installed, running: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", MODULE, "serve"],
        env=app.environ | {"SEMAI_BIND": f"127.0.0.1:{running.port}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert f"error: cannot listen on 127.0.0.1:{running.port}: Address already in use" in second.stderr


def test_socket_passed_by_systemd_is_used(app: Installed) -> None:
    port = free_port()
    server = Running(app, port, ["-c", PASS_SOCKET, str(port), MODULE])
    server.wait()
    assert requests.get(server.url("/masuk/"), timeout=30).status_code == 200
    assert server.end() == 0


def test_other_apps_may_ask_at_the_address_listened_on_and_nobody_at_a_foreign_name(app: Installed) -> None:
    port = free_port()
    command = ["-c", PASS_SOCKET.replace("127.0.0.1", "127.0.0.2"), str(port), MODULE]
    server = Running(app, port, command)
    server.url = f"http://127.0.0.2:{port}{{}}".format  # type: ignore[method-assign]
    server.wait()
    assert requests.get(server.url("/masuk/"), timeout=30).status_code == 200
    assert requests.get(server.url("/masuk/"), headers={"Host": "lain.go.id"}, timeout=30).status_code == 400
    assert server.end() == 0


FREED = """
import django
django.setup()
from semai_kit.serving import give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 >> 20

document = [bytes(2000) for _ in range(50_000)]
last = bytes(2000)  # at the end of the heap: what is free before it stays with the process
del document
before = resident()
give_back()
print(before - resident())
"""


def test_memory_that_is_free_goes_back_to_the_system(app: Installed) -> None:
    environ = app.environ | {"DJANGO_SETTINGS_MODULE": f"{MODULE}.settings"}
    freed = subprocess.run([sys.executable, "-c", FREED], env=environ, capture_output=True, text=True, check=False)
    assert freed.returncode == 0, freed.stderr
    assert int(freed.stdout) > 80  # MB


@pytest.mark.parametrize("bind", ["", "8101", "host:", "127.0.0.1:x", "fd://"])
def test_unusable_address_is_refused(bind: str) -> None:
    with pytest.raises(BindRefused):
        open_socket(bind)


def test_descriptors_meant_for_another_process_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    with pytest.raises(BindRefused, match="no socket was passed"):
        open_socket("fd://")


def test_request_in_flight_is_answered_after_sigterm(app: Installed) -> None:
    server = Running(app, free_port(), ["-m", MODULE, "serve"])
    server.wait()
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as slow,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as idle,
    ):
        slow.sendall(b"GET /pelan/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=30)
        answer = b""
        while b"selesai" not in answer:
            part = slow.recv(65536)
            assert part, f"connection closed after {answer!r}"
            answer += part
        assert answer.startswith(b"HTTP/1.1 200")
        assert server.process.wait(20) == 0
        assert idle.recv(10) == b""
    assert "Traceback" not in server.log.read_text()


def test_large_answer_is_sent_to_its_end_after_sigterm(app: Installed) -> None:
    server = Running(app, free_port(), ["-m", MODULE, "serve"])
    server.wait()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as reader:
        reader.sendall(b"GET /besar/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        received = 0
        while part := reader.recv(1 << 20):
            received += len(part)
    assert received > 20_000_000
    assert server.process.wait(20) == 0


def test_idle_server_is_small(running: Running) -> None:
    for _ in range(5):
        requests.get(running.url("/masuk/"), timeout=30)
    rollup = Path(f"/proc/{running.process.pid}/smaps_rollup").read_text()
    pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    assert pss < 90 * 1024
