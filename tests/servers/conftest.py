"""Fixtures for roles on real machines: `server` is a fresh Debian 12, `servers` gives others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.fixtures import Machines, lab, machines
from tests.lab.image import DEBIAN_12, Recipe
from tests.servers.server import Server

__all__ = ["lab", "machines"]

Servers = Callable[..., Server]


@pytest.fixture
def servers(machines: Machines, tmp_path: Path) -> Servers:
    """A function that gives one fresh server; arguments as Lab.machines after the count."""
    made: list[Server] = []

    def more(recipe: Recipe = DEBIAN_12, **options: object) -> Server:
        (machine,) = machines(1, recipe, **options)
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        made.append(Server(machine, folder))
        return made[-1]

    return more


@pytest.fixture
def server(servers: Servers) -> Server:
    """One fresh server of Debian 12."""
    return servers()
