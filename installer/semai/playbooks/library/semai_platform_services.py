#!/usr/bin/python
"""Ansible module: time zone and units, in one call; a unit older than its configuration is restarted.

Ages decide, not what this run changed: a run that was cut between file and restart is made good by the next.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_platform_refusal import Refusal, need, run

DOCUMENTATION = r"""
module: semai_platform_services
short_description: Time zone and units of a host
options:
  time_zone:
    description: A name of the time zone database, such as C(Asia/Makassar).
    type: str
  units:
    description:
      - Units with C(name), C(config) (files and folders whose change asks for a restart) and C(optional) (a unit
        that may be missing, or that its own conditions keep from running). Each is enabled and started.
    type: list
    elements: dict
    default: []
author: semai
"""

EXAMPLES = r"""
- name: Set the clock
  semai_platform_services:
    time_zone: Asia/Makassar
    units: [{name: systemd-timesyncd.service, config: [/etc/systemd/timesyncd.conf.d]}]
"""

RETURN = r"""
done:
  description: What was done, or would be in check mode.
  returned: success
  type: list
  elements: str
"""

ZONES = Path("/usr/share/zoneinfo")


def zone_now(link: Path = Path("/etc/localtime")) -> str:
    """Return the name of the zone that is set."""
    target = os.path.realpath(link)
    return target.removeprefix(f"{ZONES}/") if target.startswith(f"{ZONES}/") else ""


def set_zone(zone: str, check: bool) -> list[str]:
    """Set the time zone as `timedatectl` does, without needing its service."""
    named = Path("/etc/timezone")
    if not zone or (
        os.path.realpath("/etc/localtime") == os.path.realpath(ZONES / zone)
        and (not named.exists() or named.read_text().strip() == zone)
    ):
        return []
    if not (ZONES / zone).is_file() or ".." in zone:
        raise Refusal("time-zone-unknown", f"this host knows no time zone {zone}", "timedatectl list-timezones")
    if not check:
        beside = Path("/etc/.localtime-semai")
        beside.unlink(missing_ok=True)
        beside.symlink_to(ZONES / zone)
        beside.replace("/etc/localtime")
        if named.exists():
            named.write_text(f"{zone}\n")
    return [f"time zone {zone}"]


def changed_at(paths: Sequence[str]) -> float:
    """Return when the youngest of the files and folders changed, deletions in folders included."""
    youngest = 0.0
    for path in map(Path, paths):
        for entry in (path, *(path.iterdir() if path.is_dir() else ())):
            if entry.exists():
                youngest = max(youngest, entry.stat().st_ctime)
    return youngest


def properties(name: str) -> dict[str, str]:
    """Return what systemd says about a unit."""
    names = "LoadState,ActiveState,UnitFileState,ActiveEnterTimestampMonotonic"
    names += ",ConditionResult,ConditionTimestampMonotonic"
    said = need(run("systemctl", "show", f"--property={names}", name), "systemd-silent", f"asking for {name}")
    return dict(line.split("=", 1) for line in said.out.splitlines() if "=" in line)


def started_at(found: dict[str, str]) -> float:
    """Return the wall clock's time of the unit's last start."""
    since_boot = int(found.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC) + since_boot


def bring(unit: dict[str, Any], check: bool) -> list[str]:
    """Enable, start or restart one unit; return what was done."""
    name, done = str(unit["name"]), []
    found = properties(name)
    if found["LoadState"] in ("not-found", "masked"):
        if unit.get("optional") or check:
            return []
        raise Refusal("unit-missing", f"the unit {name} is {found['LoadState']}", f"systemctl status {name}")
    if found["UnitFileState"] == "disabled":
        done.append(f"enable {name}")
    if found["ActiveState"] not in ("active", "activating", "reloading"):
        if not (unit.get("optional") and kept_from_running(found)):
            done.append(f"start {name}")
    elif changed_at(unit.get("config") or ()) > started_at(found):
        done.append(f"restart {name}")
    if not check:
        for words in done:
            verb = words.split(" ")[0]
            need(run("systemctl", verb, name), "unit-failed", f"systemctl {verb} {name}", f"journalctl -u {name}")
    return done


def kept_from_running(found: dict[str, str]) -> bool:
    """Tell whether its conditions were looked at since the boot and said no (a container cannot set its clock)."""
    return found.get("ConditionResult") == "no" and int(found.get("ConditionTimestampMonotonic") or 0) > 0


def main() -> None:
    """Bring zone and units to what is asked."""
    module = AnsibleModule(
        argument_spec={
            "time_zone": {"type": "str"},
            "units": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        done = set_zone(params["time_zone"] or "", module.check_mode)
        for unit in params["units"]:
            done += bring(unit, module.check_mode)
    except (Refusal, OSError) as error:
        refusal = error if isinstance(error, Refusal) else Refusal("host-failed", str(error))
        module.fail_json(**refusal.result())
    module.exit_json(changed=bool(done), done=done, invocation={})


if __name__ == "__main__":
    main()
