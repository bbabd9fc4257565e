"""The system user of each app (`semai-<app>`), on hosts where the tool runs as root and systemd keeps the services.

Made with useradd: no password, no login, no home of its own. Making and removing may be repeated after a crash.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import HostError

LONGEST_NAME = 32  # of a user, by the kernel's and useradd's rules
_NUMBERS = range(400, 900)  # of system users; Debian gives them from 100 upwards and from 999 downwards
_NOLOGIN = "/usr/sbin/nologin"
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_SECONDS = 60.0


@dataclass(frozen=True)
class Account:
    """A user with the group of the same name."""

    name: str
    uid: int
    gid: int

    @property
    def owner(self) -> tuple[int, int]:
        return self.uid, self.gid


def name_of(app: str) -> str:
    """Return the user's name; of a long app name the end becomes a digest."""
    name = f"semai-{app}"
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(app.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9].rstrip('-')}-{mark}"


def find(app: str) -> Account | None:
    """Return the app's account when user and group are there."""
    try:
        user, group = pwd.getpwnam(name_of(app)), grp.getgrnam(name_of(app))
    except KeyError:
        return None
    return Account(user.pw_name, user.pw_uid, group.gr_gid)


def ensure(app: str, home: Path) -> Account:
    """Return the app's account; make what is missing of it."""
    found = find(app)
    if found:
        return found
    name = name_of(app)
    number = str(_free_number(name))
    if not _has_group(name):
        _run("groupadd", "--system", "--gid", number, name)
    if not _has_user(name):
        _run(
            "useradd", "--system", "--uid", number, "--gid", name, "--no-create-home", "--home-dir", str(home),
            "--shell", _NOLOGIN, "--comment", f"semai app {app}", name,
        )  # fmt: skip
    os.sync()
    found = find(app)
    if found is None:
        raise HostError("account-failed", f"the system user {name} could not be made")
    return found


def remove(app: str) -> None:
    """Remove user and group; missing ones are fine."""
    name = name_of(app)
    if _has_user(name):
        _run("userdel", name)
    if _has_group(name):
        _run("groupdel", name)


def _free_number(name: str) -> int:
    """Return a number that nobody has; hosts that share a folder of media arrive at the same one by the name."""
    begin = int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(_NUMBERS)
    taken = {user.pw_uid for user in pwd.getpwall()}
    taken |= {group.gr_gid for group in grp.getgrall() if group.gr_name != name}
    free: list[int] = [number for number in (*_NUMBERS[begin:], *_NUMBERS[:begin]) if number not in taken]
    if not free:
        raise HostError("account-failed", f"the system user {name} could not be made")
    return free[0]


def _has_user(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _has_group(name: str) -> bool:
    try:
        return bool(grp.getgrnam(name))
    except KeyError:
        return False


def _run(program: str, *words: str) -> None:
    found = shutil.which(program, path=_PATH)
    if found is None:
        raise HostError("account-failed", f"this host has no {program}")
    ended = subprocess.run(
        [found, *words], env={"PATH": _PATH, "LC_ALL": "C"}, capture_output=True, text=True, timeout=_SECONDS
    )
    if ended.returncode != 0:
        raise HostError(
            "account-failed", f"{program} refuses {words[-1]}: {(ended.stderr or ended.stdout).strip()}"
        )
