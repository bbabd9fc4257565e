"""systemd of the machine: each app a socket and a service in /etc/systemd/system, steered by systemctl.

The socket stays open while the service is started anew, so nobody who knocks is turned away; to stop an app both
go. At boot the units wait for `semai-recover.service`; when that recovery itself starts one, order is passed over.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import durable
from ..errors import HostError, Refused
from ..events import utc
from . import ServiceStatus, Unit, unit_files
from .unit_files import RECOVERY, prefix

FOLDER = Path("/etc/systemd/system")
STEER_SECONDS = 150.0
MOST_LINES = 10_000
_RUNNING = Path("/run/systemd/system")
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
_ASKED = "Id,LoadState,ActiveState,SubState,MainPID,ActiveEnterTimestampMonotonic,UnitFileState,Result"
_STATES = {
    "active": "running",
    "activating": "running",
    "reloading": "running",
    "deactivating": "running",
    "inactive": "stopped",
    "failed": "failed",
}


class SystemdServices:
    """The units of this machine's apps."""

    system = True

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def check(self) -> None:
        if not _RUNNING.is_dir() or not shutil.which("systemctl", path=_PATH):
            raise Refused(
                "systemd-down", "systemd does not run on this host", hint="give this host the profile embedded"
            )
        if os.geteuid() != 0:
            raise Refused(
                "not-root",
                "only root may change services of this host",
                hint="set ansible_become: true in hosts.yml",
            )

    def define(self, unit: Unit) -> None:
        files = unit_files.render(unit)
        former = {path.name: path for path in self._files(unit.name)}
        gone = sorted(set(former) - set(files))
        changed = [name for name, text in files.items() if self._text(name) != text]
        if gone:
            self._steer("stop", *gone)
            self._steer("disable", "--quiet", *gone)
        if f"{prefix(unit.name)}.socket" in changed and former:
            self.stop(unit.name)  # a socket listens where it did until it is opened anew
        for name in gone:
            durable.remove(former[name])
        for name in changed:
            durable.write(self.folder / name, files[name].encode(), 0o644)
        if changed or gone:
            self._steer("daemon-reload")
        self._enable(unit)

    def forget(self, name: str) -> None:
        files = self._files(name)
        if not files:
            return
        self.stop(name)
        self._steer("disable", "--quiet", *(path.name for path in files))
        for path in files:
            durable.remove(path)
        durable.sync_folder(self.folder)
        self._steer("daemon-reload")
        self._steer("reset-failed", *(path.name for path in files), may_fail=True)

    def start(self, name: str) -> None:
        self._begin("start", name)

    def restart(self, name: str) -> None:
        self._begin("restart", name)

    def start_parts(self, name: str) -> None:
        parts = [unit for unit in self._parts(name) if not self._is_timed(unit)]
        if parts:
            self._steer("reset-failed", *parts, may_fail=True)
            self._steer("start", *self._at_once(), *parts)

    def stop(self, name: str) -> None:
        names = [path.name for path in self._files(name)]
        if names:
            self._steer("stop", *self._at_once(), *names)
            self._steer("reset-failed", *names, may_fail=True)

    def status(self, names: Sequence[str]) -> dict[str, ServiceStatus]:
        units = {name: f"{prefix(name)}.service" for name in names}
        said = self._show(_ASKED, *units.values()) if units else []
        told = {entry.get("Id", ""): entry for entry in said}
        return {name: _status(told.get(unit, {})) for name, unit in units.items()}

    def listens(self, name: str, port: int) -> bool:
        for entry in self._show("Listen,ActiveState", f"{prefix(name)}.socket"):
            address = entry.get("Listen", "").partition(" ")[0]
            return entry.get("ActiveState") == "active" and address.rpartition(":")[2] == str(port)
        return False

    def log(self, name: str, lines: int, since: int | None) -> tuple[list[str], int] | None:
        """Return lines of the journal; the mark is the time of the last one in microseconds."""
        words = ["--unit", f"{prefix(name)}.service", "--unit", f"{prefix(name)}.*", "--output", "json"]
        if since is None:
            words += ["--lines", str(lines)]
        else:
            words += ["--since", f"@{since / 1e6:.6f}", "--lines", str(MOST_LINES)]
        entries = [
            json.loads(line) for line in self._run("journalctl", "--no-pager", "--quiet", *words).splitlines()
        ]
        known = [entry for entry in entries if int(entry["__REALTIME_TIMESTAMP"]) >= (since or 0)]
        last = int(known[-1]["__REALTIME_TIMESTAMP"]) + 1 if known else since or 0
        return [_message(entry.get("MESSAGE")) for entry in known], last

    def exposure(self, names: Sequence[str]) -> dict[str, float]:
        wanted = {f"{prefix(name)}.service": name for name in names}
        said = self._run("systemd-analyze", "--no-pager", "security", may_fail=True)
        rows = (line.split() for line in said.splitlines())
        return {wanted[row[0]]: float(row[1]) for row in rows if len(row) > 2 and row[0] in wanted}

    def _begin(self, verb: str, name: str) -> None:
        """Open the socket, then start the service; earlier failures do not count against it."""
        socket, service = f"{prefix(name)}.socket", f"{prefix(name)}.service"
        self._steer("reset-failed", socket, service, may_fail=True)
        at_once = self._at_once()
        self._steer("start", *at_once, socket)
        self._steer(verb, *at_once, service, may_fail=True)  # the health gate judges a service that cannot start

    def _at_once(self) -> tuple[str, ...]:
        """Pass over ordering while the recovery runs that our units wait for at boot."""
        waiting = any(entry.get("ActiveState") == "activating" for entry in self._show("ActiveState", RECOVERY))
        return ("--job-mode=ignore-dependencies",) if waiting else ()

    def _enable(self, unit: Unit) -> None:
        """Have systemd start the unit at boot, or not."""
        wanted = unit_files.wanted(unit)
        enabled = {entry["Id"] for entry in self._show("Id,UnitFileState", *wanted) if _is_enabled(entry)}
        if unit.wanted and enabled != set(wanted):
            self._steer("enable", "--quiet", *wanted)
        elif not unit.wanted and enabled:
            self._steer("disable", "--quiet", *enabled)

    def _files(self, name: str) -> list[Path]:
        """Return the unit files of an app."""
        own = prefix(name)
        found = [self.folder / f"{own}.socket", self.folder / f"{own}.service"]
        found += [path for kind in ("service", "timer") for path in self.folder.glob(f"{own}.*.{kind}")]
        return [path for path in found if path.is_file()]

    def _parts(self, name: str) -> Iterator[str]:
        for path in self._files(name):
            if path.stem != prefix(name):
                yield path.name

    def _is_timed(self, unit: str) -> bool:
        return unit.endswith(".service") and (self.folder / unit).with_suffix(".timer").is_file()

    def _text(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _show(self, properties: str, *units: str) -> list[dict[str, str]]:
        """Return the properties of each unit in the order asked for; nothing where systemd does not answer."""
        said = self._run("systemctl", "show", f"--property={properties}", "--", *units, may_fail=True)
        blocks = (block for block in said.split("\n\n") if block.strip())
        return [dict(line.partition("=")[::2] for line in block.splitlines()) for block in blocks]

    def _steer(self, *words: str, may_fail: bool = False) -> None:
        self._run("systemctl", "--no-ask-password", *words, may_fail=may_fail)

    def _run(self, program: str, *words: str, may_fail: bool = False) -> str:
        try:
            ended = subprocess.run(
                [program, *words],
                env={"PATH": _PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=STEER_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            if may_fail and isinstance(error, OSError):
                return ""
            raise HostError("service-failed", f"cannot run {program}: {error}") from error
        if ended.returncode and not may_fail:
            said = (ended.stderr or ended.stdout).strip().splitlines() or [f"exit code {ended.returncode}"]
            raise HostError("service-failed", f"systemd refuses {' '.join(words)}: {said[0]}", output=said[-12:])
        return ended.stdout


def _is_enabled(entry: dict[str, str]) -> bool:
    return entry.get("UnitFileState") == "enabled"


def _status(entry: dict[str, str]) -> ServiceStatus:
    if not entry or entry.get("LoadState") == "not-found":
        return ServiceStatus("absent")
    pid = int(entry.get("MainPID") or 0) or None
    state, sub = _STATES.get(entry.get("ActiveState", ""), "failed"), entry.get("SubState", "")
    if sub == "auto-restart":
        state = "failed"
    entered = int(entry.get("ActiveEnterTimestampMonotonic") or 0)
    since = utc(int(time.time() - time.monotonic() + entered / 1e6)) if pid and entered else None
    detail = f"{entry.get('ActiveState')} ({sub}), {entry.get('Result')}"
    return ServiceStatus(state, pid, since, _is_enabled(entry), entry.get("ActiveState") == "failed", detail)


def _message(value: object) -> str:
    """Return a line of the journal; one that is no text comes as a list of bytes."""
    if isinstance(value, list):
        return bytes(value).decode(errors="replace")
    return str(value or "")
