"""A PostgreSQL of our own in a folder: reached over a socket there alone, gone with the folder."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

USER = "semai"
STANDING = "postgres"  # the user of Debian's package; PostgreSQL refuses to run as root
# The memory of a small server as the role `postgresql` divides it. What is written here is thrown away: no fsync.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "work_mem": "4MB",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
}


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; `folder` holds its socket."""

    folder: Path

    def address(self, name: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"postgres://{USER}@{quote(str(self.folder), safe='')}/{name}"

    def connection(self, name: str = "postgres") -> psycopg.Connection:
        """Return a connection on which each statement stands for itself."""
        return psycopg.connect(host=str(self.folder), user=USER, dbname=name, autocommit=True)

    def create(self, name: str) -> None:
        """Make an empty database."""
        with self.connection() as line:
            line.execute(f'CREATE DATABASE "{name}"')

    def settle(self, name: str) -> str:
        """Do what autovacuum has long done on a server; return how large the database is."""
        with self.connection(name) as line:
            line.execute("VACUUM ANALYZE")
            found = line.execute("SELECT pg_database_size(current_database())").fetchone()
        return f"{found[0] >> 20} MB" if found else ""


class Statements:
    """Counts what an app asks its database, as PostgreSQL saw it."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self.line = cluster.connection()
        self.line.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def restart(self) -> None:
        """Count from nought again."""
        self.line.execute("SELECT pg_stat_statements_reset()")

    def count(self) -> int:
        """Return how many statements there were since."""
        asked = (
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            "WHERE d.datname = %s"
        )
        found = self.line.execute(asked, (self.name,)).fetchone()
        return int(found[0]) if found else 0


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Make and start one in a new folder; stop it at the end, whatever happens."""
    folder.mkdir(parents=True)
    _open_way(folder)
    data = folder / "data"
    _run("initdb", "--pgdata", data, "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
    settings = SETTINGS | {"unix_socket_directories": str(folder)}
    with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    _run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", folder / "log")
    try:
        yield Cluster(folder)
    finally:
        _run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)


def _open_way(folder: Path) -> None:
    """Let PostgreSQL's user reach and own the folder, where root asks."""
    if os.geteuid() == 0:
        folder.parent.chmod(0o711)
        folder.parent.parent.chmod(folder.parent.parent.stat().st_mode | 0o011)
        shutil.chown(folder, STANDING, STANDING)


def _run(program: str, *words: str | Path) -> None:
    path = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    if not path:
        sys.exit("error: PostgreSQL is not installed\nhint: tests/prepare postgresql")
    as_whom: Sequence[str] = ("runuser", "-u", STANDING, "--") if os.geteuid() == 0 else ()
    subprocess.run([*as_whom, path[-1], *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd="/")
