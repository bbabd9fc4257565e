#!/usr/bin/python
"""Ansible module: have supervisord run below a root, outliving Ansible, or stop it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
import xmlrpc.client
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_host.errors import HostError
from ansible.module_utils.semai_host.layout import Layout
from ansible.module_utils.semai_host.supervision import configure

DOCUMENTATION = r"""
module: semai_supervisor
short_description: Configure and start, or stop, the supervisord of a semai root
description:
  - A configuration that changed while supervisord runs makes it read that again, which restarts every app.
options:
  root:
    description: The folder below which semai keeps everything; supervisord's own is C(supervisor) in it.
    type: path
    required: true
  python:
    description: A Python on the host that has the supervisor distribution.
    type: path
    required: true
  state:
    description: Whether supervisord runs; C(needed) runs it while an app is defined, and stops it after the last.
    type: str
    choices: [started, stopped, needed]
    default: started
  socket:
    description: Address of its unix socket; empty lets the host tool choose.
    type: str
    default: ""
author: semai
"""

EXAMPLES = r"""
- name: Keep supervisord running
  semai_supervisor:
    root: /srv/semai
    python: /usr/bin/python3
"""

RETURN = r"""
pid:
  description: The process id, null when it does not run.
  returned: always
  type: int
"""

START_SECONDS = 20.0
STOP_SECONDS = 60.0


class Failed(Exception):
    """supervisord did not do what it was asked."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def call(path: Path, method: str) -> Any:
    """Call a method of supervisord without arguments; OSError when nobody listens."""
    connection = UnixConnection(path)
    try:
        body = xmlrpc.client.dumps((), method)
        connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read().decode())
        return answer
    finally:
        connection.close()


def running(path: Path) -> int | None:
    """Return supervisord's process id, None when it does not answer."""
    try:
        return int(call(path, "supervisor.getPID"))
    except (OSError, http.client.HTTPException):
        return None


def start(folder: Path, address: Path, python: str) -> int:
    """Start supervisord, which makes itself a daemon, and wait until it answers."""
    keep = ("HOME", "USER", "LOGNAME", "LANG", "PATH", "TZ")
    command = [python, "-m", "supervisor.supervisord", "-c", str(folder / "supervisord.conf")]
    begun = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=START_SECONDS,
        env={name: os.environ[name] for name in keep if name in os.environ},
    )
    if begun.returncode:
        raise Failed(f"supervisord did not start: {(begun.stderr or begun.stdout).strip()[-500:]}")
    return wait_for(address, START_SECONDS)


def wait_for(path: Path, seconds: float) -> int:
    """Return the process id as soon as supervisord answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if pid := running(path):
            return pid
        time.sleep(0.05)
    raise Failed(f"supervisord does not answer on {path} after {seconds:.0f} s; see its supervisord.log")


def stop(path: Path, pid: int) -> None:
    """Stop every app and supervisord, and wait until it is gone."""
    call(path, "supervisor.shutdown")
    until = time.monotonic() + STOP_SECONDS
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > until:
            raise Failed(f"supervisord (pid {pid}) still runs after {STOP_SECONDS:.0f} s")
        time.sleep(0.05)


def address_of(folder: Path) -> Path | None:
    """Return the socket's address, None before the first configuration."""
    try:
        return Path((folder / "socket-path").read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None


def bring(params: dict[str, Any], check: bool) -> tuple[bool, int | None]:
    """Bring supervisord to the state asked for; return whether that changed anything, and its process id."""
    folder = Path(params["root"]) / "supervisor"
    address = address_of(folder)
    pid = running(address) if address else None
    if params["state"] == "stopped" or (params["state"] == "needed" and not any(folder.glob("conf.d/*.conf"))):
        if pid and address and not check:
            stop(address, pid)
        return pid is not None, pid if check else None
    if check:
        return pid is None, pid
    configured = configure(Layout(params["root"]), params["socket"] or None)
    address = Path(str(configured["socket"]))
    if pid is None:
        return True, start(folder, address, params["python"])
    if not configured["changed"]:
        return False, pid
    call(address, "supervisor.restart")
    time.sleep(0.2)  # it answers from the old configuration until it has closed its socket
    return True, wait_for(address, START_SECONDS)


def main() -> None:
    """Perform the task."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "python": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["started", "stopped", "needed"], "default": "started"},
            "socket": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        changed, pid = bring(module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error), semai_error=error.report())
    except (Failed, OSError, subprocess.SubprocessError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed, pid=pid)


if __name__ == "__main__":
    main()
