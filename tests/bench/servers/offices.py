"""Regions for the figures: the reference apps, or many tiny ones, locked for one machine and ready for apply."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.figures import Cost, run
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine
from tests.operations.mentor_source import BACKEND
from tests.servers.test_install import Office

USER = "admin"
REFERENCE = ("e-planning", "e-budgeting")
UPDATED = "2026.12.0"  # a release of e-planning in which nothing but its number is new
TARGET = f"3.11/{platform.machine()}"
DOMAIN = "manggaraikab.go.id"

TINY = """
import json, os, socket, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = {"app": os.environ["SEMAI_APP"], "release": os.environ["SEMAI_RELEASE"]}
        text = json.dumps({**body, "database": "ok", "migrations": "current"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words):
        pass


def main():
    if sys.argv[1] == "serve":
        bind = os.environ["SEMAI_BIND"]
        if bind.startswith("fd://"):
            server = ThreadingHTTPServer(("127.0.0.1", 0), Page, bind_and_activate=False)
            server.socket = socket.socket(fileno=3)
        else:
            host, _, port = bind.rpartition(":")
            server = ThreadingHTTPServer((host, int(port)), Page)
        server.serve_forever()
"""
CATALOG = """schema: 1
id: batang
name: Kabupaten Batang
region_code: "33.25"
urls: []
constraints: ../requirements.lock
"""
BASE = """runtime: python
needs: {ram_mb: 32, disk_mb: 20, platforms: [debian-12, debian-13]}
resources: {database: sql, secrets: [secret_key]}
environment:
  SEMAI_APP: "{{ app.id }}"
  SEMAI_RELEASE: "{{ release.version }}"
  SEMAI_BIND: "{{ site.bind }}"
  SEMAI_REGION_FILE: "{{ paths.region_file }}"
  SECRET_KEY: "{{ secrets.secret_key }}"
  DATABASE_URL: "{{ database.url }}"
health: {path: /healthz, timeout_seconds: 60}
"""
APP = """schema: 1
id: $app
name: App $app
summary: One of many tiny apps
owner: Bapperida
terms: {licence: EUPL-1.2}
build: {source: ../sources/$app}
"""
RELEASE = """base: tiny
schema: 1
version: 2026.1.0
commands: {serve: [$app, serve], migrate: [$app, migrate]}
"""
PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "$app"
version = "2026.1.0"
"""


@dataclass(frozen=True)
class Region:
    """A region with its mentor in one folder."""

    office: Office

    @property
    def folder(self) -> Path:
        """Return where all of it lies."""
        return self.office.folder

    def command(self, *words: str) -> list[str]:
        """Return a semai command on this region."""
        places = ["--state", self.folder / "state", "--inventories", self.folder / "inventories"]
        program = Path(sys.executable).with_name("semai")
        return [str(program), *map(str, places), "--region", "manggarai", *words]

    def cost(self, *words: str) -> Cost:
        """Run a command as a person would, and return what it took."""
        return run(self.command(*words))

    @property
    def apps(self) -> list[dict[str, Any]]:
        """Return what deployment.yml says of the apps, in the order they were added."""
        return sorted(self.deployment["semai_apps"], key=lambda item: int(item["port"]))

    @property
    def deployment(self) -> dict[str, Any]:
        """Return deployment.yml."""
        text = (self.office.inventory / "group_vars" / "all" / "deployment.yml").read_text()
        return dict(yaml.safe_load(text.replace("!unsafe ", "")))

    @property
    def authority(self) -> str:
        """Return the certificate of the region's CA."""
        return str(self.office.read("region", "show", "--dns")["authority"]["certificate"])

    def file_of(self, artifact: dict[str, Any]) -> Path:
        """Return an artifact as the mentor published it."""
        (found,) = (self.folder / "catalog" / "targets").rglob(f"{artifact['sha256']}.*")
        return found

    def release_of(self, app: str, change: str) -> None:
        """Be the mentor who publishes the next release of a reference app, and lock it."""
        source = self.folder / "mentor"
        written = (source / "catalog" / "apps" / app / "2026.11.0.yml").read_text()
        text = written.replace("2026.11.0", UPDATED)
        text = re.sub(r"^lifecycle:$", f"lifecycle:\n  change: {change}", text, flags=re.MULTILINE)
        (source / "catalog" / "apps" / app / f"{UPDATED}.yml").write_text(text)
        project = source / "bundle" / app / "pyproject.toml"
        project.write_text(project.read_text().replace('version = "2026.11.0"', f'version = "{UPDATED}"', 1))
        publish(self.office, source / "catalog", "release-of")
        self.office.semai("catalog", "update")
        self.office.semai("lock", "--upgrade", app)


def reference(folder: Path, machine: Machine) -> Region:
    """Return a region with the reference apps, from a mentor's source of its own."""
    source = folder / "mentor"
    ignored = shutil.ignore_patterns("__pycache__", ".*", "tests")
    for name in ("catalog", "bundle"):
        shutil.copytree(CHECKOUT / name, source / name, ignore=ignored)
    shutil.copy(CHECKOUT / "requirements.lock", source)
    return _locked(folder, machine, source / "catalog", REFERENCE)


def crowd(folder: Path, machine: Machine, count: int) -> Region:
    """Return a region with so many tiny apps."""
    source, names = folder / "mentor", [f"app-{number:02}" for number in range(1, count + 1)]
    _write(source / "catalog/catalog.yml", CATALOG)
    _write(source / "catalog/bases/tiny.yml", BASE)
    shutil.copy(CHECKOUT / "requirements.lock", source)
    for name in names:
        _write(source / f"sources/{name}/pyproject.toml", PROJECT.replace("$app", name))
        backend = BACKEND.format(project=name, version="2026.1.0", requires=[], script=True)
        _write(source / f"sources/{name}/backend.py", backend)
        _write(source / f"sources/{name}/{name.replace('-', '_')}/__init__.py", TINY)
        _write(source / f"catalog/apps/{name}/app.yml", APP.replace("$app", name))
        _write(source / f"catalog/apps/{name}/2026.1.0.yml", RELEASE.replace("$app", name))
    return _locked(folder, machine, source / "catalog", names)


def publish(office: Office, source: Path, verb: str = "first") -> None:
    """Build and sign a catalog; the keys are made the first time."""
    passphrase = office.folder / "passphrase"
    signed = ("--keys", office.folder / "keys", "--passphrase-file", passphrase)
    if verb == "first":
        passphrase.write_text("correct horse battery staple\n")
        passphrase.chmod(0o600)
        office.semai("publish", "init-keys", *signed)
    office.semai(
        "publish", "all", "--source", source, "--to", office.folder / "catalog", *signed, "--target", TARGET
    )


def _locked(folder: Path, machine: Machine, source: Path, names: Iterable[str]) -> Region:
    office = Office(folder)
    machine.add_user(USER, sudo=True)
    publish(office, source)
    office.semai("region", "new", "manggarai", "--code", "53.10", "--defaults", "--server", "--user", USER)
    office.lead_to(machine, USER)
    known = office.read("publish", "status", "--to", str(folder / "catalog"))["fingerprint"]
    office.semai("mentor", "add", "batang", folder / "catalog", "--fingerprint", known)
    office.semai("catalog", "update")
    for name in names:
        office.semai("add", name, "--yes")
    office.semai("lock")
    return Region(office)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def settled(seconds: float = 2.0) -> None:
    """Wait a moment for what a run has left behind on the machines."""
    time.sleep(seconds)
