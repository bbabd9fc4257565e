"""MariaDB: dumped in one snapshot, brought back beside in `<database>__beside`, then swapped in by RENAME TABLE.

The copy is two files: tables with their rows, and what is made of them (views, triggers, routines, events), because
those cannot be renamed into another database. The client runs without shell commands, without local files and
without option files; the password is in its environment only. Everything it reads comes through a pipe, so it ends
with the run that feeds it.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from .. import durable
from ..accounts import Account
from ..errors import HostError, Refused
from ..parts import Database
from . import Counted
from .sql_files import opened

TABLES, LOGIC, DIGESTS = "database.sql", "database-logic.sql", "database.sha256"
PACKED = ".gz"
BESIDE = "__beside"
END_MARK = b"-- Dump completed"
CONNECT_SECONDS = 15
LOCK_SECONDS = 60
_PATH = "/usr/local/bin:/usr/bin:/bin"
_BLOCK = 1 << 20
_PACKET = "1G"
_SAFE = ("NAMES utf8mb4", "SESSION foreign_key_checks=0", f"SESSION lock_wait_timeout={LOCK_SECONDS}")
# Who made a view, trigger, routine or event, as the dump says it at the head of each: left out, it is who loads it.
_DEFINER = re.compile(
    rb"^((?:/\*M?!\d{5,6} )?CREATE(?: OR REPLACE)?(?:\*/ /\*M?!\d{5,6})?|/\*M?!\d{5,6})"
    rb" DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*`"
)
_OPTIONS = (
    "--single-transaction",
    "--quick",
    "--hex-blob",
    "--default-character-set=utf8mb4",
    f"--max-allowed-packet={_PACKET}",
)


class MariadbDatabase:
    """The database of one app; `passwords` are tried in turn, because one may just have been changed."""

    def __init__(self, wanted: Database, passwords: Sequence[str], account: Account | None) -> None:
        self.wanted = wanted
        self.account = account
        self.name = wanted.name
        self.beside = wanted.name + BESIDE
        self._passwords = list(dict.fromkeys(passwords))
        self._known: str | None = None

    def exists(self) -> bool:
        return bool(self._objects(self.name))

    def size(self) -> int:
        asked = f"SELECT COALESCE(SUM(data_length), 0) FROM information_schema.tables WHERE {_of(self.name)}"
        return int(self._ask(asked)[0][0])

    def dump(self, folder: Path) -> None:
        self._copy(folder, packed=True)

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        """Count before and after, for no other connection can look into the snapshot of the dump."""
        before = self.rows()
        self._copy(folder, packed)
        after = self.rows()
        earlier = {name: before.get(name, 0) for name, count in after.items() if before.get(name, 0) != count}
        return Counted(after, exact=False, earlier=earlier)

    def _copy(self, folder: Path, packed: bool) -> None:
        """Write the two files of a copy and their digests; each is read back to its last line."""
        tables, logic = (folder / (name + (PACKED if packed else "")) for name in (TABLES, LOGIC))
        views = [f"--ignore-table={self.name}.{name}" for name, kind in self._objects(self.name) if kind == "VIEW"]
        self._write(tables, [*views, "--skip-triggers", self.name])
        shown = [name for name, kind in self._objects(self.name) if kind == "VIEW"]
        made = ["--no-data", "--no-create-info", "--triggers", "--routines", "--events", self.name]
        parts = [made] if not shown else [["--no-data", "--skip-triggers", self.name, *shown], made]
        self._write(logic, *parts)
        digests = {path.name: durable.digest_file(path) for path in (tables, logic)}
        durable.write(folder / DIGESTS, "".join(f"{value}  {name}\n" for name, value in digests.items()).encode())
        _verify(folder)

    def verify(self, folder: Path) -> None:
        _verify(folder)

    def rows(self) -> dict[str, int]:
        tables = [name for name, kind in self._objects(self.name) if kind == "BASE TABLE"]
        counts = [f"SELECT {_text(name)}, COUNT(*) FROM {_name(self.name)}.{_name(name)}" for name in tables]
        return {row[0]: int(row[1]) for row in self._ask(" UNION ALL ".join(counts))} if counts else {}

    def restore(self, folder: Path, spent: bool = False) -> None:
        """Load the copy beside; only when it is whole there does it take the database's place."""
        _verify(folder)
        charset = self._charset()
        self._change(f"DROP DATABASE IF EXISTS {_name(self.beside)}", _create(self.beside, charset))
        with opened(_file(folder, TABLES)) as rows:
            self._load(rows, self.beside, "the copy's tables")
        self._load_logic(folder, self.beside)
        self._swap(charset)
        self._load_logic(folder, self.name)
        self._change(f"DROP DATABASE IF EXISTS {_name(self.beside)}")

    def discard(self) -> None:
        """Leave the database empty; making it away is for the role that made it."""
        charset = self._charset()
        self._change(
            f"DROP DATABASE IF EXISTS {_name(self.beside)}",
            f"DROP DATABASE IF EXISTS {_name(self.name)}",
            _create(self.name, charset),
        )

    def load(self, path: Path) -> None:
        """Run a file of SQL (plain or .gz) in the database: an app's first schema or seed."""
        with opened(path) as content:
            self._load(content, self.name, path.name)

    def _swap(self, charset: tuple[str, str]) -> None:
        """Empty the database and move the tables from beside into it."""
        found = self._objects(self.beside)
        drops = [f"DROP TRIGGER {_name(self.beside)}.{_name(name)}" for name in self._triggers(self.beside)]
        drops += [f"DROP VIEW {_name(self.beside)}.{_name(name)}" for name, kind in found if kind == "VIEW"]
        moves = [
            f"{_name(self.beside)}.{_name(name)} TO {_name(self.name)}.{_name(name)}"
            for name, kind in found
            if kind != "VIEW"
        ]
        renames = [f"RENAME TABLE {', '.join(moves)}"] if moves else []
        fresh = (f"DROP DATABASE IF EXISTS {_name(self.name)}", _create(self.name, charset))
        self._change(*drops, *fresh, *renames)

    def _objects(self, database: str) -> list[tuple[str, str]]:
        """Return names and kinds (BASE TABLE, VIEW, SEQUENCE) of what lies in a database."""
        rows = self._ask(f"SELECT table_name, table_type FROM information_schema.tables WHERE {_of(database)}")
        return [(row[0], "VIEW" if row[1].endswith("VIEW") else row[1]) for row in rows]

    def _triggers(self, database: str) -> list[str]:
        schema = _of(database, "trigger_schema")
        return [row[0] for row in self._ask(f"SELECT trigger_name FROM information_schema.triggers WHERE {schema}")]

    def _charset(self) -> tuple[str, str]:
        wanted = _of(self.name, "schema_name")
        columns = "default_character_set_name, default_collation_name"
        rows = self._ask(f"SELECT {columns} FROM information_schema.schemata WHERE {wanted}")
        return (rows[0][0], rows[0][1]) if rows else ("utf8mb4", "utf8mb4_unicode_ci")

    def _ask(self, question: str) -> list[list[str]]:
        """Return the rows of one question; the server is asked without a default database."""
        answer = self._client(f"SET {', '.join(_SAFE)};\n{question};\n", "the database was asked")
        return [[_plain(cell) for cell in line.split("\t")] for line in answer.decode().splitlines()]

    def _change(self, *statements: str) -> None:
        text = "".join(f"{statement};\n" for statement in (f"SET {', '.join(_SAFE)}", *statements))
        self._client(text, "the database was changed")

    def _client(self, text: str, what: str) -> bytes:
        ran = self._try(text, self._environment())
        if ran.returncode:
            raise self._failed(what, ran.stderr)
        return ran.stdout

    def _try(self, text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        words = self._client_words()
        return subprocess.run(words, input=text.encode(), capture_output=True, env=environment, **self._rights)

    def _client_words(self, *words: str) -> list[str]:
        return [
            _tool("mariadb", "mysql"),
            *self._where(),
            f"--connect-timeout={CONNECT_SECONDS}",
            "--batch",
            "--skip-column-names",
            "--binary-mode",  # no \\! and no source: SQL of a mentor's tree runs no programs here
            "--local-infile=0",
            "--default-character-set=utf8mb4",
            f"--max-allowed-packet={_PACKET}",
            *words,
        ]

    def _where(self) -> list[str]:
        """Return what every client is told; --no-defaults must be the first word."""
        wanted = self.wanted
        if wanted.host.startswith("/"):
            there = [f"--socket={wanted.host}"]
        else:
            there = [f"--host={wanted.host}", f"--port={wanted.port}", "--protocol=tcp"]
        return ["--no-defaults", f"--user={wanted.user}", *there]

    def _load_logic(self, folder: Path, database: str) -> None:
        """Load views, triggers, routines and events as this app's own, whosever they were in the copy."""
        with opened(_file(folder, LOGIC)) as logic:
            lines = (_DEFINER.sub(rb"\1", line) for line in logic)
            self._load(lines, database, "the copy's views and routines")

    def _load(self, content: Iterable[bytes], database: str, what: str) -> None:
        """Feed SQL to the client; it stops at the first error."""
        head = f"SET {', '.join(_SAFE)};\n".encode()
        words = self._client_words(f"--database={database}")
        with tempfile.TemporaryFile() as complaints:
            client = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=self._environment(),
                **self._rights,
            )
            try:
                _feed(client, head, content)
            finally:
                code = client.wait()
            complaints.seek(0)
            if code:
                raise self._failed(f"{what} were loaded into {database}", complaints.read())

    def _write(self, path: Path, *parts: Sequence[str]) -> None:
        """Dump each part into one file, refusing one whose end is missing."""
        packed = path.suffix == PACKED
        with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as target:
            for part in parts:
                self._dump(part, target)
        path.chmod(0o600)
        durable.sync_file(path)

    def _dump(self, words: Sequence[str], target: IO[bytes] | gzip.GzipFile) -> None:
        command = [_tool("mariadb-dump", "mysqldump"), *self._where(), *_OPTIONS, *words]
        with tempfile.TemporaryFile() as complaints:
            tool = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=complaints, env=self._environment(), **self._rights
            )
            tail = _take(tool, target)
            complaints.seek(0)
            if tool.wait():
                raise self._failed("the database was dumped", complaints.read())
        if END_MARK not in tail:
            raise HostError("database-dump-cut", f"the dump of {self.name} ends before its last line")

    def _environment(self) -> dict[str, str]:
        """Return the clients' environment, with the first password that the server takes."""
        if not self._passwords:
            raise Refused("database-password-missing", "shared/env has no DATABASE_PASSWORD", "apply again")
        if self._known is None:
            tried = (word for word in self._passwords[:-1] if not self._try("SELECT 1;\n", _world(word)).returncode)
            self._known = next(tried, self._passwords[-1])
        return _world(self._known)

    @property
    def _rights(self) -> dict[str, Any]:
        """Return what makes the clients run as the app's user."""
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}

    def _failed(self, what: str, said: bytes) -> HostError:
        text = said.decode(errors="replace").strip().splitlines()
        last = text[-1] if text else "it said nothing"
        if "full" in last and "disk" in last.lower():
            return HostError("disk-full", f"{self.name}: {last}", "free some space on the database server")
        return HostError("database-failed", f"MariaDB refused while {what}: {last}", output=text[-12:])


def _file(folder: Path, name: str) -> Path:
    """Return a file of a copy, packed or plain as it was made."""
    packed = folder / (name + PACKED)
    return packed if packed.exists() else folder / name


def _verify(folder: Path) -> None:
    """Read a copy whole: digests as noted, each file a complete dump."""
    try:
        lines = (line.partition("  ") for line in (folder / DIGESTS).read_text().splitlines())
        noted = {name: digest for digest, _, name in lines}
        for path in (_file(folder, TABLES), _file(folder, LOGIC)):
            if durable.digest_file(path) != noted.get(path.name):
                raise HostError("database-damaged", f"{path} is not the file that was written")
            tail = b""
            with opened(path) as content:
                for block in iter(lambda: content.read(_BLOCK), b""):
                    tail = (tail + block)[-200:]
            if END_MARK not in tail:
                raise HostError("database-damaged", f"{path} ends before its last line")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise HostError("database-damaged", f"the database copy in {folder} cannot be read: {error}") from error


def _world(password: str) -> dict[str, str]:
    return {"PATH": _PATH, "LC_ALL": "C.UTF-8", "MYSQL_PWD": password}


def _feed(client: subprocess.Popen[bytes], head: bytes, content: Iterable[bytes]) -> None:
    """Write to the client; one that gave up says why on its own."""
    if client.stdin is None:
        raise HostError("database-failed", "the client has no input")
    try:
        with client.stdin as stream:
            stream.write(head)
            stream.writelines(content)
    except BrokenPipeError:
        return


def _take(tool: subprocess.Popen[bytes], target: IO[bytes] | gzip.GzipFile) -> bytes:
    """Move what the tool prints to `target`; return its end."""
    tail = b""
    if tool.stdout is None:
        return tail
    with tool.stdout as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            target.write(block)
            tail = (tail + block)[-200:]
    return tail


def _tool(*names: str) -> str:
    """Return the first program there is: MariaDB's own name, or the one of former releases."""
    for name in names:
        found = shutil.which(name, path=_PATH)
        if found:
            return found
    raise Refused("program-missing", f"there is no program {names[0]}", hint="apt-get install mariadb-client")


def _create(database: str, charset: tuple[str, str]) -> str:
    return f"CREATE DATABASE {_name(database)} CHARACTER SET {charset[0]} COLLATE {charset[1]}"


def _name(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _text(text: str) -> str:
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)"


def _of(database: str, column: str = "table_schema") -> str:
    return f"{column} = '{database}'"  # a checked name: lower-case letters, digits and _ only


def _plain(cell: str) -> str:
    """Undo what batch mode escapes in names."""
    for mark, character in (("\\t", "\t"), ("\\n", "\n"), ("\\\\", "\\")):
        cell = cell.replace(mark, character)
    return cell
