"""Hosts that serve an app whose data another host looks after: closed while those data change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from semai.errors import SemaiError
from semai.operations.probe import Site
from semai.operations.verb import run_verb


@contextmanager
def closed(site: Site, app: str, hosts: Sequence[str], log: str) -> Iterator[None]:
    """Show the page of `app` on `hosts` for the block; a block that fails has them opened again."""
    if not hosts:
        yield
        return
    run_verb(site, ["maintenance", "on", app], app, log=log, hosts=hosts)
    try:
        yield
    except SemaiError:
        with suppress(SemaiError):  # the block's own reason matters more
            opened(site, app, hosts, log)
        raise


def opened(site: Site, app: str, hosts: Sequence[str], log: str) -> None:
    """Take the page of `app` away on `hosts`."""
    if hosts:
        run_verb(site, ["maintenance", "off", app], app, log=log, hosts=hosts)
