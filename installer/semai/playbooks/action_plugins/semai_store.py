"""Action plugin of semai_store: asks the host what it lacks, of no file twice in a run, and sends just that, in one
transfer."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_THERE = "semai_store_there"  # a fact of the host for this run: digests it has


class ActionModule(ActionBase):  # type: ignore[misc]
    """A host on this machine links the files; another one gets one tar of them."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        digests = {str(artifact["sha256"]) for artifact in arguments.get("artifacts") or ()}
        known = {str(digest) for digest in (task_vars or {}).get("ansible_facts", {}).get(_THERE, ())}
        if digests <= known:
            return {**result, "changed": False, "missing": []}
        result.update(self._bring(arguments, task_vars))
        if not result.get("failed") and not self._play_context.check_mode:
            result["ansible_facts"] = {_THERE: sorted(known | digests)}
        return result

    def _bring(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = {}
        arguments["local"] = self._connection.transport == "local"
        result.update(self._execute_module("semai_store", module_args=arguments, task_vars=task_vars))
        missing = result.get("missing") or []
        if result.get("failed") or not missing or self._play_context.check_mode:
            return result
        store = Path(str(arguments["store"])).expanduser()
        absent = [digest for digest in missing if not _path(store, digest).is_file()]
        if absent:
            raise AnsibleActionFail(
                f"{len(absent)} files are in neither store, the first is {absent[0]}; semai apply fetches them"
            )
        if not arguments["local"]:
            result.update(self._send(store, missing, arguments, task_vars))
        return result

    def _send(
        self, store: Path, missing: list[str], arguments: dict[str, Any], task_vars: dict[str, Any] | None
    ) -> dict[str, Any]:
        remote = self._connection._shell.join_path(self._make_tmp_path(), "artifacts.tar")
        try:
            with tempfile.NamedTemporaryFile(prefix="semai-", suffix=".tar") as local:
                with tarfile.open(local.name, "w") as tar:
                    for digest in missing:
                        tar.add(_path(store, digest), arcname=digest)
                self._transfer_file(local.name, remote)
            self._fixup_perms2((self._connection._shell.tmpdir, remote))
            return dict(
                self._execute_module(
                    "semai_store", module_args={**arguments, "archive": remote}, task_vars=task_vars
                )
            )
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


def _path(store: Path, digest: str) -> Path:
    return store / "sha256" / digest[:2] / digest
