"""What a spreadsheet of an app looks like, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "decimal", "date", "choice"]


@dataclass(frozen=True)
class Column:
    """One column. `title` is what people see and what reading looks for, without regard to case."""

    key: str
    title: str
    kind: Kind = "text"
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    max_length: int = 2000


@dataclass(frozen=True)
class Sheet:
    """A declared sheet and its limits. Sizes in bytes."""

    title: str
    columns: tuple[Column, ...]
    max_rows: int = 5000
    max_bytes: int = 5 * 1024 * 1024
    max_unpacked: int = 60 * 1024 * 1024
