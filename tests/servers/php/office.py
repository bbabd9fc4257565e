"""A mentor who publishes trees of PHP, and the region next door that adopts them: the commands they type."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from tests.lab.machine import Machine
from tests.servers.php.browser import Browser
from tests.servers.php.trees import lay_out
from tests.servers.test_install import Office

DOMAIN = "manggaraikab.go.id"


@dataclass(frozen=True)
class Mentor:
    """The mentor's folder: `catalog/` and `trees/` as trees.py lays them out."""

    office: Office
    signed: tuple[str | Path, ...]

    @classmethod
    def start(cls, office: Office) -> Mentor:
        """Make keys and lay out both programs."""
        phrase = office.folder / "words"
        phrase.write_text("correct horse battery staple\n")
        phrase.chmod(0o600)
        signed = ("--keys", office.folder / "keys", "--passphrase-file", phrase)
        office.semai("publish", "init-keys", *signed)
        lay_out(office.folder)
        return cls(office, signed)

    @property
    def web(self) -> Path:
        return self.office.folder / "web"

    def tree(self, app: str) -> Path:
        return self.office.folder / "trees" / app

    def publish(self) -> None:
        """Publish what the folders hold."""
        where = ("--source", self.office.folder / "catalog", "--to", self.web)
        self.office.semai("publish", "all", *where, *self.signed)

    @property
    def fingerprint(self) -> str:
        return str(self.office.read("publish", "status", "--to", str(self.web))["fingerprint"])

    def change(
        self,
        app: str,
        version: str,
        files: Mapping[str, str],
        after: str,
        change: str = "migrate",
        patience: int = 60,
    ) -> None:
        """Change files of an app's tree and write a further release, like the one of version `after`."""
        for name, text in files.items():
            path = self.tree(app) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        home = self.office.folder / "catalog" / "apps" / app
        content = yaml.safe_load((home / f"{after}.yml").read_text())
        content["health"]["timeout_seconds"] = patience
        content |= {"version": version, "lifecycle": {"change": change, "notices": ["Perbaikan."]}}
        (home / f"{version}.yml").write_text(yaml.safe_dump(content, sort_keys=False))


@dataclass
class Region:
    """A region whose apps live on one machine."""

    office: Office
    machine: Machine
    domain: str = DOMAIN

    def upgrade(self, *, code: int = 0) -> None:
        """Take the newest releases of all apps."""
        self.office.semai("catalog", "update")
        self.office.semai("lock", "--upgrade")
        self.office.semai("apply", "--yes", code=code)

    @cached_property
    def authority(self) -> str:
        """Return the certificate of the region's CA."""
        return str(self.office.read("region", "show", "--dns")["authority"]["certificate"])

    def visitor(self, app: str) -> Browser:
        """Return a fresh visitor of an app's site."""
        return Browser(self.machine.address, f"{app}.{self.domain}", self.authority)

    @cached_property
    def secrets(self) -> dict[str, dict[str, str]]:
        """Return what the vault holds of each app."""
        password = self.office.folder / "state" / "vault" / f"{self.office.region}.pass"
        vault = self.office.inventory / "group_vars" / "all" / "vault.yml"
        words = [
            sys.executable,
            "-m",
            "ansible",
            "vault",
            "view",
            "--vault-password-file",
            str(password),
            str(vault),
        ]
        shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return dict(yaml.safe_load(shown)["semai_vault"]["apps"])
