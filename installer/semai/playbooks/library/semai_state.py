#!/usr/bin/python
"""Ansible module: read what a host runs, in one round trip and without the host tool being there yet."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_host.probe import collect

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
    - What C(semai-host probe) prints, C(access) which says whether the root can be written, C(server) with the
      digests of what roles of the machine were last done, and C(due) with roles whose work wears off.
  returned: always
  type: dict
"""


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
    module.exit_json(changed=False, state=state)


if __name__ == "__main__":
    main()
