"""What makes a machine of an image: names, keys, resolvers, and the way to the apt cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.lab import APT_PORT, ssh

HOST_KEY = "etc/ssh/ssh_host_ed25519_key"


@dataclass(frozen=True)
class Keys:
    """Private halves, on this machine: what the machine proves itself with, and what lets the lab in."""

    host: Path
    lab: Path


def write(root: Path, name: str, keys: Keys, gateway: str) -> None:
    """Write it below a machine's root folder, before the machine has ever booted."""
    _write(root / "etc/hostname", f"{name}\n")
    _write(root / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost\n")
    _write(root / "etc/resolv.conf", _resolvers())
    _write(root / HOST_KEY, keys.host.read_text(), 0o600)
    _write(root / f"{HOST_KEY}.pub", f"{ssh.public(keys.host)}\n")
    _write(root / "root/.ssh/authorized_keys", f"{ssh.public(keys.lab)}\n", 0o600)
    _write(root / "etc/apt/apt.conf.d/01lab", f'Acquire::http::Proxy "http://{gateway}:{APT_PORT}";\n')


def _write(target: Path, text: str, mode: int = 0o644) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.write_text(text)
    target.chmod(mode)


def _resolvers() -> str:
    """Return this machine's resolv.conf, or the one behind a resolver that only answers on this machine."""
    behind = Path("/run/systemd/resolve/resolv.conf")
    return (behind if behind.exists() else Path("/etc/resolv.conf")).read_text()
