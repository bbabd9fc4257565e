"""What each app host is told of its backups: where, when, how many, and which apps are kept together. Pure.

Apps linked by contracts form one set, so that what one read from another is in it too; on several hosts each keeps
its part, in an order (core/turns.py). An app on several hosts is kept by the one that looks after its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from semai.core.catalog import AppKey, Wire
from semai.core.contracts import Link
from semai.core.hosts import Host, Hosts
from semai.core.references import secret_reference
from semai.core.region import SSH_PORT, Region
from semai.core.turns import across
from semai.errors import InvalidInput

KEY = secret_reference("backup", "password")
SSH_KEY, KNOWN_HOSTS = "ssh-key", "known-hosts"  # files beside backup.json on the host
_S3 = {
    "AWS_ACCESS_KEY_ID": secret_reference("backup", "s3_key_id"),
    "AWS_SECRET_ACCESS_KEY": secret_reference("backup", "s3_secret"),
}


class StoredSet(Wire):
    """A verified set; `bytes` are those of its content, before the repository saved any."""

    set: str
    apps: tuple[str, ...]
    bytes: int
    moment: str
    age_hours: float = 0.0
    laid: str = ""  # when its last file was copied, UTC; sets of older host tools do not say
    whole: str = ""  # what it is a part of, when hosts were backed up together
    whole_apps: tuple[str, ...] = ()


class MadeSet(StoredSet):
    """A set that was just made; `spread_ms` lies between the first and the last beginning of its databases."""

    seconds: float = 0.0
    spread_ms: float = 0.0


class SetList(Wire):
    """The verified sets of one host's repository, newest first."""

    engine: str
    encrypted: bool
    sets: tuple[StoredSet, ...] = ()


class MadeSets(Wire):
    """What one host made."""

    engine: str
    encrypted: bool
    sets: tuple[MadeSet, ...]


class VerifiedSets(Wire):
    """What one host read to the end."""

    verified: tuple[str, ...]


class ForgottenSets(Wire):
    """What one host deleted."""

    forgotten: tuple[str, ...]


def linked(apps: Iterable[str], links: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of two and more apps that links join, directly or through others; sorted."""
    group = {app: {app} for app in apps}
    for one, other in links:
        if one in group and other in group and group[one] is not group[other]:
            joined = group[one] | group[other]
            group.update(dict.fromkeys(joined, joined))
    return tuple(sorted({tuple(sorted(found)) for found in group.values() if len(found) > 1}))


def backup_settings(region: Region, hosts: Hosts, apps: Sequence[AppKey], links: Iterable[Link]) -> dict[str, Any]:
    """Return host -> {configuration, secrets, files, calendar, drill, leads, keeps, …} for every app host.

    `configuration` is backup.json (host tool's README), `files` lie beside it for SFTP, `leads` are the apps whose
    data it looks after, `keeps` the ones it keeps by itself; none: no timer at all. `drill` is empty when hosts try
    no backups out by themselves. Linked apps on several hosts add what `turns.across` tells. Raises InvalidInput
    `backup-location`.
    """
    _check_location(region, hosts)
    reads = [(link.consumer.id, link.provider.id) for link in links]
    joined = linked((key.id for key in apps), reads)
    told = {host.name: _of_host(host, region, hosts, apps, joined) for host in hosts.apps}
    if not hosts.server:
        return told
    spread = across(joined, {host: {*found["keeps"]} for host, found in told.items()}, reads)
    return {host: {**found, **spread.get(host, {})} for host, found in told.items()}


def _of_host(
    host: Host, region: Region, hosts: Hosts, apps: Sequence[AppKey], joined: tuple[tuple[str, ...], ...]
) -> dict[str, Any]:
    backup = region.backup
    here = [key for key in apps if host in hosts.carriers(str(key))]
    leads = {key.id for key in here if not hosts.server or hosts.carriers(str(key))[0] == host}
    keeps = leads.difference(backup.excluded)
    location = backup.location or f"{hosts.semai_root}/backups"
    return {
        "configuration": {
            "schema": 1,
            "repository": repository(backup.kind, location, backup.port),
            "retention": backup.retention.model_dump(mode="json"),
            "sets": [list(group) for group in joined],
            "excluded": sorted({key.id for key in here} - keeps),
        },
        "secrets": {"RESTIC_PASSWORD": KEY, **(_S3 if backup.kind == "s3" else {})},
        **({"files": ssh_files(location, backup.port, backup.host_key)} if backup.kind == "sftp" else {}),
        "calendar": f"{backup.calendar} {region.time_zone}",
        "drill": f"{backup.drill} {region.time_zone}" if backup.drill.strip() else "",
        "leads": sorted(leads),
        "keeps": sorted(keeps),
    }


def repository(kind: str, location: str, port: int) -> dict[str, Any]:
    """Return what backup.json says of a repository; the port is said where it is not the usual one."""
    told: dict[str, Any] = {"kind": kind, "location": location}
    return {**told, "port": port} if kind == "sftp" and port != SSH_PORT else told


def ssh_files(location: str, port: int, host_key: str) -> dict[str, str]:
    """Return the files with which a host reaches a repository behind SFTP: its key and the host key it accepts."""
    host = location.partition(":")[0].rpartition("@")[2]
    name = host if port == SSH_PORT else f"[{host}]:{port}"
    return {SSH_KEY: secret_reference("backup", "ssh_key"), KNOWN_HOSTS: f"{name} {host_key}\n"}


def _check_location(region: Region, hosts: Hosts) -> None:
    """Refuse a repository among semai's own folders, which it would keep a copy of, or mix with."""
    root, location = f"{hosts.semai_root}/", f"{region.backup.location}/"
    if location == root or (location.startswith(root) and not location.startswith(f"{root}backups/")):
        raise InvalidInput(
            "backup-location",
            "backups cannot lie in {location}, among what semai keeps in {root}",
            hint="choose another backup.location in region.yml, or leave it out",
            location=region.backup.location,
            root=hosts.semai_root,
        )


def keepers(settings: Mapping[str, Mapping[str, Any]], apps: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the hosts that look after one of `apps`, excluded ones too; without names those that keep anything."""
    asked = set(apps)
    return tuple(host for host, told in settings.items() if (asked & {*told["leads"]} if asked else told["keeps"]))


def led_by(
    settings: Mapping[str, Mapping[str, Any]], apps: Iterable[str], hosts: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return those of `hosts` that look after one of `apps`, each with the ones it looks after."""
    asked = tuple(apps)
    found = {host: tuple(app for app in asked if app in settings[host]["leads"]) for host in hosts}
    return {host: led for host, led in found.items() if led}
