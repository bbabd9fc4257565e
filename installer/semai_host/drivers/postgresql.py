"""PostgreSQL: copied by pg_dump, verified by reading the copy back, brought back in one transaction.

The role and its database are made by the role `postgresql`; their content is ours. Tools speak as that role with
its password in their environment only, run as the app's user, and live on pipes: they end with the run that
feeds them, and a transaction that was not told to commit is forgotten by the server.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .. import durable
from ..accounts import Account
from ..errors import HostError, Refused
from ..parts import Database
from . import Counted, sql_files
from .postgresql_sql import (
    COUNT_OBJECTS,
    COUNT_ROWS,
    COUNT_TABLES,
    DISCONNECT_OTHERS,
    DROP_ALL,
    SHARE_SNAPSHOT,
    SIZE,
)

COPY = "database.pgdump"
DIGEST = "database.sha256"
CONNECT_SECONDS = 10
QUESTION_SECONDS = 120.0
COUNT_SECONDS = 1800.0  # every table is read once
_BLOCK = 1 << 20
_PATH = "/usr/local/bin:/usr/bin:/bin"
_AUTHENTICATION = "password authentication failed"
_NONE_SUCH = re.compile(r'database "[^"]*" does not exist')
_SHUT = re.compile(rb"\\(un)?restrict [0-9A-Za-z]+\r?\n?")
_NO_CONNECTION = 2  # psql's exit code


class NoDatabase(Refused):
    """The server has no database of that name."""


class PostgresqlDatabase:
    """The database of one app; `passwords` are tried in turn, because one may just have been changed."""

    def __init__(self, database: Database, passwords: Sequence[str], account: Account | None) -> None:
        self.database = database
        self.account = account
        self._passwords = list(dict.fromkeys(passwords))

    def exists(self) -> bool:
        """Tell whether anything of the app's lies in the database; an empty one is none."""
        try:
            return int(self._ask(COUNT_OBJECTS)) > 0
        except NoDatabase:
            return False

    def size(self) -> int:
        """Return half of what the database takes: a compressed copy has no indexes."""
        return int(self._ask(SIZE)) // 2

    def dump(self, folder: Path) -> None:
        self._dump(folder, packed=True)

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        """Count in the very snapshot that is copied."""
        self._ask("SELECT 1;")  # settles which password is right
        with self._running("psql", self._psql_words, subprocess.PIPE, subprocess.PIPE) as client:
            assert client.stdin
            assert client.stdout
            client.stdin.write(SHARE_SNAPSHOT.encode())
            client.stdin.flush()
            snapshot = client.stdout.readline().decode().strip()
            if not snapshot:
                raise self._failed("the rows were counted", client.communicate()[1])
            self._dump(folder, packed, f"--snapshot={snapshot}")
            out, said = client.communicate(COUNT_ROWS.encode(), COUNT_SECONDS)
            if client.returncode:
                raise self._failed("the rows were counted", said)
        return Counted(_counts(out.decode()))

    def _dump(self, folder: Path, packed: bool, *words: str) -> None:
        copy = folder / COPY
        tables = int(self._ask(COUNT_TABLES))  # finds out which password is right, too
        with copy.open("wb") as file:
            copy.chmod(0o600)
            # People wait for a packed copy: level 1 takes a third of the time of the usual 6.
            size = "--compress=1" if packed else "--compress=0"
            digest = self._copy(["--format=custom", size, *words, *self._where], file)
            file.flush()
            os.fsync(file.fileno())
        self._verify(copy, tables)
        durable.write(folder / DIGEST, digest.encode())

    def verify(self, folder: Path) -> None:
        copy = folder / COPY
        if not copy.exists() or durable.digest_file(copy) != (folder / DIGEST).read_text():
            raise HostError("database-damaged", f"{copy} is not the file that was written")

    def rows(self) -> dict[str, int]:
        try:
            return _counts(self._ask(COUNT_ROWS, COUNT_SECONDS))
        except NoDatabase:
            return {}

    def restore(self, folder: Path, spent: bool = False) -> None:
        """Replace everything in one transaction: until its last word the database stays as it is."""
        self.verify(folder)
        copy = folder / COPY
        self._ask(DISCONNECT_OTHERS)
        with self._running("psql", self._psql_words, stdin=subprocess.PIPE) as client:
            self._feed(client, copy)

    def discard(self) -> None:
        """Leave the database empty; making it away is for the role that made it."""
        try:
            self._ask(DISCONNECT_OTHERS)
            self._ask(f"BEGIN;\n{DROP_ALL}\nCOMMIT;\n")
        except NoDatabase:
            return

    def load(self, path: Path) -> None:
        """Run a file of SQL (plain or .gz, as `pg_dump --no-owner` writes it) in the database."""
        self._ask("SELECT 1;")  # settles which password is right
        with sql_files.opened(path) as content, self._running("psql", self._psql_words, subprocess.PIPE) as client:
            assert client.stdin
            try:
                # psql's own commands, which start programs and read files, are off until a word nobody knows.
                client.stdin.write(
                    f"SET client_min_messages = error;\n\\restrict {secrets.token_hex(16)}\n".encode()
                )
                for line in content:
                    if not _SHUT.fullmatch(line):  # pg_dump guards its own copies in the same way
                        client.stdin.write(line)
                client.stdin.close()
            except BrokenPipeError:  # it gave up; it says why
                _close(client.stdin)
            client.stdin = None  # closed as it is, `communicate` must not write to it
            _, said = client.communicate()
            if client.returncode:
                raise self._failed(f"{path.name} was loaded", said)

    def _feed(self, client: subprocess.Popen[bytes], copy: Path) -> None:
        """Tell psql to drop all, to load the copy, and only when that was read to its end to commit."""
        assert client.stdin
        read = ["--no-owner", "--no-privileges", "--no-comments", "--file=-"]
        try:
            client.stdin.write(f"BEGIN;\n{DROP_ALL}\n".encode())
            self._pour("pg_restore", read, client.stdin, "reading the copy of the database", copy)
            client.stdin.write(b"\nCOMMIT;\n")
            client.stdin.close()
        except BrokenPipeError:  # it gave up; it says why
            _close(client.stdin)
        client.stdin = None  # closed as it is, `communicate` must not write to it
        _, said = client.communicate()
        if client.returncode:
            raise self._failed("bringing the database back", said)

    def _copy(self, words: Sequence[str], file: IO[bytes]) -> str:
        """Copy into `file` while pg_restore reads along to the end; return the sha256 of what was written."""
        digest = hashlib.sha256()
        with (
            self._running("pg_restore", ["--file=-"], subprocess.PIPE) as reader,
            self._running("pg_dump", words, stdout=subprocess.PIPE) as tool,
        ):
            assert tool.stdout
            assert tool.stderr
            assert reader.stdin
            try:
                while block := tool.stdout.read(_BLOCK):
                    digest.update(block)
                    file.write(block)
                    reader.stdin.write(block)
                reader.stdin.close()
            except BrokenPipeError:  # it could not go on reading; it says why
                _close(reader.stdin)
            else:
                said = tool.stderr.read()
                if tool.wait():
                    raise self._failed("copying the database", said)
            reader.stdin = None  # closed as it is, `communicate` must not write to it
            _, said = reader.communicate()
            if reader.returncode:
                raise self._failed("reading the copy of the database", said)
        return digest.hexdigest()

    def _verify(self, copy: Path, tables: int) -> None:
        """Count the tables of a copy."""
        listed = self._read("pg_restore", ["--list"], copy)
        found = sum(" TABLE DATA " in line for line in listed.splitlines() if not line.startswith(";"))
        if found != tables:
            raise HostError("database-damaged", f"{copy} holds {found} tables, the database {tables}")

    def _pour(
        self, program: str, words: Sequence[str], target: IO[bytes], what: str, source: Path | None = None
    ) -> None:
        """Run a tool and pass what it prints to `target`."""
        with _opened(source) as stdin, self._running(program, words, stdin, subprocess.PIPE) as tool:
            assert tool.stdout
            assert tool.stderr
            shutil.copyfileobj(tool.stdout, target, _BLOCK)
            said = tool.stderr.read()
            if tool.wait():
                raise self._failed(what, said)

    def _read(self, program: str, words: Sequence[str], source: Path) -> str:
        with _opened(source) as stdin, self._running(program, words, stdin, subprocess.PIPE) as tool:
            out, said = tool.communicate()
        if tool.returncode:
            raise self._failed("reading the copy of the database", said)
        return out.decode(errors="replace")

    def _ask(self, sql: str, patience: float = QUESTION_SECONDS) -> str:
        """Return what psql prints for statements given on its stdin; settle which password is right."""
        while True:
            with self._running("psql", self._psql_words, subprocess.PIPE, subprocess.PIPE) as client:
                try:
                    out, said = client.communicate(sql.encode(), patience)
                except subprocess.TimeoutExpired:
                    seconds = f"{patience:g}"
                    raise HostError("database-failed", f"PostgreSQL did not answer within {seconds} s") from None
            if not client.returncode:
                return out.decode().strip()
            if client.returncode == _NO_CONNECTION and _NONE_SUCH.search(said.decode(errors="replace")):
                raise NoDatabase("database-missing", f"there is no database {self.database.name}")
            if client.returncode == _NO_CONNECTION and _AUTHENTICATION in said.decode(errors="replace"):
                self._passwords.pop(0)
                if self._passwords:
                    continue
            raise self._failed("the database was asked", said, client.returncode == _NO_CONNECTION)

    @property
    def _where(self) -> list[str]:
        to = self.database
        return [f"--host={to.host}", f"--port={to.port}", f"--username={to.user}", "--no-password", to.name]

    @property
    def _psql_words(self) -> list[str]:
        quiet = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
        return [*quiet, *self._where]

    @contextmanager
    def _running(
        self, program: str, words: Sequence[str], stdin: Any = subprocess.DEVNULL, stdout: Any = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Have a tool running for the block, as the app's user; afterwards it has ended."""
        drop: dict[str, Any] = {}
        if self.account:
            drop = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        tool = subprocess.Popen(
            [_tool(program), *words],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=self._environment(),
            cwd="/",
            start_new_session=True,
            **drop,
        )
        try:
            yield tool
        finally:
            if tool.poll() is None:
                tool.kill()
            tool.wait()
            for stream in (tool.stdin, tool.stdout, tool.stderr):
                if stream and not stream.closed:
                    _close(stream)

    def _environment(self) -> dict[str, str]:
        if not self._passwords:
            raise Refused(
                "database-password-missing",
                "shared/env has no DATABASE_PASSWORD that the database takes",
                hint="apply again: the configuration is written anew",
            )
        return {
            "PATH": _PATH,
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "PGPASSWORD": self._passwords[0],
            "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
            "PGAPPNAME": "semai-host",
        }

    def _failed(self, what: str, said: bytes, unreachable: bool = False) -> HostError:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        if "No space left" in "\n".join(lines):
            return HostError(
                "disk-full", f"{self.database.name}: {lines[-1]}", "free some space on the database server"
            )
        if unreachable:
            return Refused(
                "database-down",
                f"the database {self.database.name} at {self.database.host} cannot be reached: {lines[0]}",
                hint="start the database server, then apply again",
            )
        return HostError("database-failed", f"PostgreSQL refused while {what}: {lines[-1]}", output=lines[-12:])


def _counts(lines: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in map(json.loads, lines.splitlines())}


@contextmanager
def _opened(source: Path | None) -> Iterator[Any]:
    if source is None:
        yield subprocess.DEVNULL
        return
    with source.open("rb") as file:
        yield file


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:  # what was still to be written has no reader any more
        return


def _tool(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise Refused("program-missing", f"there is no program {name}", hint="apt-get install postgresql-client")
    return found
