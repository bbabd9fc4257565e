"""What this machine lacks for a lab: asked before anything is made."""

from __future__ import annotations

import os
import shutil
import sys

from tests.lab import cgroup

COMMANDS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nft": "nftables",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "mkfs.ext4": "e2fsprogs",
    "losetup": "mount",
}


def missing() -> tuple[str, ...]:
    """Return what keeps a lab from being made here; empty when it can."""
    if not sys.platform.startswith("linux"):
        return ("a lab needs Linux",)
    if os.geteuid() != 0:
        return ("a lab needs root: it makes network namespaces, mounts and machines",)
    packages = sorted({package for name, package in COMMANDS.items() if not shutil.which(name)})
    found = [f"apt-get install {' '.join(packages)}"] if packages else []
    if cgroup.unified() is None:
        found.append("a lab needs a cgroup2 hierarchy with cgroup.kill (Linux 5.14 or newer)")
    return tuple(found)
