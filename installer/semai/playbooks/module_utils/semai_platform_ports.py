"""Who listens on a TCP port of this host, by program; read from /proc, so it needs no package."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_LISTEN = "0A"


def listeners(tables: Iterable[Path] = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))) -> dict[int, set[str]]:
    """Return {port: inodes of sockets that listen there}."""
    found: dict[int, set[str]] = {}
    for table in tables:
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN:
                found.setdefault(int(fields[1].rpartition(":")[2], 16), set()).add(fields[9])
    return found


def holders(ports: Iterable[int]) -> dict[int, list[str]]:
    """Return {port: ["apache2 (pid 312)", …]} for those of `ports` somebody listens on; root sees all names."""
    listening = listeners()
    wanted = {port: listening[port] for port in ports if port in listening}
    if not wanted:
        return {}
    owners = dict(_owners({inode for inodes in wanted.values() for inode in inodes}))
    return {
        port: sorted({owners.get(inode, "another program") for inode in inodes}) for port, inodes in wanted.items()
    }


def _owners(inodes: set[str]) -> Iterator[tuple[str, str]]:
    links = {f"socket:[{inode}]": inode for inode in inodes}
    for folder in sorted((p for p in Path("/proc").iterdir() if p.name.isdigit()), key=lambda p: -int(p.name)):
        try:
            name = (folder / "comm").read_text().strip()
            for descriptor in (folder / "fd").iterdir():
                if inode := links.get(os.readlink(descriptor)):
                    yield inode, f"{name} (pid {folder.name})"
        except OSError:
            continue  # it ended meanwhile
