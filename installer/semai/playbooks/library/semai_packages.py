#!/usr/bin/python
"""Ansible module: Debian packages. dpkg is asked first, apt is started only when something is missing."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_packages_state import (
    STATUS,
    check_dpkg,
    check_known,
    check_room,
    explain,
    lacking,
    states,
    wait_for_locks,
    wanted_room,
)
from ansible.module_utils.semai_platform_refusal import Refusal, run

DOCUMENTATION = r"""
module: semai_packages
short_description: Install Debian packages
description:
  - Does nothing, and asks no network, when all packages are there.
  - Refuses a dpkg that was interrupted, a lock that is held, and names that no source offers.
options:
  names:
    description: Packages that must be installed; C(one|other) is content with either and installs the first.
    type: list
    elements: str
    default: []
  repository:
    description:
      - A mapping with C(path), a folder on the controller with Packages, Release, InRelease and C(*.deb), and
        C(key), a file there with the key that signed it (key.asc in the folder when left out). It becomes
        the only source.
      - An empty mapping gives the host its own sources back. Left out, nothing changes.
    type: dict
  files:
    description: Digests of the repository's files; set by the action plugin.
    type: dict
  archive:
    description: A tar on the host with the repository's missing files; set by the action plugin.
    type: path
  begin:
    description:
      - Refuse what must be refused, then let apt go on by itself, also when the line breaks. The next task with
        this module waits until its own packages are there, and installs what is missing still.
    type: bool
    default: false
  first:
    description: With O(begin), those of O(names) that somebody waits for; they come in a run of apt of their own.
    type: list
    elements: str
    default: []
  lock_seconds:
    description: How long to wait for somebody else who is installing packages.
    type: float
    default: 120.0
author: semai
"""

EXAMPLES = r"""
- name: Install nginx
  semai_packages:
    names: [nginx, openssl]
"""

RETURN = r"""
installed:
  description: The packages that were missing.
  returned: success
  type: list
  elements: str
begun:
  description: Whether apt goes on by itself.
  returned: success
  type: bool
missing:
  description: Files of the repository that the host lacks.
  returned: with a repository
  type: list
  elements: str
"""

REPOSITORY = Path("/var/lib/semai/repository")
KEY = Path("/etc/apt/keyrings/semai.asc")
SOURCES = Path("/etc/apt/semai.sources")
SETTING = Path("/etc/apt/apt.conf.d/60semai-repository")
FRESH = Path("/run/semai-apt-lists")  # which sources were asked since the boot
BUSY = Path("/run/semai-packages.lock")  # held while one of these tasks is at work
SOURCES_TEXT = f"Types: deb\nURIs: file:{REPOSITORY}\nSuites: ./\nSigned-By: {KEY}\n"
SETTING_TEXT = (
    f'// The local repository is the only source.\nDir::Etc::sourcelist "{SOURCES}";\nDir::Etc::sourceparts "-";\n'
)
LISTS_MB = 150  # apt-get update hangs for ever on a full disk
UPDATE_SECONDS = 600.0
NOTHING = {"installed": [], "begun": False, "changed": False, "missing": []}
OPTIONS = ("-q", "-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def differing(files: Mapping[str, str]) -> list[str]:
    """Return the files of the repository that the host lacks or has otherwise."""
    places = {name: KEY if name == "key.asc" else REPOSITORY / name for name in files}
    return sorted(name for name, place in places.items() if not place.is_file() or digest(place) != files[name])


def take(archive: Path, files: Mapping[str, str]) -> None:
    """Put the archive's files in place; what the repository no longer has goes."""
    for folder in (REPOSITORY, KEY.parent):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() and "/" not in member.name else None
            if member.name not in files or stream is None:
                raise Refusal("repository-broken", f"{member.name} does not belong into the repository")
            place = KEY if member.name == "key.asc" else REPOSITORY / member.name
            beside = place.with_name(f".{place.name}.partial")
            with beside.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
            beside.chmod(0o644)
            beside.replace(place)
    for path in REPOSITORY.iterdir():
        if path.name not in files:
            path.unlink()
    if wrong := differing(files):
        raise Refusal("repository-broken", f"{wrong[0]} of the repository did not arrive whole", "apply again")


def settle(wanted: bool, check: bool) -> bool:
    """Make the repository the only source, or give the host its own back; tell whether that changed anything."""
    texts = {SOURCES: SOURCES_TEXT, SETTING: SETTING_TEXT}
    changed = False
    for path, text in texts.items():
        found = path.read_text() if path.exists() else None
        if found == (text if wanted else None):
            continue
        changed = True
        if check:
            continue
        if wanted:
            path.write_text(text)
            path.chmod(0o644)
        else:
            path.unlink()
    if changed and not check:
        FRESH.unlink(missing_ok=True)
    if not wanted and not check:
        shutil.rmtree(REPOSITORY, ignore_errors=True)
        KEY.unlink(missing_ok=True)
    return changed


def refresh(stamp: str) -> None:
    """Read the package lists, which may be long out of date or missing."""
    check_room({"/var/lib/apt/lists": 0 if SETTING.exists() else LISTS_MB})
    said = run("apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any", seconds=UPDATE_SECONDS)
    if said.code:
        raise explain(said.err + said.out)
    FRESH.write_text(stamp)


def sources_stamp() -> str:
    """Return a text that changes with the package sources and with the content of the local repository."""
    texts = [p for p in (SOURCES, SETTING, REPOSITORY / "InRelease", Path("/etc/apt/sources.list")) if p.is_file()]
    texts += sorted(p for p in Path("/etc/apt/sources.list.d").glob("*") if p.is_file())
    return " ".join(f"{path}={digest(path)}" for path in texts)


def look(names: Sequence[str], system: str) -> bool:
    """Refuse what cannot be installed; tell whether the lists it was judged by were read before this run."""
    stamp = sources_stamp()
    known = FRESH.exists() and FRESH.read_text() == stamp
    if not known:
        refresh(stamp)
    check_known(names, system)
    check_room(wanted_room(run("apt-get", "install", "--no-install-recommends", "--assume-no", *names).out))
    return known


def install(names: Sequence[str], system: str) -> None:
    """Install packages; lists that were read since the boot are good enough unless they turn out not to be."""
    known = look(names, system)
    said = run("apt-get", "install", "--no-install-recommends", *OPTIONS, *names)
    if said.code and known and "Failed to fetch" in said.err:
        refresh(sources_stamp())
        said = run("apt-get", "install", "--no-install-recommends", *OPTIONS, *names)
    if said.code:
        raise explain(said.err + said.out)


def begin(names: Sequence[str], first: Sequence[str], system: str) -> None:
    """Let apt install in a session of its own; how it ends is seen by who waits for it."""
    look(names, system)
    if os.fork():
        os.wait()
        return
    try:
        os.setsid()
        if os.fork() == 0:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            for part in filter(None, (first, names)):
                run("apt-get", "install", "--no-install-recommends", *OPTIONS, *part)
    finally:
        os._exit(0)


@contextmanager
def alone(check: bool, enough: Callable[[], bool]) -> Iterator[bool]:
    """Wait for a task that was begun, or until it has brought enough: then it goes on, and False is given.

    What is begun inside keeps the next one waiting.
    """
    if check:
        yield True
        return
    descriptor = os.open(BUSY, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(descriptor, enough)
    finally:
        os.close(descriptor)  # one that was begun has it open too


def _taken(descriptor: int, enough: Callable[[], bool]) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if enough():
                return False
        time.sleep(0.1)


def arrived(params: Mapping[str, Any]) -> bool:
    """Tell whether there is nothing to wait for, while somebody else installs more."""
    return params["repository"] is None and not params["begin"] and not lacking(params["names"], present())


def present() -> dict[str, str]:
    """Return {package: state}."""
    found: dict[str, str] = states(STATUS.read_text(encoding="utf-8", errors="replace"))
    return found


def system_name() -> str:
    """Return the system's name for messages."""
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME=")), "Linux")


def perform(params: Mapping[str, Any], check: bool) -> dict[str, Any]:
    """Bring repository and packages; return the result."""
    found = present()
    check_dpkg(found)
    files, changed = params["files"] or {}, False
    if params["repository"] is not None:
        missing = differing(files)
        if missing and not params["archive"]:
            if not check:
                return {"missing": missing, "changed": True}
            changed = True
        elif missing:
            take(Path(params["archive"]), files)
            changed = True
        changed = settle(bool(params["repository"]), check) or changed
    absent = lacking(params["names"], found)
    if absent and not check:
        wait_for_locks(params["lock_seconds"])
        if params["begin"]:
            begin(absent, lacking(params["first"], found), system_name())
        else:
            install(absent, system_name())
    begun = bool(absent) and not check and params["begin"]
    return {"installed": absent, "begun": begun, "changed": changed or bool(absent), "missing": []}


def main() -> None:
    """Install what is missing."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "default": []},
            "repository": {"type": "dict"},
            "files": {"type": "dict"},
            "archive": {"type": "path"},
            "begin": {"type": "bool", "default": False},
            "first": {"type": "list", "elements": "str", "default": []},
            "lock_seconds": {"type": "float", "default": 120.0},
        },
        supports_check_mode=True,
    )
    try:
        with alone(module.check_mode, lambda: arrived(module.params)) as mine:
            result = perform(module.params, module.check_mode) if mine else NOTHING
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except OSError as error:
        module.fail_json(**explain(str(error)).result())
    module.exit_json(**result, invocation={})


if __name__ == "__main__":
    main()
