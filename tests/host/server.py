"""A lab machine as a role leaves it for the host tool: Debian's Python, the packed tool, keeper systemd."""

from __future__ import annotations

import http.client
import io
import json
import shlex
import tarfile
import threading
import time
from pathlib import Path

from semai_host import envfile, packing

from tests.host.rig import canary_wheel, sha256
from tests.lab.machine import Machine

ROOT = "/srv/semai"
TOOL_SECONDS = 900  # a rollback of gigabytes takes its time; tests of small apps end in seconds
TOOL = f"{ROOT}/bin/semai-host"
PORT = 8101
PASSWORD = "p$4 '\"\\ {{ word"
RECOVERY = f"""[Unit]
Description=semai recovery
After=network.target postgresql.service local-fs.target

[Service]
Type=oneshot
ExecStart={TOOL} --root {ROOT} recover

[Install]
WantedBy=multi-user.target
"""
_KILL = """import sys
sys.path[:0] = ["{tool}", "/root"]
import killing
from semai_host import cli, journal
killing.arm(journal.Journal, {point!r}, {step!r})
sys.exit(cli.main({words!r}))
"""


class Server:
    """One machine with the host tool."""

    def __init__(self, machine: Machine, uv: tuple[str, bytes]) -> None:
        self.machine = machine
        self._uv = uv
        self._sent: set[str] = set()
        self.password = PASSWORD

    def prepare(self) -> None:
        """Do what the roles hostctl and app do before the tool runs."""
        self.machine.put(TOOL, packing.pack(), "0755")
        self.machine.put(f"{ROOT}/keeper", b"systemd\n")
        self.machine.put("/etc/systemd/system/semai-recover.service", RECOVERY.encode())
        self.machine.put("/root/killing.py", (Path(__file__).parent / "killing.py").read_bytes())
        self.machine.run("systemctl daemon-reload && systemctl enable -q semai-recover.service")

    def bring_postgresql(self, *names: str) -> None:
        """Install PostgreSQL with a role and a database of its own for each name."""
        self.machine.run(
            "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql", timeout=400
        )
        escaped = PASSWORD.replace("'", "''")
        for name in names:
            sql = f"CREATE ROLE {name} LOGIN PASSWORD '{escaped}';\nCREATE DATABASE {name} OWNER {name};\n"
            self.machine.run("runuser -u postgres -- psql -q -v ON_ERROR_STOP=1", given=sql.encode())
        self.machine.run(
            "sed -i 's/^local *all *all.*/local all all scram-sha-256/' /etc/postgresql/*/main/pg_hba.conf"
        )
        self.machine.run("systemctl reload postgresql")

    def request(self, app: str, version: str, behaviour: str = "good", schema: int = 1, **changes: object) -> dict:
        """Bring a release of the canary and its configuration; return the request that runs it."""
        content = canary_wheel(version, behaviour, schema)
        wheel = (f"canary-{version}-py3-none-any.whl", content)
        lock = f"canary=={version} --hash=sha256:{sha256(content)}\n".encode()
        bind = changes.pop("bind", f"{self.machine.address}:{PORT}")
        database = changes.pop("database", {"driver": "sqlite", "path": "shared/data/db.sqlite3"})
        variables = self._variables(app, bind, database, str(changes.pop("greeting", "hello")))
        files = {
            "shared/env": (envfile.render(variables).encode(), "0600"),
            "shared/region.json": (b'{"name": "Kabupaten Uji"}', "0640"),
        }
        artifacts = [(*self._uv, "tool"), (*wheel, "wheel"), ("requirements.txt", lock, "requirements")]
        self._send(app, artifacts, files)
        return {
            "name": app, "mentor": "batang", "version": version, "bind": bind, "python": "/usr/bin/python3",
            "release": sha256(f"{version} {behaviour} {schema}".encode()),
            "config": sha256(repr(sorted(variables.items())).encode()),
            "health": {"url": f"http://{bind}/healthz", "timeout_seconds": 15},
            "commands": {
                "serve": ["canary", "serve"], "migrate": ["canary", "migrate"],
                "after_install": [["canary", "after-install"]],
            },
            "database": database,
            "limits": {"memory_mb": 256, "cpu_percent": 150},
            "artifacts": [{"sha256": sha256(c), "size": len(c), "kind": k, "file": n} for n, c, k in artifacts],
            "files": {path: {"sha256": sha256(c), "mode": mode} for path, (c, mode) in files.items()},
            **changes,
        }  # fmt: skip

    def _variables(self, app: str, bind: str, database: dict, greeting: str) -> dict[str, str]:
        shared = f"{ROOT}/apps/{app}/shared"
        known = {"SEMAI_MEDIA": f"{shared}/media", "GREETING": greeting, "CANARY_PUBLIC": bind, "SECRET_KEY": "s"}
        if database["driver"] == "sqlite":
            return {**known, "DATABASE_URL": f"sqlite:///{shared}/data/db.sqlite3"}
        url = f"postgres://{database['user']}@/{database['name']}"
        return {**known, "DATABASE_URL": url, "DATABASE_HOST": database["host"], "DATABASE_PASSWORD": self.password}

    def _send(self, app: str, artifacts: list, files: dict) -> None:
        """Bring what is new in one transfer."""
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for _, content, _ in artifacts:
                if sha256(content) not in self._sent:
                    self._sent.add(sha256(content))
                    _add(tar, f"store/{sha256(content)}", content, 0o644)
            for path, (content, mode) in files.items():
                _add(tar, f"apps/{app}/staged/{path}", content, int(mode, 8))
        self.machine.run(f"tar -x -C {ROOT} && sync -f {ROOT}", given=stream.getvalue())

    def call(self, *words: str, expect: int = 0) -> dict:
        ran = self.machine.line.run(f"umask 077; {TOOL} --root {ROOT} {shlex.join(words)}", timeout=TOOL_SECONDS)
        assert ran.code == expect, f"exit {ran.code}\n{ran.out}\n{ran.err[-4000:]}"
        return json.loads(ran.out)

    def activate(self, request: dict, expect: int = 0) -> dict:
        self.bring(request)
        return self.call("activate", "/root/request.json", expect=expect)

    def kill_at(self, point: str, step: str, request: dict) -> None:
        """Run activate and have it killed at the point."""
        self.bring(request)
        self.kill_verb_at(point, step, "activate", "/root/request.json")

    def kill_verb_at(self, point: str, step: str, *words: str) -> None:
        """Run a verb and have it killed at the point."""
        code = _KILL.format(tool=TOOL, point=point, step=step, words=["--root", ROOT, *words])
        ran = self.machine.line.run("python3 -; exit $?", given=code.encode(), timeout=180)
        assert ran.code == 137, f"not killed at {point} {step}: {ran}"

    def bring(self, request: dict) -> None:
        """Write the request where verbs read it."""
        self.machine.put("/root/request.json", json.dumps(request).encode(), "0600")

    def ask(
        self, path: str = "/healthz", method: str = "GET", port: int = PORT, timeout: float = 30
    ) -> tuple[int, dict]:
        connection = http.client.HTTPConnection(self.machine.address, port, timeout=timeout)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body) if body[:1] == b"{" else {"text": body.decode()}
        finally:
            connection.close()

    def serves(self, port: int = PORT) -> str:
        status, body = self.ask(port=port)
        assert status == 200, body
        return body["release"]

    def count(self) -> int:
        return self.ask("/count")[1]["count"]

    def says(self, command: str) -> str:
        return self.machine.run(command).out.strip()

    def may_read(self, user: str, path: str) -> bool:
        ran = self.machine.line.run(f"runuser -u {user} -- cat {path}")
        return ran.code == 0

    def leftovers(self) -> str:
        bad = " -o ".join(f"-name '*{end}'" for end in (".partial", ".tmp", ".reserve", ".tether", ".restoring"))
        found = self.says(f"find {ROOT} -path '*uv-cache*' -prune -o \\( {bad} \\) -print")
        return found + self.says(f"ls {ROOT}/journal/*.json {ROOT}/maintenance/* 2>/dev/null || true")


class Visitors:
    """People who use the app without pause from several places and count what went wrong."""

    def __init__(self, server: Server, people: int = 4, port: int = PORT) -> None:
        self.server = server
        self.port = port
        self.saved = 0
        self.statuses: dict[int, int] = {}
        self.lost: list[str] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(people)]

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        end = time.monotonic() + 20
        while not self.saved:
            assert time.monotonic() < end, self.lost[:3]
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(40)

    def _visit(self) -> None:
        while not self._stop.is_set():
            try:
                status, _ = self.server.ask("/visit", "POST", self.port)
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self._lock:
                    self.lost.append(f"{type(error).__name__}: {error}")
                time.sleep(0.05)
                continue
            with self._lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1
                self.saved += status == 200
            time.sleep(0.01)


def _add(tar: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
