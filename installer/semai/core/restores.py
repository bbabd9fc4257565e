"""What a host says of bringing a backup back: what is lost, whether it can be done, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from semai.core.backups import StoredSet, repository, ssh_files
from semai.core.catalog import Wire
from semai.core.points import Loss, Why
from semai.core.region import SSH_PORT, Backup
from semai.core.region_checks import region_problems
from semai.errors import InvalidInput
from semai.messages import N_, translate

LATEST = "latest"
REPOSITORY_KEY = "RESTIC_PASSWORD"
S3_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class AppReturn(Wire):
    """What restoring one app would undo; `bytes` are those of its part of the set."""

    app: str
    version: str
    set_version: str
    possible: bool
    why: Why | None = None
    differences: tuple[Loss, ...] = ()
    compared: str = ""  # why rows could not be counted
    bytes: int = 0
    seconds: float | None = None  # what the last restore took


class SetReturn(Wire):
    """What restoring a set on a host would undo; `elsewhere` are its apps that are not installed there."""

    set: str
    engine: str
    encrypted: bool
    moment: str
    age_hours: float
    apps: tuple[AppReturn, ...]
    elsewhere: tuple[str, ...] = ()


class RestoredApp(Wire):
    """What an app serves now, and where the data of before are kept."""

    version: str
    restore_point: str | None = None


class RestoredSet(Wire):
    """What came of a restore."""

    set: str
    apps: Mapping[str, RestoredApp]
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = {}


@dataclass(frozen=True)
class OtherRepository:
    """Another region's or host's repository and what opens it; never shown."""

    kind: str
    location: str
    secrets: Mapping[str, str] = field(repr=False)
    port: int = SSH_PORT
    host_key: str = ""

    def told(self) -> dict[str, Any]:
        """Return what a host is told for one run: backup.json, env, and with SFTP the files for it.

        The SSH key is the region's own, as a reference to its vault.
        """
        return {
            "configuration": {"schema": 1, "repository": repository(self.kind, self.location, self.port)},
            "secrets": dict(self.secrets),
            "files": ssh_files(self.location, self.port, self.host_key) if self.kind == "sftp" else {},
        }


def other_repository(
    kind: str, location: str, keys: Mapping[str, str], port: int = SSH_PORT, host_key: str = ""
) -> OtherRepository:
    """Return the repository at `location`; raises InvalidInput `other-repository` when that cannot be one."""
    said: dict[str, Any] = {"kind": kind, "location": location, "port": port, "host_key": host_key}
    reasons = [translate(problem.message, **problem.fields) for problem in region_problems({"backup": said})]
    try:
        Backup.model_validate(said)
    except ValidationError as error:
        reasons += [found["msg"] for found in error.errors(include_url=False)]
    if reasons or not location:
        raise InvalidInput(
            "other-repository",
            "{location} is no place of backups of the kind {kind}",
            hint="semai backup list --help",
            details=reasons,
            location=location or "''",
            kind=kind,
        )
    return OtherRepository(kind, location, keys, port, host_key)


def keys_in(text: str, kind: str) -> dict[str, str]:
    """Return what opens a repository of this kind from the content of a file.

    That is the password alone in one line; for S3 three lines NAME=VALUE. Raises InvalidInput `key-file-form`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind != "s3" and len(lines) == 1:
        return {REPOSITORY_KEY: lines[0]}
    pairs = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    if kind == "s3" and set(pairs) == {REPOSITORY_KEY, *S3_KEYS} and all(pairs.values()):
        return pairs
    names = ", ".join((REPOSITORY_KEY, *S3_KEYS))
    raise InvalidInput(
        "key-file-form",
        "the file must hold {what}",
        what=names if kind == "s3" else translate(N_("the key of the other repository in one line")),
    )


def chosen(name: str, apps: Sequence[str], sets: Iterable[StoredSet]) -> StoredSet:
    """Return the set called `name`, or with `latest` the newest that holds all of `apps`.

    Raises InvalidInput (`no-such-set`; `set-ambiguous` when the newest of all would be that of some apps only).
    """
    found = list(sets)
    if name != LATEST:
        for stored in found:
            if stored.set == name:
                return stored
        raise InvalidInput("no-such-set", "no host has a backup {name}", hint="semai backup list", name=name)
    fitting = sorted((s for s in found if {*apps} <= {*s.apps}), key=lambda s: s.moment)
    if not fitting:
        raise InvalidInput(
            "no-set-of-apps",
            "there is no backup that holds {apps}",
            hint="semai backup list",
            apps=", ".join(apps) or "-",
        )
    groups = {tuple(sorted(stored.apps)) for stored in fitting}
    if not apps and len(groups) > 1:
        raise InvalidInput(
            "set-ambiguous",
            "the newest backup holds some apps only; say which ones: {groups}",
            hint="semai backup restore latest --app {first}",
            groups="; ".join(sorted(", ".join(group) for group in groups)),
            first=fitting[-1].apps[0],
        )
    return fitting[-1]
