"""Settings files and units that a module brings: what is done is said, and not done when it only checks."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.semai_platform_refusal import Refusal


class Settings:
    """One run: its actions in words, and the differences that may be shown."""

    def __init__(self, check: bool) -> None:
        self.check = check
        self.actions: list[str] = []
        self.diff: list[dict[str, str]] = []

    def act(self, what: str) -> bool:
        """Say what is done; return whether to do it."""
        self.actions.append(what)
        return not self.check

    def folder(self, path: Path, mode: int) -> None:
        """Make a folder of this user with this mode."""
        if path.is_dir():
            figures = path.stat()
            found = (stat.S_IMODE(figures.st_mode), figures.st_uid, figures.st_gid)
            if found == (mode, os.geteuid(), os.getegid()):
                return
        if self.act(f"make {path} {mode:04o}"):
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, os.geteuid(), os.getegid())
            path.chmod(mode)

    def text(self, path: Path, content: str, mode: int, shown: bool = True) -> bool:
        """Write a file, or take it away when it shall hold nothing; tell whether that changed it.

        A file that is not `shown` holds secrets: its difference is told nowhere.
        """
        try:
            found, rights = path.read_text(encoding="utf-8"), stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            found, rights = "", mode
        if (found, rights) == (content, mode):
            return False
        if shown:
            name = str(path)
            self.diff.append({"before_header": name, "after_header": name, "before": found, "after": content})
        if self.act(f"{'write' if content else 'delete'} {path}"):
            if content:
                written(path, content.encode(), mode)
            else:
                path.unlink()
        return True


def written(path: Path, content: bytes, mode: int) -> None:
    """Write a file atomically and fsynced; it may be in use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def systemctl(*words: str) -> None:
    """Run systemctl; raises Refusal with its complaint."""
    ran = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Refusal("unit-refused", f"systemd did not {' '.join(words)}: {ran.stderr.strip()[-500:]}")


def enabled(unit: str) -> bool:
    """Tell whether a unit starts at boot."""
    return subprocess.run(["systemctl", "is-enabled", "--quiet", unit], check=False).returncode == 0
