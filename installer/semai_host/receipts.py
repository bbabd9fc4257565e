"""`receipts/<app>.json`: what this host says it runs; and `serving.json`: the request its service starts from.

Both are sealed by a digest. A damaged receipt stops nothing, because the service never reads it; a damaged
`serving.json` falls back to the request kept inside the current release.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import durable
from .durable import Corrupt
from .layout import AppPlaces
from .request import Request

RELEASE_RECORD = "release.json"


@dataclass(frozen=True)
class Receipt:
    """What one app runs since when; `previous` is the version it replaced.

    `edited` names files an administrator edited here, which stay so, with the digest of what the region would have.
    `form` names the run that last changed the form of the data (empty for a first one made by a former tool, and
    where another host's runs look after the data): releases of one form can take each other's place without a copy.
    """

    app: str
    mentor: str
    version: str
    release: str
    config: str
    files: dict[str, dict[str, str]]
    bind: str
    activated_at: str
    by: str
    previous: str | None
    form: str = ""
    edited: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request, activated_at: str, by: str, previous: str | None, form: str = "") -> Receipt:
        files = {file.path: {"sha256": file.sha256, "mode": file.mode} for file in request.files}
        return cls(
            request.name,
            request.mentor,
            request.version,
            request.release,
            request.config,
            files,
            request.bind,
            activated_at,
            by,
            previous,
            form,
            {file.path: file.shipped for file in request.files if file.shipped},
        )

    def tells_of(self, request: Request) -> bool:
        """Tell whether release, configuration and files of `request` are those of this receipt."""
        same = (self.release, self.config) == (request.release, request.config)
        asked = Receipt.of(request, self.activated_at, self.by, self.previous)
        return same and (self.files, self.edited) == (asked.files, asked.edited)

    def as_dict(self) -> dict[str, Any]:
        return {"schema": 1, **dataclasses.asdict(self)}


def write(path: Path, receipt: Receipt) -> None:
    durable.write_sealed(path, receipt.as_dict())


def read(path: Path) -> Receipt | None:
    """Return the receipt, or None when there is none; raise Corrupt when it cannot be believed."""
    try:
        record = durable.read_sealed(path)
    except FileNotFoundError:
        return None
    try:
        return Receipt(**{key: value for key, value in record.items() if key not in ("schema", "digest")})
    except TypeError as error:
        raise Corrupt("file-corrupt", f"{path} lacks a part of a receipt") from error


def write_serving(places: AppPlaces, request: Request) -> None:
    """Make `request` what the service starts from now on."""
    durable.write_sealed(places.serving, {"schema": 1, "request": request.as_dict()})


def serving(places: AppPlaces) -> Request | None:
    """Return the request the service starts from, or None when the app is not installed."""
    try:
        return _request(places.serving)
    except FileNotFoundError:
        return None
    except Corrupt:
        fallback = places.current / RELEASE_RECORD
        if not fallback.exists():
            raise
        return _request(fallback)


def release_request(folder: Path) -> Request | None:
    """Return the request a release folder was prepared for, or None when it was never finished."""
    try:
        return _request(folder / RELEASE_RECORD)
    except (FileNotFoundError, NotADirectoryError, Corrupt):
        return None


def write_release(folder: Path, request: Request) -> None:
    durable.write_sealed(folder / RELEASE_RECORD, {"schema": 1, "request": request.as_dict()})


def _request(path: Path) -> Request:
    return Request.parse(durable.read_sealed(path).get("request"))
