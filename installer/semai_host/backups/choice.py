"""Which engine keeps a host's sets: what the repository already is, else restic where it is installed."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import Refused
from . import restic
from .engine import Engine
from .plain import MARK, PlainArchives
from .restic import Restic
from .settings import USB, Settings


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
        return Restic(settings)
    if not settings.is_folder or (folder / "config").exists():
        raise Refused(
            "restic-missing", f"{settings.location} can be reached with restic only", "apt install restic"
        )
    return PlainArchives(folder)


def _is_mounted(folder: Path) -> bool:
    """Tell whether a folder is there and not on the root file system, as an empty mount point would be."""
    places = (folder, *folder.parents)[:-1]
    return folder.is_dir() and any(os.path.ismount(place) for place in places)
