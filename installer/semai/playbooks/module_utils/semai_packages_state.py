"""What dpkg and apt say on this host: read without touching anything, and refused where they are not in order."""

from __future__ import annotations

import fcntl
import re
import shutil
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ansible.module_utils.semai_platform_refusal import Refusal, first_line, run

STATUS = Path("/var/lib/dpkg/status")
LOCKS = (Path("/var/lib/dpkg/lock-frontend"), Path("/var/lib/dpkg/lock"), Path("/var/lib/apt/lists/lock"))
_SPARE_MB = 20  # dpkg's own files, and logs meanwhile
_GOOD = ("installed", "config-files", "not-installed")
_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, pid


def states(text: str) -> dict[str, str]:
    """Return {package: state} of a dpkg status file; of several architectures an installed one counts."""
    found: dict[str, str] = {}
    for paragraph in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if name := fields.get("Package"):
            state = fields.get("Status", "").rpartition(" ")[2]
            if found.get(name) != "installed":
                found[name] = state
    return found


def check_dpkg(found: Mapping[str, str]) -> None:
    """Refuse packages that an interrupted dpkg left half done."""
    broken = sorted(name for name, state in found.items() if state not in _GOOD)
    if broken:
        told = ", ".join(f"{name} ({found[name]})" for name in broken)
        raise Refusal(
            "dpkg-broken",
            f"dpkg was interrupted on this host and left behind: {told}",
            "on the host: dpkg --configure -a && apt-get --fix-broken install",
        )


def lacking(wanted: Iterable[str], found: Mapping[str, str]) -> list[str]:
    """Return what is to be installed; `one|other` is content with either and asks for the first."""
    choices = [entry.split("|") for entry in wanted]
    missing = [names[0] for names in choices if not any(found.get(name) == "installed" for name in names)]
    return sorted(set(missing))


def lock_holder(path: Path) -> int:
    """Return the process that holds a lock of dpkg or apt, 0 when nobody does."""
    if not path.exists():
        return 0
    with path.open("r+b") as stream:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
        answer = struct.unpack(_FLOCK, fcntl.fcntl(stream, fcntl.F_GETLK, asked))
    return 0 if answer[0] == fcntl.F_UNLCK else int(answer[4])


def wait_for_locks(seconds: float, locks: Sequence[Path] = LOCKS) -> None:
    """Return when nobody else installs packages; refuse when that takes too long."""
    end = time.monotonic() + seconds
    while pid := next((pid for pid in map(lock_holder, locks) if pid), 0):
        if time.monotonic() > end:
            name = _name(pid)
            raise Refusal(
                "dpkg-locked",
                f"{name} (pid {pid}) has been installing packages on this host for more than {seconds:.0f} s",
                f"wait until it ends, then apply again; look at it with: ps -fp {pid}",
            )
        time.sleep(min(1.0, seconds / 4))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "another program"


def check_known(wanted: Sequence[str], system: str) -> None:
    """Refuse packages that no source of this host offers."""
    said = run("apt-cache", "policy", *wanted).out
    offered: set[str] = set()
    name = ""
    for line in said.splitlines():
        if line and not line.startswith(" "):
            name = line.rstrip(":").partition(":")[0]
        elif line.strip().startswith("Candidate:") and "(none)" not in line:
            offered.add(name)
    if unknown := [entry for entry in wanted if entry not in offered]:
        raise Refusal(
            "package-unknown",
            f"no package source of this host ({system}) offers {', '.join(unknown)}",
            "look at the sources below /etc/apt; with a local repository, export it anew",
        )


def megabytes(text: str) -> int:
    """Return apt's `1,234 kB` or `12.3 MB` in megabytes, rounded up."""
    number, _, unit = text.replace(",", "").partition(" ")
    size = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}.get(unit, 1)
    return int(size / 1e6) + 1


def wanted_room(plan: str) -> dict[str, int]:
    """Return {folder: MB} of what apt says it is going to need."""
    size = r"([\d.,]+ [kMG]?B)"
    fetched = re.search(rf"Need to get (?:{size}/)?{size} of archives", plan)
    unpacked = re.search(rf"After this operation, {size} of additional disk space", plan)
    room = {"/var/cache/apt/archives": megabytes(fetched.group(1) or fetched.group(2)) if fetched else 0}
    if unpacked:
        room["/usr"] = megabytes(unpacked.group(1))
    return room


def check_room(room: Mapping[str, int]) -> None:
    """Refuse folders without the free space that is needed, those of one file system together."""
    needed: dict[int, int] = {}
    for folder, megabytes_wanted in room.items():
        if not megabytes_wanted:
            continue
        place = Path(folder)
        while not place.exists():
            place = place.parent
        device, free = place.stat().st_dev, shutil.disk_usage(place).free // 1_000_000
        needed[device] = needed.get(device, 0) + megabytes_wanted
        if free < (least := needed[device] + _SPARE_MB):
            raise Refusal(
                "disk-full",
                f"there is no room for packages: {folder} has {free} MB free, {least} MB are needed",
                "on the host: df -h /var /; apt-get clean",
            )


def explain(words: str) -> Refusal:
    """Return the refusal for what apt said when it failed."""
    if "enough free space" in words or "No space left on device" in words:
        said = first_line(words, ("enough free space", "No space left"))
        return Refusal(
            "disk-full", f"there is no room for packages: {said}", "on the host: df -h /var /; apt-get clean"
        )
    if any(
        mark in words
        for mark in ("NO_PUBKEY", "EXPKEYSIG", "BADSIG", "is not signed", "not valid yet", "KEYEXPIRED")
    ):
        said = first_line(
            words, ("NO_PUBKEY", "EXPKEYSIG", "BADSIG", "not valid yet", "is not signed", "KEYEXPIRED")
        )
        return Refusal(
            "repository-untrusted", f"a package source is not trusted: {said}", "check its key and the clock"
        )
    marks = (
        "Temporary failure resolving",
        "Could not connect",
        "Unable to connect",
        "Cannot initiate",
        "Failed to fetch",
    )
    if any(mark in words for mark in marks):
        said = first_line(words, marks)
        hint = "give the host a way to its package source, or bring the packages: semai export, common_repository"
        return Refusal("repository-unreachable", f"a package source does not answer: {said}", hint)
    return Refusal(
        "apt-failed",
        f"apt-get failed: {first_line(words, ('E: ', 'dpkg: error'))}",
        "on the host: apt-get -f install",
    )
