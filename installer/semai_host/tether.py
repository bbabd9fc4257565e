"""Commands of a run, tied to it: whatever outlives a killed run can be found and ended before anything is undone.

Each child inherits an open, flocked file. Only a living child (or grandchild) keeps that lock once the run is gone,
so `cut` knows whether somebody is left and finds them by the file they hold open; no stale pid can mislead it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from . import durable, ports
from .accounts import Account
from .errors import HostError

GRACE_SECONDS = 5.0
STUCK_SECONDS = 30.0
TAIL_LINES = 12
LOG_LIMIT = 1 << 20


class Tether:
    """The commands of one app's run."""

    def __init__(self, path: Path, log: Path) -> None:
        self.path = path
        self.log = log

    def run(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        timeout: float,
        what: str,
        actor: Account | None = None,
        output: IO[bytes] | None = None,
    ) -> None:
        """Run a command to its end; raise with its last lines when it fails or takes longer than `timeout`.

        With an `actor` it runs as that user and in none of the tool's groups; `output` takes what it prints.
        """
        with self.running(command, env, cwd, actor, output=output) as child:
            try:
                code = child.wait(timeout)
            except subprocess.TimeoutExpired:
                raise HostError(
                    "command-timeout", f"{what} was not done within {timeout:g} s", output=self.tail()
                ) from None
        if code != 0:
            raise HostError("command-failed", f"{what} {_ending(code)}", output=self.tail())

    @contextmanager
    def running(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        actor: Account | None = None,
        output: IO[bytes] | None = None,
        piped: bool = False,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Have a command running for the block and end it, with all it started, afterwards."""
        self.cut()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            child = self._start(command, env, cwd, descriptor, actor, output, piped)
            try:
                yield child
            finally:
                _end(child)
        finally:
            os.close(descriptor)
            self.cut()

    def _start(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        descriptor: int,
        actor: Account | None,
        output: IO[bytes] | None,
        piped: bool,
    ) -> subprocess.Popen[bytes]:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            os.replace(self.log, self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._offset = log.tell()
            return subprocess.Popen(
                list(command),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=output or log,
                stderr=log,
                pass_fds=(descriptor,),
                start_new_session=True,
                **(_as(actor) if actor else {}),
            )

    def tail(self) -> list[str]:
        """Return the last lines the latest command wrote."""
        with self.log.open("rb") as log:
            log.seek(self._offset)
            text = log.read(LOG_LIMIT).decode(errors="replace")
        return text.splitlines()[-TAIL_LINES:]

    def cut(self) -> None:
        """End every process a former run left behind, and the tether with it."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            deadline = time.monotonic() + STUCK_SECONDS
            while not _lock(descriptor):
                if time.monotonic() > deadline:
                    raise HostError("command-stuck", f"a command of a killed run holds {self.path} and stays")
                for pid in ports.holders(str(self.path)):
                    if pid != os.getpid():
                        _signal(os.kill, pid, signal.SIGKILL)
                time.sleep(0.02)
            durable.remove(self.path)
        finally:
            os.close(descriptor)


def _as(actor: Account) -> dict[str, Any]:
    """Return the words that make subprocess drop the tool's rights for good."""
    return {"user": actor.uid, "group": actor.gid, "extra_groups": [], "umask": 0o027}


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the child's whole session to stop, then make it."""
    if child.poll() is None:
        _signal(os.killpg, child.pid, signal.SIGTERM)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(os.killpg, child.pid, signal.SIGKILL)
            child.wait()
    _signal(os.killpg, child.pid, signal.SIGKILL)


def _signal(send: Callable[[int, int], None], pid: int, number: signal.Signals) -> None:
    try:
        send(pid, number)
    except ProcessLookupError:
        return


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
