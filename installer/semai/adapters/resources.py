"""Where roles, playbooks and the host tool's source are: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import semai
from semai.errors import OperationFailed


@dataclass(frozen=True)
class Resources:
    """Folders Ansible needs; `module_utils` holds a package `semai_host`."""

    playbooks: Path
    roles: Path
    module_utils: Path

    def playbook(self, name: str) -> Path:
        """Return the path of `<name>.yml` among the playbooks."""
        return self.playbooks / f"{name}.yml"

    @property
    def host_tool(self) -> Path:
        """Return the folder of the host tool's source."""
        return self.module_utils / "semai_host"


def find(package: Path | None = None) -> Resources:
    """Return the resources that belong to the running semai (or to the `semai` package folder given).

    A wheel carries them in `semai/shipped`; in a checkout the package is `installer/semai` and the roles lie at the
    root. Raises OperationFailed (`installation-incomplete`) when neither is there.
    """
    package = package or Path(semai.__file__).resolve().parent
    shipped, installer = package / "shipped", package.parent
    candidates = (
        Resources(package / "playbooks", shipped / "roles", shipped / "module_utils"),
        Resources(package / "playbooks", installer.parent / "roles", installer),
    )
    for found in candidates:
        if found.roles.is_dir() and found.host_tool.is_dir() and found.playbooks.is_dir():
            return found
    raise OperationFailed(
        "installation-incomplete",
        "semai's roles are neither below {shipped} nor beside {installer}",
        hint="install semai again, from its wheel or a whole checkout",
        shipped=shipped,
        installer=installer,
    )
