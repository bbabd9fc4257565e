"""Which engine keeps a host's sets: what the repository already is, else restic where it is installed."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import HostError, Refused
from ..layout import Layout
from . import restic
from .engine import Engine
from .plain import MARK, PlainArchives
from .restic import Restic
from .settings import S3, USB, Settings, read

_CONNECT_SECONDS = 10.0


def engine(settings: Settings) -> Engine:
    """Return the engine; raise Refused when the folder is away or only restic could reach the repository."""
    folder = Path(settings.location)
    if settings.kind == USB and not _is_mounted(folder):
        raise Refused("repository-missing", f"{folder} is not there", "plug the disk in and mount it")
    if settings.is_folder and (folder / MARK).exists():
        return PlainArchives(folder)
    if restic.available():
        if not settings.secrets.get("RESTIC_PASSWORD"):
            raise Refused("backup-settings-invalid", f"{settings.folder / 'env'} has no RESTIC_PASSWORD")
        if settings.kind == S3:
            _require_answer(settings.location)
        return Restic(settings)
    if not settings.is_folder or (folder / "config").exists():
        raise Refused(
            "restic-missing", f"{settings.location} can be reached with restic only", "apt install restic"
        )
    return PlainArchives(folder)


def _require_answer(location: str) -> None:
    """Refuse a store where nothing listens: restic itself tries again for a quarter of an hour."""
    try:
        place = urlsplit(location)
        address = (place.hostname or "", place.port or (80 if place.scheme == "http" else 443))
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise Refused(
            "repository-unreachable",
            f"{location} cannot be reached: {error}",
            restic.UNREACHABLE_HINT,
        ) from error


def tidy(layout: Layout) -> None:
    """Free the room that a killed run took in a folder of archives; other engines do that before their next set."""
    try:
        settings = read(layout)
    except HostError:  # no backups here
        return
    folder = Path(settings.location)
    if settings.is_folder and (folder / MARK).exists():
        PlainArchives(folder).tidy()


def _is_mounted(folder: Path) -> bool:
    """Tell whether a folder is there and not on the root file system, as an empty mount point would be."""
    places = (folder, *folder.parents)[:-1]
    return folder.is_dir() and any(os.path.ismount(place) for place in places)
