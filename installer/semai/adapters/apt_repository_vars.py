"""group_vars/all/packages.yml: what the inventory says about a region's packages, for semai and plain Ansible.

`semai_packages_key` is the public key that seals carriers, `semai_packages` the imported repositories by platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from semai.adapters.files import write_atomic
from semai.adapters.region_files import RegionFiles
from semai.adapters.yaml_files import dump_yaml, read_document
from semai.core.catalog import digest_of

_HEADER = (
    "Written by semai export and semai import: the public key that seals the region's carriers, and where this\n"
    "controller keeps the Debian packages for hosts without internet."
)


@dataclass(frozen=True)
class PackagesVars:
    """The key in ASCII armour, empty when unknown; repositories as platform -> {path, key, release}."""

    key: str = ""
    repositories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return a digest that changes with what was imported, so that hosts are told; empty before an import."""
        return digest_of(self.repositories) if self.repositories else ""


def read_vars(files: RegionFiles) -> PackagesVars:
    """Return what is written there; raises InvalidInput when the file is no YAML."""
    path = _path(files)
    value = read_document(path).value if path.exists() else {}
    content = value if isinstance(value, dict) else {}
    key, found = content.get("semai_packages_key"), content.get("semai_packages")
    repositories = {
        str(name): {str(part): str(place) for part, place in entry.items()}
        for name, entry in (found if isinstance(found, dict) else {}).items()
        if isinstance(entry, dict)
    }
    return PackagesVars(key if isinstance(key, str) else "", repositories)


def write_vars(files: RegionFiles, found: PackagesVars) -> None:
    """Write the file when it differs."""
    content = {
        "semai_packages_key": found.key,
        "semai_packages": {name: dict(entry) for name, entry in sorted(found.repositories.items())},
    }
    text, path = dump_yaml(content, header=_HEADER, unsafe=True).encode(), _path(files)
    if not path.exists() or path.read_bytes() != text:
        write_atomic(path, text)


def _path(files: RegionFiles) -> Path:
    return files.folder / "group_vars" / "all" / "packages.yml"
