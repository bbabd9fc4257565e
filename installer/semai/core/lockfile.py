"""semai.lock: the exact releases a region runs, why each is there, and from which trusted catalogs they came.

JSON, sorted, two spaces, meant for git. The digest over everything else tells a half-written or edited lock from a
whole one; `previous` chains locks. Applying a lock needs neither a mentor nor a clock. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from packaging.version import Version
from pydantic import Field, ValidationError

from semai.core.catalog import AppKey, CanonicalVersion, Digest, Release, Specifier, Wire, digest_of, plain
from semai.core.region import AppKeyText, MentorId
from semai.errors import InvalidInput
from semai.messages import N_, translate


class LockedMentor(Wire):
    """The state of a mentor's catalog that was resolved from."""

    fingerprint: Digest
    url: str
    root_version: int = Field(ge=1)
    timestamp_version: int = Field(ge=1)
    index_sha256: Digest


class LockedApp(Wire):
    """One release with the reasons for it."""

    version: CanonicalVersion
    release_digest: Digest
    because: tuple[str, ...]
    release: Release


class LockedContract(Wire):
    """Who provides a contract to a consumer, in which version."""

    provider: AppKeyText
    version: CanonicalVersion


class Lock(Wire):
    """The whole lock; `digest` is over everything else in it."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    request: dict[AppKeyText, Specifier]
    mentors: dict[MentorId, LockedMentor]
    apps: dict[AppKeyText, LockedApp]
    contracts: dict[AppKeyText, dict[str, LockedContract]] = {}
    previous: Digest | None = None
    digest: str = ""

    @property
    def versions(self) -> dict[AppKey, str]:
        """Return the locked version per app."""
        return {AppKey.parse(text): app.version for text, app in self.apps.items()}


@dataclass(frozen=True)
class Difference:
    """One app that a new lock treats otherwise than the old; an empty version means not there."""

    app: str
    old: str
    new: str
    because: tuple[str, ...] = ()

    @property
    def is_downgrade(self) -> bool:
        """Tell whether the app goes to a lower version."""
        return bool(self.old and self.new) and Version(self.new) < Version(self.old)


def seal(lock: Lock) -> Lock:
    """Return the lock with its digest."""
    return lock.model_copy(update={"digest": digest_of(_without_digest(lock))})


def serialize(lock: Lock) -> bytes:
    """Return the bytes of semai.lock; sealed whether `lock` was or not."""
    whole = {**_without_digest(lock), "digest": digest_of(_without_digest(lock))}
    return json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False).encode() + b"\n"


def parse(content: bytes) -> Lock:
    """Read semai.lock; raises InvalidInput `lock-corrupt` when JSON, schema or digest fails."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _corrupt(N_("it is not JSON"), str(error)) from error
    if not isinstance(value, dict):
        raise _corrupt(N_("it is not a JSON object"))
    if value.get("schema") != 1:
        raise _corrupt(N_("its schema is not 1; a newer semai may have written it"))
    found = value.pop("digest", None)
    if found != digest_of(value):
        raise _corrupt(N_("its digest does not fit its content: it was edited, merged or cut"))
    try:
        return Lock.model_validate({**value, "digest": found}, extra="ignore")
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise _corrupt(N_("its content does not fit the schema"), *lines[:10]) from error


def differences(old: Lock | None, new: Lock) -> list[Difference]:
    """Return what changes from `old` to `new`, by app."""
    before: Mapping[str, LockedApp] = old.apps if old else {}
    found = []
    for key in sorted({*before, *new.apps}):
        was, now = before.get(key), new.apps.get(key)
        if was is None or now is None or was.release_digest != now.release_digest:
            because = now.because if now else ()
            found.append(Difference(key, was.version if was else "", now.version if now else "", because))
    return found


def same_content(old: Lock, new: Lock) -> bool:
    """Tell whether two locks say the same, apart from the chain of previous locks."""
    return bool(_content(old) == _content(new))


def _content(lock: Lock) -> Any:
    return {key: value for key, value in _without_digest(lock).items() if key != "previous"}


def _without_digest(lock: Lock) -> dict[str, Any]:
    content = lock.model_dump(
        mode="json", by_alias=True, exclude={"digest": True, "apps": {"__all__": {"release"}}}
    )
    for key, app in lock.apps.items():
        content["apps"][key]["release"] = plain(app.release)
    return content


def _corrupt(reason: str, *details: str) -> InvalidInput:
    return InvalidInput(
        "lock-corrupt",
        "semai.lock cannot be used: {reason}",
        hint="take the last good semai.lock from git or a backup, or remove it and run: semai lock",
        details=details,
        reason=translate(reason),
    )
