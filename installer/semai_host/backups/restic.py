"""The engine restic: encrypted, stores what changed only. Password and keys reach it by its environment.

A set is a snapshot with its name as a tag; the tag `verified` is what makes it listed.
"""

from __future__ import annotations

import json
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .. import durable
from ..errors import HostError, Refused
from .engine import SET, Stored
from .settings import KNOWN_HOSTS, S3, SFTP, SSH_KEY, Settings

PROGRAM = "/usr/bin/restic"
_TAG, _VERIFIED, _DAMAGED = "semai", "verified", "damaged"
_CONNECT_SECONDS = 20
_SSH_FAILED = 255  # ssh's own exit code; others are of what it ran
UNREACHABLE_HINT = "check network and address, then try again"
_PREFIX = {SFTP: "sftp:", S3: "s3:"}


class Restic:
    """A restic repository."""

    name = "restic"
    encrypted = True
    shares = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.host = platform.node()

    def prepare(self) -> None:
        if not self._is_there():
            if self.settings.is_folder:
                durable.make_folder(Path(self.settings.location), 0o700)
            self._run("init")
        self._run("unlock")  # takes away locks of dead processes only
        self.check()
        own = [shot for shot in self._snapshots() if shot["hostname"] == self.host]
        left = [shot["id"] for shot in own if not {_VERIFIED, _DAMAGED} & set(shot["tags"])]
        if left:
            self._run("forget", *left)

    def store(self, stored: Stored, folder: Path) -> None:
        tags = [_TAG, stored.set, f"bytes={stored.bytes}", *(f"app={name}" for name in stored.apps)]
        tags += [f"laid={stored.laid}"]
        if stored.whole:
            tags += [f"whole={stored.whole}", *(f"whole-app={name}" for name in stored.whole_apps)]
        words = [word for tag in tags for word in ("--tag", tag)]
        self._run("backup", "--quiet", "--host", self.host, *words, folder.name, at=folder.parent)

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        shot = self._snapshot(name)
        with tempfile.TemporaryFile() as said:
            words = [PROGRAM, *self._options, "dump", "--archive", "tar", shot["id"], "/"]
            program = subprocess.Popen(words, env=self._environment, stdout=subprocess.PIPE, stderr=said)
            assert program.stdout is not None
            try:
                yield program.stdout
                while program.stdout.read(1 << 20):
                    pass
            except BaseException:
                program.kill()
                raise
            finally:
                program.stdout.close()
                code = program.wait()
            if code:
                said.seek(0)
                failure = self._failed(said.read())
                self._is_there()  # one that cannot be reached says nothing about the set
                raise HostError("set-damaged", failure.message, failure.hint)

    def part(self, name: str, path: str) -> bytes:
        return self._run("dump", self._snapshot(name)["id"], f"/{name}/{path}")

    def confirm(self, name: str) -> None:
        self._run("tag", "--add", _VERIFIED, self._snapshot(name)["id"])

    def distrust(self, name: str) -> None:
        self._run("tag", "--remove", _VERIFIED, "--add", _DAMAGED, self._snapshot(name)["id"])

    def sets(self) -> list[Stored]:
        if not self._is_there():
            return []
        found = [_stored(shot["tags"]) for shot in self._snapshots() if _VERIFIED in shot["tags"]]
        return sorted((stored for stored in found if stored), key=lambda stored: stored.set)

    def check(self) -> None:
        try:
            self._run("check", "--quiet")
        except HostError as error:
            if error.code != "repository-failed":
                raise
            self._is_there()
            message = f"{self.settings.location} is damaged: {error.message}"
            raise HostError("repository-damaged", message, "restic rebuild-index") from error

    def forget(self, names: list[str]) -> None:
        known = [shot["id"] for shot in self._snapshots() if set(names) & set(shot["tags"])]
        if known:
            self._run("forget", "--prune", *known)

    def _is_there(self) -> bool:
        try:
            self._run("cat", "config")
        except HostError as error:
            if error.code == "repository-missing":
                return False
            raise
        return True

    def _snapshot(self, name: str) -> dict[str, Any]:
        for shot in self._snapshots():
            if name in shot["tags"]:
                return shot
        raise Refused("set-unknown", f"the repository has no set {name}", "semai-host backup list")

    def _snapshots(self) -> list[dict[str, Any]]:
        found = json.loads(self._run("snapshots", "--json", "--tag", _TAG)) or []
        return [{**shot, "tags": shot.get("tags") or []} for shot in found]

    @property
    def _environment(self) -> dict[str, str]:
        folder = self.settings.folder
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RESTIC_CACHE_DIR": str(folder / "cache"),
            **self.settings.secrets,
            "RESTIC_REPOSITORY": _PREFIX.get(self.settings.kind, "") + self.settings.location,
        }

    @property
    def _options(self) -> list[str]:
        """Return what every call is told: of a repository that is not ours not even a lock is written."""
        words = ["--no-lock"] if self.settings.foreign else []
        if self.settings.kind == SFTP:
            words += ["-o", f"sftp.command={shlex.join(_ssh(self.settings))}"]
        return words

    def _run(self, *words: str, at: Path | None = None) -> bytes:
        done = subprocess.run(
            [PROGRAM, *self._options, *words], env=self._environment, cwd=at, capture_output=True, check=False
        )
        if done.returncode:
            raise self._failed(done.stderr)
        return done.stdout

    def _failed(self, said: bytes) -> HostError:
        text = said.decode(errors="replace").strip()
        if "wrong password" in text:
            return Refused("repository-password", f"the password does not open {self.settings.location}")
        if "Is there a repository" in text:
            return Refused("repository-missing", f"there is no repository at {self.settings.location}")
        if "no space left" in text:
            return HostError("disk-full", f"no space left for {self.settings.location}", "free some space there")
        failure = HostError("repository-failed", f"restic: {text[-500:]}", "semai-host backup verify")
        return (self._broken_line() if self.settings.kind == SFTP else None) or failure

    def _broken_line(self) -> HostError | None:
        """Return why ssh does not get through, which restic does not always pass on; None when it does."""
        words, place = _ssh(self.settings), self.settings.location
        ran = subprocess.run(
            words, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        said = ran.stderr.decode(errors="replace").strip()
        if ran.returncode != _SSH_FAILED:
            return None
        if "Host key verification failed" in said:
            return Refused(
                "repository-stranger",
                f"the host key that answers at {place} is not the one in region.yml",
                "find out why before you write the new one: semai region check",
            )
        if "Permission denied (" in said:
            return Refused(
                "repository-closed", f"{place} does not accept the region's SSH key", "semai backup access sftp"
            )
        reason = said.splitlines()[-1] if said else "ssh said nothing"
        return Refused("repository-unreachable", f"{place} cannot be reached: {reason}", UNREACHABLE_HINT)


def _ssh(settings: Settings) -> list[str]:
    """Return how restic reaches a repository behind SFTP: with our key, at the host key that was pinned, or not."""
    folder, to = settings.folder, settings.location.partition(":")[0]
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(folder / KNOWN_HOSTS),
        "GlobalKnownHostsFile": "/dev/null",
        "ConnectTimeout": str(_CONNECT_SECONDS),
        "ServerAliveInterval": str(_CONNECT_SECONDS),
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    key = str(folder / SSH_KEY)
    return ["ssh", "-F", "/dev/null", "-i", key, *words, "-p", str(settings.port), to, "-s", "sftp"]


def available() -> bool:
    return shutil.which(PROGRAM) is not None


def _stored(tags: Sequence[str]) -> Stored | None:
    names = [tag for tag in tags if SET.fullmatch(tag)]
    sizes = [int(size) for size in _values(tags, "bytes") if size.isdigit()]
    if not names or not sizes:
        return None
    laid, whole = ("".join(_values(tags, key)[:1]) for key in ("laid", "whole"))
    return Stored(names[0], _values(tags, "app"), sizes[0], laid, whole, _values(tags, "whole-app"))


def _values(tags: Sequence[str], key: str) -> tuple[str, ...]:
    """Return what tags KEY=VALUE say of a key."""
    return tuple(tag[len(key) + 1 :] for tag in tags if tag.startswith(f"{key}="))
