"""Action plugin semai_tool: packs the host tool from its source and brings it to the host when it differs."""

from __future__ import annotations

import base64
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
    """Takes `root` and `state`; the module semai_tree does the writing."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments: dict[str, Any] = {"root": self._task.args["root"]}
        if self._task.args.get("state", "present") == "present":
            content = base64.b64encode(packed(_source())).decode()
            arguments["files"] = {"bin/semai-host": {"base64": content, "mode": "0755"}}
        else:
            arguments["absent"] = ["bin/semai-host"]
        result.update(self._execute_module("semai_tree", module_args=arguments, task_vars=task_vars))
        return result


def _source() -> Path:
    """Return the folder that holds the package semai_host."""
    for folder in constants.DEFAULT_MODULE_UTILS_PATH:
        if (Path(folder) / "semai_host" / "packing.py").is_file():
            return Path(folder)
    raise AnsibleActionFail("no module_utils folder holds semai_host; use the ansible.cfg of semai's checkout")


def packed(source: Path) -> bytes:
    """Return the tool as one executable file; packed by itself, so that this process need not import it."""
    with tempfile.TemporaryDirectory(prefix="semai-tool-") as folder:
        target = Path(folder) / "semai-host"
        run = subprocess.run(
            [sys.executable, "-m", "semai_host.packing", str(target)],
            env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise AnsibleActionFail(f"the host tool could not be packed: {run.stderr.strip()[-300:]}")
        return target.read_bytes()
