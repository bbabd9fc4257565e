"""The canary with PostgreSQL on a machine, kept by systemd; the tool is called as the controller calls it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semai_host import drill_database, managed_files

from tests.faults.cells import UNDO
from tests.faults.judging import Standing
from tests.faults.machine import ROOT, Database, OnMachine, ask, asked, bring_backups, install, recovery_unit
from tests.faults.releases import BAD, EDITED, EDITS, SHIPPED, UNDONE, UNDONE_RELEASE
from tests.host.rig import sha256, uv_wheel
from tests.host.server import PORT, Server
from tests.lab.lab import Lab

REGION = f"{ROOT}/apps/kolam/shared/region.json"
PSQL = "runuser -u postgres -- psql -XqAt"
APP, NAME = "kolam", "semai_kolam"
SOCKET = {"driver": "postgresql", "name": NAME, "user": NAME, "host": "/run/postgresql", "port": 5432}


def postgresql(name: str) -> Database:
    """Return how PostgreSQL of Debian 12 is asked about an app's database."""
    kept = f"'{name}', '{name}{drill_database.SUFFIX}'"
    others = f"datname NOT IN ('postgres', 'template0', 'template1', {kept})"
    schemas = "nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')"
    copy = '"$1/database.pgdump"'
    return Database(
        unit="postgresql@15-main",
        answers=f"{PSQL} -c 'SELECT 1'",
        copies=f"test ! -e {copy} || pg_restore -f - --data-only -t visit {copy}",
        scratch=f"""{PSQL} -c "SELECT datname FROM pg_database WHERE {others}"
            {PSQL} -d {name} -c "SELECT nspname FROM pg_namespace WHERE {schemas}" || true""",
    )


class PythonMachine(OnMachine):
    """A machine with the app `kolam`."""

    def __init__(self, server: Server, fault: Path) -> None:
        super().__init__(server.machine, fault, APP, postgresql(NAME))
        self.server = server

    def prepare(self) -> None:
        self.server.prepare()
        name, unit = recovery_unit()  # in the place of the one that other tests make do with
        self.machine.put(f"/etc/systemd/system/{name}", unit)
        self.machine.run(f"systemctl daemon-reload && systemctl reenable -q {name}")
        self.server.bring_postgresql(NAME)
        install(self.machine, "restic")
        bring_backups(self.machine)
        super().prepare()

    def words(self, verb: str, wanted: Standing) -> list[str]:
        if verb in ("remove", "rollback"):
            return [verb, APP]
        if verb == "backup":
            return ["backup", "create", APP]
        if verb == "restore":
            return ["backup", "restore", self.sets()[0], APP]
        if verb == UNDO:
            return self._words_of_bad(UNDONE_RELEASE, wanted)
        change = "code" if verb == "upgrade-code" else "migrate"
        request = self.server.request(
            APP, wanted.version, schema=wanted.schema, greeting=wanted.greeting, change=change, database=SOCKET
        )
        self.server.bring(request)
        return ["configure" if verb == "configure" else "activate", "/root/request.json"]

    def try_release(self, kind: str, wanted: Standing) -> int:
        code = self.tool(self._words_of_bad(kind, wanted)).code
        if kind == EDITS:
            said = self.machine.run(f"cat {REGION} {REGION}{managed_files.BESIDE}").out
            assert said.encode() == EDITED + SHIPPED
        return code

    def _words_of_bad(self, kind: str, wanted: Standing) -> list[str]:
        """Return what upgrades to a release that is bad in this way, all it needs brought."""
        bad = BAD[kind]
        request = self.server.request(
            APP,
            wanted.version,
            bad.behaviour,
            wanted.schema,
            greeting=wanted.greeting,
            database=SOCKET,
            **bad.changes,
        )
        if bad.code == UNDONE:
            request["health"]["timeout_seconds"] = bad.patience
        if kind == EDITS:
            self._edit(request)
        self.server.bring(request)
        return ["activate", "/root/request.json"]

    def _edit(self, request: dict[str, Any]) -> None:
        """Edit a file as an administrator does, and have the release ship another text of it."""
        self.machine.run(f"cat > {REGION}", given=EDITED)
        self.machine.put(f"{self.folder}/staged/shared/region.json", SHIPPED, "0640")
        request["files"]["shared/region.json"] = {
            "sha256": sha256(EDITED),
            "mode": "0640",
            "shipped": sha256(SHIPPED),
        }

    def standing(self) -> tuple[Standing, frozenset[str], frozenset[str]]:
        told = [ask(self.machine.address, PORT, path)[1] for path in ("/healthz", "/settings", "/content")]
        health, settings, content = told
        standing = Standing(health["release"], settings["GREETING"], content["schema"])
        return standing, frozenset(content["words"]), frozenset(content["letters"])

    def write(self, word: str) -> bool:
        return asked(self.machine.address, PORT, f"/visit?word={word}", "POST") == http.client.OK

    def status(self) -> int | None:
        return asked(self.machine.address, PORT, "/healthz")


@contextmanager
def ground(lab: Lab, fault: Path) -> Iterator[PythonMachine]:
    """Yield a fresh machine, ready; `fault` is the folder both sides see."""
    machines = lab.machines(1, shared={"/fault": fault})
    try:
        made = PythonMachine(Server(machines[0], uv_wheel()), fault)
        made.prepare()
        yield made
    finally:
        lab.discard(machines)
