"""A whole region around greeters: region.yml, apps.yml, vault, semai.lock; its artifacts lie in a folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semai.adapters import resources
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.vault import VaultFile
from semai.adapters.yaml_files import dump_yaml
from semai.core.catalog import (
    Artifact,
    Manifest,
    Release,
    release_digest,
)
from semai.core.lockfile import Lock, LockedApp, LockedContract, LockedMentor, serialize
from semai.core.secrets import BackupKey, Vault
from semai.operations.deployment import refresh_deployment
from semai.operations.probe import Site
from semai_host.ports import words_of

from tests.roles.greeter import ROOT, Artifacts, Greeter, free_port
from tests.roles.offered import offer

ENVIRONMENT = {
    "SEMAI_APP": "{{ app.id }}",
    "SEMAI_REGION_FILE": "{{ paths.region_file }}",
    "DATABASE_URL": "{{ database.url }}",
    "SECRET_KEY": "{{ secrets.secret_key }}",
    "SEMAI_CONTRACTS": "{{ contracts }}",
}
SECRET = "kunci-rahasia-9f8e7d"


@contextmanager
def region() -> Iterator[GreeterRegion]:
    """Yield a region in a scratch folder with a short path; what runs there is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="semai-") as folder:
        made = GreeterRegion(Path(folder))
        try:
            yield made
        finally:
            made.stop()


class GreeterRegion:
    """A region on this machine whose lock names greeters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.scratch = folder / "root", folder / "scratch"
        self.scratch.mkdir()
        self.state = State(folder / "state")
        self.catalog = Artifacts(folder / "catalog")
        self.files = RegionFiles(folder / "inventories" / "manggarai")
        self.files.region.parent.mkdir(parents=True)
        shutil.copy(ROOT / "inventories/manggarai/group_vars/all/region.yml", self.files.region)
        shutil.copy(ROOT / "inventories/manggarai/logo.svg", self.files.folder)
        self.host_vars: dict[str, Any] = {}
        self.write_hosts(str(self.root))
        self.password = self.state.vault_password("manggarai")
        self.backup_key = secrets.token_urlsafe(24)
        self.password.parent.mkdir(parents=True)
        self.password.write_text("correct horse\n")

    @property
    def site(self) -> Site:
        return Site(self.files, self.state, resources.find(), self.password)

    def write_hosts(self, root: str, **host_vars: Any) -> None:
        """Write hosts.yml; more variables replace those of this machine."""
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **host_vars}
        shown = {"semai_profile": "embedded", "semai_root": root}
        hosts = {"all": {"vars": shown, "children": {"app": {"hosts": {"localhost": host}}}}}
        self.files.hosts.write_text(json.dumps(hosts))

    def semai(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person without a terminal would; `more` are environment variables."""
        return subprocess.run(
            self.command(*words), env=self.environment(**more), capture_output=True, text=True, check=False
        )

    def command(self, *words: str) -> list[str]:
        """Return the argument list of a semai command on this region."""
        places = ["--state", str(self.state.folder), "--inventories", str(self.files.folder.parent)]
        return [sys.executable, "-m", "semai.cli.main", *places, *words]

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment without settings of the machine that runs the tests."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        return {**kept, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "COLUMNS": "200", **more}

    def on_host(self) -> dict[str, bytes]:
        """Return every file below the root by its path, to prove that nothing changed."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".log")
        return {str(path): path.read_bytes() for path in paths}

    def receipt(self, name: str = "greeter") -> dict[str, Any] | None:
        """Return the receipt of an app as it lies on the host."""
        path = self.root / "receipts" / f"{name}.json"
        return dict(json.loads(path.read_text())) if path.exists() else None

    def stop(self) -> None:
        """Stop supervisord and every app.

        One that was killed leaves its number behind, which another program may have by now.
        """
        pid = self.root / "supervisor" / "supervisord.pid"
        number = int(pid.read_text()) if pid.exists() else None
        if number is None or not any(str(self.root) in word for word in words_of(number)):
            return
        os.kill(number, signal.SIGTERM)
        while Path(f"/proc/{number}").exists():
            time.sleep(0.05)

    def greeter(self, **changes: Any) -> Greeter:
        return Greeter(self.catalog, self.scratch, self.root, free_port()).but(**changes)

    def lock(self, *apps: Greeter, removed: dict[str, Any] | None = None, keyed: bool = True) -> None:
        """Select and lock these apps, as `semai add` and `semai lock` would."""
        selection: dict[str, Any] = {"mentors": {}, "apps": {f"batang/{a.name}": self._selected(a) for a in apps}}
        if removed:
            selection["removed"] = removed
        self.files.apps.write_text(dump_yaml({"semai_selection": selection}))
        vault = Vault(backup=BackupKey(password=self.backup_key) if keyed else None, marks_key=SECRET)
        for app in apps:
            vault = vault.with_app(app.name, {"secret_key": SECRET}, {})
        links = {a.name: a.provider for a in apps if a.provider}
        vault = vault.with_tokens({(provider, "greeting.words", name): SECRET for name, provider in links.items()})
        kept = VaultFile(self.files.vault, self.password)
        kept.write(vault)
        self.files.lock.write_bytes(serialize(self._lock(apps)))
        self.files.deployment.touch()
        refresh_deployment(self.files, kept)

    def trust(self, *apps: Greeter) -> None:
        """Have the mentor's catalog offer these releases, as a refresh would; a second call replaces it."""
        offered: dict[str, list[Release]] = {}
        for app in apps:
            offered.setdefault(app.name, []).append(self._locked(app).release)
        offer(self.state, self._url, offered)

    @property
    def _url(self) -> str:
        return (self.folder / "catalog").as_uri()

    def _selected(self, app: Greeter) -> dict[str, Any]:
        return {"version": "", "port": app.port, "sample_data": False, "answers": {}}

    def _lock(self, apps: tuple[Greeter, ...]) -> Lock:
        mentor = LockedMentor(
            fingerprint="a" * 64,
            url=self._url,
            root_version=1,
            timestamp_version=1,
            index_sha256="b" * 64,
        )
        reads = {
            f"batang/{a.name}": {"greeting.words": LockedContract(provider=f"batang/{a.provider}", version="1.0")}
            for a in apps
            if a.provider
        }
        return Lock(
            request={f"batang/{a.name}": "" for a in apps},
            mentors={"batang": mentor},
            apps={f"batang/{a.name}": self._locked(a) for a in apps},
            contracts=reads,
        )

    def _locked(self, app: Greeter) -> LockedApp:
        item = app.item()
        manifest = Manifest.model_validate(
            {
                "version": app.version,
                "provides": {"greeting.words": ["1.0"]},
                "consumes": {"greeting.words": {"version": ">=1", "optional": True}} if app.provider else {},
                "needs": {"ram_mb": 20, "disk_mb": app.disk_mb},
                "environment": {**ENVIRONMENT, "GREETING": app.greeting, "GREETER_MOOD": app.mood},
                "commands": {"serve": ["greeter", "serve"], "migrate": list(app.migrate)},
                "lifecycle": {
                    "upgrade_from": list(app.upgrade_from),
                    "change": app.change,
                    "security": app.security,
                    "notices": list(app.notices),
                },
                "health": {"timeout_seconds": 10},
            }
        )
        artifacts = tuple(Artifact.model_validate(self._published(entry)) for entry in item["artifacts"])
        release = Release(manifest=manifest, digest=release_digest(manifest, artifacts), artifacts=artifacts)
        return LockedApp(
            version=app.version, release_digest=release.digest, because=("requested",), release=release
        )

    def _published(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Lay an artifact where a catalog has it."""
        place = self.folder / "catalog" / "targets" / entry["name"]
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.catalog.folder / "sha256" / entry["sha256"][:2] / entry["sha256"], place)
        return entry
