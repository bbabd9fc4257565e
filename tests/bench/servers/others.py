"""The same end state as pyinfra keeps it; pyinfra is installed when needed, into an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench.figures import run, surroundings
from tests.bench.servers.offices import USER
from tests.bench.servers.ordinary import PACKAGES, SERVICES, EndState, Thing
from tests.lab.machine import Machine

PINNED = "pyinfra==3.10.0"
DEPLOY = """
import json
from pathlib import Path

from pyinfra.operations import apt, files, postgresql, server, systemd

HERE = Path(__file__).parent
STATE = json.loads((HERE / "state.json").read_text())


def put(name, thing):
    files.put(
        name=f"{name}: {thing['path']}", src=str(HERE / thing["local"]), dest=thing["path"],
        user=thing["owner"], group=thing["group"], mode=thing["mode"].lstrip("0"),
    )


apt.packages(name="Packages", packages=STATE["packages"])
for thing in STATE["shared"]:
    put("shared", thing)
for service in STATE["services"]:
    systemd.service(name=f"Service {service}", service=service, running=True, enabled=True)
for app in STATE["apps"]:
    name = app["name"]
    server.user(
        name=f"{name}: user", user=f"semai-{name}", system=True, home=app["home"], shell="/usr/sbin/nologin",
        ensure_home=False, create_home=False,
    )
    for thing in app["folders"]:
        files.directory(
            name=f"{name}: {thing['path']}", path=thing["path"], user=thing["owner"], group=thing["group"],
            mode=thing["mode"].lstrip("0"),
        )
    for thing in app["files"]:
        put(name, thing)
    files.link(name=f"{name}: link", path=app["link"]["path"], target=app["link"]["target"], force=False)
    postgresql.role(name=f"{name}: role", role=app["database"], _sudo_user="postgres")
    postgresql.database(name=f"{name}: database", database=app["database"], _sudo_user="postgres")
    for unit in app["units"]:
        systemd.service(name=f"{name}: {unit}", service=unit, running=True, enabled=True)
"""


class Pyinfra:
    """A deploy in `folder` with the operations the playbook has as tasks."""

    def __init__(self, folder: Path, machine: Machine, state: EndState) -> None:
        self.folder, self.environment = folder, folder / "venv"
        folder.mkdir(parents=True)
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(self.environment / "bin/python")
        run([uv, "venv", "-q", "--python", sys.executable, str(self.environment)])
        run([uv, "pip", "install", "-q", "--python", python, PINNED])
        for thing in (*state.shared, *(file for app in state.apps for file in app.files)):
            (folder / thing.local).write_bytes(thing.content)
        apps = [
            {
                **asdict(app),
                "folders": _plain(app.folders),
                "files": _plain(app.files),
                "link": _plain([app.link])[0],
            }
            for app in state.apps
        ]
        whole = {"packages": PACKAGES, "services": SERVICES, "shared": _plain(state.shared), "apps": apps}
        (folder / "state.json").write_text(json.dumps(whole))
        (folder / "deploy.py").write_text(DEPLOY)
        options = {
            "ssh_user": USER, "ssh_key": str(machine.line.key), "ssh_strict_host_key_checking": "yes",
            "ssh_known_hosts_file": str(machine.line.known_hosts), "_sudo": True,
        }  # fmt: skip
        (folder / "inventory.py").write_text(f"server = [({machine.address!r}, {options!r})]\n")
        self.about = PINNED.replace("==", " ")

    def _words(self) -> list[str]:
        return [
            "env",
            "-C",
            str(self.folder),
            str(self.environment / "bin/pyinfra"),
            "-y",
            "inventory.py",
            "deploy.py",
        ]

    def seconds(self) -> float:
        """Run it; raises unless it finds everything as it should be."""
        started = time.perf_counter()
        ran = subprocess.run(self._words(), capture_output=True, text=True, env=surroundings(), check=False)
        taken, told = time.perf_counter() - started, ran.stdout + ran.stderr
        if ran.returncode or "] Success" in told:
            raise RuntimeError("there is something to do\n" + told[-3000:])
        return taken


def _plain(things: list[Thing] | tuple[Thing, ...]) -> list[dict[str, str]]:
    return [{"local": t.local, **{key: str(v) for key, v in asdict(t).items() if key != "content"}} for t in things]
