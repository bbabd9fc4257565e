"""Action plugin semai_tool: builds the host tool from its source and brings it to the host when it differs."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_FIRST_LINE = b"#!/usr/bin/env python3\n"
_MAIN = b"import sys\n\nfrom semai_host.cli import main\n\nsys.exit(main())\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same source gives the same bytes on every controller


class ActionModule(ActionBase):  # type: ignore[misc]
    """Takes `root` and `state`; the module semai_tree does the writing."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments: dict[str, Any] = {"root": self._task.args["root"]}
        if self._task.args.get("state", "present") == "present":
            content = base64.b64encode(zipapp(_source())).decode()
            arguments["files"] = {"bin/semai-host": {"base64": content, "mode": "0755"}}
        else:
            arguments["absent"] = ["bin/semai-host"]
        result.update(self._execute_module("semai_tree", module_args=arguments, task_vars=task_vars))
        return result


def _source() -> Path:
    for folder in constants.DEFAULT_MODULE_UTILS_PATH:
        package = Path(folder) / "semai_host"
        if (package / "cli.py").is_file():
            return package
    raise AnsibleActionFail("no module_utils folder holds semai_host; use the ansible.cfg of semai's checkout")


def zipapp(package: Path) -> bytes:
    """Return one executable file of the package's Python modules."""
    modules = sorted(package.rglob("*.py"))
    with io.BytesIO() as whole:
        whole.write(_FIRST_LINE)
        with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), _MAIN)
            for path in modules:
                entry = zipfile.ZipInfo(path.relative_to(package.parent).as_posix(), _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
        return whole.getvalue()
