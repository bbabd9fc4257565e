#!/usr/bin/python
"""Ansible module: read what a host runs, in one round trip and without the host tool being there yet."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_host.state import collect

CERTIFICATES = Path("/etc/semai/tls")
MONTH_SECONDS = 30 * 86400

DOCUMENTATION = r"""
module: semai_state
short_description: Read receipts, services, health, disk and memory of a semai host
description:
  - Changes nothing. Carries its own code, so that a bare host can be asked.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  sizes:
    description: Whether to add up what each app takes on disk, which takes longer the more releases there are.
    type: bool
    default: false
  exposure:
    description: Whether to ask systemd how exposed each service is, which costs half a second.
    type: bool
    default: false
author: semai
"""

EXAMPLES = r"""
- name: Read the state
  semai_state:
    root: /srv/semai
"""

RETURN = r"""
state:
  description:
    - What C(semai-host state) prints, C(access) which says whether the root can be written, C(server) with the
      digests of what roles of the machine were last done, and C(due) with roles whose work wears off.
  returned: always
  type: dict
"""


def access(root: str) -> dict[str, object]:
    """Tell whether `root`, or the nearest folder above it that exists, can be written."""
    folder = Path(root).absolute()
    while not os.path.lexists(folder):
        folder = folder.parent
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return {"writable": writable, "path": str(folder)}


def server(root: str) -> dict[str, str]:
    """Return what roles of the machine were last done here, by role; nothing for a file that cannot be read."""
    try:
        found = json.loads(Path(root, "receipts", "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(role): str(digest) for role, digest in found.items()} if isinstance(found, dict) else {}


def certificate_ends() -> bool:
    """Tell whether a certificate semai brought here ends within a month."""
    for path in sorted(CERTIFICATES.glob("*/cert.pem")):
        command = ["openssl", "x509", "-in", str(path), "-noout", "-checkend", str(MONTH_SECONDS)]
        try:
            if subprocess.run(command, capture_output=True, check=False).returncode:
                return True
        except OSError:
            return False
    return False


def main() -> None:
    """Answer with the state."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "sizes": {"type": "bool", "default": False},
            "exposure": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    root = module.params["root"]
    try:
        state = collect(root, module.params["sizes"], module.params["exposure"])
    except OSError as error:
        found = f"{root} cannot be used as the root: {error.strerror} ({error.filename})"
        hint = "choose another semai_root in hosts.yml"
        module.fail_json(msg=found, semai_error={"code": "root-unusable", "message": found, "hint": hint})
    state["access"] = access(root)
    state["server"] = server(root)
    state["due"] = ["certificate"] if state["server"] and certificate_ends() else []
    module.exit_json(changed=False, state=state)


if __name__ == "__main__":
    main()
