"""One region on this machine as its IT staff has it: the semai command, its files, its processes, its addresses."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
SILENCE_SECONDS = 240.0  # of a command that is expected to say something
# What a quiet machine goes on writing: logs, locks of the moment, caches.
RESTLESS = re.compile(r"(^|/)(logs|__pycache__)/|(^|/)(\.semai\.lock|lock|supervisord\.log|.*\.sock(et)?|.*-shm)$")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The code semai gave its error."""
        found = re.search(r"error\[([a-z0-9-]+)\]", self.err)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Ground:
    """Folders of one region and how to run semai on them; `before` goes in front of the command (setpriv …)."""

    folder: Path
    region: str
    state: Path
    root: Path
    python: str = sys.executable
    checkout: Path = CHECKOUT
    before: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        return self.folder / "inventories" / self.region

    @property
    def region_file(self) -> Path:
        return self.inventory / "group_vars" / "all" / "region.yml"

    @property
    def vault_password(self) -> Path:
        return self.state / "vault" / f"{self.region}.pass"

    def words(self, *words: str | Path) -> list[str]:
        places = ["--state", self.state, "--inventories", self.folder / "inventories", "--region", self.region]
        return [*self.before, self.python, "-m", "semai.cli.main", *map(str, places), *map(str, words)]

    def surroundings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEMAI_", "ANSIBLE_"))}
        return {
            **kept,
            "PYTHONPATH": str(self.checkout / "installer"),
            "SEMAI_LANG": "en",
            "COLUMNS": "200",
            **self.environment,
        }

    def try_semai(self, *words: str | Path) -> Ran:
        """Run a command to its end, whatever that is."""
        done = subprocess.run(
            self.words(*words),
            env=self.surroundings(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=1500,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def semai(self, *words: str | Path) -> Ran:
        """Run a command that must succeed."""
        ran = self.try_semai(*words)
        assert ran.code == 0, f"semai {' '.join(map(str, words))} ended with {ran.code}:\n{ran.err}\n{ran.out}"
        return ran

    def refused(self, *words: str | Path, code: int, error: str) -> Ran:
        """Run a command that must be refused with this exit code and error, and must leave every file as it was."""
        before = self.picture()
        ran = self.try_semai(*words)
        assert (ran.code, ran.error) == (code, error), f"{ran.err}\n{ran.out}"
        assert changes(before, self.picture()) == {}
        return ran

    def begin(self, *words: str | Path) -> Running:
        """Start a command and return at once."""
        process = subprocess.Popen(
            self.words(*words),
            env=self.surroundings(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Running(process)

    def plan(self) -> dict[str, str]:
        """App -> step that apply would do."""
        return {step["app"]: step["step"] for step in self.semai("plan", "--json").json["steps"]}

    def apply_when_free(self) -> Ran:
        """Apply; while a host still finishes what a killed run began, wait as its message advises."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            ran = self.try_semai("apply", "--yes")
            if ran.code != 8 or time.monotonic() > ends:
                return ran

    def receipts(self) -> dict[str, dict[str, Any]]:
        """App -> the receipt that lies on the host."""
        return {path.stem: json.loads(path.read_text()) for path in sorted(self.root.glob("receipts/*.json"))}

    def doubts(self, doctor: Ran | None = None) -> list[str]:
        """Return what the doctor complains of, but that no backup was made yet, and only on this machine."""
        findings = (doctor or self.semai("doctor", "--json")).json["findings"]
        told = [finding["code"] for finding in findings if finding["severity"] != "ok"]
        return [code for code in told if code not in ("backup-missing", "backup-local")]

    def opened(self, app: str) -> dict[str, Any]:
        return dict(self.semai("open", app, "--show-login", "--json").json)

    def picture(self) -> dict[str, str]:
        """Path -> digest of every file of the inventory and the root that should stay when nothing happens."""
        found: dict[str, str] = {}
        for top in (self.inventory, self.root):
            for path, status in files_below(top):
                name = str(path.relative_to(self.folder))
                if not RESTLESS.search(name):
                    found[name] = f"{status.st_mode:o} {_print_of(path, status)}"
        return found

    def edit_region(self, head_name: str) -> None:
        """Give the region another head, the way a person edits the file."""
        text = self.region_file.read_text(encoding="utf-8")
        edited = re.sub(r"(?m)^  head_name: .*$", f"  head_name: {head_name}", text, count=1)
        assert edited != text
        self.region_file.write_text(edited, encoding="utf-8")


class Running:
    """A semai at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, text: str) -> None:
        """Read what it says until a line holds `text`; a command that stays silent is killed."""
        assert self.process.stdout is not None
        silence = threading.Timer(SILENCE_SECONDS, self.process.kill)
        silence.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line.rstrip())
                if text in line:
                    return
        finally:
            silence.cancel()
        raise AssertionError(f"it ended without saying {text!r}:\n" + "\n".join(self.lines))

    def stop(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        assert self.process.stdout is not None
        self.lines += [line.rstrip() for line in self.process.stdout]
        self.process.stdout.close()
        return self.process.wait(timeout=PATIENCE_SECONDS)


def files_below(top: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every file and link below a folder with its figures."""
    waiting = [top] if top.is_dir() else []
    while waiting:
        for entry in sorted(waiting.pop().iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                waiting.append(entry)
            else:
                yield entry, entry.lstat()


def _print_of(path: Path, status: os.stat_result) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if "/releases/" in str(path) or "/store/" in str(path):  # ten thousand files that are written once
        return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "special"


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Return path -> gone, new or changed."""
    found = {path: "gone" for path in before.keys() - after.keys()}
    found |= {path: "new" for path in after.keys() - before.keys()}
    found |= {path: "changed" for path in before.keys() & after.keys() if before[path] != after[path]}
    return dict(sorted(found.items()))


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of processes that were started from, or stand in, a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            places = [line, str((entry / "cwd").readlink()), str((entry / "exe").readlink())]
            if any(str(folder) in place for place in places):
                found.append(f"{entry.name} {line}")
    return found


def is_free(address: str) -> bool:
    """Tell whether a service could listen at an address such as http://127.0.0.1:8101."""
    host, _, port = address.rpartition("/")[2].partition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            return False
    return True


def health(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
        return dict(json.load(answer))


def serves(address: str) -> bool:
    """Tell whether an app is up and its login page is there."""
    if health(address)["database"] != "ok":
        return False
    with urllib.request.urlopen(f"{address}/masuk/", timeout=20) as page:
        return page.status == 200 and b"<h1>" in page.read()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"waited {seconds:g} s in vain until {what}"
        time.sleep(0.05)


def run(words: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, words))}:\n{done.stdout}\n{done.stderr}"
    return done
