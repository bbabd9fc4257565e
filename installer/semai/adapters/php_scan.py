"""Looks through a PHP tree for what must not be published; false alarms the mentor explained are left out."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from semai.adapters.php_contents import judge_content
from semai.adapters.php_dumps import judge_dump
from semai.adapters.php_names import Found, judge_name
from semai.adapters.php_tree import Entry, Tree
from semai.core.catalog import Accepted
from semai.messages import N_

_MOST_CODE = 4 << 20  # what is larger is no code; the beginning is looked through
_MOST_DUMP = 64 << 20
_LARGE = 200 << 20
_BINARY = frozenset(
    (
        "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tif", "tiff", "avif", "woff", "woff2", "ttf",
        "eot", "otf", "mo", "pdf", "zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "tar", "phar", "mp3", "mp4",
        "webm", "ogg", "wav", "avi", "mov", "swf", "psd", "ai", "xlsx", "xls", "docx", "doc", "pptx", "odt",
        "ods", "exe", "dll", "so", "jar", "class", "wasm",
    )
)  # fmt: skip
_ROWS = frozenset(("sql", "csv", "tsv", "txt", "json", "xml"))


@dataclass(frozen=True)
class Scanned:
    """What was found: refused, mere remarks, and the numbers of `accepted` entries that excuse nothing."""

    refused: tuple[Found, ...]
    remarks: tuple[Found, ...]
    unused: tuple[int, ...]
    files: int


def scan_tree(tree: Tree, accepted: Sequence[Accepted] = ()) -> Scanned:
    """Look through everything of the tree that would be packed."""
    patterns = [(entry.finding, re.compile(fnmatch.translate(entry.path))) for entry in accepted]
    used: set[int] = set()
    refused, remarks, files = [], [], 0
    for entry in tree.entries():
        files += entry.is_file
        for found in _judged(entry):
            if not found.finding:
                remarks.append(found)
            elif excuses := _excused(found, patterns):
                used.update(excuses)
            else:
                refused.append(found)
    unused = tuple(number for number in range(len(accepted)) if number not in used)
    return Scanned(tuple(refused), tuple(_outermost(remarks)), unused, files)


def _judged(entry: Entry) -> Iterator[Found]:
    named = list(judge_name(entry))
    yield from named
    if not entry.is_file or not entry.status.st_size:
        return
    ending = entry.path.rpartition(".")[2].lower()
    if entry.status.st_size > _LARGE:
        yield Found(entry.path, 1, "", N_("larger than 200 MB; does it belong into a release?"))
    if ending in _BINARY:
        return
    content = entry.read(_MOST_DUMP if ending in _ROWS else _MOST_CODE)
    if content.startswith(b"SQLite format 3\0"):
        if not any(found.finding == "database" for found in named):
            yield Found(entry.path, 1, "database", N_("a database does not belong into a release"))
        return
    if b"\0" in content[:1024] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    yield from judge_content(entry.path, content)
    if ending == "sql":
        yield from judge_dump(entry.path, content)


def _excused(found: Found, patterns: Iterable[tuple[str, re.Pattern[str]]]) -> list[int]:
    return [
        number
        for number, (finding, pattern) in enumerate(patterns)
        if finding == found.finding and pattern.fullmatch(found.path)
    ]


def _outermost(remarks: Iterable[Found]) -> Iterator[Found]:
    """Leave out remarks about what lies inside a folder that has one."""
    folders: list[str] = []
    for found in remarks:
        if not any(found.path.startswith(f"{folder}/") for folder in folders):
            folders.append(found.path)
            yield found
