"""PHP apps on a Debian machine of the lab: the tool, MariaDB and php-fpm there, asked as nginx would."""

from __future__ import annotations

import gzip
import io
import json
import shlex
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semai_host import envfile, packing

from tests.host.rig import sha256
from tests.lab.machine import Machine

APPS = Path(__file__).parent / "phpapps"
ROOT = "/srv/semai"
SOCKET = "/run/mysqld/mysqld.sock"
PASSWORD = "p\"a's s#$\\{{ x }}`;"
PACKAGES = "php-fpm php-cli php-mysql php-xml php-gd php-mbstring php-curl mariadb-server mariadb-client"
# What nginx sends for a URL: the file itself, else the front script, by the path the link leads to now.
ASK = """
import json, os, sys
sys.path.insert(0, '/srv/semai/bin/semai-host')
from semai_host import fastcgi
order = json.load(sys.stdin)
root = os.path.realpath(order['root'])
name = order['url'].partition('?')[0]
if not name.endswith('.php'):
    own = name.rstrip('/') + '/index.php'
    name = own if os.path.isfile(root + own) else '/index.php'
asked = fastcgi.get(root + name, root, order['url'], name, order['host'])
if not order['url'].startswith(name):
    asked['PATH_INFO'] = order['url'].partition('?')[0]
asked.update(order['more'], CONTENT_LENGTH=str(len(order['body'])), REQUEST_METHOD=order['method'])
reply = fastcgi.ask(order['socket'], asked, 60, order['body'].encode())
print(json.dumps([reply.status, dict(reply.headers), reply.body.decode(errors='replace')]))
"""


class PhpHost:
    """One machine with everything that roles would have put there."""

    def __init__(self, machine: Machine, packages: str = PACKAGES) -> None:
        self.machine = machine
        install = "DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends"
        machine.run(f"apt-get update -q && {install} {packages}", timeout=400)
        running = "$(systemctl list-units 'php*-fpm.service' --no-legend --plain | cut -d' ' -f1)"
        machine.run(f"for unit in {running}; do systemctl disable --now $unit; done")
        machine.put(f"{ROOT}/bin/semai-host", packing.pack(), "0755")
        machine.put(f"{ROOT}/keeper", b"systemd\n")
        machine.put("/opt/ask.py", ASK.encode())
        machine.run(f"mkdir -p {ROOT}/store")

    def root_sql(self, sql: str, database: str = "") -> str:
        words = f"mariadb --batch --skip-column-names --default-character-set=utf8mb4 {database}"
        return self.machine.run(words, given=sql.encode()).out

    def database(self, app: str) -> dict[str, Any]:
        """Make an app's database as the role mariadb does."""
        name = "semai_" + app.replace("-", "_")
        secret = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        self.root_sql(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
            f"CREATE USER {name}@localhost IDENTIFIED BY '{secret}';"
            f"GRANT ALL PRIVILEGES ON `{name.replace('_', chr(92) + '_')}`.* TO {name}@localhost;"
            f"GRANT ALL PRIVILEGES ON `{(name + '__beside').replace('_', chr(92) + '_')}`.* TO {name}@localhost;"
        )
        return {"driver": "mariadb", "name": name, "user": name, "host": SOCKET, "port": 3306}

    def store(self, content: bytes) -> dict[str, Any]:
        digest = sha256(content)
        self.machine.put(f"{ROOT}/store/{digest}", content)
        return {"sha256": digest, "size": len(content), "kind": "tree", "file": "tree.tar.gz"}

    def request(self, app: str, version: str, tree: bytes, **changes: Any) -> dict[str, Any]:
        """Return a request with its tree stored and its managed files staged (`config`: name -> text and place)."""
        config: Mapping[str, str] = changes.pop("config", {})
        variables = {
            "DATABASE_PASSWORD": PASSWORD,
            "SEMAI_BASE_URL": f"https://{app}.example.go.id",
            **changes.pop("env", {}),
        }
        files = {"shared/env": self._stage(app, "shared/env", envfile.render(variables), "0600")}
        files.update({path: self._stage(app, path, text, "0640") for path, text in config.items()})
        request = {
            "name": app,
            "mentor": "batang",
            "version": version,
            "release": sha256(tree + version.encode()),
            "config": sha256(json.dumps([files, changes], sort_keys=True).encode()),
            "bind": f"/run/semai/{app}.sock",
            "runtime": "php",
            "php": {},
            "health": {"path": "/", "timeout_seconds": 25},
            "commands": {},
            "change": "migrate",
            "artifacts": [self.store(tree)],
            "files": files,
        }
        return {**request, **changes}

    def _stage(self, app: str, path: str, text: str, mode: str) -> dict[str, str]:
        self.machine.put(f"{ROOT}/apps/{app}/staged/{path}", text.encode(), mode)
        return {"sha256": sha256(text.encode()), "mode": mode}

    def call(self, *words: str, expect: int = 0, timeout: float = 240) -> dict[str, Any]:
        """Run a verb of the tool and return its answer."""
        ran = self.machine.line.run(shlex.join((f"{ROOT}/bin/semai-host", "--root", ROOT, *words)), timeout=timeout)
        assert ran.code == expect, f"exit {ran.code}\n{ran.out}\n{ran.err[-3000:]}"
        return json.loads(ran.out)

    def bring(self, request: Mapping[str, Any]) -> None:
        """Write the request where verbs read it."""
        self.machine.put("/root/request.json", json.dumps(request).encode())

    def activate(self, request: Mapping[str, Any], expect: int = 0, verb: str = "activate") -> dict[str, Any]:
        self.bring(request)
        return self.call(verb, "/root/request.json", expect=expect)

    def ask(
        self, app: str, url: str = "/", root: str = "", method: str = "GET", body: str = "", **more: str
    ) -> tuple[int, dict[str, str], str]:
        """Ask the app's socket as nginx would, for `current/tree/<root>`, as the web server's user."""
        order = {
            "socket": f"/run/semai/{app}.sock",
            "root": f"{ROOT}/apps/{app}/current/tree/{root}".rstrip("/"),
            "url": url,
            "host": f"{app}.example.go.id",
            "method": method,
            "body": body,
            "more": more,
        }
        words = "runuser -u www-data -- python3 /opt/ask.py"
        status, headers, text = json.loads(self.machine.run(words, given=json.dumps(order).encode()).out)
        return status, headers, text

    def get(self, app: str, url: str = "/", root: str = "") -> Any:
        """Return the JSON that a page answers with 200."""
        status, _, text = self.ask(app, url, root)
        assert status == 200, f"HTTP {status}: {text[:2000]}\n{self.log(app)}"
        return json.loads(text)

    def log(self, app: str) -> str:
        return "\n".join(self.call("logs", app)["lines"])

    def places(self, app: str) -> str:
        return f"{ROOT}/apps/{app}"

    def state(self, app: str) -> dict[str, Any]:
        return self.call("state")["apps"][app]


def pack(folder: Path, files: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> bytes:
    """Return a folder as a release's tree, with some files written anew."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if name not in (files or {}) and name not in without:
                tar.add(path, name, recursive=False)
        for name, text in (files or {}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()
