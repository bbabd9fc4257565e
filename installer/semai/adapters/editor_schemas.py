"""The comment that tells an editor which schema a YAML file follows."""

from __future__ import annotations

import os
from pathlib import Path

import semai

_FOLDER = Path(semai.__file__).resolve().parent / "schemas"


def schema_comment(name: str, file: Path, schemas: Path = _FOLDER) -> str:
    """Return a comment line (without #) naming the schema `name`, relative to `file`; empty outside a checkout.

    A path into an installed semai would be right on one machine only, and the file goes into the region's git.
    """
    checkout = schemas.parents[2]
    if not (checkout / "pyproject.toml").is_file() or not file.absolute().is_relative_to(checkout):
        return ""
    path = os.path.relpath(schemas / f"{name}.json", file.absolute().parent)
    return f"yaml-language-server: $schema={Path(path).as_posix()}\n"
