#!/usr/bin/python
"""Ansible module: write down which roles of the machine were done, for the next plan to compare with."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: semai_receipt
short_description: Remember what roles of the machine were told when they were last done
description:
  - Keeps C(<root>/receipts/server.json), a mapping of role to digest.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  digests:
    description:
      - A mapping of each role that was done to what it was told, as semai counts it; empty when nobody counted,
        then the next apply does it again.
    type: dict
    required: true
author: semai
"""

EXAMPLES = r"""
- name: Remember that nginx was set up
  semai_receipt:
    root: /srv/semai
    digests:
      nginx: 9c1185a5c5e9fc54612808977ee8f548b2258d31...
"""

RETURN = r"""
roles:
  description: The roles that were done.
  returned: always
  type: list
  elements: str
"""


def known(path: Path) -> dict[str, str]:
    """Return what was written down before; a file that cannot be read counts as empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: dict[str, str]) -> None:
    """Write the file whole, and so that it survives a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".server-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).replace(path)


def main() -> None:
    """Bring the file to what it shall say."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "digests": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    path = Path(params["root"]) / "receipts" / "server.json"
    before = known(path)
    after = {**before, **params["digests"]}
    if after != before and not module.check_mode:
        try:
            write(path, after)
        except OSError as error:
            module.fail_json(msg=str(error))
    module.exit_json(changed=False, roles=sorted(params["digests"]))


if __name__ == "__main__":
    main()
