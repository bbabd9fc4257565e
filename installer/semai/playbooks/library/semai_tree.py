#!/usr/bin/python
"""Ansible module: make a set of small files below a root be as given, in one call, each written atomically."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_edits import Edits, digest
from ansible.module_utils.semai_host import envfile

DOCUMENTATION = r"""
module: semai_tree
short_description: Write many small files below one folder
description:
  - Compares content and mode of each file and writes only what differs (temporary file, fsync, rename).
  - Values written as C(@secret(path)) inside C(environment) are replaced on the host from O(secrets).
options:
  root:
    description: The folder every path is relative to; made when missing.
    type: path
    required: true
  live:
    description:
      - The folder of an app, whose files are compared instead. When one of them differs, all O(files) are laid
        below O(root) for the host tool to put in place; when none does, O(root) is emptied of them.
    type: path
  overwrite:
    description: Files below O(live) that are compared as all others though an administrator edited them.
    type: list
    elements: str
    default: []
  files:
    description:
      - A mapping of relative path to C(content) (text), C(base64) or C(environment) (a mapping that becomes an
        EnvironmentFile), and C(mode).
    type: dict
    default: {}
  directories:
    description: A mapping of relative path to mode.
    type: dict
    default: {}
  absent:
    description: Relative paths of files that must not be there.
    type: list
    elements: str
    default: []
  secrets:
    description: A mapping of the secret paths named in O(files) to their values.
    type: dict
    default: {}
author: semai
"""

EXAMPLES = r"""
- name: Write an app's files
  semai_tree:
    root: /srv/semai/apps/e-planning
    files:
      shared/region.json: {content: "{}", mode: "0640"}
      shared/env: {environment: {SECRET_KEY: "@secret(apps.e-planning.secret_key)"}, mode: "0600"}
    secrets: {apps.e-planning.secret_key: example}
"""

RETURN = r"""
paths:
  description: The files and folders that were written or deleted (or would be, in check mode).
  returned: always
  type: list
  elements: str
"""

REFERENCE = re.compile(r"@secret\(([^()]+)\)")
SHOWN_BYTES = 20000
Mapping = MappingOf[str, Any]


class Refused(Exception):
    """A file that cannot be what the caller asks."""


def inside(root: Path, relative: str) -> Path:
    """Return the absolute path of `relative`; refuse whatever leads out of `root`, also through links."""
    parts = relative.split("/")
    if not relative or relative.startswith("/") or {"", ".", ".."} & set(parts):
        raise Refused(f"{relative} is not a plain path below the root")
    path = root.joinpath(*parts)
    base = root.resolve()
    if base != path.parent.resolve() and base not in path.parent.resolve().parents:
        raise Refused(f"{relative} leads out of {root} through a link")
    return path


def resolved(value: Any, secrets: Mapping) -> Any:
    """Return `value` with each string that is a whole reference replaced by its secret."""
    if isinstance(value, dict):
        return {key: resolved(entry, secrets) for key, entry in value.items()}
    if isinstance(value, list):
        return [resolved(entry, secrets) for entry in value]
    if not isinstance(value, str):
        return value
    match = REFERENCE.fullmatch(value)
    if not match:
        return value
    if match.group(1) not in secrets:
        raise Refused(f"the secret {match.group(1)} is not in the vault")
    return secrets[match.group(1)]


def as_text(value: Any) -> str:
    """Return an environment value as text: text stays, everything else becomes JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def wanted_bytes(entry: Mapping, secrets: Mapping) -> bytes:
    """Return the content a file entry asks for."""
    if "environment" in entry:
        environment = entry["environment"]
        values = {key: as_text(resolved(value, secrets)) for key, value in environment.items()}
        text: str = envfile.render(values)
        return text.encode()
    if "base64" in entry:
        return base64.b64decode(str(entry["base64"]), validate=True)
    return str(entry["content"]).encode()


def found_bytes(path: Path) -> bytes | None:
    """Return what is in the file, or None when there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def mode_of(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def write(path: Path, content: bytes, mode: int) -> None:
    """Write `content` so that a reader or a power cut sees the old file or the new one."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".semai-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise


def shown(entry: Mapping, content: bytes | None) -> str:
    """Return a file's text for a diff: secrets and their digests never appear, binary and long files by size."""
    if content is None:
        return ""
    if "environment" in entry:
        secret = {key for key, value in entry["environment"].items() if REFERENCE.search(as_text(value))}
        lines = [line.partition("=") for line in content.decode("utf-8", "replace").splitlines()]
        return "".join(
            f"{key}={'(secret)' if key in secret or key not in entry['environment'] else value}\n"
            for key, _, value in lines
        )
    if "base64" in entry or len(content) > SHOWN_BYTES:
        return f"({len(content)} bytes)\n"
    return content.decode("utf-8", "replace")


class Tree:
    """Compares and, outside check mode, writes; remembers what differed."""

    def __init__(self, root: Path, secrets: Mapping, check: bool) -> None:
        self.root, self.secrets, self.check = root, secrets, check
        self.paths: list[str] = []
        self.diff: list[dict[str, str]] = []

    def directory(self, relative: str, mode: int) -> None:
        """Make a folder, or correct its mode."""
        path = self.root if relative == "." else inside(self.root, relative)
        if path.is_dir() and mode_of(path) == mode:
            return
        self.paths.append(relative)
        if not self.check:
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)

    def file(self, relative: str, entry: Mapping) -> None:
        """Write a file whose content or mode differs."""
        path = inside(self.root, relative)
        content, mode = wanted_bytes(entry, self.secrets), int(str(entry.get("mode", "0644")), 8)
        found = found_bytes(path)
        if found == content and mode_of(path) == mode:
            return
        self.paths.append(relative)
        if found != content:
            self._compare(path, shown(entry, found), shown(entry, content))
        if not self.check:
            write(path, content, mode)

    def stage(self, edits: Edits, files: Mapping) -> None:
        """Lay `files` ready below the root when one differs from what is live; else clear what lies there."""
        compared = Tree(edits.app, self.secrets, check=True)
        for relative, entry in sorted(files.items()):
            compared.against(edits, relative, entry)
        self.paths, self.diff = compared.paths, compared.diff
        if self.check:
            return
        writer = Tree(self.root, self.secrets, check=False)
        for relative, entry in sorted(files.items()):
            if self.paths:
                writer.file(relative, entry)
            else:
                writer.absent(relative)

    def against(self, edits: Edits, relative: str, entry: Mapping) -> None:
        """Compare a live file; an edited one differs until the receipt knows of the edit and of this content."""
        content = wanted_bytes(entry, self.secrets)
        if not edits.keeps(relative, digest(content)):
            self.file(relative, entry)
        elif edits.recorded(relative) != digest(content):
            path = inside(self.root, relative)
            self.paths.append(relative)
            self._compare(path, shown(entry, found_bytes(path)), shown(entry, content))

    def absent(self, relative: str) -> None:
        """Delete a file."""
        path = inside(self.root, relative)
        if not os.path.lexists(path):
            return
        self.paths.append(relative)
        self._compare(path, "present\n", "")
        if not self.check:
            path.unlink()

    def _compare(self, path: Path, before: str, after: str) -> None:
        self.diff.append({"before_header": str(path), "after_header": str(path), "before": before, "after": after})


def bring(tree: Tree, params: Mapping) -> None:
    """Make the tree be as the parameters say."""
    for relative, mode in params["directories"].items():
        tree.directory(relative, int(str(mode), 8))
    if params["live"]:
        tree.stage(Edits(Path(params["live"]), params["overwrite"]), params["files"])
    else:
        for relative, entry in sorted(params["files"].items()):
            tree.file(relative, entry)
    for relative in params["absent"]:
        tree.absent(relative)


def main() -> None:
    """Bring the tree to what is asked."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "live": {"type": "path"},
            "overwrite": {"type": "list", "elements": "str", "default": []},
            "files": {"type": "dict", "default": {}},
            "directories": {"type": "dict", "default": {}},
            "absent": {"type": "list", "elements": "str", "default": []},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    shown_arguments = {"module_args": {"root": params["root"], "files": sorted(params["files"])}}
    tree = Tree(Path(params["root"]), params["secrets"], module.check_mode)
    try:
        bring(tree, params)
    except (Refused, ValueError, OSError) as error:
        module.fail_json(msg=str(error), paths=tree.paths, invocation=shown_arguments)
    module.exit_json(changed=bool(tree.paths), paths=tree.paths, diff=tree.diff, invocation=shown_arguments)


if __name__ == "__main__":
    main()
