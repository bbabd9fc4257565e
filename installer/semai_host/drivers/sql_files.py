"""Files of SQL that a release or a restore point brings: opened as they lie, plain or packed."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

_DEFINER = re.compile(
    rb"^((?:/\*!\d+ )?(?:CREATE\*/ /\*!\d+ )?(?:CREATE )?(?:ALGORITHM=\w+ )?)DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*`"
)


class Readable(Protocol):
    """What can be read in blocks."""

    def read(self, size: int = ..., /) -> bytes: ...


class OwnRoutines:
    """MariaDB's views and routines, made by whoever loads them: who made them may not be there."""

    def __init__(self, content: IO[bytes]) -> None:
        self.content = content

    def read(self, size: int = -1, /) -> bytes:
        """Return whole lines of about so many bytes."""
        lines = self.content.readlines(size)
        return b"".join(_DEFINER.sub(rb"\1DEFINER=CURRENT_USER", line) for line in lines)


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
