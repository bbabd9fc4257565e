#!/usr/bin/python
"""Ansible module: where a host keeps backups, its secrets for it, and the units that make them, in one call."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_backup_units import TIMERS, units
from ansible.module_utils.semai_host import envfile
from ansible.module_utils.semai_host.errors import HostError
from ansible.module_utils.semai_platform_refusal import Refusal
from ansible.module_utils.semai_settings_files import Settings, enabled, systemctl

DOCUMENTATION = r"""
module: semai_backup
short_description: Have the host tool keep backups
description:
  - Writes C(backup/backup.json) and C(backup/env) below the root, both for their owner alone.
  - With a calendar it writes and starts C(semai-backup.timer), for which O(keeper=systemd) is needed; with
    O(drill) also C(semai.drill.timer).
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  state:
    description: Whether the host keeps backups; the backups themselves stay either way.
    type: str
    choices: [present, absent]
    default: present
  keeper:
    description: Who keeps the services of apps running; there are units with C(systemd) only.
    type: str
    choices: [supervisor, systemd]
    default: supervisor
  configuration:
    description: Content of C(backup.json).
    type: dict
    default: {}
  secrets:
    description: Variables of C(env).
    type: dict
    default: {}
  files:
    description: Content of C(ssh-key) and C(known-hosts), with which a repository behind SFTP is reached.
    type: dict
    default: {}
  calendar:
    description: When backups are made, as systemd writes it; empty for no timer.
    type: str
    default: ""
  drill:
    description: When the newest backups are tried out, as systemd writes it; empty for never. It needs a calendar.
    type: str
    default: ""
  wait:
    description: Minutes to wait after that time, for hosts whose data read from this one to be backed up before.
    type: int
    default: 0
author: semai
"""

EXAMPLES = r"""
- name: Keep backups every night
  semai_backup:
    root: /srv/semai
    keeper: systemd
    configuration:
      schema: 1
      repository: {kind: local, location: /srv/semai/backups}
    secrets: {RESTIC_PASSWORD: "{{ password }}"}
    calendar: "*-*-* 01:30"
    drill: "Sun *-*-01..07 03:00"
"""

RETURN = r"""
actions:
  description: What was done (or would be, in check mode), in words.
  returned: always
  type: list
  elements: str
"""

SSH_FILES = ("ssh-key", "known-hosts")
SECRETS = ("env", "ssh-key")
SYSTEM_UNITS = Path("/etc/systemd/system")


def wanted(params: dict[str, Any]) -> dict[str, str]:
    """Return file name -> content below `backup/`; empty contents mean that the file is not there."""
    files = dict.fromkeys(SSH_FILES, "")
    if params["state"] == "absent":
        return {"backup.json": "", "env": "", **files}
    if strangers := sorted(set(params["files"]) - set(files)):
        raise Refusal("backup-invalid", f"backup_files names {', '.join(strangers)}")
    if params["configuration"].get("schema") != 1:
        raise Refusal("backup-invalid", "backup_configuration does not say schema 1")
    try:
        secrets = envfile.render({name: str(value) for name, value in params["secrets"].items()})
    except HostError as error:
        raise Refusal("backup-invalid", error.message) from error
    text = json.dumps(params["configuration"], indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return {"backup.json": text, "env": secrets, **files, **params["files"]}


def check_calendar(key: str, calendar: str) -> None:
    """Raise Refusal when systemd does not understand it: a timer that never comes looks like one that does."""
    words = ["systemd-analyze", "calendar", "--", calendar]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = ran.stderr.strip()[-300:]
        hint = f"write backup.{key} in region.yml as systemd does, for example '*-*-* 01:30'"
        raise Refusal("calendar-invalid", f"systemd does not understand the calendar {calendar}: {said}", hint)


def bring(params: dict[str, Any], settings: Settings) -> None:
    """Make everything as wanted; what could be refused is judged before anything is written."""
    root, systemd = Path(params["root"]), params["keeper"] == "systemd"
    times = {key: params[key] if params["state"] == "present" else "" for key in ("calendar", "drill")}
    contents = wanted(params)
    if times["calendar"] and not systemd:
        raise Refusal("backup-invalid", "backup_calendar needs backup_keeper: systemd")
    if times["drill"] and not times["calendar"]:
        raise Refusal("backup-invalid", "backup_drill needs backup_calendar")
    for key, calendar in times.items():
        if calendar:
            check_calendar(key, calendar)
    folder = root / "backup"
    if params["state"] == "present":
        settings.folder(folder, 0o700)
    for name, content in contents.items():
        settings.text(folder / name, content, 0o600, shown=name not in SECRETS)
    if systemd:
        bring_units(units(str(root), times["calendar"], times["drill"], params["wait"]), settings)


def bring_units(texts: dict[str, str], settings: Settings) -> None:
    """Write the units, or stop them and take them away; a timer starts anew when it says something else."""
    gone = [name for name in TIMERS if not texts[name] and (SYSTEM_UNITS / name).exists()]
    if gone and not settings.check:
        systemctl("disable", "--quiet", "--now", *gone)
    changed = [name for name, text in texts.items() if settings.text(SYSTEM_UNITS / name, text, 0o644)]
    if changed and not settings.check:
        systemctl("daemon-reload")
    wanted_timers = [name for name in TIMERS if texts[name]]
    off = [timer for timer in wanted_timers if not enabled(timer) and settings.act(f"enable {timer}")]
    if off:
        systemctl("enable", "--quiet", *off)
    stale = [timer for timer in wanted_timers if timer in changed]
    if stale and not settings.check:
        systemctl("restart", *stale)


def main() -> None:
    """Bring the files and the units."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "state": {"choices": ["present", "absent"], "default": "present"},
            "keeper": {"choices": ["supervisor", "systemd"], "default": "supervisor"},
            "configuration": {"type": "dict", "default": {}},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "files": {"type": "dict", "default": {}, "no_log": True},
            "calendar": {"type": "str", "default": ""},
            "drill": {"type": "str", "default": ""},
            "wait": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    settings = Settings(module.check_mode)
    try:
        bring(module.params, settings)
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except OSError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(settings.actions), actions=settings.actions, diff=settings.diff)


if __name__ == "__main__":
    main()
