#!/usr/bin/python
"""Ansible module: make a host's PostgreSQL fit its machine and hold the wanted databases and roles, in one call."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_database_files import (
    ENVIRONMENT,
    PUT_BACK,
    File,
    Written,
    active,
    boot_order,
    systemctl,
    text_of,
)
from ansible.module_utils.semai_databases import addresses, databases, memory_mb
from ansible.module_utils.semai_platform_refusal import Refusal
from ansible.module_utils.semai_postgresql_plan import (
    QUIET,
    SERVER,
    STATE,
    access,
    array,
    assignment,
    changes,
    configuration,
    settings,
)

DOCUMENTATION = r"""
module: semai_postgresql
short_description: Configure PostgreSQL and its databases
description:
  - Writes settings and pg_hba.conf of Debian's cluster, reloads it, restarts it only when a setting waits for that,
    and creates, corrects or removes databases and roles. Files that PostgreSQL does not accept are put back.
  - No password leaves this module; PostgreSQL gets SCRAM verifiers, and only those that do not match yet.
options:
  databases:
    description: Items with C(name), C(state), C(password), C(clients) and C(purge).
    type: list
    elements: dict
    required: true
  listen:
    description: Addresses to listen on; none means the Unix socket only.
    type: list
    elements: str
    default: []
  memory_share:
    description: Percent of the machine's memory that PostgreSQL may use.
    type: int
    default: 25
  settings:
    description: Further settings, which win over the computed ones.
    type: dict
    default: {}
author: semai
"""

EXAMPLES = r"""
- name: One database
  semai_postgresql:
    databases: [{name: semai_e_planning, password: "{{ vault_password }}"}]
"""

RETURN = r"""
actions:
  description: What was done (or would be, in check mode), in words.
  returned: always
  type: list
  elements: str
kept:
  description: Databases that are not wanted any more and keep their data.
  returned: always
  type: list
  elements: str
"""

RELOAD_SECONDS = 20.0
LOOK = "on the host: pg_createcluster VERSION main --start"


@dataclass(frozen=True)
class Cluster:
    """Debian's cluster: its version, name, port and data folder."""

    version: str
    name: str
    port: int
    folder: str

    @property
    def unit(self) -> str:
        return f"postgresql@{self.version}-{self.name}.service"

    @property
    def etc(self) -> Path:
        return Path("/etc/postgresql") / self.version / self.name

    def program(self, name: str) -> str:
        """Return a program of this version; Debian's wrappers of the same names look for it anew each time."""
        return f"/usr/lib/postgresql/{self.version}/bin/{name}"

    def psql(self, script: str) -> str:
        """Run a script as the user postgres; nothing of it appears in an argument list."""
        words = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-p", str(self.port), "-d", "postgres", "-f", "-"]
        return as_postgres([self.program("psql"), *words], script)

    def ask(self, query: str, names: Sequence[str]) -> Any:
        """Return the JSON a query answers with."""
        return json.loads(self.psql(assignment("names", array(names)) + query))

    def refuse_bad_settings(self) -> None:
        """Let PostgreSQL read its files without starting; raises Refusal with its complaint."""
        file = f"config_file={self.etc / 'postgresql.conf'}"
        as_postgres([self.program("postgres"), "-C", "port", "-D", self.folder, "-c", file], "", PUT_BACK)


def as_postgres(words: Sequence[str], given: str, hint: str = "") -> str:
    """Return what a command of the user postgres printed; raises Refusal with its complaint."""
    user = pwd.getpwnam("postgres")
    ran = subprocess.run(
        words,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=os.getgrouplist("postgres", user.pw_gid),
    )
    if ran.returncode:
        raise Refusal("database-refused", f"PostgreSQL refuses: {ran.stderr.strip()[-800:]}", hint)
    return ran.stdout


def installed() -> Cluster | None:
    """Return the cluster on the usual port, else the newest, else None."""
    try:
        listed = subprocess.run(["pg_lsclusters", "--no-header"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return None
    rows = [line.split() for line in listed.splitlines() if line.strip()]
    found = [Cluster(row[0], row[1], int(row[2]), row[5]) for row in rows]
    found.sort(key=lambda cluster: (cluster.port == 5432, float(cluster.version)))
    return found[-1] if found else None


class Converging:
    """One run: says what it does, and does it unless it only checks."""

    def __init__(self, params: dict[str, Any], check: bool) -> None:
        self.check = check
        self.databases = databases(params["databases"])
        self.listen = addresses(params["listen"])
        memory = memory_mb(Path("/proc/meminfo").read_text(encoding="ascii"))
        self.settings = settings(memory, params["memory_share"], self.listen, params["settings"])
        self.actions: list[str] = []
        self.warnings: list[str] = []
        self.diff: list[dict[str, str]] = []
        self.kept: list[str] = []

    def run(self) -> None:
        """Make everything as wanted."""
        cluster = installed()
        if cluster is None:
            if not self.check:
                raise Refusal("database-refused", "there is no PostgreSQL cluster on this host", LOOK)
            self._compare(Path("/etc/postgresql/main"))
            self._foresee_databases()
            return
        running = bool(active(cluster.unit))
        if not running:
            self.actions.append("start the server")
        written = self._compare(cluster.etc)
        if self.check:
            self._foresee(cluster, running)
            return
        if not running:
            systemctl("start", cluster.unit)
        self._configure(cluster, written)
        self._converge(cluster)

    def _files(self, etc: Path) -> list[File]:
        hba = etc / "pg_hba.conf"
        encrypted = self.settings.get("ssl", "on") not in ("off", "false", "no", "0")
        return [
            File(etc / "conf.d" / "semai.conf", configuration(self.settings), 0o644, "postgres"),
            File(hba, access(self.databases, encrypted, text_of(hba)), 0o640, "postgres"),
            boot_order("postgresql@.service", self.listen),
        ]

    def _compare(self, etc: Path) -> Written:
        written = Written.compare(self._files(etc))
        self.actions += written.actions
        self.diff += written.diff
        return written

    def _foresee(self, cluster: Cluster, running: bool) -> None:
        """Say what a run would do with a server that is there; one that is stopped cannot be asked."""
        if not running:
            self._foresee_databases()
            return
        if pending := cluster.ask(SERVER, list(self.settings))["pending"]:
            self.actions.append(f"restart the server for {', '.join(pending)}")
        self._converge(cluster)

    def _foresee_databases(self) -> None:
        nothing = {"version": 0, "roles": {}, "databases": {}}
        self.actions += [change.what for change in changes(self.databases, nothing)]

    def _configure(self, cluster: Cluster, written: Written) -> None:
        """Bring the files; what PostgreSQL does not accept, or does not start with, is put back."""
        try:
            written.write()
            self._adopt(cluster)
        except Refusal:
            written.put_back()
            systemctl("reload" if active(cluster.unit) else "restart", cluster.unit)
            raise

    def _adopt(self, cluster: Cluster) -> None:
        """Make the server use its files: reload when one is newer than its last reading, restart when it must."""
        names, paths = list(self.settings), [file.path for file in self._files(cluster.etc)]
        state = cluster.ask(SERVER, names)
        if state["hba"]:
            raise Refusal(
                "database-refused", f"PostgreSQL refuses: pg_hba.conf {'; '.join(state['hba'])}", PUT_BACK
            )
        newest = max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)
        if newest >= float(state["loaded"]):
            cluster.refuse_bad_settings()
            self.actions.append("reload the server")
            state = self._reloaded(cluster, names, float(state["loaded"]))
        if state["pending"]:
            self.actions.append(f"restart the server for {', '.join(state['pending'])}")
            systemctl("restart", cluster.unit)
            state = cluster.ask(SERVER, names)
        if state["overridden"]:
            others = ", ".join(state["overridden"])
            self.warnings.append(f"ALTER SYSTEM has other values for {others}; ALTER SYSTEM RESET gives way")

    def _reloaded(self, cluster: Cluster, names: Sequence[str], before: float) -> Any:
        cluster.psql("SELECT pg_reload_conf() \\g /dev/null\n")
        end = time.monotonic() + RELOAD_SECONDS
        while time.monotonic() < end:
            state = cluster.ask(SERVER, names)
            if float(state["loaded"]) > before:
                return state
            time.sleep(0.05)
        said = f"it did not read its files anew within {RELOAD_SECONDS:.0f} s"
        raise Refusal("database-refused", f"PostgreSQL refuses: {said}", PUT_BACK)

    def _converge(self, cluster: Cluster) -> None:
        names = [entry.name for entry in self.databases]
        found = cluster.ask(STATE, names)
        wanted = changes(self.databases, found)
        self.actions += [change.what for change in wanted]
        leaving = [entry.name for entry in self.databases if not entry.present and not entry.purge]
        self.kept = [name for name in leaving if name in found["databases"]]
        if wanted and not self.check:
            cluster.psql(QUIET + "".join(change.script() for change in wanted))


def main() -> None:
    """Bring PostgreSQL to what is asked."""
    module = AnsibleModule(
        argument_spec={
            "databases": {"type": "list", "elements": "dict", "required": True, "no_log": True},
            "listen": {"type": "list", "elements": "str", "default": []},
            "memory_share": {"type": "int", "default": 25},
            "settings": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    actions: list[str] = []
    try:
        run = Converging(module.params, module.check_mode)
        actions = run.actions
        run.run()
    except Refusal as refusal:
        module.fail_json(**refusal.result(), actions=actions)
    except (OSError, subprocess.SubprocessError) as error:
        module.fail_json(msg=str(error), actions=actions, invocation={})
    for warning in run.warnings:
        module.warn(warning)
    result = {"actions": run.actions, "kept": run.kept, "diff": run.diff, "invocation": {}}
    module.exit_json(changed=bool(run.actions), **result)


if __name__ == "__main__":
    main()
