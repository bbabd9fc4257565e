"""supervisord: one program per app in `supervisor/conf.d/<app>.conf`, steered over XML-RPC on its unix socket.

The program is `semai-host serve APP`, so neither this file nor any argument list holds a secret, and a new release
or a maintenance page needs no change here. `autostart` remembers whether an operator wants the app to run.
"""

from __future__ import annotations

import http.client
import re
import shlex
import socket
import time
import xmlrpc.client
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import durable
from ..errors import HostError, Refused
from ..events import utc
from . import ServiceStatus, Unit

TIMEOUT_SECONDS = 40.0
STOP_SECONDS = 20
PAUSE_SECONDS = 0.05
_STATES = {
    "RUNNING": "running",
    "STARTING": "running",
    "STOPPING": "running",
    "STOPPED": "stopped",
    "BACKOFF": "failed",
    "EXITED": "failed",
    "FATAL": "failed",
    "UNKNOWN": "failed",
}
_FINAL = ("FATAL", "UNKNOWN")
_WANTED = re.compile(r"^autostart=true$", re.MULTILINE)
_BAD_NAME, _ALREADY_STARTED, _NOT_RUNNING = 10, 60, 70
_ALREADY_ADDED, _SPAWN_ERROR, _ABNORMAL = 90, 50, 40

_PROGRAM = """\
[program:{name}]
command={command}
directory={folder}
autostart={wanted}
autorestart=true
startsecs=1
startretries=2
stopwaitsecs={stop}
stopasgroup=true
killasgroup=true
umask=027
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=5
"""


class SupervisorServices:
    """The supervisord of one host root."""

    system = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self) -> None:
        try:
            self._remote().supervisor.getAPIVersion()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise Refused(
                "supervisor-down",
                f"supervisord of {self.folder} does not answer: {error}",
                hint="apply again: the supervisor role starts it",
            ) from error

    def define(self, unit: Unit) -> None:
        text = _PROGRAM.format(
            name=unit.name,
            command=_escape(" ".join(shlex.quote(word) for word in unit.command)),
            folder=_escape(str(unit.folder)),
            wanted="true" if unit.wanted else "false",
            stop=STOP_SECONDS,
            log=_escape(str(unit.log)),
        ).encode()
        path = self._file(unit.name)
        if not path.exists() or path.read_bytes() != text:
            durable.write(path, text)
        self._load(unit.name)

    def forget(self, name: str) -> None:
        durable.remove(self._file(name))
        self._load(name)

    def start(self, name: str) -> None:
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in (_ALREADY_STARTED, _SPAWN_ERROR, _ABNORMAL):  # the health gate judges those
                raise _failed(name, fault) from fault

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)

    def start_parts(self, name: str) -> None:
        """Do nothing: apps of the embedded profile have no programs beside them."""

    def listens(self, name: str, port: int) -> bool:
        return False

    def log(self, name: str, lines: int, since: int | None) -> tuple[list[str], int] | None:
        return None

    def exposure(self, names: Sequence[str]) -> dict[str, float]:
        return {}

    def stop(self, name: str) -> None:
        try:
            self._call("stopProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in (_NOT_RUNNING, _BAD_NAME):
                raise _failed(name, fault) from fault
        deadline = time.monotonic() + STOP_SECONDS + 10
        while self.status([name])[name].pid:  # each question also lets supervisord notice the end
            if time.monotonic() > deadline:
                raise HostError("service-stuck", f"{name} did not stop within {STOP_SECONDS + 10} s")
            time.sleep(PAUSE_SECONDS)

    def status(self, names: Sequence[str]) -> dict[str, ServiceStatus]:
        try:
            known = {entry["name"]: entry for entry in self._call("getAllProcessInfo")}
        except HostError:
            known = {}
        return {name: _status(known.get(name), self._is_wanted(name)) for name in names}

    def _is_wanted(self, name: str) -> bool:
        try:
            return bool(_WANTED.search(self._file(name).read_text()))
        except OSError:
            return False

    def _file(self, name: str) -> Path:
        return self.folder / "conf.d" / f"{name}.conf"

    def _load(self, name: str) -> None:
        """Bring supervisord's idea of one program in line with its file."""
        try:
            added, changed, removed = (set(names) for names in self._call("reloadConfig")[0])
            if name in changed | removed:
                self.stop(name)
                self._call("removeProcessGroup", name)
            if name in changed | added:
                self._call("addProcessGroup", name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in (_BAD_NAME, _ALREADY_ADDED):
                raise _failed(name, fault) from fault

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self._remote().supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise HostError("supervisor-down", f"supervisord of {self.folder} does not answer: {error}") from error

    def _remote(self) -> xmlrpc.client.ServerProxy:
        address = (self.folder / "socket-path").read_text().strip()
        return xmlrpc.client.ServerProxy("http://supervisor/RPC2", transport=_UnixTransport(address))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, address: str) -> None:
        super().__init__("supervisor", timeout=TIMEOUT_SECONDS)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._address)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._address)


def _status(entry: dict[str, Any] | None, wanted: bool) -> ServiceStatus:
    if entry is None:
        return ServiceStatus("absent", wanted=wanted)
    pid = int(entry["pid"]) or None
    since = utc(int(entry["start"])) if pid else None
    state = str(entry["statename"])
    return ServiceStatus(_STATES[state], pid, since, wanted, state in _FINAL, str(entry["description"]))


def _failed(name: str, fault: xmlrpc.client.Fault) -> HostError:
    return HostError("service-failed", f"supervisord refuses {name}: {fault.faultString}")


def _escape(text: str) -> str:
    return text.replace("%", "%%")
