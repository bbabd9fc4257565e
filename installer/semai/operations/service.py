"""Start, stop or restart an app's service; a stopped one stays stopped through later applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semai.adapters.state import audited
from semai.core.plan import DeployedApp
from semai.errors import InvalidInput
from semai.operations.plan import expected_apps
from semai.operations.probe import Site, require_lock
from semai.operations.verb import run_verb


def service(site: Site, verb: str, app: str) -> Mapping[str, Mapping[str, Any]]:
    """Perform start, stop or restart and return {host: the host tool's report}."""
    chosen = selected(site, app)
    name = chosen.name
    written = audited(site.files.audit, f"service {verb} {name}", site.files.lock)
    with site.files.held_for(f"semai service {verb}"), written:
        return run_verb(site, ["service", verb, name], name, log=f"service-{verb}", hosts=chosen.hosts)


def selected(site: Site, app: str) -> DeployedApp:
    """Return the app as the lock has it; `batang/e-planning` and `e-planning` both name it.

    Raises InvalidInput (`no-lock`, `app-not-installed`).
    """
    require_lock(site.files)
    apps = {entry.name: entry for entry in expected_apps(site.files) if entry.present}
    found = apps.get(app.rpartition("/")[2])
    if found is None or (("/" in app) and app != f"{found.mentor}/{found.name}"):
        raise InvalidInput(
            "app-not-selected",
            "{app} is not among the apps of {region}: {names}",
            hint="semai status",
            app=app,
            region=site.files.name,
            names=", ".join(sorted(apps)) or "-",
        )
    return found
