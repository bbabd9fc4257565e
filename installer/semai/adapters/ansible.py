"""Runs ansible-playbook as a process of its own and turns its JSON-lines events into a result.

The process gets its own session, so that Ctrl-C reaches semai alone, which then stops it in order. Everything it
prints goes to the run's log with secrets masked; what the caller sees comes from the events file.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from semai.adapters.redaction import Redactor
from semai.adapters.resources import Resources

_TAIL_LINES = 40
_FOLDERS = "semai-run-"
# A cut line is noticed within 15 to 20 seconds; what runs on the host goes on by itself.
_SSH_ARGS = "-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
_POLL_SECONDS = 0.1
_STOP_SECONDS = (10.0, 5.0)  # after SIGINT, after SIGTERM


@dataclass(frozen=True)
class Event:
    """One line of a run: play, task, ok, changed, failed, unreachable, skipped, progress, no-hosts, end."""

    kind: str
    host: str = ""
    task: str = ""
    action: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    app: str = ""
    step: str = ""
    status: str = ""
    message: str = ""
    text: str = ""
    seconds: float = 0.0

    @classmethod
    def from_line(cls, line: str) -> Event:
        """Read one JSON line."""
        found = json.loads(line)
        names = ("host", "task", "action", "app", "step", "status", "message", "text")
        return cls(
            kind=str(found.get("event", "")),
            result=found.get("result") or found.get("hosts") or {},
            seconds=float(found.get("seconds") or 0.0),
            **{name: str(found.get(name) or "") for name in names},
        )


@dataclass(frozen=True)
class RunResult:
    """What one ansible-playbook run came to; `output` is the end of what it printed, masked."""

    exit_code: int
    events: tuple[Event, ...]
    output: tuple[str, ...]
    log: Path

    def results(self, action: str) -> Iterator[Event]:
        """Yield the outcome of every task that used the module `action`."""
        return (e for e in self.events if e.action.rpartition(".")[2] == action and e.host)

    @property
    def failures(self) -> tuple[Event, ...]:
        """Return what failed or could not be reached."""
        return tuple(e for e in self.events if e.kind in ("failed", "unreachable"))


OnEvent = Callable[[Event], None]


def _forget_killed() -> None:
    """Delete the folders of runs whose semai was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}[0-9]*-*"):
        pid = folder.name[len(_FOLDERS) :].partition("-")[0]
        with suppress(OSError):  # gone meanwhile
            if folder.stat().st_uid == os.geteuid() and not Path("/proc", pid).exists():
                shutil.rmtree(folder)


def ssh_args() -> str:
    """Return the options of ssh that every connection to a host is opened with."""
    return os.environ.get("ANSIBLE_SSH_ARGS", _SSH_ARGS)


class Ansible:
    """Starts playbooks against one inventory."""

    def __init__(
        self,
        inventory: Path,
        resources: Resources,
        log: Path,
        *,
        vault_password_file: Path | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        self.inventory, self.log = inventory, log
        self._resources, self._vault_password_file = resources, vault_password_file
        self.redact = Redactor(secrets)

    def run(self, playbook: str, on_event: OnEvent | None = None, **options: Any) -> RunResult:
        """Start a playbook and wait; options as for `start`."""
        return self.start(playbook, **options).wait(on_event)

    def start(
        self,
        playbook: str,
        *,
        variables: Mapping[str, Any] | None = None,
        limit: str = "",
        check: bool = False,
        diff: bool = False,
    ) -> Run:
        """Start `<playbook>.yml` and return at once; `variables` must hold no secret."""
        _forget_killed()
        folder = tempfile.TemporaryDirectory(prefix=f"{_FOLDERS}{os.getpid()}-")
        extra = Path(folder.name) / "variables.json"
        extra.write_text(json.dumps(dict(variables or {})))
        words = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), "-e", f"@{extra}"]
        words += ["--limit", limit] if limit else []
        words += ["--check"] if check else []
        words += ["--diff"] if diff else []
        words.append(str(self._resources.playbook(playbook)))
        events = Path(folder.name) / "events.jsonl"
        events.touch()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment(events),
            start_new_session=True,
        )
        return Run(process, folder, events, self.log, self.redact)

    def _environment(self, events: Path) -> dict[str, str]:
        books = self._resources.playbooks
        own_utils = books / "module_utils"
        settings = {
            "ROLES_PATH": str(self._resources.roles),
            "LIBRARY": str(books / "library"),
            "ACTION_PLUGINS": str(books / "action_plugins"),
            "FILTER_PLUGINS": str(books / "filter_plugins"),
            "CALLBACK_PLUGINS": str(books / "callback_plugins"),
            "MODULE_UTILS": f"{self._resources.module_utils}:{own_utils}",
            "CALLBACKS_ENABLED": "semai_events",
            "STDOUT_CALLBACK": "default",
            "INVENTORY_ENABLED": "yaml",
            "INVENTORY_IGNORE_REGEX": "^overrides$,^certificates$",
            "INVENTORY_IGNORE": ".lock,.jsonl,.svg,.png,.jpg,.jpeg,.pass,.bak,.orig,.md,.txt,.retry,~",
            "PIPELINING": "true",
            "GATHERING": "explicit",
            "SSH_ARGS": ssh_args(),
            "HOST_KEY_CHECKING": "true",
            "RETRY_FILES_ENABLED": "false",
            "LOCALHOST_WARNING": "false",
            "DEPRECATION_WARNINGS": "false",
            "DEVEL_WARNING": "false",
            "NOCOLOR": "true",
            "NOCOWS": "true",
        }
        if self._vault_password_file:
            settings["VAULT_PASSWORD_FILE"] = str(self._vault_password_file)
        own = {"SEMAI_EVENTS": str(events), "SEMAI_PARENT": str(os.getpid()), "LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
        return {**os.environ, **{f"ANSIBLE_{name}": value for name, value in settings.items()}, **own}


class Run:
    """A started ansible-playbook."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        folder: tempfile.TemporaryDirectory[str],
        events: Path,
        log: Path,
        redact: Redactor,
    ) -> None:
        self._process, self._folder, self._log, self._redact = process, folder, log, redact
        self._events = EventFile(events, redact)
        self._tail: list[str] = []

    @property
    def pid(self) -> int:
        """Return the process id, which is also that of its process group."""
        return self._process.pid

    def wait(self, on_event: OnEvent | None = None) -> RunResult:
        """Hand events on as they come and return when the process has ended.

        KeyboardInterrupt stops the process first and is raised again; transactions on hosts go on by themselves.
        """
        seen: list[Event] = []
        try:
            with self._log.open("a", encoding="utf-8") as log:
                self._log.chmod(0o600)
                for _ in self._output(log):
                    for event in self._events.fresh():
                        seen.append(event)
                        if on_event:
                            on_event(event)
            code = self._process.wait()
            return RunResult(code, tuple(seen), tuple(self._tail), self._log)
        except BaseException:
            self.stop()
            raise
        finally:
            self._folder.cleanup()

    def stop(self) -> None:
        """End the process and its workers: asked first, then told."""
        for sent, seconds in zip((signal.SIGINT, signal.SIGTERM), _STOP_SECONDS, strict=True):
            if self._process.poll() is not None:
                return
            os.killpg(self._process.pid, sent)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _output(self, log: IO[str]) -> Iterator[None]:
        """Copy what the process prints into the log; yield about ten times a second, and once at the end."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        os.set_blocking(pipe, False)
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            # A service that ansible started may keep the pipe open: the end is the process's end, not the pipe's.
            while self._process.poll() is None:
                if selector.select(_POLL_SECONDS):
                    chunk = os.read(pipe, 1 << 16)
                    if not chunk:
                        time.sleep(_POLL_SECONDS / 10)
                    rest = self._keep(rest + chunk, log)
                yield
        while chunk := _read_now(pipe):
            rest = self._keep(rest + chunk, log)
        self._keep(rest + b"\n", log)
        self._process.stdout.close()
        yield

    def _keep(self, received: bytes, log: IO[str]) -> bytes:
        *lines, rest = received.split(b"\n")
        for line in lines:
            text = self._redact(line.decode("utf-8", "replace")).rstrip()
            if text:
                log.write(f"{time.strftime('%H:%M:%S')} {text}\n")
                self._tail = [*self._tail[1 - _TAIL_LINES :], text]
        log.flush()
        return rest


def _read_now(pipe: int) -> bytes:
    try:
        return os.read(pipe, 1 << 16)
    except BlockingIOError:
        return b""


class EventFile:
    """Reads the lines that were appended since the last look; an unfinished line waits for its end."""

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._stream = path.open("rb")
        self._redact = redact
        self._rest = b""

    def fresh(self) -> list[Event]:
        """Return the events of whole new lines."""
        *lines, self._rest = (self._rest + self._stream.read()).split(b"\n")
        return [Event.from_line(self._redact(line.decode("utf-8", "replace"))) for line in lines if line]
