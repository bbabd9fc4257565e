"""Take an app out of the selection; hosts let go of it at the next lock and apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from semai.adapters.region_files import RegionFiles
from semai.adapters.state import audited
from semai.adapters.vault import VaultFile
from semai.core.catalog import AppKey
from semai.core.contracts import links_of
from semai.core.lockfile import Lock
from semai.core.purging import is_fresh, last_verified
from semai.core.region import Selection
from semai.core.region_checks import Place
from semai.errors import HostRefused, InvalidInput
from semai.operations.probe import Site, begin


@dataclass(frozen=True)
class Removed:
    """An app taken out; `installed` tells whether hosts may carry it."""

    key: AppKey
    purge: bool
    installed: bool
    comments_kept: bool


def check_removable(files: RegionFiles, text: str) -> AppKey:
    """Return the app to remove; raises InvalidInput `app-needed` when a selected app depends on it."""
    selection = files.load_selection()
    key = selection.the_app(text)
    lock = files.load_lock()
    needs = sorted(set(_dependents(lock, selection, key))) if lock else []
    if needs:
        raise InvalidInput(
            "app-needed",
            "{app} cannot be removed: other selected apps need it",
            hint="remove them first: semai remove {first}",
            details=[f"{consumer}: {what}" for consumer, what in needs],
            app=str(key),
            first=needs[0][0],
        )
    return key


def require_backup(site: Site, key: AppKey, now: datetime | None = None) -> None:
    """Ask the hosts, and raise HostRefused `no-fresh-backup` unless a verified backup of the app is new enough.

    An app that was never deployed has no data; then nobody is asked.
    """
    if key.id not in site.files.deployed_names():
        return
    probed = begin(site).finish()
    probed.require_ready()
    made = last_verified(probed.states.values(), key.id)
    if is_fresh(made, now or datetime.now(timezone.utc)):
        return
    raise HostRefused(
        "no-fresh-backup",
        "{app} has no verified backup of the last 24 hours (newest: {made})",
        hint="semai backup create {app}; to delete its data without one: --without-backup REASON",
        app=key.id,
        made=f"{made:%Y-%m-%dT%H:%M:%SZ}" if made else "-",
    )


def remove(files: RegionFiles, vault: VaultFile, key: AppKey, *, purge: bool, why: str = "") -> Removed:
    """Write the selection without `key`; with `purge`, its secrets go too and its data at apply.

    `why` is added to the verb in the audit trail. The caller holds the region's lock.
    """
    verb = f"remove {key}{' --purge' if purge else ''}"
    with audited(files.audit, f"{verb} ({why})" if why else verb, files.lock):
        lock = files.load_lock()
        installed = key.id in files.deployed_names() or bool(lock and str(key) in lock.apps)
        changes: list[tuple[Place, object]] = [(("removed", str(key)), {"purge": purge})] if installed else []
        kept = files.change_selection(changes, [("apps", str(key))])
        if purge:
            vault.write(vault.read().without_app(key.id))
    return Removed(key, purge, installed, kept)


def _dependents(lock: Lock, selection: Selection, key: AppKey) -> Iterator[tuple[str, str]]:
    """Yield (app, what it needs) of every selected app that the lock lets depend on `key`."""
    for link in links_of(lock):
        consumer = lock.apps.get(str(link.consumer))
        consumed = consumer.release.manifest.consumes.get(link.contract) if consumer else None
        if link.provider == key and str(link.consumer) in selection.apps and not (consumed and consumed.optional):
            yield str(link.consumer), link.contract
    for text, app in lock.apps.items():
        other = AppKey.parse(text)
        if other.mentor == key.mentor and key.id in app.release.manifest.requires and text in selection.apps:
            yield text, key.id
