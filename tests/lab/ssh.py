"""How machines are spoken to: a key of the lab, host keys known beforehand, checking always on."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.commands import LabError, run


@dataclass(frozen=True)
class Ran:
    """What a command on a machine came to."""

    command: str
    code: int
    out: str
    err: str


class RemoteFailed(AssertionError):
    """A command on a machine ended with another code than 0."""

    def __init__(self, host: str, ran: Ran) -> None:
        said = "\n".join(part.strip() for part in (ran.out, ran.err) if part.strip())
        super().__init__(f"{host}: {ran.command!r} ended with {ran.code}\n{said}")
        self.ran = ran


def make_key(path: Path, comment: str) -> None:
    """Write a key pair unless it is there."""
    if not path.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))


def public(path: Path) -> str:
    """Return the public half of a key."""
    return path.with_name(f"{path.name}.pub").read_text().strip()


@dataclass(frozen=True)
class Line:
    """The way to one machine; `sockets` holds shared connections, also Ansible's (ansible_control_path_dir)."""

    address: str
    key: Path
    known_hosts: Path
    sockets: Path

    @property
    def options(self) -> tuple[str, ...]:
        """Return the options every ssh to the machine needs, however it is started."""
        known = f"UserKnownHostsFile={self.known_hosts}"
        return ("-o", known, "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes")

    def words(self, user: str = "root") -> tuple[str, ...]:
        """Return the ssh command for a person or a program."""
        return ("ssh", "-F", "none", "-i", str(self.key), *self.options, f"{user}@{self.address}")

    def run(self, command: str, *, user: str = "root", given: bytes = b"", timeout: float = 120) -> Ran:
        """Run a command line there; ssh itself failing gives code 255, no answer in time raises TimeoutExpired."""
        self.sockets.mkdir(parents=True, exist_ok=True)
        shared = ("ControlMaster=auto", "ControlPersist=60", f"ControlPath={self.sockets}/lab-%C")
        options = [word for option in (*shared, "BatchMode=yes", "ConnectTimeout=5") for word in ("-o", option)]
        ssh, *rest = self.words(user)
        ended = subprocess.run(
            [ssh, *options, *rest, "--", command], input=given, capture_output=True, timeout=timeout, check=False
        )
        out, err = ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace")
        return Ran(command, ended.returncode, out, err)

    def drop(self) -> None:
        """End shared connections: one that outlives its machine would make the next command hang."""
        end_shared(self.sockets)


def end_shared(sockets: Path) -> None:
    """End every connection whose control socket is in a folder."""
    for socket in sockets.glob("*"):
        try:
            run("ssh", "-F", "none", "-O", "exit", "-o", f"ControlPath={socket}", "lab", timeout=5)
        except LabError:
            socket.unlink(missing_ok=True)  # nobody listens at it any more
