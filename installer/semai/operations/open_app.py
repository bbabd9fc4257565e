"""Where an app is reached and how a person first gets in; passwords come from the vault and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from semai.operations.probe import Site
from semai.operations.service import selected

ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class Login:
    """First logins; the sample people share one password and are there only when sample data was asked for."""

    name: str
    password: str
    sample_password: str = ""
    sample_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opening:
    """An app's address, with logins when they were asked for."""

    app: str
    address: str
    login: Login | None = None


def opening(site: Site, app: str, *, show_login: bool) -> Opening:
    """Return the address of `app`, and its first logins with `show_login`."""
    found = selected(site, app)
    address = f"https://{found.site}" if found.site else f"http://{found.bind}"
    if not show_login:
        return Opening(found.name, address)
    secrets = site.vault.read().apps.get(found.name)
    password = secrets.named("admin_password") if secrets else None
    login = Login(ADMINISTRATOR, password or "")
    if secrets and found.sample_data:
        names = _sample_people(site, f"{found.mentor}/{found.name}")
        login = replace(login, sample_password=secrets.named("sample_password") or "", sample_names=names)
    return Opening(found.name, address, login)


def _sample_people(site: Site, key: str) -> tuple[str, ...]:
    lock = site.files.load_lock()
    return lock.apps[key].release.manifest.commands.sample_people if lock and key in lock.apps else ()
