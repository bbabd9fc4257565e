"""A region with several servers: its lock names notebooks whose artifacts lie in a folder; driven by the CLI."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import yaml
from semai.adapters import resources
from semai.adapters.authority import new_authority
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.vault import VaultFile
from semai.adapters.yaml_files import dump_yaml
from semai.core.catalog import Artifact, Manifest, Release, release_digest
from semai.core.lockfile import Lock, LockedApp, LockedContract, LockedMentor, serialize
from semai.core.secrets import BackupKey, Vault
from semai.operations.deployment import refresh_deployment
from semai.operations.probe import Site

from tests.host.rig import uv_wheel, wheel
from tests.lab import inventory
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine
from tests.roles.offered import offer

HERE = Path(__file__).parent
DOMAIN = "manggaraikab.go.id"
USER = "admin"
PORT = 8101
ENVIRONMENT = {
    "SEMAI_APP": "{{ app.id }}",
    "SECRET_KEY": "{{ secrets.secret_key }}",
    "SEMAI_MEDIA": "{{ paths.media }}",
    "SEMAI_CONTRACTS": "{{ contracts }}",
}
WITH_DATABASE = {"DATABASE_NAME": "{{ database.name }}", "DATABASE_HOST": "{{ database.host }}"}


@dataclass(frozen=True)
class Notebook:
    """One release of the app under one of its names."""

    name: str
    version: str = "2026.1.0"
    behaviour: str = "good"
    change: str = "migrate"
    database: bool = True
    media: bool = False
    reads: str = ""  # the notebook whose words it reads
    port: int = PORT

    @property
    def answers(self) -> dict[str, str]:
        """Return the region's answers to what the app asks."""
        return {}

    @property
    def key(self) -> str:
        return f"batang/{self.name}"

    @property
    def site(self) -> str:
        """Return the name people reach it by."""
        return f"{self.name}.{DOMAIN}"

    def secret(self, kind: str) -> str:
        """Return one of its secrets; no two are alike, so that a search of a disk tells whose it found."""
        return f"{kind}-{hashlib.sha256(f'{self.name} {kind}'.encode()).hexdigest()[:24]}"

    def manifest(self) -> Manifest:
        return Manifest.model_validate(
            {
                "version": self.version,
                "provides": {} if self.reads else {"notebook.words": ["1.0"]},
                "consumes": {"notebook.words": {"version": ">=1"}} if self.reads else {},
                "needs": {"ram_mb": 20, "disk_mb": 20},
                "resources": {"database": "postgresql" if self.database else "none", "media": self.media},
                "environment": {**ENVIRONMENT, **(WITH_DATABASE if self.database else {})},
                "commands": {"serve": ["notebook", "serve"], "migrate": ["notebook", "migrate"]},
                "lifecycle": {"upgrade_from": [">=2026.1"], "change": self.change},
                "health": {"timeout_seconds": 20},
            }
        )

    def files(self) -> Iterable[tuple[str, str, bytes]]:
        """Yield (kind, file name, content) of its artifacts."""
        about = f"VERSION = {self.version!r}\nBEHAVIOUR = {self.behaviour!r}\n".encode()
        source = (HERE / "notebook.py").read_bytes()
        entry = b"[console_scripts]\nnotebook = notebook:main\n"
        inside = {"notebook.py": source, "notebook_release.py": about}
        inside[f"notebook-{self.version}.dist-info/entry_points.txt"] = entry
        content = wheel("notebook", self.version, inside)
        digest = hashlib.sha256(content).hexdigest()
        yield ("tool", *_uv())
        yield "wheel", f"notebook-{self.version}-py3-none-any.whl", content
        yield "requirements", "requirements.txt", f"notebook=={self.version} --hash=sha256:{digest}\n".encode()


@cache
def _uv() -> tuple[str, bytes]:
    return uv_wheel()


class Region:
    """The administrator's folder: inventory, vault, lock, and the catalog artifacts come from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = State(folder / "state")
        self.files = RegionFiles(folder / "inventories" / "manggarai")
        self.files.region.parent.mkdir(parents=True)
        shutil.copy(CHECKOUT / "inventories/manggarai/group_vars/all/region.yml", self.files.region)
        shutil.copy(CHECKOUT / "inventories/manggarai/logo.svg", self.files.folder)
        self.password = self.state.vault_password("manggarai")
        self.password.parent.mkdir(parents=True)
        self.password.write_text("correct horse\n")
        self.authority = new_authority("Kabupaten Manggarai")
        self.backup_key = "backup-key-0123456789-several"
        self.error = ""  # the code the last command ended with
        self.said = ""  # what it said on stderr

    @property
    def site(self) -> Site:
        return Site(self.files, self.state, resources.find(), self.password)

    def place(
        self,
        groups: Mapping[str, Sequence[Machine]],
        carries: Mapping[Machine, Sequence[str]] | None = None,
        **variables: Any,
    ) -> None:
        """Write hosts.yml: machines by group, and which apps each carries where that is said."""
        told = {"semai_profile": "server", "semai_root": "/srv/semai", "ansible_become": True, **variables}
        path = inventory.write(self.files.folder, groups, told, user=USER)
        content = yaml.safe_load(path.read_text())
        for machine, apps in (carries or {}).items():
            content["all"]["children"]["app"]["hosts"][machine.name]["semai_carries"] = [*apps]
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    def lock(self, *apps: Notebook) -> None:
        """Select and lock these apps, as `semai add` and `semai lock` would."""
        selection = {"mentors": {}, "apps": {app.key: _selected(app) for app in apps}}
        self.files.apps.write_text(dump_yaml({"semai_selection": selection}))
        kept = self._fill_vault(apps)
        self.files.lock.write_bytes(serialize(self._lock(apps)))
        self.files.deployment.touch()
        refresh_deployment(self.files, kept)

    def trust(self, *apps: Notebook) -> None:
        """Have the mentor's catalog offer these releases, as a refresh would; a second call replaces it."""
        offered: dict[str, list[Release]] = {}
        for app in apps:
            offered.setdefault(app.name, []).append(self._locked(app).release)
        offer(self.state, self._url, offered)

    @property
    def _url(self) -> str:
        return (self.folder / "catalog").as_uri()

    def _fill_vault(self, apps: Sequence[Notebook]) -> VaultFile:
        vault = Vault(ca=self.authority, backup=BackupKey(password=self.backup_key), marks_key=self.backup_key)
        for app in apps:
            names = ("secret_key", "database_password") if app.database else ("secret_key",)
            vault = vault.with_app(app.name, {name: app.secret(name) for name in names}, {})
        tokens = {(app.reads, "notebook.words", app.name): app.secret("token") for app in apps if app.reads}
        vault, kept = vault.with_tokens(tokens), VaultFile(self.files.vault, self.password)
        if not self.files.vault.exists() or kept.read() != vault:
            kept.write(vault)
        return kept

    def _lock(self, apps: Sequence[Notebook]) -> Lock:
        mentor = LockedMentor(
            fingerprint="a" * 64,
            url=self._url,
            root_version=1,
            timestamp_version=1,
            index_sha256="b" * 64,
        )
        words = {
            app.key: {"notebook.words": LockedContract(provider=f"batang/{app.reads}", version="1.0")}
            for app in apps
            if app.reads
        }
        return Lock(
            request={app.key: "" for app in apps},
            mentors={"batang": mentor},
            apps={app.key: self._locked(app) for app in apps},
            contracts=words,
        )

    def _locked(self, app: Notebook) -> LockedApp:
        manifest = app.manifest()
        artifacts = tuple(self._published(app, *parts) for parts in app.files())
        release = Release(manifest=manifest, digest=release_digest(manifest, artifacts), artifacts=artifacts)
        return LockedApp(
            version=app.version, release_digest=release.digest, because=("requested",), release=release
        )

    def _published(self, app: Notebook, kind: str, file: str, content: bytes) -> Artifact:
        digest = hashlib.sha256(content).hexdigest()
        name = f"apps/{app.name}/{app.version}/{digest}.{file}"
        place = self.folder / "catalog" / "targets" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.write_bytes(content)
        return Artifact(kind=kind, name=name, file=file, size=len(content), sha256=digest)

    # -- commands

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and return at once."""
        places = ["--state", self.folder / "state", "--inventories", self.folder / "inventories"]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "semai.cli.main", *map(str, places), "--region", "manggarai", *words],
            env={**kept, "PYTHONPATH": str(CHECKOUT / "installer"), "SEMAI_LANG": "en", "COLUMNS": "200"},
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, begun: subprocess.Popen[str], code: int = 0) -> str:
        """Wait for a command that must end with `code`; return its stdout."""
        out, self.said = begun.communicate(timeout=600)
        assert begun.returncode == code, f"{begun.args} ended with {begun.returncode}\n{self.said}\n{out}"
        found = re.search(r"error\[([a-z0-9-]+)\]", self.said)
        self.error = found[1] if found else ""
        return out

    def semai(self, *words: str, code: int = 0) -> str:
        """Run a command that must end with `code`; return stdout."""
        return self.end(self.begin(*words), code)

    def read(self, *words: str, code: int = 0) -> Any:
        """Return what a command writes as JSON."""
        return json.loads(self.semai(*words, "--json", code=code))

    def play(self, variables: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """Run site.yml without semai, as an Ansible person would."""
        book = CHECKOUT / "installer" / "semai" / "playbooks" / "site.yml"
        words = ["-i", self.files.folder, "--vault-password-file", self.password, "-e", json.dumps(variables), book]
        return subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", *map(str, words)],
            env={k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def steps(self, *words: str, code: int = 0) -> list[tuple[str, str, str]]:
        """Return the steps of a plan that change something, as (host, app or role, step)."""
        steps = self.read("plan", *words, code=code)["steps"]
        return [(s["host"], s["app"] or s["role"], s["step"]) for s in steps if s["step"] != "unchanged"]

    def settled(self) -> None:
        """Nothing is left to do."""
        said = self.read("apply", "--yes")
        assert said == {"changed": False, "outcomes": []}, said

    # -- people

    def open(self, proxy: Machine, app: Notebook, path: str, given: str | None = None) -> tuple[int, Any]:
        """Open a page at the app's name, trusting the region's CA alone; the lab has no DNS."""
        context = ssl.create_default_context(cadata=self.authority.certificate)
        plain = socket.create_connection((proxy.address, 443), timeout=60)
        with context.wrap_socket(plain, server_hostname=app.site) as line:
            body = (given or "").encode()
            head = f"{'GET' if given is None else 'POST'} {path} HTTP/1.1\r\nHost: {app.site}\r\n"
            line.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            answer = HTTPResponse(line)
            answer.begin()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, json.loads(text) if text.startswith("{") else text


def _selected(app: Notebook) -> dict[str, Any]:
    return {"version": "", "port": app.port, "sample_data": False, "answers": app.answers}


def hold(machine: Machine, *secrets: str) -> list[str]:
    """Return which of these secrets lie anywhere on the machine's disk."""
    places = "/etc /home /root /run /srv /tmp /var"
    found = [machine.line.run(f"grep -rlsF -D skip -- '{s}' {places} | head -1").out.strip() for s in secrets]
    return [secret for secret, where in zip(secrets, found, strict=True) if where]


def reaches(machine: Machine, address: str, port: int) -> bool:
    """Tell whether the machine can open a connection."""
    code = f"import socket; socket.create_connection(({address!r}, {port}), 2)"
    return machine.line.run("python3 -", given=code.encode()).code == 0
