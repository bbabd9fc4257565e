"""The read-only system that machines start from: built once by mmdebstrap and kept by what it is made of."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.lab.commands import run

_PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "python3",
    "python3-apt",  # what Ansible's apt module works with
    "openssh-server",
    "iproute2",
    "ca-certificates",
    "sudo",
)
_MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer")  # they take dpkg's lock in the middle of a test
_RECIPE = 2  # raise when what `_prepare` does changes
_BUILD_SECONDS = 900


@dataclass(frozen=True)
class Recipe:
    """What an image is made of."""

    release: str = "bookworm"
    packages: tuple[str, ...] = _PACKAGES

    @property
    def key(self) -> str:
        """Return the name of the cache entry: release and digest of all that decides the content."""
        made_of = json.dumps([_RECIPE, _MASKED, asdict(self)])
        return f"{self.release}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"


DEBIAN_12 = Recipe("bookworm")
DEBIAN_13 = Recipe("trixie")


class Images:
    """The cached images below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, recipe: Recipe) -> Path:
        """Return the root folder of the image; builds it first when it is not there (about a minute, online)."""
        target = self._folder / recipe.key
        if not target.exists():
            with self._alone():
                if not target.exists():
                    self._build(recipe, target)
        return target

    def _build(self, recipe: Recipe, target: Path) -> None:
        for left in self._folder.glob("*.partial"):
            shutil.rmtree(left)
        partial = target.with_suffix(".partial")
        names = ",".join(recipe.packages)
        words = ("mmdebstrap", "--quiet", "--variant=minbase", f"--include={names}", recipe.release, str(partial))
        run(*words, timeout=_BUILD_SECONDS)
        _prepare(partial)
        partial.rename(target)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def _prepare(root: Path) -> None:
    """Take out what every machine must have of its own, and what would disturb tests."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/machine-id").write_text("")
    (root / "etc/dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n")  # no test cuts the power while dpkg works
    for unit in _MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
