"""Runs of the host tool: each goes on in a session of its own whoever asked for it, and tells how it goes in files.

They lie below the root's journal folder and go once somebody was told how the run ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.module_utils.semai_host.errors import HostError

REFUSED = 7  # the host tool's exit code when it touched nothing
UNWELL = 7  # the command line's exit code for a host that cannot say how things are
# Verbs that report events.
BACKUP_CHANGERS = tuple(["backup", action] for action in ("create", "verify", "forget", "restore", "drill"))
CHANGERS = ("activate", "configure", "rollback", "remove", "service", "maintenance", "abort", "recover")
ENDINGS = (".request", ".report", ".code", ".pid")  # what a run's controller takes away once it knows the outcome
KEPT_SECONDS = 24 * 3600.0  # longer than any controller asks for one
SETTLE_SECONDS = 2.0  # news often come in groups; one answer for a group saves round trips of 300 kB


class Paths:
    """The files of one run below the root's journal folder."""

    def __init__(self, root: Path, run: str) -> None:
        journal = root / "journal"
        self.request, self.events = journal / f"{run}.request", journal / f"{run}.events"
        self.report, self.code, self.pid = (
            journal / f"{run}.report",
            journal / f"{run}.code",
            journal / f"{run}.pid",
        )

    def forget(self) -> None:
        """Delete all but the events, which the host tool keeps a while; without a pid, the run was answered for."""
        for path in (self.pid, self.request, self.report, self.code):
            path.unlink(missing_ok=True)


def interpreter() -> str:
    """Return the Python behind the virtual environment this may run in; hosts keep it when that is gone."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def forget_unclaimed(journal: Path) -> None:
    """Delete what is left of runs whose controller died before it knew their outcome, none of one that goes on."""
    old = time.time() - KEPT_SECONDS
    for path in [path for path in journal.glob("*") if path.suffix in ENDINGS]:
        with suppress(OSError):  # another controller's run is just over
            if path.stat().st_mtime < old and not at_work(path.with_suffix(".pid")):
                path.unlink()


def begun(root: Path, attempt: str) -> str:
    """Return the run that this attempt has begun, empty when there is none."""
    found = sorted((root / "journal").glob(f"*-{attempt}.*")) if attempt else []
    return next((path.stem for path in found if path.suffix in (".events", ".report")), "")


def begin(
    root: Path, run: str, words: list[str], request: dict[str, Any] | None, by: str = "", other: Path | None = None
) -> None:
    """Start the host tool in a session of its own; a waiting parent there writes its exit code down.

    `other` is a folder that is deleted when the tool has ended.
    """
    paths = Paths(root, run)
    paths.request.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    forget_unclaimed(paths.request.parent)
    if request is not None:
        paths.request.write_text(json.dumps(request))
        paths.request.chmod(0o600)
        words = [*words, str(paths.request)]
    verb = 2 if words[0] == "backup" else 1  # it takes two words to name it
    changes = words[0] in CHANGERS or words[:2] in BACKUP_CHANGERS
    named = ["--run", run, *(["--by", by] if by else [])] if changes else []
    words = [*words, "--from", str(other)] if other else words
    tool = [interpreter(), str(root / "bin" / "semai-host"), "--root", str(root)]
    command = [*tool, *words[:verb], *named, *words[verb:]]
    paths.pid.touch()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            follow_to_the_end(command, paths, other)
        os._exit(0)
    os.wait()


def follow_to_the_end(command: list[str], paths: Paths, other: Path | None) -> None:
    """Run `command`, delete the folder `other`, and write the exit code; never returns."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        paths.pid.write_text(str(os.getpid()))
        with paths.report.open("wb") as report:
            code = subprocess.run(command, stdin=null, stdout=report, stderr=null, check=False, cwd="/").returncode
        if other:
            shutil.rmtree(other, ignore_errors=True)
        temporary = paths.code.with_suffix(".code-new")
        temporary.write_text(str(code))
        temporary.replace(paths.code)
    finally:
        os._exit(code if 0 <= code < 256 else 1)


def news(root: Path, run: str, after: int, wait: float) -> dict[str, Any]:
    """Return events after the one numbered `after`, as soon as there are some or the run is over."""
    paths = Paths(root, run)
    until = time.monotonic() + wait
    settled = None
    while True:
        answered, over = not paths.pid.exists(), paths.code.exists()
        events = events_after(paths.events, after)
        if events and settled is None:
            settled = time.monotonic() + SETTLE_SECONDS
        now = time.monotonic()
        if answered:
            return {"run": run, "events": events, **told(paths)}
        if over:
            with suppress(FileNotFoundError):  # another question about it is being answered
                return {"run": run, "events": events, **outcome(root, paths)}
        if gone(paths):
            hint = "semai resume, which finishes or undoes what it was doing"
            killed = HostError("host-tool-killed", "the host tool was killed", hint)
            return {"run": run, "events": events, **failure(killed)}
        if now > until or (settled is not None and now > settled):
            return {"run": run, "events": events}
        time.sleep(0.02)


def events_after(path: Path, after: int) -> list[dict[str, Any]]:
    """Return the run's events numbered above `after`."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []
    return [event for event in map(json.loads, lines[after:]) if event.get("n", 0) > after]


def told(paths: Paths) -> dict[str, Any]:
    """Return the outcome of a run whose answer got lost with the line, as its last event has it."""
    for event in reversed(events_after(paths.events, 0)):
        if event.get("event") == "finished":
            report = event["result"] if "result" in event else {"error": event.get("error")}
            return result_of(int(event["exit"]), report)
    hint = "run this again: it says how things are"
    return failure(HostError("host-answer-lost", "the answer of the host tool got lost", hint))


def failure(error: HostError) -> dict[str, Any]:
    """Return a task's result for what this module itself finds wrong, in the form of the tool's own errors."""
    return {"failed": True, "msg": error.message, "semai_error": {**error.report(), "exit_code": UNWELL}}


def gone(paths: Paths) -> bool:
    """Tell whether the process that would write the exit code has died without doing so."""
    return paths.pid.exists() and not at_work(paths.pid) and not paths.code.exists()


def at_work(path: Path) -> bool:
    """Tell whether the process named in a file runs; one that is just writing its name there does."""
    try:
        pid = int(path.read_text() or "0")
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return not pid or Path(f"/proc/{pid}").exists()


def outcome(root: Path, paths: Paths) -> dict[str, Any]:
    """Return how a finished run ended, and tidy up after it."""
    code = int(paths.code.read_text())
    printed = paths.report.read_text(encoding="utf-8")
    try:
        report = json.loads(printed)
    except ValueError:
        report = {"error": {"code": "host-tool-broken", "message": printed.strip()[-500:] or "it said nothing"}}
    if code == REFUSED:
        unstage(root, paths)
    paths.forget()
    return result_of(code, report)


def result_of(code: int, report: dict[str, Any]) -> dict[str, Any]:
    """Return a task's result for what the host tool answered."""
    result = {"report": report, "code": code, "changed": bool(report.get("changed", True))}
    if code:
        error = report.get("error") or {"code": "host-tool-failed", "message": f"exit code {code}"}
        result.update(failed=True, msg=error.get("message", ""), semai_error={**error, "exit_code": code})
    return result


def unstage(root: Path, paths: Paths) -> None:
    """Take away what was staged for a run the host refused: it holds secrets, and nothing shall have changed."""
    if not paths.request.exists():
        return
    app = root / "apps" / str(json.loads(paths.request.read_text(encoding="utf-8"))["name"])
    shutil.rmtree(app / "staged", ignore_errors=True)
    with suppress(OSError):  # an app that is there keeps its folder
        app.rmdir()
