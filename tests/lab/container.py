"""One machine's systemd-nspawn: in a control group and a network namespace of its own, killed as a whole."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lab import cgroup

_REBOOTED = 133  # what nspawn ends with when the machine wants to be started again
_KEEP_UP = f'while "$@"; [ $? -eq {_REBOOTED} ]; do :; done'


class Container:
    """Boots a root folder as a machine."""

    def __init__(self, group: str, root: Path, console: Path) -> None:
        self.group, self.root, self.console = group, root, console
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, name: str, namespace: str, binds: Mapping[Path, str]) -> None:
        """Start it and return at once; `binds` are folders of this machine -> where the machine sees them."""
        words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", f"--directory={self.root}"]
        words += [f"--network-namespace-path=/run/netns/{namespace}", f"--hostname={name}"]
        # nspawn leaves these out when it did not make the network itself; firewalls need the first.
        words += ["--capability=CAP_NET_ADMIN,CAP_NET_RAW", "--resolv-conf=off", "--timezone=off"]
        words += [f"--bind={outside}:{inside}" for outside, inside in binds.items()]
        with self.console.open("ab") as console:
            self.process = subprocess.Popen(
                cgroup.within(self.group, ["/bin/sh", "-c", _KEEP_UP, "sh", *words]),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "SYSTEMD_COLORS": "0"},
            )

    @property
    def running(self) -> bool:
        """Tell whether anything of it runs."""
        return cgroup.populated(self.group)

    def kill(self) -> None:
        """End every process of the machine in one instant."""
        cgroup.kill(self.group)
        self._reap()

    def wait_off(self, seconds: float) -> None:
        """Wait until the machine has switched itself off."""
        cgroup.wait_empty(self.group, seconds)
        cgroup.kill(self.group)
        self._reap()

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the console."""
        if not self.console.exists():
            return ""
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-lines:])

    def _reap(self) -> None:
        if self.process is not None:
            self.process.wait(10)
            self.process = None
