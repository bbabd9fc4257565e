"""A plain PHP app with MariaDB on a machine, behind nginx; the tool is called as the controller calls it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.judging import Standing
from tests.faults.machine import HERE, ROOT, Database, OnMachine, ask, asked, bring_backups, install, recovery_unit
from tests.faults.releases import BAD
from tests.host.phprig import PhpHost
from tests.host.test_php_apps import Plain
from tests.lab.lab import Lab

APP, PORT = "arsip", 8101
OWN = {path.relative_to(HERE / "phpapp").as_posix(): path.read_text() for path in (HERE / "phpapp").rglob("*.php")}
SCHEMATA = "information_schema.schemata"
KNOWN = "'mysql', 'sys', 'information_schema', 'performance_schema', 'semai_arsip'"
MARIADB = Database(
    unit="mariadb",
    answers="mariadb -e 'SELECT 1'",
    copies='test ! -e "$1/database.sql.gz" || zcat "$1/database.sql.gz"',
    scratch=f'mariadb -BNe "SELECT schema_name FROM {SCHEMATA} WHERE schema_name NOT IN ({KNOWN})"',
)
SITE = f"""server {{
    listen {PORT};
    root {ROOT}/apps/{APP}/current/tree;
    location / {{
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $realpath_root;
        fastcgi_pass unix:/run/semai/{APP}.sock;
    }}
}}
"""
BAD_FILES = {"unhealthy": "BROKEN", "migration-fails": "DESTROYS"}  # with which a release is bad in this way
NOBODY = (http.client.BAD_GATEWAY, http.client.GATEWAY_TIMEOUT, http.client.NOT_FOUND)  # nginx has nobody to ask


class PhpMachine(OnMachine):
    """A machine with the app `arsip`."""

    def __init__(self, host: PhpHost, fault: Path) -> None:
        super().__init__(host.machine, fault, APP, MARIADB)
        self.plain = Plain(host, APP)
        self._changes: dict[str, str] = {}  # the class of each version, which is part of a release

    def prepare(self) -> None:
        name, unit = recovery_unit()
        self.machine.put(f"/etc/systemd/system/{name}", unit)
        self.machine.run(f"systemctl daemon-reload && systemctl enable -q {name}")
        install(self.machine, "restic nginx-light")
        self.machine.put("/etc/nginx/sites-enabled/default", SITE.encode())
        self.machine.run("systemctl reload nginx")
        bring_backups(self.machine)
        super().prepare()

    def words(self, verb: str, wanted: Standing) -> list[str]:
        if verb in ("remove", "rollback"):
            return [verb, APP]
        if verb == "backup":
            return ["backup", "create", APP]
        if verb == "restore":
            return ["backup", "restore", self.sets()[0], APP]
        change = self._changes.setdefault(wanted.version, "code" if verb == "upgrade-code" else "migrate")
        files = {**OWN, "SCHEMA": str(wanted.schema)}
        request = self.plain.release(wanted.version, wanted.greeting, files, change=change)
        self.plain.host.bring(request)
        return ["configure" if verb == "configure" else "activate", "/root/request.json"]

    def try_release(self, kind: str, wanted: Standing) -> int:
        files = {**OWN, "SCHEMA": str(wanted.schema), BAD_FILES[kind]: ""}
        request = self.plain.release(wanted.version, wanted.greeting, files)
        request["health"]["timeout_seconds"] = BAD[kind].patience
        self.plain.host.bring(request)
        return self.tool(["activate", "/root/request.json"]).code

    def standing(self) -> tuple[Standing, frozenset[str], frozenset[str]]:
        told = ask(self.machine.address, PORT, "/content.php")[1]
        standing = Standing(told["release"], told["greeting"], told["schema"])
        return standing, frozenset(told["words"]), frozenset(told["letters"])

    def write(self, word: str) -> bool:
        return asked(self.machine.address, PORT, f"/keep.php?word={word}") == http.client.OK

    def status(self) -> int | None:
        status = asked(self.machine.address, PORT, "/content.php")
        return None if status in NOBODY else status


@contextmanager
def ground(lab: Lab, fault: Path) -> Iterator[PhpMachine]:
    """Yield a fresh machine, ready; `fault` is the folder both sides see."""
    machines = lab.machines(1, shared={"/fault": fault})
    try:
        made = PhpMachine(PhpHost(machines[0]), fault)
        made.prepare()
        yield made
    finally:
        lab.discard(machines)
