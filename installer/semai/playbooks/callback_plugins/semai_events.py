"""Callback plugin: writes what happens as JSON lines to the path in SEMAI_EVENTS; silent when that is not set.

Each line has `event` (play, task, ok, changed, failed, unreachable, skipped, end), `host`, `task`, `action`, and
`result`, of which only the parts semai reads are kept. Action plugins add `progress` lines of the host tool to the
same file.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: semai_events
type: aggregate
short_description: JSON lines of a run for the semai command
description:
  - Appends one JSON object a line to the file named by the environment variable SEMAI_EVENTS.
  - Stops a run at its next task when the process named by SEMAI_PARENT is gone.
requirements:
  - none
"""

_KEPT = (
    "app",
    "roles",
    "msg",
    "semai_error",
    "state",
    "report",
    "paths",
    "missing",
    "diff",
    "stderr",
    "module_stderr",
)


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """One line per event."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "semai_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._path = os.environ.get("SEMAI_EVENTS", "")
        self._parent = int(os.environ.get("SEMAI_PARENT", "0"))
        self.disabled = not self._path

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """A play begins."""
        self._write({"event": "play", "name": play.get_name()})

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """The pattern or --limit names no host."""
        self._write({"event": "no-hosts"})

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins; an orphaned run ends here instead."""
        if self._parent and os.getppid() != self._parent:
            os.kill(os.getpid(), signal.SIGINT)
        self._write({"event": "task", "task": task.get_name(), "action": task.action})

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task succeeded."""
        self._result("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """A host did not answer."""
        self._result("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A task was not needed."""
        self._result("skipped", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The run is over."""
        self._write({"event": "end", "hosts": {host: stats.summarize(host) for host in sorted(stats.processed)}})

    def _result(self, event: str, result: Any) -> None:
        found = result._result
        line: dict[str, Any] = {
            "event": event,
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "action": result._task.action,
        }
        line["result"] = {key: found[key] for key in _KEPT if key in found}
        if failed := (found.get("ansible_facts") or {}).get("__app_failed"):
            line["result"]["failed_apps"] = failed
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, default=str) + "\n"
        with Path(self._path).open("a", encoding="utf-8") as stream:
            stream.write(text)
