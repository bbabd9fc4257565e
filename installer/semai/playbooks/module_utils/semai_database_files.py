"""Files and units of a database server: compared, written atomically, put back; its unit waits for the network."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.semai_platform_refusal import Refusal

PUT_BACK = "the former settings hold again"
_COMPLAINT = re.compile(r"\bERROR\b|\bFATAL\b")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
AFTER_NETWORK = """# Written by semai: the addresses to listen on must be there first.
[Unit]
Wants=network-online.target
After=network-online.target
"""


@dataclass(frozen=True)
class File:
    """A file as it shall be; empty content means that it is not there."""

    path: Path
    content: str
    mode: int = 0o644
    owner: str = "root"

    def write(self, content: str) -> None:
        """Write `content` there atomically and fsynced, or take the file away."""
        if not content:
            self.path.unlink(missing_ok=True)
            return
        user = pwd.getpwnam(self.owner)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".semai-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                os.fchown(stream.fileno(), user.pw_uid, user.pw_gid)
                os.fchmod(stream.fileno(), self.mode)
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def boot_order(unit: str, listen: Sequence[str]) -> File:
    """Return the drop-in that makes a unit wait for the network when it listens there."""
    return File(Path("/etc/systemd/system") / f"{unit}.d" / "semai.conf", AFTER_NETWORK if listen else "")


@dataclass(frozen=True)
class Written:
    """Files that differ, with what they held; `put_back` undoes the writing."""

    before: tuple[tuple[File, str], ...]

    @classmethod
    def compare(cls, files: Sequence[File]) -> Written:
        """Return those of `files` whose content differs."""
        found = ((file, text_of(file.path)) for file in files)
        return cls(tuple((file, before) for file, before in found if before != file.content))

    @property
    def actions(self) -> list[str]:
        return [f"{'write' if file.content else 'delete'} {file.path}" for file, _ in self.before]

    @property
    def diff(self) -> list[dict[str, str]]:
        return [
            {
                "before_header": str(file.path),
                "after_header": str(file.path),
                "before": before,
                "after": file.content,
            }
            for file, before in self.before
        ]

    def write(self) -> None:
        """Write them all."""
        for file, _ in self.before:
            file.write(file.content)
        self._reload_units()

    def put_back(self) -> None:
        """Give them their former contents."""
        for file, before in self.before:
            file.write(before)
        self._reload_units()

    def _reload_units(self) -> None:
        if any("systemd" in file.path.parts for file, _ in self.before):
            systemctl("daemon-reload")


def text_of(path: Path) -> str:
    """Return a file's content, empty when it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def systemctl(verb: str, unit: str = "") -> None:
    """Run systemctl; raises Refusal with what the unit itself complained about, else with systemctl's complaint."""
    words = ["systemctl", verb, *([unit] if unit else [])]
    since = f"@{int(time.time())}"  # rounded down: a unit may fail within the second it was asked in
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if ran.returncode:
        said = complaints(unit, since) or ran.stderr.strip()[-800:]
        hint = PUT_BACK if verb in ("restart", "reload") else ""
        raise Refusal("database-refused", f"{unit or 'systemd'} did not {verb}: {said}", hint)


def complaints(unit: str, since: str) -> str:
    """Return the errors a unit wrote since then, in one line."""
    subprocess.run(["journalctl", "--sync"], capture_output=True, check=False, env=ENVIRONMENT)
    words = ["journalctl", "--no-pager", "-q", "-o", "cat", "-u", unit, "--since", since]
    said = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT).stdout
    lines = [line.strip() for line in said.splitlines() if _COMPLAINT.search(line)]
    return "; ".join(dict.fromkeys(lines))[-800:]


def active(unit: str) -> bool:
    """Tell whether a unit runs."""
    return subprocess.run(["systemctl", "is-active", "-q", unit], check=False, env=ENVIRONMENT).returncode == 0
