#!/usr/bin/python
"""Ansible module: make a host's MariaDB fit its machine and hold the wanted databases and users, in one call."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
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
from ansible.module_utils.semai_mariadb_plan import (
    NOTHING,
    QUIET,
    RESTART_ANYWAY,
    STATE,
    assignment,
    both,
    changes,
    configuration,
    found,
    given,
    settings,
)
from ansible.module_utils.semai_platform_refusal import Refusal

DOCUMENTATION = r"""
module: semai_mariadb
short_description: Configure MariaDB and its databases
description:
  - Writes the settings, changes those that can change while the server runs, restarts it for the others, and
    creates, corrects or removes databases and users. Settings that MariaDB does not accept are put back.
  - No password leaves this module; MariaDB gets hashes, and only those that do not match yet.
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
    description: Percent of the machine's memory that MariaDB may use.
    type: int
    default: 25
  settings:
    description: Further server variables, which win over the computed ones.
    type: dict
    default: {}
author: semai
"""

EXAMPLES = r"""
- name: One database
  semai_mariadb:
    databases: [{name: semai_situs, password: "{{ vault_password }}"}]
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

UNIT = "mariadb.service"
SOCKET = "/run/mysqld/mysqld.sock"
SETTINGS = Path("/etc/mysql/mariadb.conf.d/90-semai.cnf")
# There while the server may still run with other settings than its files say: a run that was cut is made good.
UNADOPTED = Path("/var/lib/semai/mariadb-unadopted")
START_SECONDS = 60.0


def client(script: str) -> str:
    """Run a script as the administrator, known by being root; nothing of it appears in an argument list."""
    words = ["mariadb", "--no-defaults", f"--socket={SOCKET}", "--user=root", "--default-character-set=utf8mb4"]
    return ran([*words, "--batch", "--skip-column-names"], script)


def ran(words: Sequence[str], script: str = "", hint: str = "") -> str:
    """Return what a program printed; raises Refusal with its complaint."""
    ended = subprocess.run(
        words, input=script, capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT
    )
    if ended.returncode:
        lines = [line for line in ended.stderr.splitlines() if "ERROR" in line.upper()] or [ended.stderr.strip()]
        raise Refusal("database-refused", f"MariaDB refuses: {' '.join(lines)[-800:]}", hint)
    return ended.stdout


class Converging:
    """One run: says what it does, and does it unless it only checks."""

    def __init__(self, params: dict[str, Any], check: bool) -> None:
        self.check = check
        self.databases = databases(params["databases"])
        listen = addresses(params["listen"])
        memory = memory_mb(Path("/proc/meminfo").read_text(encoding="ascii"))
        self.settings = settings(memory, params["memory_share"], listen, params["settings"])
        self.files = [File(SETTINGS, configuration(self.settings)), boot_order(UNIT, listen)]
        self.actions: list[str] = []
        self.diff: list[dict[str, str]] = []
        self.kept: list[str] = []

    def run(self) -> None:
        """Make everything as wanted."""
        if not shutil.which("mariadbd", path=ENVIRONMENT["PATH"]):
            if not self.check:
                raise Refusal("database-refused", "there is no MariaDB on this host")
            self._compare()
            self.actions += [change.what for change in changes(self.databases, NOTHING)]
            return
        started = self._configure()
        if self.check and not started:
            self.actions += [change.what for change in changes(self.databases, NOTHING)]
            return
        self._converge()

    def _compare(self) -> Written:
        written = Written.compare(self.files)
        self.actions += written.actions
        self.diff += written.diff
        return written

    def _configure(self) -> bool:
        """Bring the files and make the server use them; return whether it answers."""
        before, running = given(text_of(SETTINGS)), bool(active(UNIT))
        written = self._compare()
        if not running:
            self.actions.append("start the server")
        if self.check:
            return running
        try:
            self._adopt(written, before, running)
        except Refusal:
            written.put_back()
            systemctl("reset-failed", UNIT)
            systemctl("restart", UNIT)
            UNADOPTED.unlink(missing_ok=True)
            raise
        return True

    def _adopt(self, written: Written, before: dict[str, str], running: bool) -> None:
        unfinished = UNADOPTED.exists()
        if not written.before and running and not unfinished:
            return
        UNADOPTED.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        UNADOPTED.touch()
        written.write()
        if written.before:
            ran(
                ["mariadbd", "--user=mysql", "--help", "--verbose"], hint=PUT_BACK
            )  # reads all settings and starts nothing
        after = given(text_of(SETTINGS))
        differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        lasting = self._need_restart(differing, after) if running else []
        if not running:
            systemctl("start", UNIT)
        elif lasting or unfinished:
            why = f" for {', '.join(lasting)}" if lasting else ""
            self.actions.append(f"restart the server{why}")
            systemctl("restart", UNIT)
        else:
            client("".join(f"SET GLOBAL {name} = {_literal(after[name])};\n" for name in differing))
        self._await()
        UNADOPTED.unlink()

    def _need_restart(self, differing: Sequence[str], after: dict[str, str]) -> list[str]:
        """Return those settings that cannot change while the server runs; one taken out needs its default back."""
        query = "SELECT LOWER(VARIABLE_NAME) FROM information_schema.SYSTEM_VARIABLES WHERE READ_ONLY = 'NO'"
        changeable = set(client(f"{query} AND VARIABLE_SCOPE <> 'SESSION ONLY';").split()) - set(RESTART_ANYWAY)
        return [name for name in differing if name not in changeable or name not in after]

    def _await(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                client("SELECT 1;")
                return
            except Refusal:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _converge(self) -> None:
        names = ",".join(name for entry in self.databases for name in both(entry.name))
        there = found(client(assignment("names", names) + STATE))
        wanted = changes(self.databases, there)
        self.actions += [change.what for change in wanted]
        leaving = [entry.name for entry in self.databases if not entry.present and not entry.purge]
        self.kept = [name for name in leaving if name in there.databases]
        if wanted and not self.check:
            client(QUIET + "".join(change.script() for change in wanted))


def _literal(value: str) -> str:
    """Return a setting's value for SET GLOBAL: numbers in bytes, words as text."""
    sizes = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number, unit = (value[:-1], value[-1].upper()) if value[-1:].upper() in sizes else (value, "")
    if number.isdigit():
        return str(int(number) * sizes.get(unit, 1))
    text = value[1:-1] if value.startswith('"') else value
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"


def main() -> None:
    """Bring MariaDB to what is asked."""
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
    result = {"actions": run.actions, "kept": run.kept, "diff": run.diff, "invocation": {}}
    module.exit_json(changed=bool(run.actions), **result)


if __name__ == "__main__":
    main()
