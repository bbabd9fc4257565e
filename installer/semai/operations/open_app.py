"""Where an app is reached and how a person first gets in; passwords come from the vault and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass

from semai.operations.probe import Site
from semai.operations.service import selected

ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class Login:
    """First logins; `sample_password` opens the sample personas, empty when no sample data was asked for."""

    name: str
    password: str
    sample_password: str = ""


@dataclass(frozen=True)
class Opening:
    """An app's address, with logins when they were asked for."""

    app: str
    address: str
    login: Login | None = None


def opening(site: Site, app: str, *, show_login: bool) -> Opening:
    """Return the address of `app`, and its first logins with `show_login`."""
    found = selected(site, app)
    address = f"http://{found.bind}"
    if not show_login:
        return Opening(found.name, address)
    secrets = site.vault.read().apps.get(found.name)
    password = secrets.named("admin_password") if secrets else None
    sample = secrets.named("sample_password") if secrets and found.sample_data else None
    return Opening(found.name, address, Login(ADMINISTRATOR, password or "", sample or ""))
