"""Names and permissions of files that do not belong into a release, and those that are only in the way."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from semai.adapters.php_tree import Entry
from semai.messages import N_


@dataclass(frozen=True)
class Found:
    """One thing found in a tree: where, an English msgid with fields, and what `accepted` calls it."""

    path: str
    line: int
    finding: str  # empty for a remark, which stops nothing
    message: str
    fields: tuple[tuple[str, object], ...] = ()


_REFUSED = (
    ("git", r"\.(git|svn|hg|bzr)", N_("the history of the source; publish only the files of now")),
    (
        "environment-file",
        r"\.env(?!\.(example|sample|dist|template)$)(\..+)?",
        N_("an environment file belongs to a host, not into a release"),
    ),
    ("key-file", r".+\.(p12|pfx|jks|keystore|ppk)|id_(rsa|dsa|ecdsa|ed25519)", N_("a key file")),
    ("database", r".+\.(sqlite3?|s3db|mdb|accdb|frm|ibd|myd)", N_("a database does not belong into a release")),
    (
        "backup-file",
        r".+(\.(bak|old|orig|save|swp|swo|tmp)|~|\.sql\.(gz|zip|bz2|xz|7z))|.+ - Copy(\..+)?"
        r"|.*(backup|dump|bak)[^/]*\.(zip|rar|7z|tar|tgz|gz)|.+\.php[0-9]*\.(txt|bak.*|old.*)",
        N_("a backup file; old copies keep old secrets"),
    ),
    ("web-shell", r"(adminer[^/]*|c99|r57|wso[0-9.]*|b374k|alfa|mini_?shell)\.php", N_("a tool for intruders")),
)
_NAMES = tuple((finding, re.compile(pattern, re.IGNORECASE), message) for finding, pattern, message in _REFUSED)
_ANY = re.compile("|".join(f"(?:{pattern})" for _, pattern, _ in _REFUSED), re.IGNORECASE)
_NOISE = re.compile(
    r"node_modules|\.idea|\.vscode|nbproject|\.DS_Store|Thumbs\.db|__MACOSX|error_log|.+\.log|\.phpunit\.result\.cache"
)
_SHEETS = re.compile(r".+\.(xlsx?|ods|docx?|odt|pst|mbox)", re.IGNORECASE)
_LONGEST_NAME = 400  # bytes of a whole path; hosts take no longer one


def judge_name(entry: Entry) -> Iterator[Found]:
    """Yield what an entry's name, kind and mode say."""
    name = entry.path.rpartition("/")[2]
    if not name.isprintable() or "\\" in name or any("\udc80" <= char <= "\udcff" for char in name):
        yield Found(
            repr(entry.path)[1:-1],
            1,
            "odd-file",
            N_("a name with control characters, backslashes or unknown letters"),
        )
    elif len(entry.path.encode()) > _LONGEST_NAME:
        yield Found(entry.path, 1, "odd-file", N_("a path longer than hosts take"))
    if entry.is_link:
        if entry.inner_link is None:
            yield Found(entry.path, 1, "link", N_("a link out of the tree, or to nothing; copy what it points to"))
        return
    if not (entry.is_file or entry.is_folder):
        yield Found(entry.path, 1, "odd-file", N_("no plain file"))
    if entry.status.st_mode & stat.S_IWOTH:
        yield Found(
            entry.path,
            1,
            "world-writable",
            N_("anyone on the machine may write it; run: chmod -R o-w on the source"),
        )
    if _ANY.fullmatch(name):
        finding, message = next((f, m) for f, pattern, m in _NAMES if pattern.fullmatch(name))
        yield Found(entry.path, 1, finding, message)
    elif _NOISE.fullmatch(name):
        yield Found(entry.path, 1, "", N_("only in the way; name it under build.exclude in app.yml"))
    elif _SHEETS.fullmatch(name):
        yield Found(entry.path, 1, "", N_("cannot be looked through; make sure that it names no people"))
