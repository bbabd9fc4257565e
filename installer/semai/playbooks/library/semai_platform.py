#!/usr/bin/python
"""Ansible module: refuse a host that the roles cannot serve, in plain words, before anything is changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_platform_ports import holders
from ansible.module_utils.semai_platform_refusal import Refusal

DOCUMENTATION = r"""
module: semai_platform
short_description: Refuse a host that cannot be served
description:
  - Looks at the system, the rights, the clock and the ports of a host and fails with what stands in the way.
  - Never changes anything.
options:
  platforms:
    description: Systems that are allowed, each as ID-VERSION of os-release, such as C(debian-12).
    type: list
    elements: str
    default: []
  time:
    description: The controller's time in seconds since 1970; a clock that is more than a day off is refused.
    type: float
  ports:
    description: A mapping of TCP port to the program that may hold it.
    type: dict
    default: {}
  systemd:
    description: Whether the host must run systemd.
    type: bool
    default: true
author: semai
"""

EXAMPLES = r"""
- name: Refuse what cannot be served
  semai_platform:
    platforms: [debian-12, debian-13]
    ports: {80: nginx, 443: nginx}
"""

RETURN = r"""
platform:
  description: The system that was found, as ID-VERSION.
  returned: success
  type: str
"""

CLOCK_SECONDS = 86400.0


def release(text: str) -> dict[str, str]:
    """Return the values of an os-release file."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def check_platform(found: Mapping[str, str], allowed: Sequence[str]) -> str:
    """Return the platform's name, or refuse one that is not allowed."""
    platform = f"{found.get('ID', 'unknown')}-{found.get('VERSION_ID', 'unknown')}"
    if allowed and platform not in allowed:
        name = found.get("PRETTY_NAME", platform)
        raise Refusal(
            "platform-unsupported",
            f"this host runs {name} ({platform}); allowed are {', '.join(allowed)}",
            "install one of these systems, or take the host out of hosts.yml",
        )
    return platform


def check_clock(host: float, controller: float) -> None:
    """Refuse a clock that would break certificates, signatures and every date in the apps."""
    if abs(host - controller) <= CLOCK_SECONDS:
        return
    shown = [
        f"{datetime.datetime.fromtimestamp(t, datetime.timezone.utc):%Y-%m-%d %H:%M} UTC"
        for t in (host, controller)
    ]
    raise Refusal(
        "clock-wrong",
        f"the clock of this host says {shown[0]}, the controller's says {shown[1]}",
        f"correct the wrong one; on the host: timedatectl set-ntp false && timedatectl set-time '{shown[1][:16]}'",
    )


def check_ports(wanted: Mapping[int, str], held: Mapping[int, Sequence[str]]) -> None:
    """Refuse a port that another program than the wanted one holds."""
    for port, program in sorted(wanted.items()):
        strangers = [holder for holder in held.get(port, ()) if holder.split(" ")[0] != program]
        if strangers:
            name = strangers[0].split(" ")[0]
            raise Refusal(
                "port-held",
                f"port {port} is held by {strangers[0]}; {program} needs it",
                f"stop and disable {name} on this host: systemctl disable --now {name}",
            )


def check_systemd(booted: bool) -> None:
    """Refuse a host that does not run systemd."""
    if not booted:
        raise Refusal("systemd-missing", "this host does not run systemd", "use a virtual or a real machine")


def main() -> None:
    """Look and answer."""
    module = AnsibleModule(
        argument_spec={
            "platforms": {"type": "list", "elements": "str", "default": []},
            "time": {"type": "float"},
            "ports": {"type": "dict", "default": {}},
            "systemd": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        platform = check_platform(release(Path("/etc/os-release").read_text()), params["platforms"])
        check_systemd(not params["systemd"] or Path("/run/systemd/system").is_dir())
        if params["time"] is not None:
            check_clock(datetime.datetime.now(datetime.timezone.utc).timestamp(), params["time"])
        ports = {int(port): str(program) for port, program in params["ports"].items()}
        check_ports(ports, holders(ports))
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    module.exit_json(changed=False, platform=platform)


if __name__ == "__main__":
    main()
