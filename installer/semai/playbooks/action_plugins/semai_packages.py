"""Action plugin of semai_packages: asks for no package twice in a run, and sends what the host lacks of a local
repository in one transfer."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_THERE = "semai_packages_there"  # a fact of the host for this run: roles after the first find theirs there
_INDEXES = ("Packages", "Release", "InRelease")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Without a repository this is the module alone, one round trip."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        names = {str(name) for name in arguments.get("names") or ()}
        known = {str(name) for name in (task_vars or {}).get("ansible_facts", {}).get(_THERE, ())}
        if "repository" not in arguments and names <= known:
            return {**result, "changed": False, "installed": [], "missing": []}
        result.update(self._bring(arguments, task_vars))
        if not (result.get("failed") or result.get("begun") or self._play_context.check_mode):
            result["ansible_facts"] = {_THERE: sorted(known | names)}
        return result

    def _bring(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        repository = arguments.get("repository")
        places = _places(repository) if repository else {}
        arguments["files"] = {name: _digest(place) for name, place in places.items()}
        result = self._ask(arguments, task_vars)
        missing = result.get("missing") or []
        if result.get("failed") or not missing or self._play_context.check_mode:
            return result
        return {**result, **self._send({name: places[name] for name in missing}, arguments, task_vars)}

    def _ask(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        return dict(self._execute_module("semai_packages", module_args=arguments, task_vars=task_vars))

    def _send(
        self, places: dict[str, Path], arguments: dict[str, Any], task_vars: dict[str, Any] | None
    ) -> dict[str, Any]:
        remote = self._connection._shell.join_path(self._make_tmp_path(), "repository.tar")
        try:
            with tempfile.NamedTemporaryFile(prefix="semai-", suffix=".tar") as local:
                with tarfile.open(local.name, "w") as tar:
                    for name, place in places.items():
                        tar.add(place, arcname=name)
                self._transfer_file(local.name, remote)
            self._fixup_perms2((self._connection._shell.tmpdir, remote))
            return self._ask({**arguments, "archive": remote}, task_vars)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


def _places(repository: dict[str, Any]) -> dict[str, Path]:
    """Return {name: file} of all that the host needs of the repository; its key is called key.asc there."""
    folder = Path(str(repository["path"])).expanduser()
    key = Path(str(repository.get("key") or folder / "key.asc")).expanduser()
    for needed in (*(folder / name for name in _INDEXES), key):
        if not needed.is_file():
            raise AnsibleActionFail(f"the repository lacks {needed}; semai export makes a whole one")
    indexes = (*_INDEXES, "Packages.gz")  # where Release names it, apt asks for it
    names = [path for path in folder.iterdir() if path.name in indexes or path.suffix == ".deb"]
    return {**{path.name: path for path in names}, "key.asc": key}


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()
