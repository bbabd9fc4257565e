"""A region with a real mentor and a small Debian archive: what export and import work with, no network."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.debian_packages import Mirrors
from semai.adapters.mentor_client import MentorClient
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.core.carrier import FAT_LIMIT
from semai.core.catalog import Artifact, Manifest, release_digest
from semai.core.offline import HostKind
from semai.core.packages import Archive, PackageList, PhpPackages
from semai.operations import export, import_
from semai.operations.export import Exported, ExportRequest, Shipment
from semai.operations.import_ import Imported, ImportRequest

from tests.lab.fixtures import stand_down
from tests.operations.region_world import World
from tests.simulator.repository import TODAY, Repository, app, release

KIND = HostKind("debian-12", "x86_64", "3.11")
WHEELS = {"e_planning-1-py3-none-any.whl": b"P" * 5000, "kit-1-py3-none-any.whl": b"K" * 300}
ELSEWHERE = {"kit-1-cp39-aarch64.whl": b"A" * 200}


def need_apt() -> None:
    """Stand down loudly where this machine has no apt to work with."""
    import os

    lacking = [f"{name} is not here" for name in ("apt-get", "gpg", "gpgv", "dpkg-deb") if not shutil.which(name)]
    if lacking:
        stand_down(lacking, ci=os.environ.get("CI") == "true")


@dataclass
class Debian:
    """A tiny signed archive: nginx asks for versions of nginx-common and the essential libc6; dpkg is essential."""

    folder: Path
    packages: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "nginx": {"Version": "1:1.2-3", "Depends": "nginx-common (>= 1), libc6 (>= 2)"},
            "nginx-common": {"Version": "1.2~rc1-3", "Architecture": "all"},
            "libc6": {"Version": "2.36-9+deb12u1", "Essential": "yes", "Depends": "dpkg"},
            "dpkg": {"Version": "1.21", "Essential": "yes"},
            "unwanted": {"Version": "1"},
        }
    )

    @property
    def keyring(self) -> Path:
        return self.folder / "archive.gpg"

    @property
    def mirrors(self) -> Mirrors:
        return Mirrors(f"file:{self.folder}", f"file:{self.folder}")

    @property
    def listed(self) -> PackageList:
        archive = Archive(
            codename="tiny",
            keyring=str(self.keyring),
            keyring_package="tiny-keyring",
            main=("tiny",),
            python="3.11",
            php="8",
        )
        return PackageList(
            releases={"debian-12": archive}, roles={"nginx": {"any": ("nginx",)}}, php=PhpPackages(base=("php",))
        )

    def build(self) -> Debian:
        pool, index = self.folder / "pool", self.folder / "dists/tiny/main/binary-amd64"
        for folder in (pool, index):
            folder.mkdir(parents=True)
        for name, fields in self.packages.items():
            self._package(pool, name, fields)
        scanned = self._run("dpkg-scanpackages", "--multiversion", "pool", cwd=self.folder)
        (index / "Packages").write_bytes(scanned)
        self.sign()
        return self

    def sign(self) -> None:
        from hashlib import sha256

        content = (self.folder / "dists/tiny/main/binary-amd64/Packages").read_bytes()
        text = (
            "Suite: tiny\nCodename: tiny\nArchitectures: amd64\nComponents: main\n"
            "Date: Sat, 21 Nov 2026 08:00:00 UTC\nSHA256:\n"
            f" {sha256(content).hexdigest()} {len(content)} main/binary-amd64/Packages\n"
        )
        home = self.folder / "g"
        if not home.exists():
            home.mkdir(mode=0o700)
            self._gpg(home, "--passphrase", "", "--quick-generate-key", "tiny", "ed25519", "sign", "never")
            self.keyring.write_bytes(self._gpg(home, "--export"))
        signed = self._gpg(home, "--clear-sign", given=text.encode())
        (self.folder / "dists/tiny/InRelease").write_bytes(signed)
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)

    def _package(self, pool: Path, name: str, fields: dict[str, str]) -> None:
        tree = self.folder / "build" / name
        (tree / "DEBIAN").mkdir(parents=True)
        control = {
            "Package": name,
            "Architecture": "amd64",
            "Maintainer": "x <x@x>",
            "Description": "x\n y",
            **fields,
        }
        (tree / "DEBIAN/control").write_text("".join(f"{key}: {value}\n" for key, value in control.items()))
        self._run("dpkg-deb", "--root-owner-group", "-b", str(tree), str(pool))

    def _gpg(self, home: Path, *words: str, given: bytes = b"") -> bytes:
        return self._run("gpg", "--homedir", str(home), "--batch", "--quiet", "--no-tty", *words, given=given)

    @staticmethod
    def _run(*words: str, given: bytes = b"", cwd: Path | None = None) -> bytes:
        return subprocess.run(words, input=given, cwd=cwd, check=True, capture_output=True).stdout


class Offline:
    """Two controllers of one region: `online` exports to `stick`, `away` imports from it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, TODAY
        self.mentor = Repository()
        self.publish(WHEELS, ELSEWHERE)
        self.online = World(folder / "online")
        self.stick = folder / "stick"
        self.away_state = State(folder / "away-state")
        self.debian: Debian | None = None
        self.trust()
        self.select()
        self.online.lock()
        shutil.copytree(self.online.inventories, folder / "away")
        self.away = RegionFiles(folder / "away" / "manggarai")

    def publish(self, wheels: dict[str, bytes], elsewhere: dict[str, bytes], version: str = "2026.11.0") -> None:
        """Sign a catalog with one app of these files; the second are for another machine."""
        made = [self.mentor.add_artifact(f"apps/e-planning/1/{n}", content) for n, content in wheels.items()]
        made += [
            {**self.mentor.add_artifact(f"apps/e-planning/1/{n}", content), "when": [{"machine": "aarch64"}]}
            for n, content in elsewhere.items()
        ]
        made_of = release(version, artifacts=made)
        whole = Manifest.model_validate(made_of["manifest"]), [Artifact.model_validate(a) for a in made]
        self.mentor.index["apps"] = [app("e-planning", {**made_of, "digest": release_digest(*whole)})]
        self.mentor.publish(later=timedelta(hours=1))
        self.web = self.mentor.write_to(self.folder / "web")

    @property
    def client(self) -> MentorClient:
        return MentorClient(self.online.state, "batang")

    @property
    def state(self) -> State:
        return State(self.online.state)

    def trust(self) -> None:
        self.client.add([self.web], self.mentor.fingerprint, None, self.now)
        self.client.refresh(self.now)

    def select(self) -> None:
        self.online.select(
            {"batang/e-planning": {"version": "", "port": 8101}},
            mentors={"batang": {"url": self.web, "fingerprint": self.mentor.fingerprint}},
        )

    def with_debian(self) -> None:
        self.debian = Debian(self.folder / "d").build()

    def request(self, limit: int = FAT_LIMIT, kinds: tuple[HostKind, ...] = (KIND,)) -> ExportRequest:
        if self.debian is None:
            return ExportRequest(self.stick, kinds, None, limit)
        return ExportRequest(self.stick, kinds, self.debian.listed, limit, self.debian.mirrors)

    def prepare(self, **request: Any) -> Shipment:
        return export.prepare(self.online.files, self.state, self.request(**request), QUIET)

    def export(self, **request: Any) -> Exported:
        shipment = self.prepare(**request)
        return export.perform(self.online.files, self.state, shipment, self.now, QUIET)

    def fingerprint(self) -> str:
        from semai.adapters.apt_repository import PackagesFolder
        from semai.core.openpgp import fingerprint

        return fingerprint(PackagesFolder(self.online.state, "manggarai").public.read_bytes())

    def import_(self, now: datetime | None = None, **request: Any) -> Imported:
        given = {"fingerprint": self.fingerprint(), **request}
        arrival = import_.prepare(self.away, self.away_state, ImportRequest(self.stick, **given))
        return import_.perform(self.away, self.away_state, arrival, now or self.now, lambda *_: None)

    def taken(self) -> dict[str, bytes]:
        """Return what the state away has in use, to prove that a refused import left it alone."""
        kept = ("mentors", "store/sha256", "packages")
        found = {}
        for name in kept:
            for path in (self.away_state.folder / name).rglob("*"):
                if path.is_file() and ".new/" not in f"{path}/":
                    found[str(path)] = path.read_bytes()
        return found


QUIET = export.Watch(lambda *_: None, lambda _: None, lambda *_: None)


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    need_apt()
    return Offline(tmp_path)
