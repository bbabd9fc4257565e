"""A real host root under test: the packed tool, a real supervisord, a real uv, and releases of the canary app."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from semai_host import envfile, packing, ports

from tests.host.nursery import Nursery

HERE = Path(__file__).parent
SOURCE = Path(packing.__file__).parent.parent
TOOL_PYTHON = os.environ.get("SEMAI_TEST_HOST_PYTHON", sys.executable)
VENV_BIN = Path(sys.executable).parent
PATIENCE = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(name: str, version: str, files: dict[str, bytes], stored: bool = False) -> bytes:
    """Zip files into a wheel-shaped archive with a right RECORD."""
    folder = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    files[f"{folder}/RECORD"] = ("\n".join([*lines, f"{folder}/RECORD,,"]) + "\n").encode()
    target = Path(os.environ.get("TMPDIR", "/tmp")) / f"wheel-{os.getpid()}-{threading.get_ident()}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), content)
    content = target.read_bytes()
    target.unlink()
    return content


def canary_wheel(version: str, behaviour: str, schema: int) -> bytes:
    about = f"VERSION = {version!r}\nSCHEMA = {schema}\nBEHAVIOUR = {behaviour!r}\n".encode()
    files = {"canary.py": (HERE / "canary.py").read_bytes(), "canary_release.py": about}
    files[f"canary-{version}.dist-info/entry_points.txt"] = b"[console_scripts]\ncanary = canary:main\n"
    return wheel("canary", version, files)


def uv_wheel() -> tuple[str, bytes]:
    """Put the uv program of this environment back into the shape of its wheel."""
    program = VENV_BIN / "uv"
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.fullmatch(r"uv ([0-9.]+).*\n", told).group(1)
    content = wheel("uv", version, {f"uv-{version}.data/scripts/uv": program.read_bytes()}, stored=True)
    return f"uv-{version}-py3-none-manylinux_2_17_x86_64.whl", content


class HostUnderTest:
    """One root with everything a role would have put there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tool = root / "bin" / "semai-host"
        self.supervisord: subprocess.Popen | None = None
        self.ports: dict[str, int] = {}
        packing.write(self.tool)
        self.runs = root.with_name(f"{root.name}-runs")  # not below the root, whose disk tests fill
        self.runs.mkdir()
        self.nursery = Nursery(TOOL_PYTHON, SOURCE, self.runs)
        (root / "store").mkdir(parents=True, exist_ok=True)

    def bring_uv(self, file: str, content: bytes) -> None:
        self.uv = self.store(file, content, "tool")

    def start_supervisor(self) -> None:
        config = self.call("supervisor-config")["config"]
        self.supervisord = subprocess.Popen(
            [VENV_BIN / "supervisord", "-n", "-c", config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = (self.root / "supervisor" / "socket-path").read_text().strip()
        wait_until(lambda: connects(address), "supervisord answers")

    def stop_supervisor(self) -> None:
        """Cut the power of supervisord and of all that runs below the root."""
        if self.supervisord:
            self.supervisord.kill()
            self.supervisord.wait(30)
            self.supervisord = None
        for pid in running_below(f"{self.root}/apps/") + running_below(str(self.tool)):
            os.kill(pid, signal.SIGKILL)

    def store(self, file: str, content: bytes, kind: str) -> dict:
        digest = sha256(content)
        (self.root / "store" / digest).write_bytes(content)
        return {"sha256": digest, "size": len(content), "kind": kind, "file": file}

    def port(self, app: str) -> int:
        return self.ports.setdefault(app, free_port())

    def request(
        self, app: str, version: str, behaviour: str = "good", schema: int = 1, greeting: str = "hello", **changes
    ) -> dict:
        """Return a request for a release of the canary, its artifacts stored and its files staged."""
        name = f"canary-{version}-py3-none-any.whl"
        content = canary_wheel(version, behaviour, schema)
        requirements = f"canary=={version} --hash=sha256:{sha256(content)}\n".encode()
        bind = f"127.0.0.1:{self.port(app)}"
        shared = self.root / "apps" / app / "shared"
        variables = {
            "DATABASE_URL": f"sqlite:///{shared / 'data' / 'db.sqlite3'}",
            "SEMAI_MEDIA": str(shared / "media"),
            "GREETING": greeting,
            "CANARY_PUBLIC": bind,
            "SECRET_KEY": 'p$4"\\`word',
        }
        request = {
            "name": app,
            "mentor": "batang",
            "version": version,
            "bind": bind,
            "python": TOOL_PYTHON,
            "release": sha256(f"{version} {behaviour} {schema}".encode()),
            "config": sha256(f"{version} {greeting} {bind}".encode()),
            "health": {"url": f"http://{bind}/healthz", "timeout_seconds": 8},
            "commands": {
                "serve": ["canary", "serve"],
                "migrate": ["canary", "migrate"],
                "after_install": [["canary", "after-install"]],
                "sample_data": ["canary", "sample-data"],
            },
            "change": "migrate",
            "database": {"driver": "sqlite", "path": "shared/data/db.sqlite3"},
            "artifacts": [
                self.uv,
                self.store(name, content, "wheel"),
                self.store("requirements.txt", requirements, "requirements"),
            ],
            "files": {
                "shared/env": self.stage(app, "shared/env", envfile.render(variables).encode(), "0600"),
                "shared/region.json": self.stage(app, "shared/region.json", b'{"name": "Kabupaten Uji"}', "0640"),
            },
        }
        return {**request, **changes}

    def stage(self, app: str, path: str, content: bytes, mode: str) -> dict:
        target = self.root / "apps" / app / "staged" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return {"sha256": sha256(content), "mode": mode}

    def write(self, request: dict) -> str:
        path = self.root / f"request-{request.get('name', 'none')}.json"
        path.write_text(json.dumps(request))
        return str(path)

    def start(self, *arguments: str, tool: tuple[str, ...] = ("-m", "semai_host")) -> subprocess.Popen:
        """Start the tool as a process of its own, with pipes."""
        return subprocess.Popen(
            [TOOL_PYTHON, *tool, "--root", str(self.root), *arguments],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def call(self, *arguments: str, expect: int = 0) -> dict:
        """Run a verb to its end and return its answer."""
        run = self.nursery.start(["--root", str(self.root), *arguments])
        code = run.wait(90)
        out, err = run.output
        assert code == expect, f"exit {code}\n{out}\n{err}"
        return json.loads(out)

    def activate(self, request: dict, expect: int = 0, verb: str = "activate") -> dict:
        return self.call(verb, self.write(request), expect=expect)

    def kill_at(self, point: str, step: str, *arguments: str) -> None:
        """Run a verb and have it killed at the point; fail when it never got there."""
        run = self.nursery.start(["--root", str(self.root), *arguments], point, step)
        code = run.wait(90)
        assert code == -signal.SIGKILL, f"not killed at {point} {step}: exit {code}\n{run.output}"

    def python_version(self, python: str) -> str:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    def call_exec(self, app: str, code: str) -> str:
        """Run Python code with the app's environment and return what it printed."""
        run = self.start("exec", app, "--", "python", "-c", code)
        out, err = run.communicate(timeout=30)
        assert run.returncode == 0, err
        return out

    def reached(self, run: str, step: str) -> bool:
        """Tell whether the run has begun the step."""
        path = self.root / "journal" / f"{run}.events"
        lines = path.read_text().splitlines() if path.exists() else []
        return any(event.get("step") == step for event in map(json.loads, lines))

    def programs_of(self, app: str, version: str) -> list[int]:
        """Return the processes that run a program of the release."""
        return running_below(f"{self.root}/apps/{app}/releases/{version}/")

    def ask(self, app: str, path: str = "/healthz", method: str = "GET", timeout: float = 3.0) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port(app), timeout=timeout)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body) if body[:1] == b"{" else {"text": body.decode()}
        finally:
            connection.close()

    def status(self, app: str) -> int | None:
        """Return the HTTP status of the app's port now; None when nobody answers."""
        try:
            return self.ask(app)[0]
        except (OSError, http.client.HTTPException):
            return None

    def listeners(self, *apps: str) -> set[int]:
        found = (ports.listener(self.port(app)) for app in apps)
        return {holder.pid for holder in found if holder}

    def serves(self, app: str) -> str:
        """Return the release that answers healthy on the app's port."""
        status, body = self.ask(app)
        assert status == 200, body
        return body["release"]

    def count(self, app: str) -> int:
        return self.ask(app, "/count")[1]["count"]

    def state(self) -> dict:
        return self.call("state")

    def leftovers(self) -> list[str]:
        """Return what a finished run must not leave anywhere below the root."""
        bad = (".partial", ".tmp", ".reserve", ".tether", ".restoring", ".replaced")
        places = (path for path in self.root.rglob("*") if "uv-cache" not in path.parts)
        found = [str(path) for path in places if path.name.endswith(bad)]
        found += [str(path) for path in (self.root / "journal").glob("*.json")]
        found += [str(path) for path in (self.root / "maintenance").glob("*")]
        return found


class Visitors:
    """People who use the app all the while and remember what they were told is saved."""

    def __init__(self, host: HostUnderTest, app: str) -> None:
        self.host = host
        self.app = app
        self.saved = 0
        self.statuses: set[int] = set()
        self._awaited: dict[int, Callable[[], None]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._visit, daemon=True)

    def __enter__(self) -> Visitors:
        self._thread.start()
        wait_until(lambda: self.saved > 0, "a first visit is saved")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def when(self, status: int, action: Callable[[], None]) -> None:
        """Have something done as soon as a visitor is answered with `status`."""
        self._awaited[status] = action

    def _visit(self) -> None:
        while not self._stop.is_set():
            try:
                status, _ = self.host.ask(self.app, "/visit", "POST")
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)
                continue
            self.statuses.add(status)
            self.saved += status == 200
            self._awaited.pop(status, lambda: None)()
            time.sleep(0.05)


def wait_until(holds, what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.03)
    raise AssertionError(f"waited {patience:g} s in vain until {what}")


def running_below(folder: str) -> list[int]:
    """Return the processes with a path below the folder in their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and folder.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def connects(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


@contextmanager
def host_at(root: Path, uv: tuple[str, bytes], supervisor: bool = True):
    """Yield a host under test at `root` and end all it started."""
    host = HostUnderTest(root)
    host.bring_uv(*uv)
    if supervisor:
        host.start_supervisor()
    try:
        yield host
    finally:
        host.stop_supervisor()
        host.nursery.close()
        for folder in (root, host.runs):
            shutil.rmtree(folder, ignore_errors=True)
