"""Looks through a distribution's source for what must not be published: secrets, key files, open permissions.

A basic look with few false alarms, not a proof: it knows the shapes of common keys and tokens.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from semai.adapters.building import NOT_SOURCE
from semai.adapters.yaml_files import shown_path
from semai.messages import N_, translate

_MOST_BYTES = 2 * 1024 * 1024  # larger files are data, not code
_SKIPPED = (NOT_SOURCE - {".git"}) | {"tests", "dist", "build"}  # tests are not packed
_NAMES = {
    re.compile(r"\.env(\..+)?"): N_("an environment file belongs to a host, not into a release"),
    re.compile(r".+\.(pem|key|p12|pfx|jks)|id_(rsa|dsa|ecdsa|ed25519)"): N_(
        "a key file does not belong into a release"
    ),
    re.compile(r".+\.(sqlite3?|db|dump)|dump\.sql"): N_("a database does not belong into a release"),
}
_SECRETS = {
    re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"): N_("a private key"),
    re.compile(rb"\bAKIA[0-9A-Z]{16}\b"): N_("an access key"),
    re.compile(rb"\b(gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{20,})"): N_(
        "a token"
    ),
    re.compile(
        rb"""(?i)\b(secret_key|password|passwd|api_key|token)\s*[:=]\s*["'](?=[^"']*\d)[^"'\s{}<$]{16,}["']"""
    ): N_("a secret written into the source"),
}


def scan(folder: Path) -> Iterator[str]:
    """Yield `file:line: what is wrong` for everything in `folder` that must not be published."""
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        if ".git" in folders or ".git" in files:
            yield _line(here / ".git", 1, N_("a git repository inside the distribution"))
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and name != ".git")
        for name in (*folders, *sorted(files)):
            yield from _permissions(here / name)
        for name in sorted(files):
            yield from _file(here / name)


def _permissions(path: Path) -> Iterator[str]:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        yield _line(path, 1, N_("a link; copy what it points to"))
    elif status.st_mode & stat.S_IWOTH:
        yield _line(path, 1, N_("anyone on the machine may write it; run: chmod o-w"))


def _file(path: Path) -> Iterator[str]:
    for pattern, problem in _NAMES.items():
        if pattern.fullmatch(path.name):
            yield _line(path, 1, problem)
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return
    content = path.read_bytes()
    for secret, problem in _SECRETS.items():
        for match in secret.finditer(content):
            yield _line(path, content.count(b"\n", 0, match.start()) + 1, problem)


def _line(path: Path, line: int, problem: str) -> str:
    return f"{shown_path(path)}:{line}: {translate(problem)}"
