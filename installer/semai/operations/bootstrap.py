"""Install Python on hosts that have none or a part of it: Debian's own, the one thing done without a module."""

from __future__ import annotations

from collections.abc import Sequence

from semai.errors import HostRefused
from semai.operations.probe import Site, why_nothing_ran


def install_python(site: Site, hosts: Sequence[str]) -> None:
    """Install Python 3 on `hosts`; raises HostRefused `python-not-installed` with what apt said."""
    result = site.ansible("bootstrap").run("bootstrap", limit=",".join(hosts))
    if not result.failures and result.exit_code:
        raise why_nothing_ran(site, result)
    if result.failures:
        first = result.failures[0]
        said = str(first.result.get("stderr") or first.result.get("msg") or "").strip()
        raise HostRefused(
            "python-not-installed",
            "Python 3 could not be installed on {host}: {said}",
            hint="install the package python3 there, then run this again",
            host=first.host,
            said=said.splitlines()[-1] if said else "-",
        )
