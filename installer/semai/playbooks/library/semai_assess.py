#!/usr/bin/python
"""Ansible module: measure a host that semai shall install on, in one round trip; changes nothing."""

from __future__ import annotations

import os
import platform

from ansible.module_utils import semai_measure_network as network
from ansible.module_utils import semai_measure_packages as packages
from ansible.module_utils import semai_measure_system as system
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: semai_assess
short_description: Measure whether a host is ready for semai
description:
  - Reads processor, memory, disks, release, clock, ports, packages, names, mirrors and rights. Changes nothing and
    needs no C(become); what an ordinary user cannot see is listed in C(unknown).
  - The action plugin of the same name adds the line to the host, the clock's offset, and, where Python cannot run,
    the few measures a shell gives.
options:
  root:
    description: The folder below which semai would keep everything.
    type: path
    default: /srv/semai
  names:
    description: Names of sites to look up with the host's resolver.
    type: list
    elements: str
    default: []
author: semai
"""

EXAMPLES = r"""
- name: Measure
  semai_assess:
    names: [e-planning.manggaraikab.go.id]
"""

RETURN = r"""
report:
  description: The measures; see semai.core.assessment.measurement for their shape.
  returned: always
  type: dict
"""


def measure(root: str, wanted: list[str]) -> dict[str, object]:
    """Return every measure."""
    sudo, virtual = system.sudo(), system.virtualisation()
    listening, all_named = network.ports(sudo["state"] == "root", sudo["state"] == "works")
    unknown = [] if all_named else ["port-programs"]
    return {
        "hostname": platform.node(),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "os": system.release(),
        "systemd": os.path.isdir("/run/systemd/system"),
        **system.processor(),
        **system.memory(),
        **virtual,
        "filesystems": system.filesystems(root),
        "clock": system.clock(),
        "services": system.services(),
        "reboot": system.reboot(bool(virtual["container"])),
        "sudo": sudo,
        "protection": system.protection(),
        "ports": listening,
        **packages.packages(),
        "updates": packages.updates(),
        "names": network.names(wanted),
        "mirrors": network.reached(packages.mirrors()),
        "semai": os.path.isdir(os.path.join(root, "bin")),
        "unknown": unknown,
    }


def main() -> None:
    """Answer with the measures."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "default": "/srv/semai"},
            "names": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    module.exit_json(changed=False, report=measure(module.params["root"], module.params["names"]))


if __name__ == "__main__":
    main()
