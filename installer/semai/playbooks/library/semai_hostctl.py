#!/usr/bin/python
"""Ansible module: the host tool, its folders, who keeps services, and its units, in one call.

Its action plugin sends the tool only when this module says that the host has another one.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_hostctl_units import RECOVERY, Refused, timers, units
from ansible.module_utils.semai_platform_refusal import Refusal
from ansible.module_utils.semai_settings_files import Settings, enabled, systemctl, written

DOCUMENTATION = r"""
module: semai_hostctl
short_description: Put the host tool on a host
description:
  - With O(keeper=systemd) the root belongs to root and carries the tool's folders, the file C(keeper) says so, and
    the tool's units are written. With O(keeper=supervisor) there is nothing but the tool.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  state:
    description: Whether the tool is there.
    type: str
    choices: [present, absent]
    default: present
  keeper:
    description: Who keeps the services of apps running.
    type: str
    choices: [supervisor, systemd]
    default: supervisor
  recover_at_boot:
    description: Whether a unit finishes or undoes at boot what was cut.
    type: bool
    default: false
  timers:
    description: Verbs at times of day, each with C(name), C(state), C(calendar) and C(arguments).
    type: list
    elements: dict
    default: []
  sha256:
    description: Digest of the tool as it shall be; set by the action plugin.
    type: str
  tool:
    description: The tool on the host, sent by the action plugin.
    type: path
author: semai
"""

EXAMPLES = r"""
- name: Bring the host tool
  semai_hostctl:
    root: /srv/semai
    keeper: systemd
    recover_at_boot: true
"""

RETURN = r"""
missing:
  description: Whether the host has not the tool with this digest yet.
  returned: always
  type: bool
actions:
  description: What was done (or would be, in check mode), in words.
  returned: always
  type: list
  elements: str
"""

SYSTEM_UNITS = Path("/etc/systemd/system")
OPEN, PRIVATE = 0o755, 0o700
# The root belongs to root; apps' users pass through the open ones to what is theirs.
FOLDERS = {
    ".": OPEN,
    "apps": OPEN,
    "bin": OPEN,
    "maintenance": OPEN,
    "store": OPEN,
    "tools": OPEN,
    "journal": PRIVATE,
    "logs": PRIVATE,
    "receipts": PRIVATE,
}


class Bringing:
    """One run: says what it does, and does it unless it only checks."""

    def __init__(self, params: dict[str, Any], check: bool) -> None:
        self.settings, self.params = Settings(check), params
        self.root = Path(params["root"])
        self.present, self.systemd = params["state"] == "present", params["keeper"] == "systemd"
        self.timers = timers(params["timers"])
        if not self.systemd and (params["recover_at_boot"] or self.timers):
            raise Refused("hostctl_recover_at_boot and hostctl_timers need hostctl_keeper: systemd")

    @property
    def tool(self) -> Path:
        return self.root / "bin" / "semai-host"

    def missing(self) -> bool:
        """Tell whether the tool must be sent first."""
        if not self.present:
            return False
        try:
            return hashlib.sha256(self.tool.read_bytes()).hexdigest() != str(self.params["sha256"])
        except FileNotFoundError:
            return True

    def run(self) -> None:
        """Make everything as wanted."""
        server = self.present and self.systemd
        if server:
            for name, mode in FOLDERS.items():
                self.settings.folder(self.root / name, mode)
        self._tool()
        self.settings.text(self.root / "keeper", "systemd\n" if server else "", 0o644)
        if self.systemd:
            self._units(units(str(self.root), server and self.params["recover_at_boot"], self.timers))

    def _tool(self) -> None:
        if not self.present:
            if self.tool.exists() and self.settings.act(f"delete {self.tool}"):
                self.tool.unlink()
            return
        if self.missing():
            if self.settings.act(f"write {self.tool}"):
                content = Path(self.params["tool"]).read_bytes()
                if hashlib.sha256(content).hexdigest() != self.params["sha256"]:
                    raise Refusal("tool-broken", "the host tool did not arrive whole", "apply again")
                written(self.tool, content, OPEN)
        elif stat.S_IMODE(self.tool.stat().st_mode) != OPEN and self.settings.act(f"make {self.tool} executable"):
            self.tool.chmod(OPEN)

    def _units(self, texts: dict[str, str]) -> None:
        """Write units, take away those that are not wanted, and have the others started at boot."""
        gone = [name for name, text in texts.items() if not text and (SYSTEM_UNITS / name).exists()]
        if gone and not self.settings.check:
            systemctl("disable", "--quiet", "--now", *gone)
        changed = [name for name, text in texts.items() if self.settings.text(SYSTEM_UNITS / name, text, 0o644)]
        if changed and not self.settings.check:
            systemctl("daemon-reload")
        clocks = [name for name in changed if name.endswith(".timer") and texts[name]]
        wanted = [name for name, text in texts.items() if text and name.endswith((".timer", RECOVERY))]
        for name in wanted:
            if not enabled(name) and self.settings.act(f"enable {name}"):
                systemctl("enable", "--quiet", name)
        for name in clocks:
            if not self.settings.check:
                systemctl("restart", name)


def main() -> None:
    """Bring the tool and what belongs to it."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "state": {"choices": ["present", "absent"], "default": "present"},
            "keeper": {"choices": ["supervisor", "systemd"], "default": "supervisor"},
            "recover_at_boot": {"type": "bool", "default": False},
            "timers": {"type": "list", "elements": "dict", "default": []},
            "sha256": {"type": "str"},
            "tool": {"type": "path"},
        },
        required_if=[("state", "present", ("sha256",))],
        supports_check_mode=True,
    )
    try:
        run = Bringing(module.params, module.check_mode)
        missing = run.missing()
        if not missing or module.check_mode or module.params["tool"]:
            run.run()
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except OSError as error:
        module.fail_json(msg=str(error))
    result = {"missing": missing, "actions": run.settings.actions, "diff": run.settings.diff}
    module.exit_json(changed=bool(run.settings.actions), **result)


if __name__ == "__main__":
    main()
