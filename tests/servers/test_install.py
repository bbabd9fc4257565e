"""The way of an IT officer, from a bare Debian machine to https: region new --server, add, lock, plan, apply."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab import inventory
from tests.lab.fixtures import Machines
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab

APP = "e-planning"
SITE = "e-planning.manggaraikab.go.id"


@dataclass(frozen=True)
class Office:
    """The officer's machine: state, inventories and a mentor's catalog in one folder."""

    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "inventories" / "manggarai"

    def semai(self, *words: str | Path, code: int = 0) -> str:
        """Run a command that must end with `code`; return stdout."""
        places = ["--state", self.folder / "state", "--inventories", self.folder / "inventories"]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        ran = subprocess.run(
            [sys.executable, "-m", "semai.cli.main", *map(str, places), "--region", "manggarai", *map(str, words)],
            env={**kept, "PYTHONPATH": str(CHECKOUT / "installer"), "SEMAI_LANG": "en", "COLUMNS": "200"},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=1200,
        )
        assert ran.returncode == code, f"semai {' '.join(map(str, words))}: {ran.returncode}\n{ran.out_err}" if hasattr(
            ran, "out_err"
        ) else f"semai {' '.join(map(str, words))}: {ran.returncode}\n{ran.stderr}\n{ran.stdout}"
        return ran.stdout

    def read(self, *words: str) -> Any:
        """Return what a command writes as JSON."""
        return json.loads(self.semai(*words, "--json"))

    def publish(self) -> str:
        """Be the mentor: build and sign the reference catalog; return its fingerprint."""
        passphrase = self.folder / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        passphrase.chmod(0o600)
        signed = ("--keys", self.folder / "keys", "--passphrase-file", passphrase)
        self.semai("publish", "init-keys", *signed)
        version = "{}.{}".format(3, 11)
        where = ("--source", CHECKOUT / "catalog", "--to", self.folder / "catalog")
        self.semai("publish", "all", *where, *signed, "--target", f"{version}/x86_64")
        return str(self.read("publish", "status", "--to", str(self.folder / "catalog"))["fingerprint"])

    def lead_to(self, machine: Machine, user: str) -> None:
        """Write into hosts.yml what only a lab needs: its key and its known hosts."""
        path = self.inventory / "hosts.yml"
        content = yaml.safe_load(path.read_text())
        content["all"]["children"]["app"]["hosts"]["satu"] |= inventory.connection(machine, user)
        path.write_text(yaml.safe_dump(content, sort_keys=False))


def ask(machine: Machine, authority: str, path: str) -> tuple[int, str]:
    """Open a page at the app's name, trusting the region's CA alone."""
    context = ssl.create_default_context(cadata=authority)
    connection = HTTPSConnection(machine.address, timeout=20, context=context)
    # the name is what the certificate is for; the lab has no DNS
    connection._context.check_hostname = True  # type: ignore[attr-defined]
    connection.sock = context.wrap_socket(connection._create_connection((machine.address, 443), 20), server_hostname=SITE)  # type: ignore[attr-defined]
    connection.request("GET", path, headers={"Host": SITE})
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")
