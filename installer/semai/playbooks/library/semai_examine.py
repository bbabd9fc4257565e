#!/usr/bin/python
"""Ansible module: measure what wears off on a server (units, certificates, clock, updates); changes nothing."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

from ansible.module_utils import semai_measure_packages as packages
from ansible.module_utils import semai_measure_system as system
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: semai_examine
short_description: Measure what wears off on a server
description:
  - Reads failed units, the last day of each certificate semai brought, who keeps the clock, pending updates and
    whether a restart is due. Changes nothing; without C(become) some of it stays empty.
options:
  tls_folder:
    description: Where certificates lie, one folder per name with C(cert.pem).
    type: path
    default: /etc/semai/tls
author: semai
"""

EXAMPLES = r"""
- name: Examine
  semai_examine:
"""

RETURN = r"""
report:
  description: The measures; see semai.core.doctor for their shape.
  returned: always
  type: dict
"""


def failed_units() -> list[str]:
    """Return the units systemd calls failed."""
    _, text = system.said_by(
        "systemctl", "list-units", "--failed", "--plain", "--no-legend", "--no-pager", "--full"
    )
    return sorted(line.split()[0] for line in text.splitlines() if line.strip())


def certificates(folder: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Return each certificate with its last moment, and the names of those that cannot be read."""
    found, unreadable = [], []
    for path in sorted(folder.glob("*/cert.pem")):
        code, text = system.said_by("openssl", "x509", "-in", str(path), "-noout", "-enddate")
        said = text.strip().partition("notAfter=")[2]
        if code or not said:
            unreadable.append(path.parent.name)
            continue
        seconds = ssl.cert_time_to_seconds(said)
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        found.append({"name": path.parent.name, "ends": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return found, unreadable


def examine(tls_folder: str) -> dict[str, object]:
    """Return every measure."""
    container = bool(system.virtualisation()["container"])
    readable, unreadable = certificates(Path(tls_folder))
    return {
        "failed_units": failed_units(),
        "certificates": readable,
        "unreadable_certificates": unreadable,
        "clock": system.clock(),
        "updates": packages.updates(),
        "reboot": system.reboot(container),
        "container": container,
    }


def main() -> None:
    """Answer with the measures."""
    module = AnsibleModule(
        argument_spec={"tls_folder": {"type": "path", "default": "/etc/semai/tls"}}, supports_check_mode=True
    )
    module.exit_json(changed=False, report=examine(module.params["tls_folder"]))


if __name__ == "__main__":
    main()
