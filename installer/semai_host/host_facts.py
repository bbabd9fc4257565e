"""What the machine is: read from /proc and /etc/os-release, no command started."""

from __future__ import annotations

import os
import platform
import pwd
import socket
import sys
from pathlib import Path
from typing import Any

from .events import utc

_PAGE = os.sysconf("SC_PAGE_SIZE")


def collect() -> dict[str, Any]:
    """Return hostname, machine, Python, os, memory (MB), processors and the time in UTC."""
    memory = _fields(Path("/proc/meminfo"), ":")
    system = _fields(Path("/etc/os-release"), "=")
    return {
        "hostname": socket.gethostname(),
        "machine": platform.machine(),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "os": {key: system.get(key.upper(), "").strip('"') for key in ("id", "version_id", "name")},
        "memory_mb": _kilobytes(memory.get("MemTotal")) // 1024,
        "memory_free_mb": _kilobytes(memory.get("MemAvailable")) // 1024,
        "cpus": len(os.sched_getaffinity(0)),
        "time": utc(),
    }


def user_name() -> str:
    """Return the name of the user this process acts for."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def resident_mb(pid: int | None) -> int | None:
    """Return the resident memory of a process and all below it, in MB; None when it does not run."""
    if pid is None:
        return None
    family, children = [pid], _children()
    for member in family:
        family.extend(children.get(member, ()))
    pages = sum(_resident_pages(member) for member in family)
    return -(-pages * _PAGE // (1 << 20)) if pages else None


def _children() -> dict[int, list[int]]:
    """Return the children of every process."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


def _resident_pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0


def _fields(path: Path, separator: str) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(separator) for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _kilobytes(text: str | None) -> int:
    return int(text.split()[0]) if text else 0
