"""Which folders of a tree the app writes to, as far as its code, its names and its permissions tell."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator

from semai.adapters.php_frameworks import Source
from semai.messages import N_

_NAMES = re.compile(
    r"(?i)(uploads?|cache|logs?|tmp|temp|storage|writable|data|sessions?|files|berkas|dokumen|lampiran|foto)"
)
_CODE = re.compile(
    r"""(?i)(?:upload_path['"]?\s*\]?\s*(?:=>|=)\s*|move_uploaded_file\s*\([^,;]+,\s*|file_put_contents\s*\(\s*"""
    r"""|mkdir\s*\(\s*)(?:FCPATH\s*\.\s*|__DIR__\s*\.\s*|APPPATH\s*\.\s*)?['"](?:\./|/)?(?P<path>[\w-]+(?:/[\w-]+)*)"""
)
_DEEPEST = 3
_SOURCE = ("vendor/", "system/", "wp-includes/", "wp-admin/", "node_modules/", "inc/", "lib/", "tests/")
Note = Callable[..., None]


def writable_of(source: Source, known: Iterable[str], saw: Note, ask: Note) -> tuple[str, ...]:
    """Return the outermost folders the app seems to write to: `known` ones of its framework, and what is found."""
    found: dict[str, str] = {}
    for path in known:
        found[path] = ""
    for path, place in (*_by_code(source), *_by_look(source)):
        found.setdefault(path, place)
    outer = [path for path in sorted(found) if not any(path.startswith(f"{other}/") for other in found)]
    for path in outer:
        saw(found[path], N_("writable: {path}"), path=path)
        if path not in known:
            ask(path, N_("does the app write here? what it writes outlives releases, what is code must not"))
    return tuple(outer)


def _by_code(source: Source) -> Iterator[tuple[str, str]]:
    """Yield folders that code names where it stores files, with the place of the code."""
    for path, entry in source.entries.items():
        if not entry.is_file or not path.endswith(".php") or path.startswith(_SOURCE):
            continue
        content = entry.read(1 << 20)
        if not any(
            word in content for word in (b"upload_path", b"move_uploaded_file", b"file_put_contents", b"mkdir")
        ):
            continue
        text = content.decode("utf-8", "replace")
        for match in _CODE.finditer(text):
            if folder := _folder(source, path, match["path"]):
                yield folder, f"{path}:{text.count(chr(10), 0, match.start()) + 1}"


def _folder(source: Source, path: str, named: str) -> str | None:
    """Return the folder of the tree that a path in code means: from the top, or beside the file."""
    beside = path.rpartition("/")[0]
    for candidate in (named, f"{beside}/{named}" if beside else named):
        while candidate:
            entry = source.entries.get(candidate)
            if entry is not None and entry.is_folder:
                return candidate
            candidate = candidate.rpartition("/")[0]
    return None


def _by_look(source: Source) -> Iterator[tuple[str, str]]:
    for path, entry in source.entries.items():
        if not entry.is_folder or f"{path}/".startswith(_SOURCE) or path.count("/") >= _DEEPEST:
            continue
        name = path.rpartition("/")[2]
        open_to_all = bool(entry.status.st_mode & stat.S_IWOTH)
        code = any(other.startswith(f"{path}/") and other.endswith(".php") and not other.endswith("/index.php")
                   for other in source.entries) if _NAMES.fullmatch(name) else True  # fmt: skip
        if open_to_all or not code:
            yield path, path
