"""What a build needs in place of an installer: settings without region, database or secrets of anyone."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semai_kit.settings import MANIFEST

PLACEHOLDER_REGION = {
    "code": "00.00",
    "name": "-",
    "kind": "kabupaten",
    "short_name": "-",
    "province": "-",
    "province_code": "00",
    "time_zone": "Asia/Jakarta",
    "head_title": "-",
}


class TargetRefused(Exception):
    """The folder holds something else, and collecting would empty it."""


@contextmanager
def build_environment(static: str) -> Iterator[None]:
    """Environment variables under which an app's settings load on a build machine, writing into `static`.

    Raises TargetRefused for a folder that is neither empty nor from an earlier collection.
    """
    target = Path(static).resolve()
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise TargetRefused(f"{target} is not empty and holds no collected static files")
    # Settings choose hashed names when a manifest exists; an empty one asks for them.
    (target / MANIFEST).write_text('{"paths": {}, "version": "1.1", "hash": ""}', encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        region = Path(scratch) / "region.json"
        region.write_text(json.dumps(PLACEHOLDER_REGION), encoding="utf-8")
        os.environ.update(
            SEMAI_APP="build",
            SECRET_KEY=secrets.token_hex(32),
            DATABASE_URL="sqlite://:memory:",
            SEMAI_BASE_URL="http://127.0.0.1",
            SEMAI_MEDIA=scratch,
            SEMAI_REGION_FILE=str(region),
            SEMAI_STATIC=str(target),
        )
        yield
