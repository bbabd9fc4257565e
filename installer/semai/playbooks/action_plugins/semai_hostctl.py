"""Action plugin semai_hostctl: packs the host tool from its source and sends it when the host has another one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]
    """One round trip when the host has the tool already, one more and a transfer when it has not."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if arguments.get("state", "present") != "present":
            return {**result, **self._ask(arguments, task_vars)}
        with tempfile.TemporaryDirectory(prefix="semai-tool-") as folder:
            target = Path(folder) / "semai-host"
            pack(_source(), target)
            arguments["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
            result.update(self._ask(arguments, task_vars))
            if result.get("missing") and not result.get("failed") and not self._play_context.check_mode:
                result.update(self._send(target, arguments, task_vars))
        return result

    def _ask(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        return dict(self._execute_module("semai_hostctl", module_args=arguments, task_vars=task_vars))

    def _send(self, target: Path, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        if self._connection.transport == "local":  # this very file; an account without a home has no other place
            return self._ask({**arguments, "tool": str(target)}, task_vars)
        remote = self._connection._shell.join_path(self._make_tmp_path(), "semai-host")
        try:
            self._transfer_file(str(target), remote)
            self._fixup_perms2((self._connection._shell.tmpdir, remote))
            return self._ask({**arguments, "tool": remote}, task_vars)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


def _source() -> Path:
    """Return the folder that holds the package semai_host."""
    for folder in constants.DEFAULT_MODULE_UTILS_PATH:
        if (Path(folder) / "semai_host" / "packing.py").is_file():
            return Path(folder)
    raise AnsibleActionFail("no module_utils folder holds semai_host; use the ansible.cfg of semai's checkout")


def pack(source: Path, target: Path) -> None:
    """Write the tool as one executable file; packed by itself, so that this process need not import it."""
    run = subprocess.run(
        [sys.executable, "-m", "semai_host.packing", str(target)],
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise AnsibleActionFail(f"the host tool could not be packed: {run.stderr.strip()[-300:]}")
