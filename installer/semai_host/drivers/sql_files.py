"""Files of SQL that a release or a restore point brings: opened as they lie, plain or packed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Give the content of a file of SQL, unpacked when it ends in .gz; a link is not followed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as raw:
        if path.suffix == ".gz":
            with gzip.open(raw, "rb") as content:
                yield content  # type: ignore[misc]
        else:
            yield raw
