#!/usr/bin/python
"""Ansible module: put artifacts into a host's store; its action plugin sends only what is missing, in one go."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_artifacts import suits

DOCUMENTATION = r"""
module: semai_store
short_description: Bring missing artifacts to a host's content-addressed store
description:
  - Takes those artifacts that suit the host's Python and machine and that its store lacks.
  - Every file's size and digest is checked before it gets its name.
options:
  root:
    description: The folder below which semai keeps everything on the host.
    type: path
    required: true
  artifacts:
    description: Artifacts with C(sha256), C(size), C(file) and C(when).
    type: list
    elements: dict
    required: true
  store:
    description: The controller's artifact store, laid out as sha256/ab/<digest>.
    type: path
    required: true
  archive:
    description: A tar file on the host that holds missing artifacts named by digest; set by the action plugin.
    type: path
  local:
    description: Whether O(store) can be read from the host itself; set by the action plugin.
    type: bool
    default: false
author: semai
"""

EXAMPLES = r"""
- name: Bring a release's files
  semai_store:
    root: /srv/semai
    store: ~/.local/state/semai/store
    artifacts: []
"""

RETURN = r"""
missing:
  description: Digests the host's store still lacks.
  returned: always
  type: list
  elements: str
"""

BLOCK = 1 << 20
Artifact = dict[str, Any]


class Refused(Exception):
    """A file that is not what its digest says."""


def digest_of(path: Path) -> str:
    """Return the sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def keep(store: Path, artifact: Artifact, source: Path) -> None:
    """Give `source` its place in the store, by hard link where possible, after checking it."""
    if source.stat().st_size != artifact["size"] or digest_of(source) != artifact["sha256"]:
        raise Refused(f"{artifact['file']} is damaged: it is not the file its digest names")
    temporary = store / f".incoming-{artifact['sha256']}-{os.getpid()}"
    try:
        os.link(source, temporary)
    except OSError:  # another filesystem, or one without hard links
        shutil.copyfile(source, temporary)
        temporary.chmod(0o644)
    temporary.replace(store / artifact["sha256"])


def from_store(store: Path, source: Path, missing: list[Artifact]) -> None:
    """Take the missing artifacts from the controller's store on this same machine."""
    for artifact in missing:
        digest = artifact["sha256"]
        path = source / "sha256" / digest[:2] / digest
        if path.exists():
            keep(store, artifact, path)


def from_archive(store: Path, archive: Path, missing: list[Artifact]) -> None:
    """Take the missing artifacts from a tar file; members are matched by digest, other members are ignored."""
    wanted = {artifact["sha256"]: artifact for artifact in missing}
    with tarfile.open(archive) as tar:
        for member in tar:
            artifact = wanted.get(member.name)
            content = tar.extractfile(member) if artifact and member.size == artifact["size"] else None
            if artifact is None or content is None:
                continue
            handle, name = tempfile.mkstemp(prefix=".unpacked-", dir=store)
            try:
                with os.fdopen(handle, "wb") as out:
                    shutil.copyfileobj(content, out, BLOCK)
                Path(name).chmod(0o644)
                keep(store, artifact, Path(name))
            finally:
                Path(name).unlink()


def lacking(store: Path, artifacts: list[Artifact]) -> list[Artifact]:
    """Return the artifacts of which the store has no file of the right size."""
    return [artifact for artifact in artifacts if not _has(store / artifact["sha256"], artifact["size"])]


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def main() -> None:
    """Report what is missing; outside check mode take it from the local store or the archive."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "artifacts": {"type": "list", "elements": "dict", "required": True},
            "store": {"type": "path", "required": True},
            "archive": {"type": "path"},
            "local": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    store = Path(params["root"]) / "store"
    needed = list({a["sha256"]: a for a in params["artifacts"] if suits(a)}.values())
    missing = lacking(store, needed)
    if missing and not module.check_mode:
        try:
            store.mkdir(mode=0o755, parents=True, exist_ok=True)
            if params["local"]:
                from_store(store, Path(params["store"]), missing)
            elif params["archive"]:
                from_archive(store, Path(params["archive"]), missing)
        except (Refused, OSError, tarfile.TarError) as error:
            module.fail_json(msg=str(error), invocation={})
    still = missing if module.check_mode else lacking(store, missing)
    changed = bool(missing) if module.check_mode else len(still) < len(missing)
    module.exit_json(changed=changed, missing=[a["sha256"] for a in still], invocation={})


if __name__ == "__main__":
    main()
