"""SQL files: whether their rows are about people. Tables and columns count, not what a row says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semai.adapters.php_contents import line_at
from semai.adapters.php_names import Found
from semai.messages import N_

_TABLE = rb"""(?:[`"\[]?\w+[`"\]]?\.)?[`"\[]?(?P<table>\w+)[`"\]]?"""
_CREATE = re.compile(
    rb"(?i)\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _TABLE + rb"\s*\((?P<body>.*?)\)\s*[^,();]*;", re.DOTALL
)
_COLUMN = re.compile(rb"""(?m)(?:^|,)\s*[`"\[]?(\w+)[`"\]]?\s+\w+""")
_INSERT = re.compile(
    rb"(?i)\b(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+" + _TABLE + rb"\s*(?:\((?P<columns>[^()]*)\)\s*)?VALUES\s*"
)
_COPY = re.compile(rb"(?im)^COPY\s+" + _TABLE + rb"\s*\((?P<columns>[^()]*)\)\s*FROM\s+stdin;\r?\n")
_NEXT_ROW = re.compile(rb"\)\s*,\s*\(")
_STATEMENT_END = re.compile(rb";\s*(?:\r?\n|$)")
_COPY_END = re.compile(rb"(?m)^\\\.\r?$")
_NUMBER = re.compile(r"(no_?)?(nik|ktp|kk|paspor)(_.*)?|.*_nik|ktp|nomor_ktp", re.IGNORECASE)
_PERSONAL = (
    re.compile(r"(.*_)?(nama|name|nm|display_?name|full_?name)(_.*)?", re.IGNORECASE),
    re.compile(r"(.*_)?(nip|nuptk|npwp|nisn?)(_.*)?", re.IGNORECASE),
    re.compile(r"(.*_)?(no_?hp|hp|telp|telepon|telpon|phone|wa|whatsapp)(_.*)?", re.IGNORECASE),
    re.compile(r"(.*_)?(alamat|address)(_.*)?", re.IGNORECASE),
    re.compile(r"(.*_)?(tgl_?lahir|tanggal_?lahir|tempat_?lahir|tmp_?lahir|birth.*)", re.IGNORECASE),
    re.compile(r"(.*_)?e?mail(_.*)?", re.IGNORECASE),
    re.compile(r"(.*_)?(passw(or)?d|password_hash|pass|sandi)", re.IGNORECASE),
    re.compile(r"(.*_)?(nama_?ibu|ibu_?kandung|agama|gol_?darah|pekerjaan)", re.IGNORECASE),
)
_FEW = 1  # one account to begin with is no list of people


def judge_dump(path: str, content: bytes) -> Iterator[Found]:
    """Yield each table of an SQL file that has rows about people, at its first row."""
    columns = {match["table"].lower(): _created(match["body"]) for match in _CREATE.finditer(content)}
    rows: dict[bytes, int] = {}
    first: dict[bytes, int] = {}
    known: dict[bytes, list[str]] = {}
    for table, named, count, position in _inserted(content):
        rows[table] = rows.get(table, 0) + count
        first.setdefault(table, position)
        known.setdefault(table, named or columns.get(table, []))
    for table, count in rows.items():
        personal = _personal(known[table])
        if personal and (count > _FEW or any(_NUMBER.fullmatch(name) for name in personal)):
            message = N_("{count} rows of {table} are about people: {columns}")
            fields = (("count", count), ("table", table.decode()), ("columns", ", ".join(personal)))
            yield Found(path, line_at(content, first[table]), "dump-with-people", message, fields)


def _created(body: bytes) -> list[str]:
    return [name.decode() for name in _COLUMN.findall(body)]


def _inserted(content: bytes) -> Iterator[tuple[bytes, list[str], int, int]]:
    """Yield table, named columns, number of rows and position of every statement that adds rows."""
    for match in _INSERT.finditer(content):
        ended = _STATEMENT_END.search(content, match.end())
        end = ended.start() if ended else len(content)
        count = 1 + len(_NEXT_ROW.findall(content, match.end(), end))
        yield match["table"].lower(), _names(match["columns"]), count, match.start()
    for match in _COPY.finditer(content):
        ended = _COPY_END.search(content, match.end())
        end = ended.start() if ended else len(content)
        yield (
            match["table"].lower(),
            _names(match["columns"]),
            content.count(b"\n", match.end(), end),
            match.start(),
        )


def _names(columns: bytes | None) -> list[str]:
    return re.findall(r"\w+", columns.decode(errors="replace")) if columns else []


def _personal(columns: list[str]) -> list[str]:
    """Return the columns that tell of a person; fewer than two kinds tell of none, but a NIK does alone."""
    numbers = [name for name in columns if _NUMBER.fullmatch(name)]
    kinds = [[name for name in columns if kind.fullmatch(name)] for kind in _PERSONAL]
    found = [names[0] for names in kinds if names]
    return list(dict.fromkeys(numbers + found)) if numbers or len(found) >= 2 else []
