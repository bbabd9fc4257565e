"""A small real app for tests of roles: a wheel with a standard-library HTTP server, and a region around it.

`Greeter.item()` is an entry of `semai_apps` as `semai lock` writes it; `Nursery` is an inventory with hosts.yml,
deployment.yml and a store that holds the artifacts.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = """
import json, os, sqlite3, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE = "@release@"
DATABASE = os.environ["DATABASE_URL"].removeprefix("sqlite:///")

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = {"app": os.environ["SEMAI_APP"], "release": RELEASE, "database": "ok", "migrations": "current"}
        if os.environ.get("GREETER_MOOD") == "ill":
            body["database"] = "failing"
        if self.path == "/greeting":
            body = {"greeting": os.environ["GREETING"], "region": json.load(open(os.environ["SEMAI_REGION_FILE"]))}
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

def main():
    verb = sys.argv[1]
    if verb == "serve":
        host, _, port = os.environ["SEMAI_BIND"].rpartition(":")
        print("greeter serves on", port, flush=True)
        ThreadingHTTPServer((host, int(port)), Page).serve_forever()
    elif verb == "migrate":
        if len(sys.argv) > 2:
            open(DATABASE + ".begun", "w").close()
            time.sleep(float(sys.argv[2]))
        with sqlite3.connect(DATABASE) as db:
            db.execute("create table if not exists visit (release text)")
            db.execute("insert into visit values (?)", (RELEASE,))
    elif verb == "fail":
        sys.exit("greeter was asked to fail")
"""


def _record(entries: dict[str, bytes], name: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for path, content in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([path, f"sha256={digest}", len(content)])
    writer.writerow([name, "", ""])
    return text.getvalue().encode()


def _wheel(folder: Path, distribution: str, version: str, tag: str, entries: dict[str, bytes]) -> Path:
    info = f"{distribution}-{version}.dist-info"
    pure = "true" if tag.endswith("-any") else "false"
    entries = {
        **entries,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode(),
    }
    path = folder / f"{distribution}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100755 << 16 if "/scripts/" in name else 0o100644 << 16
            archive.writestr(entry, content)
        record = zipfile.ZipInfo(f"{info}/RECORD", (1980, 1, 1, 0, 0, 0))
        archive.writestr(record, _record(entries, record.filename))
    return path


def _program() -> bytes:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    assert found, "these tests need uv, which semai depends on"
    return Path(found).read_bytes()


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Artifacts:
    """A controller's store, filled with what is put into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tool: dict[str, Any] | None = None

    def put(self, path: Path, kind: str) -> dict[str, Any]:
        """Keep a file and return its entry of `artifacts`."""
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        place = self.folder / "sha256" / digest[:2] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o644)
        entry = {"sha256": digest, "size": len(content), "kind": kind, "file": path.name}
        return {**entry, "name": f"apps/greeter/{digest}.{path.name}", "when": [{"python": "", "machine": ""}]}

    def tool(self, scratch: Path) -> dict[str, Any]:
        """Return uv's wheel, made once."""
        if self._tool is None:
            machine = os.uname().machine
            entries = {"uv-1.0.data/scripts/uv": _program()}
            self._tool = self.put(
                _wheel(scratch, "uv", "1.0", f"py3-none-manylinux_2_17_{machine}", entries), "tool"
            )
        return self._tool


@dataclass(frozen=True)
class Greeter:
    """One release of the app with one configuration."""

    artifacts: Artifacts
    scratch: Path
    root: Path
    port: int
    name: str = "greeter"
    version: str = "2026.1.0"
    greeting: str = "selamat pagi"
    mood: str = "well"
    provider: str = ""
    migrate: tuple[str, ...] = ("greeter", "migrate")
    change: str = "migrate"
    disk_mb: int = 20
    upgrade_from: tuple[str, ...] = (">=2026.1",)
    notices: tuple[str, ...] = ()
    security: bool = False

    def item(self) -> dict[str, Any]:
        """Return the entry of `semai_apps`."""
        app = f"{self.root}/apps/{self.name}"
        environment: dict[str, Any] = {
            "SEMAI_APP": self.name,
            "SEMAI_BIND": f"127.0.0.1:{self.port}",
            "SEMAI_REGION_FILE": f"{app}/shared/region.json",
            "DATABASE_URL": f"sqlite:///{app}/shared/data/db.sqlite3",
            "SECRET_KEY": f"@secret(apps.{self.name}.secret_key)",
            "GREETING": self.greeting,
            "GREETER_MOOD": self.mood,
        }
        if self.provider:
            token = f"@secret(contracts.{self.provider}.greeting.words.{self.name})"
            reads = {"greeting.words": {"version": "1.0", "provider": self.provider, "token": token}}
            environment["SEMAI_CONTRACTS"] = {"consumes": reads}
        item = {
            "name": self.name,
            "state": "present",
            "mentor": "batang",
            "version": self.version,
            "release": hashlib.sha256(f"{self.version}{self.migrate}".encode()).hexdigest(),
            "runtime": "python",
            "environment": environment,
            "files": {"shared/region.json": {"content": '{"name": "Kabupaten Manggarai"}\n', "mode": "0640"}},
            "commands": {
                "serve": ["greeter", "serve"],
                "migrate": list(self.migrate),
                "after_install": [],
                "sample_data": None,
            },
            "bind": f"127.0.0.1:{self.port}",
            "health": {"url": f"http://127.0.0.1:{self.port}/healthz", "timeout_seconds": 10},
            "change": self.change,
            "upgrade_from": list(self.upgrade_from),
            "needs": {"ram_mb": 20, "disk_mb": 20, "python": ">=3.10"},
            "database": {"driver": "sqlite", "path": "shared/data/db.sqlite3"},
        }
        config = hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
        return {**item, "config": config, "artifacts": self._artifacts()}

    def _artifacts(self) -> list[dict[str, Any]]:
        entries = {
            "greeter.py": SOURCE.replace("@release@", self.version).encode(),
            f"greeter-{self.version}.dist-info/entry_points.txt": b"[console_scripts]\ngreeter = greeter:main\n",
        }
        wheel = self.artifacts.put(_wheel(self.scratch, "greeter", self.version, "py3-none-any", entries), "wheel")
        requirements = self.scratch / "requirements.txt"
        requirements.write_text(f"greeter=={self.version} --hash=sha256:{wheel['sha256']}\n")
        return [self.artifacts.tool(self.scratch), wheel, self.artifacts.put(requirements, "requirements")]

    def but(self, **changes: Any) -> Greeter:
        """Return another release or configuration of the same app."""
        return replace(self, **changes)


@dataclass
class Nursery:
    """An inventory for this machine, without root, and the plain Ansible that drives it."""

    folder: Path
    vault: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inventory = self.folder / "inventories" / "manggarai"
        self.variables = self.inventory / "group_vars" / "all"
        self.variables.mkdir(parents=True)
        self.root = self.folder / "root"
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()
        self.state = self.folder / "state"
        self.artifacts = Artifacts(self.state / "store")
        self.password = self.folder / "vault-password"
        self.password.write_text("correct horse\n")
        self.password.chmod(0o600)
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {
            "vars": {"semai_profile": "embedded", "semai_root": str(self.root)},
            "children": {"app": {"hosts": {"localhost": local}}},
        }
        (self.inventory / "hosts.yml").write_text(json.dumps({"all": hosts}))

    def greeter(self, **changes: Any) -> Greeter:
        """Return an app of this nursery."""
        return Greeter(self.artifacts, self.scratch, self.root, free_port()).but(**changes)

    def deploy(self, *items: dict[str, Any]) -> None:
        """Write deployment.yml, and a secret for every app in it."""
        for item in items:
            self.vault.setdefault(item["name"], {"secret_key": f"kunci-{item['name']}-0123456789"})
        written = {"semai_deployment": {"lock": "0" * 64, "region": "manggarai"}, "semai_apps": list(items)}
        (self.variables / "deployment.yml").write_text(json.dumps(written))
        contracts = {"greeter": {"greeting.words": {name: f"token-{name}-0123456789" for name in self.vault}}}
        self.write_vault({"apps": self.vault, "contracts": contracts})

    def write_vault(self, content: dict[str, Any]) -> None:
        """Encrypt vault.yml when its content differs from what was written before."""
        text, plain = json.dumps({"semai_vault": content}), self.folder / "vault.plain"
        if plain.exists() and plain.read_text() == text:
            return
        plain.write_text(text)
        shutil.copy(plain, self.variables / "vault.yml")
        self._run(
            "vault", "encrypt", "--vault-password-file", str(self.password), str(self.variables / "vault.yml")
        )

    def play(self, playbook: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a playbook as an Ansible person would, from the repository's root."""
        book = ROOT / "installer" / "semai" / "playbooks" / f"{playbook}.yml"
        store = json.dumps({"semai_store": str(self.artifacts.folder)})
        fixed = ["playbook", "-i", str(self.inventory), "--vault-password-file", str(self.password), "-e", store]
        return self._run(*fixed, str(book), *words, check=check)

    def _run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        environment |= {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "USER": "penguji"}
        command = [sys.executable, "-m", "ansible", *words]
        result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result
