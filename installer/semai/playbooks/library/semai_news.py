#!/usr/bin/python
"""Ansible module: what a run of the host tool did since somebody asked last; small, for it is asked many times."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_runs import news

DOCUMENTATION = r"""
module: semai_news
short_description: Follow a run of the host tool
description:
  - Answers with new events as soon as there are some, with the report once the run is over, or with nothing after
    O(wait) seconds. The action plugin of C(semai_host) asks until there is a report.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  run:
    description: The run, as C(semai_host) named it.
    type: str
    required: true
  after:
    description: The number of the last event already seen.
    type: int
    default: 0
  wait:
    description: Seconds to wait for news before answering.
    type: float
    default: 10.0
author: semai
"""

EXAMPLES = r"""
- name: Ask how it goes
  semai_news:
    root: /srv/semai
    run: activate-20260131T080000-4711
"""

RETURN = r"""
events:
  description: What happened since, each with its number C(n).
  returned: always
  type: list
  elements: dict
report:
  description: The host tool's answer, once the run is over.
  returned: when over
  type: dict
"""


def main() -> None:
    """Answer with the news."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "run": {"type": "str", "required": True},
            "after": {"type": "int", "default": 0},
            "wait": {"type": "float", "default": 10.0},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        result = news(Path(params["root"]), params["run"], params["after"], params["wait"])
    except OSError as error:
        module.fail_json(msg=str(error), invocation={})
    module.exit_json(**{"changed": True, **result, "invocation": {}})


if __name__ == "__main__":
    main()
