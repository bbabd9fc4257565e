"""The same end state as ordinary Ansible keeps it: a task per thing and app, with what ansible-core brings.

What the files hold is read from the machine that semai set up, so a right playbook has nothing to change there.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.figures import surroundings
from tests.bench.servers.offices import USER, Region
from tests.lab import inventory
from tests.lab.machine import Machine

PACKAGES = [
    "ca-certificates",
    "nftables",
    "nginx",
    "openssl",
    "postgresql",
    "systemd-timesyncd",
    "unattended-upgrades",
]
SHARED_FILES = [
    "/etc/nftables.conf", "/etc/apt/apt.conf.d/60semai-updates", "/etc/systemd/journald.conf.d/60-semai.conf",
    "/etc/nginx/nginx.conf", "/etc/nginx/conf.d/semai.conf",
]  # fmt: skip
SERVICES = ["nftables", "postgresql", "nginx"]

# Says of each of PATHS that is there what a Thing holds.
READ = """
import base64, grp, json, os, pwd, stat
found = []
for path in filter(os.path.lexists, PATHS):
    about = os.lstat(path)
    content = open(path, "rb").read() if stat.S_ISREG(about.st_mode) else b""
    found.append({
        "path": path, "owner": pwd.getpwuid(about.st_uid).pw_name, "group": grp.getgrgid(about.st_gid).gr_name,
        "mode": f"{stat.S_IMODE(about.st_mode):04o}", "content": base64.b64encode(content).decode(),
        "target": os.readlink(path) if os.path.islink(path) else "",
    })
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Thing:
    """A file or folder as it is on the machine."""

    path: str
    owner: str
    group: str
    mode: str
    content: bytes = b""
    target: str = ""  # of a link

    @property
    def local(self) -> str:
        """Return a name for a copy beside the playbook."""
        return self.path.strip("/").replace("/", "__")


@dataclass(frozen=True)
class AppState:
    """All that is checked of one app."""

    name: str
    database: str
    home: str
    folders: tuple[Thing, ...]
    files: tuple[Thing, ...]
    link: Thing
    units: tuple[str, ...]


@dataclass(frozen=True)
class EndState:
    """All that is checked of the machine."""

    shared: tuple[Thing, ...]
    apps: tuple[AppState, ...]


def read_end_state(machine: Machine, region: Region) -> EndState:
    """Read from the machine what the others shall check, in one go."""
    asked = [
        *SHARED_FILES,
        *(path for item in region.apps for path in (*_folders(item), *_files(item), _link(item))),
    ]
    question = f"PATHS = {asked!r}\n{READ}"
    things = {
        entry["path"]: Thing(**{**entry, "content": base64.b64decode(entry["content"])})
        for entry in json.loads(machine.run("python3 -", given=question.encode()).out)
    }
    shared = tuple(things[path] for path in SHARED_FILES if path in things)
    return EndState(shared, tuple(_app(item, things) for item in region.apps))


def _app(item: dict[str, Any], things: dict[str, Thing]) -> AppState:
    return AppState(
        name=str(item["name"]),
        database=str(item["database"]["name"]),
        home=_home(item),
        folders=tuple(things[path] for path in _folders(item)),
        files=tuple(things[path] for path in _files(item)),
        link=things[_link(item)],
        units=_units(item),
    )


def _home(item: dict[str, Any]) -> str:
    return f"/srv/semai/apps/{item['name']}"


def _link(item: dict[str, Any]) -> str:
    return f"{_home(item)}/current"


def _folders(item: dict[str, Any]) -> list[str]:
    return [_home(item) + below for below in ("", "/releases", "/shared", "/shared/data")]


def _units(item: dict[str, Any]) -> tuple[str, ...]:
    return (f"semai-{item['name']}.socket", f"semai-{item['name']}.service")


def _files(item: dict[str, Any]) -> list[str]:
    found = [f"{_home(item)}/{path}" for path in ("shared/env", *item["files"])]
    found += [f"/etc/systemd/system/{unit}" for unit in _units(item)]
    found.append(f"/etc/nginx/sites-enabled/semai-{item['name']}.conf")
    return found + [f"/etc/semai/tls/{item['site']}/{part}.pem" for part in ("cert", "key")]


class Ansible:
    """A playbook in `folder`, run as its writer would run it: pipelining and shared connections on."""

    def __init__(self, folder: Path, machine: Machine, state: EndState) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for thing in (*state.shared, *(file for app in state.apps for file in app.files)):
            (folder / thing.local).write_bytes(thing.content)
        tasks = list(_tasks(state))
        play = {"name": "Servers", "hosts": "server", "gather_facts": True, "become": True, "tasks": tasks}
        (folder / "site.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        self.hosts = inventory.write(folder / "inventory", {"server": [machine]}, user=USER)
        (folder / "ansible.cfg").write_text(
            "[defaults]\ninterpreter_python = auto_silent\n[connection]\npipelining = true\n"
        )
        self.about = f"{len(tasks)} tasks, pipelining on"

    def _words(self) -> list[str]:
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        return [
            "env",
            f"ANSIBLE_CONFIG={self.folder}/ansible.cfg",
            program,
            "-i",
            str(self.hosts),
            str(self.folder / "site.yml"),
        ]

    def seconds(self) -> float:
        """Run it; raises unless it finds everything as it should be."""
        started = time.perf_counter()
        ran = subprocess.run(self._words(), capture_output=True, text=True, env=surroundings(), check=False)
        taken = time.perf_counter() - started
        if ran.returncode or "changed=0" not in ran.stdout:
            lines = ran.stdout.splitlines()
            told = [line for line in lines if any(mark in line for mark in ("changed:", "fatal", "changed="))]
            raise RuntimeError("\n".join(["there is something to do", *told[:20], ran.stderr[-800:]]))
        return taken


def _tasks(state: EndState) -> Any:
    yield _task("Packages", "apt", name=PACKAGES, state="present")
    for thing in state.shared:
        yield _task(thing.path, "copy", src=thing.local, dest=thing.path, **_rights(thing))
    for service in SERVICES:
        yield _task(f"Service {service}", "systemd_service", name=service, enabled=True, state="started")
    for app in state.apps:
        yield from _app_tasks(app)


def _app_tasks(app: AppState) -> Any:
    yield _task(f"{app.name}: user", "user", name=f"semai-{app.name}", system=True, home=app.home,
                shell="/usr/sbin/nologin", create_home=False)  # fmt: skip
    for thing in app.folders:
        yield _task(f"{app.name}: {thing.path}", "file", path=thing.path, state="directory", **_rights(thing))
    for thing in app.files:
        secret = {"no_log": True} if thing.mode.endswith("00") else {}
        yield (
            _task(f"{app.name}: {thing.path}", "copy", src=thing.local, dest=thing.path, **_rights(thing)) | secret
        )
    yield _task(f"{app.name}: link", "file", path=app.link.path, src=app.link.target, state="link")
    for kind, table, column in (("role", "pg_roles", "rolname"), ("database", "pg_database", "datname")):
        query = f"SELECT 1 FROM {table} WHERE {column} = '{app.database}'"
        asked = _task(f"{app.name}: is the {kind} there", "command", argv=["psql", "-tAc", query])
        register = f"found_{kind}"
        yield asked | {"become_user": "postgres", "register": register, "changed_when": False}
        make = f"CREATE {kind.upper()} {app.database}"
        made = _task(f"{app.name}: {kind}", "command", argv=["psql", "-c", make])
        yield made | {"become_user": "postgres", "when": f"{register}.stdout != '1'"}
    for unit in app.units:
        yield _task(f"{app.name}: {unit}", "systemd_service", name=unit, enabled=True, state="started")


def _task(title: str, module: str, /, **arguments: Any) -> dict[str, Any]:
    return {"name": title, f"ansible.builtin.{module}": arguments}


def _rights(thing: Thing) -> dict[str, str]:
    return {"owner": thing.owner, "group": thing.group, "mode": thing.mode}
