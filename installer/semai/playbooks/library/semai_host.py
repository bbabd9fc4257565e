#!/usr/bin/python
"""Ansible module: run a verb of the host tool detached from this connection, and follow it.

A run that was started goes on when the connection is lost or Ansible is stopped; its own journal makes sure that it
ends in the old state or the new one. The action plugin calls this module again and again to follow the events.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_artifacts import suits
from ansible.module_utils.semai_edits import Edits
from ansible.module_utils.semai_host import envfile
from ansible.module_utils.semai_host.errors import HostError
from ansible.module_utils.semai_host.state import collect
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
    description: Follow this run instead of starting one; set by the action plugin.
    type: str
  after:
    description: The number of the last event already seen; set by the action plugin.
    type: int
    default: 0
  wait:
    description: Seconds to wait for news before answering; set by the action plugin.
    type: float
    default: 2.0
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

REFUSED = 7  # the host tool's exit code when it touched nothing
UNWELL = 7  # the command line's exit code for a host that cannot say how things are
# Verbs that report events.
BACKUP_CHANGERS = tuple(["backup", action] for action in ("create", "verify", "forget", "restore", "drill"))
CHANGERS = ("activate", "configure", "rollback", "remove", "service", "maintenance", "abort", "recover")
ENDINGS = (".request", ".report", ".code", ".pid")  # what a run's controller takes away once it knows the outcome
KEPT_SECONDS = 24 * 3600.0  # longer than any controller asks for one
SETTLE_SECONDS = 1.0  # news often come in groups; one answer for a group saves round trips


class Paths:
    """The files of one run below the root's journal folder."""

    def __init__(self, root: Path, run: str) -> None:
        journal = root / "journal"
        self.request, self.events = journal / f"{run}.request", journal / f"{run}.events"
        self.report, self.code, self.pid = (
            journal / f"{run}.report",
            journal / f"{run}.code",
            journal / f"{run}.pid",
        )

    def forget(self) -> None:
        """Delete all but the events, which the host tool keeps a while; without a pid, the run was answered for."""
        for path in (self.pid, self.request, self.report, self.code):
            path.unlink(missing_ok=True)


def interpreter() -> str:
    """Return the Python behind the virtual environment this may run in; hosts keep it when that is gone."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


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


def forget_unclaimed(journal: Path) -> None:
    """Delete what is left of runs whose controller died before it knew their outcome, none of one that goes on."""
    old = time.time() - KEPT_SECONDS
    for path in [path for path in journal.glob("*") if path.suffix in ENDINGS]:
        with suppress(OSError):  # another controller's run is just over
            if path.stat().st_mtime < old and not at_work(path.with_suffix(".pid")):
                path.unlink()


def begin(
    root: Path, run: str, words: list[str], request: dict[str, Any] | None, by: str = "", other: Path | None = None
) -> None:
    """Start the host tool in a session of its own; a waiting parent there writes its exit code down.

    `other` is a folder that is deleted when the tool has ended.
    """
    paths = Paths(root, run)
    paths.request.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    forget_unclaimed(paths.request.parent)
    if request is not None:
        paths.request.write_text(json.dumps(request))
        paths.request.chmod(0o600)
        words = [*words, str(paths.request)]
    verb = 2 if words[0] == "backup" else 1  # it takes two words to name it
    changes = words[0] in CHANGERS or words[:2] in BACKUP_CHANGERS
    named = ["--run", run, *(["--by", by] if by else [])] if changes else []
    words = [*words, "--from", str(other)] if other else words
    tool = [interpreter(), str(root / "bin" / "semai-host"), "--root", str(root)]
    command = [*tool, *words[:verb], *named, *words[verb:]]
    paths.pid.touch()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            follow_to_the_end(command, paths, other)
        os._exit(0)
    os.wait()


def follow_to_the_end(command: list[str], paths: Paths, other: Path | None) -> None:
    """Run `command`, delete the folder `other`, and write the exit code; never returns."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        paths.pid.write_text(str(os.getpid()))
        with paths.report.open("wb") as report:
            code = subprocess.run(command, stdin=null, stdout=report, stderr=null, check=False, cwd="/").returncode
        if other:
            shutil.rmtree(other, ignore_errors=True)
        temporary = paths.code.with_suffix(".code-new")
        temporary.write_text(str(code))
        temporary.replace(paths.code)
    finally:
        os._exit(code if 0 <= code < 256 else 1)


def news(root: Path, run: str, after: int, wait: float) -> dict[str, Any]:
    """Return events after the one numbered `after`, as soon as there are some or the run is over."""
    paths = Paths(root, run)
    until = time.monotonic() + wait
    settled = None
    while True:
        answered, over = not paths.pid.exists(), paths.code.exists()
        events = events_after(paths.events, after)
        if events and settled is None:
            settled = time.monotonic() + SETTLE_SECONDS
        now = time.monotonic()
        if answered:
            return {"run": run, "events": events, **told(paths)}
        if over:
            with suppress(FileNotFoundError):  # another question about it is being answered
                return {"run": run, "events": events, **outcome(root, paths)}
        if gone(paths):
            hint = "semai resume, which finishes or undoes what it was doing"
            killed = HostError("host-tool-killed", "the host tool was killed", hint)
            return {"run": run, "events": events, **failure(killed)}
        if now > until or (settled is not None and now > settled):
            return {"run": run, "events": events}
        time.sleep(0.02)


def events_after(path: Path, after: int) -> list[dict[str, Any]]:
    """Return the run's events numbered above `after`."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []
    return [event for event in map(json.loads, lines[after:]) if event.get("n", 0) > after]


def told(paths: Paths) -> dict[str, Any]:
    """Return the outcome of a run whose answer got lost with the line, as its last event has it."""
    for event in reversed(events_after(paths.events, 0)):
        if event.get("event") == "finished":
            report = event["result"] if "result" in event else {"error": event.get("error")}
            return result_of(int(event["exit"]), report)
    hint = "run this again: it says how things are"
    return failure(HostError("host-answer-lost", "the answer of the host tool got lost", hint))


def failure(error: HostError) -> dict[str, Any]:
    """Return a task's result for what this module itself finds wrong, in the form of the tool's own errors."""
    return {"failed": True, "msg": error.message, "semai_error": {**error.report(), "exit_code": UNWELL}}


def gone(paths: Paths) -> bool:
    """Tell whether the process that would write the exit code has died without doing so."""
    return paths.pid.exists() and not at_work(paths.pid) and not paths.code.exists()


def at_work(path: Path) -> bool:
    """Tell whether the process named in a file runs; one that is just writing its name there does."""
    try:
        pid = int(path.read_text() or "0")
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return not pid or Path(f"/proc/{pid}").exists()


def outcome(root: Path, paths: Paths) -> dict[str, Any]:
    """Return how a finished run ended, and tidy up after it."""
    code = int(paths.code.read_text())
    printed = paths.report.read_text(encoding="utf-8")
    try:
        report = json.loads(printed)
    except ValueError:
        report = {"error": {"code": "host-tool-broken", "message": printed.strip()[-500:] or "it said nothing"}}
    if code == REFUSED:
        unstage(root, paths)
    paths.forget()
    return result_of(code, report)


def result_of(code: int, report: dict[str, Any]) -> dict[str, Any]:
    """Return a task's result for what the host tool answered."""
    result = {"report": report, "code": code, "changed": bool(report.get("changed", True))}
    if code:
        error = report.get("error") or {"code": "host-tool-failed", "message": f"exit code {code}"}
        result.update(failed=True, msg=error.get("message", ""), semai_error={**error, "exit_code": code})
    return result


def started(module: AnsibleModule) -> dict[str, Any]:
    """Decide what to run, run it, and return the first news; nothing is run in check mode."""
    params, root = module.params, Path(module.params["root"])
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
    run = f"{words[0]}-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
    other = lay_other(root, run, params["other"]) if params["other"] else None
    begin(root, run, words, request, params["by"], other)
    return {"changed": True, "words": words, **news(root, run, 0, params["wait"])}


def concerned(found: dict[str, Any] | None, params: dict[str, Any]) -> bool:
    """Tell whether the host has the app, and not yet in the release named."""
    if found is None:
        return False
    release = (found.get("receipt") or {}).get("release")
    return not params["unless_release"] or release != params["unless_release"]


def unstage(root: Path, paths: Paths) -> None:
    """Take away what was staged for a run the host refused: it holds secrets, and nothing shall have changed."""
    if not paths.request.exists():
        return
    app = root / "apps" / str(json.loads(paths.request.read_text(encoding="utf-8"))["name"])
    shutil.rmtree(app / "staged", ignore_errors=True)
    with suppress(OSError):  # an app that is there keeps its folder
        app.rmdir()


def main() -> None:
    """Start a run, or follow one."""
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
            "after": {"type": "int", "default": 0},
            "wait": {"type": "float", "default": 2.0},
            "follow": {"type": "bool", "default": False},
        },
        required_one_of=[["item", "arguments", "run"]],
        supports_check_mode=True,
    )
    params = module.params
    try:
        if params["run"]:
            result = news(Path(params["root"]), params["run"], params["after"], params["wait"])
        else:
            result = started(module)
    except OSError as error:
        module.fail_json(msg=str(error), invocation={})
    module.exit_json(**{"changed": True, **result, "invocation": {}})


if __name__ == "__main__":
    main()
