#!/usr/bin/python
"""Ansible module: run a verb of the host tool detached from this connection.

A run that was started goes on when the connection is lost or Ansible is stopped; its own journal makes sure that it
ends in the old state or the new one. The action plugin follows it with semai_news.
"""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_artifacts import suits
from ansible.module_utils.semai_edits import Edits
from ansible.module_utils.semai_host import envfile
from ansible.module_utils.semai_host.state import collect
from ansible.module_utils.semai_runs import begin, begun, interpreter, news
from ansible.module_utils.semai_settings_files import written
from ansible.module_utils.semai_verdict import managed_files, verdict

DOCUMENTATION = r"""
module: semai_host
short_description: Run a verb of the host tool
description:
  - With O(item) it decides what the app needs (activate, configure, a start, or nothing) and does that.
  - With O(arguments) it runs these words.
  - With O(warm) it has the host tool unpack what O(item) is made of, which then comes sooner.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  item:
    description: An app as the host shall run it, without contents of files, which lie staged.
    type: dict
  warm:
    description: Only fill the caches that releases are made from.
    type: bool
    default: false
  overwrite:
    description: Files of O(item) that are written though an administrator edited them.
    type: list
    elements: str
    default: []
  arguments:
    description: A verb and its arguments.
    type: list
    elements: str
  app:
    description: The app that O(arguments) are about, named in events and results.
    type: str
  only_if_present:
    description: Do nothing when the host has nothing of O(app).
    type: bool
    default: false
  spare_leader:
    description: Fail instead of taking O(app) from a host that owns its data.
    type: bool
    default: false
  unless_release:
    description: Do nothing when the host's receipt of O(app) names this release.
    type: str
  by:
    description: On whose behalf, for the host's audit log; set by the action plugin.
    type: str
    default: ""
  other:
    description:
      - Another region's or host's repository of backups that O(arguments) are to read, as base64 of JSON with
        C(configuration), C(secrets) and C(files). It lies on the host for its owner alone while the run goes on.
      - It is one text because Ansible would hide the parts of a dict wherever results hold the same letters, and
        would not hide those with line breaks from the machine's log.
    type: str
  run:
    description: Follow this run instead of starting one, when it is not empty; done by the action plugin.
    type: str
  begin:
    description: Answer as soon as the run is started, with its name in C(run); a later task follows it by O(run).
    type: bool
    default: false
  attempt:
    description: A name nobody else uses. Asked a second time under it, what the first began is followed instead.
    type: str
    default: ""
  wait:
    description: Seconds to wait for news before answering.
    type: float
    default: 10.0
  follow:
    description: With the verb C(logs), ask again and again for new lines; the action plugin does that.
    type: bool
    default: false
author: semai
"""

EXAMPLES = r"""
- name: Restart an app
  semai_host:
    root: /srv/semai
    arguments: [service, restart, e-planning]
"""

RETURN = r"""
run:
  description: The run that was started, empty when nothing had to be done.
  returned: always
  type: str
report:
  description: The host tool's answer, once the run is over.
  returned: when over
  type: dict
"""


def prepared(root: Path, item: dict[str, Any], overwrite: list[str]) -> dict[str, Any]:
    """Return the request for this host: its artifacts, its Python, and the digests of the files in question."""
    edits = Edits(root / "apps" / item["name"], overwrite)
    return {
        **item,
        "python": item.get("python") or interpreter(),
        "artifacts": [artifact for artifact in item["artifacts"] if suits(artifact)],
        "files": managed_files(edits, item["files"]),
    }


def lay_other(root: Path, run: str, packed: str) -> Path:
    """Write what opens another repository into a folder of this run, which the host tool's `recover` knows too."""
    other = json.loads(base64.b64decode(packed))
    folder = root / "backup" / f"other-{run}"
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    texts = {"backup.json": json.dumps(other["configuration"]), "env": envfile.render(other["secrets"])}
    for name, text in {**texts, **other["files"]}.items():
        written(folder / name, text.encode(), 0o600)
    return folder


def started(module: AnsibleModule) -> dict[str, Any]:
    """Decide what to run, run it, and return the first news; nothing is run in check mode."""
    params, root = module.params, Path(module.params["root"])
    if run := begun(root, params["attempt"]):
        return {"changed": True, **first_news(root, run, params)}
    request, words = None, params["arguments"] or []
    if params["warm"]:
        words, request = ["warm"], prepared(root, {**params["item"], "files": {}}, [])
    elif params["item"]:
        item = prepared(root, params["item"], params["overwrite"])
        verb = verdict(item, collect(str(root)), root / "apps" / item["name"] / "staged")
        words = list(verb)
        request = item if verb[:1] in (("activate",), ("configure",)) else None
    elif params["only_if_present"]:
        found = collect(str(root))["apps"].get(params["app"])
        if not concerned(found, params):
            words = []
        elif params["spare_leader"] and found["leader"]:
            said = f"{params['app']} has its data here; hosts.yml gives it to other hosts"
            module.fail_json(msg=said, invocation={})
    if not words or module.check_mode:
        return {"changed": bool(words), "run": "", "words": words}
    run = f"{words[0]}-{time.strftime('%Y%m%dT%H%M%S')}-{params['attempt'] or os.getpid()}"
    other = lay_other(root, run, params["other"]) if params["other"] else None
    begin(root, run, words, request, params["by"], other)
    return {"changed": True, "words": words, **first_news(root, run, params)}


def first_news(root: Path, run: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return how a run goes, or only its name when somebody else follows it."""
    return {"run": run} if params["begin"] else news(root, run, 0, params["wait"])


def concerned(found: dict[str, Any] | None, params: dict[str, Any]) -> bool:
    """Tell whether the host has the app, and not yet in the release named."""
    if found is None:
        return False
    release = (found.get("receipt") or {}).get("release")
    return not params["unless_release"] or release != params["unless_release"]


def main() -> None:
    """Start a run."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "item": {"type": "dict"},
            "warm": {"type": "bool", "default": False},
            "overwrite": {"type": "list", "elements": "str", "default": []},
            "arguments": {"type": "list", "elements": "str"},
            "app": {"type": "str"},
            "only_if_present": {"type": "bool", "default": False},
            "spare_leader": {"type": "bool", "default": False},
            "unless_release": {"type": "str"},
            "by": {"type": "str", "default": ""},
            "other": {"type": "str", "no_log": True},
            "run": {"type": "str"},
            "begin": {"type": "bool", "default": False},
            "attempt": {"type": "str", "default": ""},
            "wait": {"type": "float", "default": 10.0},
            "follow": {"type": "bool", "default": False},
        },
        required_one_of=[["item", "arguments", "run"]],
        supports_check_mode=True,
    )
    try:
        result = started(module)
    except OSError as error:
        module.fail_json(msg=str(error), invocation={})
    module.exit_json(**{"changed": True, **result, "invocation": {}})


if __name__ == "__main__":
    main()
