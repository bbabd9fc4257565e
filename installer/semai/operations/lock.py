"""Fix exact releases: resolve the selection in trusted catalogs, make missing secrets, write semai.lock and
deployment.yml. Nothing is written unless something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from packaging.specifiers import SpecifierSet

from semai.adapters.apt_repository_vars import read_vars
from semai.adapters.deadline import expires_in
from semai.adapters.files import write_atomic
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import audited
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.adapters.vault import VaultFile, new_named_secret, new_secret
from semai.core.catalog import AppKey, Manifest, release_digest
from semai.core.contracts import links_of
from semai.core.hosts import Hosts
from semai.core.lockfile import (
    Difference,
    Lock,
    LockedApp,
    LockedContract,
    differences,
    same_content,
    seal,
    serialize,
)
from semai.core.marks import Marks, marks_of
from semai.core.region import Region, Selection
from semai.core.resolver import BECAUSE, Resolution, resolve
from semai.core.secrets import AppSecrets, Vault
from semai.core.sites import PASSWORD, driver_of
from semai.core.variables import Expected, deployment, sha256_of_bytes
from semai.errors import CannotResolve, InvalidInput, TrustRefused
from semai.messages import retell
from semai.operations.backup_access import with_backup_access
from semai.operations.deployment import absent_apps, check_answers, check_placement, write_deployment
from semai.operations.region_read import load_all

RESOLVE_SECONDS = 30.0  # a selection that takes longer is refused; a hundred apps take a tenth of a second


@dataclass(frozen=True)
class LockRequest:
    """`upgrade` releases apps from their locked versions: all of them, or those named.

    `exact` are versions to lock whatever apps.yml allows: what an upgrade passes through, what a rollback goes to.
    """

    upgrade: bool = False
    upgrade_only: tuple[str, ...] = ()
    allow_downgrade: bool = False
    exact: Mapping[AppKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A lock that could be written, and what it was made from; nothing is on the disk yet."""

    lock: Lock
    old: Lock | None
    changes: tuple[Difference, ...]
    secrets: Vault
    settings: tuple[Region, Hosts, Selection]
    backup_key_made: bool = False


@dataclass(frozen=True)
class LockResult:
    """What a lock came to."""

    lock: Lock
    changes: tuple[Difference, ...]
    written: tuple[str, ...]  # names of files that changed
    removing: tuple[str, ...]  # apps hosts are to let go of
    vault_made: bool
    backup_key_made: bool


def lock_region(
    files: RegionFiles,
    catalogs: Mapping[str, TrustedCatalog],
    vault: VaultFile,
    request: LockRequest,
    *,
    knows: Callable[[str, str], bool],
) -> LockResult:
    """Resolve, then write vault, semai.lock and deployment.yml in this order, each whole and only if changed.

    `knows` tells whether a fingerprint belongs to a mentor's chain of roots. Raises InvalidInput, TrustRefused and
    CannotResolve; every file stays as it was then.
    """
    with files.held_for("semai lock"):
        prepared = prepare(files, catalogs, vault, request, knows=knows)
        with audited(files.audit, "lock", files.lock):
            return write(files, vault, prepared)


def prepare(
    files: RegionFiles,
    catalogs: Mapping[str, TrustedCatalog],
    vault: VaultFile,
    request: LockRequest,
    *,
    knows: Callable[[str, str], bool],
    selection: Selection | None = None,
) -> Prepared:
    """Resolve and judge, writing nothing; `selection` is what apps.yml would say. Raises as `lock_region`."""
    region, hosts, written = load_all(files)
    selection = selection or written
    old = files.load_lock()
    check_pins(selection, catalogs, knows)
    lock = choose(selection, catalogs, old.versions if old else {}, request)
    changes = differences(old, lock)
    _refuse_downgrades(changes, request)
    secrets = vault.read()
    check_answers(files, lock, selection, {name: app.answers for name, app in secrets.apps.items()})
    check_placement(files, lock, hosts)
    keyed = secrets.backup is not None
    secrets = _completed(secrets, lock, region, hosts)
    lock = old if old is not None and same_content(old, lock) else seal(_chained(lock, old))
    return Prepared(
        lock, old, tuple(changes), secrets, (region, hosts, selection), bool(secrets.backup) and not keyed
    )


def requests_of(selection: Selection) -> dict[AppKey, SpecifierSet]:
    """Return what the region asks for, as the resolver takes it."""
    return {key: SpecifierSet(app.version) for key, app in selection.by_key().items()}


def new_secrets(manifest: Manifest, *, server: bool = False) -> dict[str, str]:
    """Return fresh values for the secrets of an app: those it declares, and on servers its database's password.

    Passwords are such as a person can type.
    """
    if wrong := [name for name in manifest.resources.secrets if name in AppSecrets.model_fields]:
        raise InvalidInput(
            "secret-name",
            "the app's manifest names a secret {name}, which is reserved",
            hint="tell its mentor",
            name=wrong[0],
        )
    names = [*manifest.resources.secrets, *([PASSWORD] if server and driver_of(manifest, server=True) else [])]
    return {name: new_named_secret(name) for name in names}


def check_pins(
    selection: Selection, catalogs: Mapping[str, TrustedCatalog], knows: Callable[[str, str], bool]
) -> None:
    """Refuse a mentor whose fingerprint in apps.yml is not of the catalog this machine trusts."""
    for mentor, pinned in selection.mentors.items():
        catalog = catalogs.get(mentor)
        if catalog is None or pinned.fingerprint in catalog.fingerprints or knows(mentor, pinned.fingerprint):
            continue
        raise TrustRefused(
            "mentor-differs",
            "apps.yml trusts mentor {mentor} by another fingerprint than this machine does",
            hint="semai mentor verify {mentor}; if this machine is wrong: semai mentor remove {mentor}",
            details=(f"apps.yml: {pinned.fingerprint}", f"{mentor}: {catalog.origin.fingerprint}"),
            mentor=mentor,
        )


def choose(
    selection: Selection,
    catalogs: Mapping[str, TrustedCatalog],
    present: Mapping[AppKey, str],
    request: LockRequest,
) -> Lock:
    """Return the lock, not sealed yet, that answers `selection` best.

    Versions in `present` are kept where possible unless the request frees them. Raises InvalidInput, TrustRefused
    and CannotResolve.
    """
    wanted = requests_of(selection)
    preferred = dict(present)
    if request.upgrade:
        for key in [selection.the_app(name) for name in request.upgrade_only] or list(preferred):
            preferred.pop(key, None)
    preferred |= request.exact
    pinned = {key: SpecifierSet(f"=={version}") for key, version in request.exact.items()}
    trusted = {m: c for m, c in catalogs.items() if m in selection.mentors or any(k.mentor == m for k in wanted)}
    resolution = resolve(
        {mentor: catalog.index for mentor, catalog in trusted.items()},
        {**wanted, **pinned},
        None,
        preferred,
        expired=expires_in(RESOLVE_SECONDS),
    )
    _refuse_unselected(resolution, selection)
    apps = {}
    for key, chosen in resolution.apps.items():
        release = chosen.release
        _verify_release(key, release.digest, release_digest(release.manifest, release.artifacts))
        apps[str(key)] = LockedApp(
            version=release.manifest.version, release_digest=release.digest, because=chosen.because, release=release
        )
    contracts = {
        str(key): {name: LockedContract(provider=str(w.provider), version=w.version) for name, w in wired.items()}
        for key, wired in resolution.contracts.items()
    }
    used = {key.mentor for key in resolution.apps}
    return Lock(
        request={str(key): str(spec) for key, spec in wanted.items()},
        mentors={mentor: catalog.origin for mentor, catalog in trusted.items() if mentor in used},
        apps=apps,
        contracts={key: wired for key, wired in contracts.items() if wired},
    )


def _refuse_unselected(resolution: Resolution, selection: Selection) -> None:
    """An app has a port, answers and terms of its own: one that others need is added on purpose, not silently."""
    missing = {key: chosen.because for key, chosen in resolution.apps.items() if str(key) not in selection.apps}
    if missing:
        raise CannotResolve(
            "needed-not-selected",
            "selected apps need others that are not selected yet",
            hint="semai add {first}",
            details=[
                f"{key}: {', '.join(retell(why, BECAUSE) for why in because)}" for key, because in missing.items()
            ],
            first=str(next(iter(missing))),
        )


def _verify_release(key: AppKey, stated: str, found: str) -> None:
    if stated != found:
        raise TrustRefused(
            "release-digest",
            "{app}: the digest in the index does not fit its manifest and files",
            hint="update semai, in case the catalog is newer than it; else tell the mentor",
            details=(f"stated {stated}", f"found  {found}"),
            app=str(key),
        )


def _refuse_downgrades(changes: list[Difference], request: LockRequest) -> None:
    lower = [change for change in changes if change.is_downgrade]
    if lower and not request.allow_downgrade:
        raise CannotResolve(
            "downgrade",
            "the new lock would go to lower versions",
            hint="add --allow-downgrade if this is what you want; data may need a restore",
            details=[f"{change.app}: {change.old} -> {change.new}" for change in lower],
        )


def _completed(secrets: Vault, lock: Lock, region: Region, hosts: Hosts) -> Vault:
    """Return the vault with a value for all that needs one: apps, contracts, backups, the authority, marks."""
    for text, app in lock.apps.items():
        secrets = secrets.with_app(
            AppKey.parse(text).id, new_secrets(app.release.manifest, server=hosts.server), {}
        )
    missing = secrets.missing_tokens(link.token_path for link in links_of(lock))
    secrets = secrets.with_tokens({path: new_secret() for path in missing})
    if lock.apps:
        secrets = secrets.model_copy(update={"marks_key": secrets.marks_key or new_secret()})
        secrets = secrets.model_copy(update={"backup": with_backup_access(secrets.backup, region.backup.kind)})
    if hosts.server and hosts.vars.semai_certificate == "region-ca" and secrets.ca is None:
        from semai.adapters.authority import new_authority  # a tenth of a second, needed once in ten years

        secrets = secrets.model_copy(update={"ca": new_authority(region.name)})
    return secrets


def _chained(lock: Lock, old: Lock | None) -> Lock:
    return lock.model_copy(update={"previous": old.digest if old else None})


def write(files: RegionFiles, vault: VaultFile, prepared: Prepared) -> LockResult:
    """Write vault, semai.lock and deployment.yml in this order, each whole and only if changed."""
    lock, old, (region, hosts, selection) = prepared.lock, prepared.old, prepared.settings
    absent = absent_apps(files, selection, lock, old)
    logo, over, imported = files.logo(region), files.overrides.load(), read_vars(files).digest
    draft = Expected(files.name, region, logo, hosts, selection, lock, Marks(""), absent, imported, over)
    deployment(draft)  # may be refused: before anything is written
    made = not vault.path.exists()
    written = ["vault.yml"] if vault.write(prepared.secrets) else []
    marks = marks_of(prepared.secrets, sha256_of_bytes(files.vault_bytes()))
    content = deployment(replace(draft, marks=marks))
    if lock is not old:
        write_atomic(files.lock, serialize(lock))
        written.append("semai.lock")
    if write_deployment(files, content):
        written.append("deployment.yml")
    return LockResult(lock, prepared.changes, tuple(written), tuple(absent), made, prepared.backup_key_made)
