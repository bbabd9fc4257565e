"""Measures of the machine itself: processor, memory, disks, release, clock service, rights. Reads only."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

_TIME_SERVICES = ("systemd-timesyncd", "chrony", "chronyd", "ntpsec", "ntp", "ntpd", "openntpd")
_SERVICES = ("nginx", "apache2", "lighttpd", "caddy", "mysql", "mariadb", "postgresql", "docker", "supervisor")
_CONTAINERS = ("systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "openvz", "container-other", "wsl")


def read(path: str) -> str:
    """Return a small file's text, empty when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def said_by(*words: str, seconds: float = 15) -> tuple[int, str]:
    """Return exit code and output of a program; 127 when it is not there, 124 when it takes too long."""
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin",
    }
    try:
        ended = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return 124, ""
    except OSError:
        return 127, ""
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


def release() -> dict[str, str]:
    """Return what /etc/os-release says."""
    found = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', read("/etc/os-release"), re.MULTILINE))
    return {
        "id": found.get("ID", ""),
        "version_id": found.get("VERSION_ID", ""),
        "name": found.get("PRETTY_NAME", ""),
        "codename": found.get("VERSION_CODENAME", ""),
    }


def memory() -> dict[str, int]:
    """Return sizes in MB."""
    sizes = {name: int(kb) // 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB", read("/proc/meminfo"), re.M)}
    return {
        "memory_mb": sizes.get("MemTotal", 0),
        "memory_free_mb": sizes.get("MemAvailable", 0),
        "swap_mb": sizes.get("SwapTotal", 0),
    }


def filesystems(root: str) -> list[dict[str, Any]]:
    """Return room and inodes of the file systems that matter, each place with the device it lies on."""
    places: list[dict[str, Any]] = []
    for path in ("/", "/var", "/var/lib", "/srv", "/boot", "/tmp", root):
        existing = path
        while not os.path.lexists(existing):
            existing = os.path.dirname(existing)
        try:
            found, device = os.statvfs(existing), os.stat(existing).st_dev
        except OSError:
            continue
        entry = {
            "path": path,
            "device": device,
            "total_mb": found.f_blocks * found.f_frsize >> 20,
            "free_mb": found.f_bavail * found.f_frsize >> 20,
            "inodes": found.f_files,
            "inodes_free": found.f_favail,
            "read_only": bool(found.f_flag & os.ST_RDONLY),
        }
        if path not in [known["path"] for known in places]:
            places.append(entry)
    return places


def virtualisation() -> dict[str, Any]:
    """Return the kind of machine: empty name for real iron."""
    _, text = said_by("systemd-detect-virt")
    kind = text.strip().splitlines()[0] if text.strip() else ""
    kind = "" if kind == "none" else kind
    return {"virtualisation": kind, "container": kind in _CONTAINERS}


def _active(names: tuple[str, ...]) -> dict[str, str]:
    _, text = said_by("systemctl", "is-active", *names)
    states = text.split()
    return dict(zip(names, states)) if len(states) == len(names) else {}  # noqa: B905 - hosts may run Python 3.9


def services() -> dict[str, str]:
    """Return the state of programs that could stand in the way."""
    return {
        name: state for name, state in _active(_SERVICES).items() if state in ("active", "activating", "failed")
    }


def clock() -> dict[str, Any]:
    """Return the time zone, who keeps the clock and whether it is kept; None when that cannot be told."""
    running = [name for name, state in _active(_TIME_SERVICES).items() if state == "active"]
    code, text = said_by("timedatectl", "show", "--property=NTPSynchronized", "--property=Timezone", seconds=8)
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line) if code == 0 else {}
    synchronised = found.get("NTPSynchronized")
    zone = found.get("Timezone") or read("/etc/timezone").strip()
    return {
        "zone": zone,
        "service": running[0] if running else "",
        "synchronised": None if synchronised is None else synchronised == "yes",
    }


def newest_kernel() -> str:
    """Return the newest kernel that is installed, empty when none is (a container)."""
    try:
        names = [name[8:] for name in os.listdir("/boot") if name.startswith("vmlinuz-")]
    except OSError:
        names = []
    numbered = [([int(part) for part in re.findall(r"\d+", name)], name) for name in names]
    return max(numbered)[1] if numbered else ""


def reboot(container: bool) -> dict[str, Any]:
    """Tell whether the machine waits for a restart."""
    marked = os.path.exists("/run/reboot-required") or os.path.exists("/var/run/reboot-required")
    installed = "" if container else newest_kernel()
    return {
        "required": marked or bool(installed and installed != platform.release()),
        "packages": sorted(set(read("/run/reboot-required.pkgs").split())),
        "kernel": installed,
    }


def sudo() -> dict[str, str]:
    """Return how this user becomes the administrator: root, works, password, refused or missing."""
    if os.geteuid() == 0:
        return {"state": "root", "said": ""}
    code, text = said_by("sudo", "-n", "true", seconds=20)
    said = text.strip()[-200:]
    if code == 0:
        return {"state": "works", "said": ""}
    if code == 127 and not said:
        return {"state": "missing", "said": ""}
    return {"state": "password" if "password is required" in said else "refused", "said": said}


def protection() -> dict[str, Any]:
    """Return what guards the machine beside the usual rights."""
    enforce = read("/sys/fs/selinux/enforce").strip()
    selinux = {"1": "enforcing", "0": "permissive"}.get(enforce, "absent")
    return {"selinux": selinux, "apparmor": read("/sys/module/apparmor/parameters/enabled").strip() == "Y"}


def processor() -> dict[str, Any]:
    """Return how many processors this machine may use, and their name."""
    found = re.search(r"^model name\s*:\s*(.+)$", read("/proc/cpuinfo"), re.MULTILINE)
    return {"cpus": len(os.sched_getaffinity(0)), "cpu_model": found.group(1) if found else ""}
