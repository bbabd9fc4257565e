"""Action plugin of semai_host: follows a run to its end and hands its events to SEMAI_EVENTS, or to the screen."""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

_RECONNECTS = 10
_PAUSE_SECONDS = 3.0
_LOG_SECONDS = 0.5


class ActionModule(ActionBase):  # type: ignore[misc]
    """A lost connection is tried again: the run on the host goes on meanwhile."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = {"by": str((task_vars or {}).get("semai_by") or ""), **self._task.args}
        run, seen, changed = str(arguments.get("run") or ""), 0, True
        answer: dict[str, Any] = {}
        if not run:
            answer = self._begin(arguments, task_vars)
            run, changed = answer.get("run", ""), bool(answer.get("changed"))
            seen = self._tell(answer, seen, task_vars)
        while run and "report" not in answer and not (answer.get("failed") or arguments.get("begin")):
            if _orphaned():
                return {**result, "failed": True, "msg": "semai was killed; the host goes on by itself"}
            answer = self._ask("semai_news", {"root": arguments["root"], "run": run, "after": seen}, task_vars)
            seen = self._tell(answer, seen, task_vars)
        if arguments.get("follow"):
            answer = self._follow(arguments, answer, task_vars)
        result.update({**answer, "app": "" if arguments.get("begin") else self._app()})
        result.setdefault("changed", changed)
        return result

    def _begin(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Start a run. Files of an item were staged a moment ago: its host is there, a lost line is tried again."""
        arguments = {**arguments, "attempt": secrets.token_hex(8)}
        if arguments.get("item"):
            return self._ask("semai_host", arguments, task_vars)
        return dict(self._execute_module("semai_host", module_args=arguments, task_vars=task_vars))

    def _follow(
        self, arguments: dict[str, Any], answer: dict[str, Any], task_vars: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Pass on new lines of a log until someone interrupts."""
        while (report := answer.get("report")) and not answer.get("failed") and not _orphaned():
            lines = [{"event": "log", "text": line} for line in report.get("lines", ())]
            self._tell({"events": lines}, 0, task_vars)
            time.sleep(0 if lines else _LOG_SECONDS)
            words = [*arguments["arguments"][:2], "--since", str(report.get("next", 0))]
            answer = self._ask("semai_host", {**arguments, "arguments": words}, task_vars)
        return answer

    def _app(self) -> str:
        """Return the app the task is about, empty when it is about none."""
        item = self._task.args.get("item") or {}
        return str(item.get("name") or self._task.args.get("app") or "")

    def _ask(self, module: str, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        for _ in range(_RECONNECTS):
            try:
                return dict(self._execute_module(module, module_args=arguments, task_vars=task_vars))
            except AnsibleConnectionFailure as lost:
                Display().warning(f"the line was lost ({lost}); the host goes on by itself, trying again")
                time.sleep(_PAUSE_SECONDS)
                self._connection.reset()
        return dict(self._execute_module(module, module_args=arguments, task_vars=task_vars))

    def _tell(self, answer: dict[str, Any], seen: int, task_vars: dict[str, Any] | None) -> int:
        """Pass on the answer's events; return the number of the last one."""
        host = (task_vars or {}).get("inventory_hostname", "")
        path = os.environ.get("SEMAI_EVENTS", "")
        for event in answer.pop("events", None) or []:
            seen = max(seen, int(event.get("n", 0)))
            if path:
                line = {
                    "app": self._app(),
                    **event,
                    "event": "progress",
                    "what": event.get("event", ""),
                    "host": host,
                }
                with Path(path).open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line) + "\n")
            else:
                words = (host, self._app(), event.get("step") or event.get("event"), event.get("status"))
                Display().display("  " + " ".join(str(word) for word in words if word))
        return seen


def _orphaned() -> bool:
    """Tell whether the semai that began this run of Ansible is gone: nobody is told any more what is asked here."""
    parent = os.environ.get("SEMAI_PARENT", "")
    return bool(parent) and not Path("/proc", parent).exists()
