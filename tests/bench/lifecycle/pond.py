"""The app the figures are of: the counting app of the tests with a gigabyte of rows and one of media."""

from __future__ import annotations

import json
import time

from tests.bench.figures import Figure
from tests.host.server import ROOT, Server
from tests.lab.machine import Machine

TOPIC = "lifecycle"
APP, NAME = "kolam", "semai_kolam"
MEDIA = f"{ROOT}/apps/{APP}/shared/media"
REPOSITORY = "/srv/backups"
_DATABASE = {"driver": "postgresql", "name": NAME, "user": NAME, "host": "/run/postgresql", "port": 5432}
_ROWS, _COLUMNS = 1_000_000, 28  # 32 letters each: 0.9 GB of text, 1.0 GB with PostgreSQL's own
_FILES, _FILE_MB = 256, 4
_BACKUP = {
    "schema": 1,
    "repository": {"kind": "local", "location": REPOSITORY},
    "retention": {"daily": 7, "weekly": 5, "monthly": 12},
    "sets": [],
    "excluded": [],
}


class Pond(Server):
    """A machine with PostgreSQL, restic and the app."""

    def __init__(self, machine: Machine, uv: tuple[str, bytes]) -> None:
        super().__init__(machine, uv)
        self._month = 0

    def fill(self) -> None:
        """Install everything and lay the data there."""
        self.prepare()
        self.bring_postgresql(NAME)
        self.machine.run("DEBIAN_FRONTEND=noninteractive apt-get install -y -q restic", timeout=400)
        self.activate(self.release())
        letters = " || ".join(["md5(random()::text)"] * _COLUMNS)
        rows = (
            f"SET ROLE {NAME}; CREATE TABLE bulk (id serial PRIMARY KEY, body text);\n"
            f"INSERT INTO bulk (body) SELECT {letters} FROM generate_series(1, {_ROWS});\n"
        )
        self.machine.run(f"runuser -u postgres -- psql -Xq {NAME}", given=rows.encode(), timeout=900)
        self.machine.run(
            f"cd {MEDIA} && for n in $(seq {_FILES}); do head -c {_FILE_MB}M /dev/urandom >scan-$n.pdf; done"
            f" && chown --reference=. scan-* && sync",
            timeout=600,
        )
        self.machine.put(f"{ROOT}/backup/backup.json", json.dumps(_BACKUP).encode(), "0600")
        self.machine.put(f"{ROOT}/backup/env", b'RESTIC_PASSWORD="kolam kolam"\n', "0600")

    def release(self, **changes: object) -> dict:
        """Return a request for the next release; each has a schema of its own."""
        self._month += 1
        number = changes.pop("schema", self._month)
        return self.request(APP, f"2026.{self._month}.0", schema=number, database=_DATABASE, **changes)

    def said(self) -> str:
        """Return what there is, as PostgreSQL and du count it."""
        size = self.machine.run(
            f"runuser -u postgres -- psql -XqAt -c \"SELECT pg_database_size('{NAME}')\""
        ).out.strip()
        return f"PostgreSQL {int(size) >> 20} MB, media {self.bytes_of(MEDIA) >> 20} MB in {_FILES} files"

    def bytes_of(self, folder: str) -> int:
        """Return what a folder takes."""
        return int(self.says(f"du -sb {folder}").split()[0])

    def seconds(self, what: str, command: str, note: str = "") -> Figure:
        """Run a command there and return how long it took."""
        self.machine.run("sync")
        started = time.perf_counter()
        self.machine.run(command, timeout=900)
        return Figure(TOPIC, what, (time.perf_counter() - started,), note=note)

    def dump(self, to: str, *words: str) -> str:
        """Return the command that copies the database by pg_dump alone."""
        return f"runuser -u postgres -- pg_dump --format=custom {' '.join(words)} {NAME} >{to}"
