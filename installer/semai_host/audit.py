"""`<root>/audit.log`: one JSON line for every run that began, appended, fsynced, never rewritten or rotated.

A power cut may tear the last line; the next one starts on a line of its own, and a torn line is shown as such.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from . import host_facts
from .events import utc

Line = dict[str, Any]


class Account:
    """What will be written of one run, begun now."""

    def __init__(self, path: Path, verb: str, app: str, run: str, by: str = "") -> None:
        self._path, self._began = path, time.monotonic()
        self._line: Line = {"time": utc(), "by": by or acting(), "verb": verb, "app": app, "run": run}
        self._line["origin"] = origin()

    def close(self, result: str, answer: Line) -> None:
        """Write the line: `result` is done or an error's code; raises OSError."""
        seconds = round(time.monotonic() - self._began, 2)
        told = {"from": answer.get("previous"), "to": answer.get("version"), "result": result, "seconds": seconds}
        append(self._path, {**self._line, **told, "changed": bool(answer.get("changed", True))})


def acting() -> str:
    """Return the user behind this process; who called sudo when somebody did."""
    return os.environ.get("SUDO_USER") or host_facts.user_name()


def origin() -> str:
    """Return where the run came from: an ssh client's address, systemd (a timer, the boot), or this machine."""
    client = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    if client:
        return f"ssh {client}"
    return "systemd" if os.environ.get("INVOCATION_ID") else "local"


def append(path: Path, line: Line) -> None:
    """Add a line and flush it to the disk; raises OSError."""
    text = json.dumps(line, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if torn else "") + text).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, app: str = "", since: str = "") -> list[Line]:
    """Return the lines about `app` (all without it) from `since` on, oldest first; torn ones as {"torn": text}."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in map(_line, lines) if _is_wanted(line, app, since)]


def _line(text: str) -> Line:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) and isinstance(line.get("time"), str) else {"torn": text[:200]}


def _is_wanted(line: Line, app: str, since: str) -> bool:
    apps = ("", *str(line.get("app", "")).split())  # a run of several apps names all, with a blank between them
    return "torn" in line or (line["time"] >= since and app in apps)
