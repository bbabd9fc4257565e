"""From region, selection and lock to `semai_apps`, the list the Ansible roles take. Pure.

A manifest's `environment` values are templates (core/render.py) over these names:
- `region.*`: every key of region.yml; `app.id`, `app.mentor`, `app.port`; `release.version`, `release.digest`
- `answers.*`: answers over defaults; `{{ answers }}` is the whole mapping; a secret answer is a reference
- `paths.root|app|release|static|shared|data|media|region_file|logo`: absolute folders and files on the host
- `database.driver|path|url|password`, on servers also `.name|user|host|port` (undefined attributes when the app has
  no database; `url` never holds the password, which is a reference, or empty for SQLite)
- `site.bind|host|port|url|proxies`: where the app listens, the name and address people use, proxies before it
- `secrets.<name>`: a reference; it must be a whole value, alone or inside a mapping
- `contracts`: {"provides": …, "consumes": …}, or an empty mapping
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from semai.core.backups import backup_settings
from semai.core.catalog import AppKey, Manifest, digest_of
from semai.core.contracts import Link, links_of, reading, serving, token_reference
from semai.core.hosts import Hosts
from semai.core.lockfile import Lock, LockedApp
from semai.core.marks import Marks
from semai.core.overrides import Overrides, overridden, shipped
from semai.core.php_files import PhpPart, php_part
from semai.core.questions import effective_answers
from semai.core.references import Cloak, Mixed, secret_reference
from semai.core.region import Region, SelectedApp, Selection
from semai.core.render import render
from semai.core.server import Placed, server_parts
from semai.core.sites import (
    PASSWORD,
    Database,
    Site,
    driver_of,
    embedded_database,
    embedded_site,
    server_database,
    server_site,
)
from semai.errors import InvalidInput

REGION_FILE = "shared/region.json"
LOGO = "shared/logo.svg"


@dataclass(frozen=True)
class Expected:
    """Everything the variables are made of."""

    name: str  # of the inventory
    region: Region
    logo: str | None  # SVG text
    hosts: Hosts
    selection: Selection
    lock: Lock
    marks: Marks
    absent: Mapping[str, bool]  # names that hosts may still carry -> purge
    imported: str = ""  # digest of the packages imported for hosts without internet
    overrides: Overrides = field(default_factory=dict)


@dataclass(frozen=True)
class _App:
    """One locked app while its item is made."""

    key: AppKey
    locked: LockedApp
    site: Site
    database: Database | None

    @property
    def manifest(self) -> Manifest:
        return self.locked.release.manifest


def deployment(expected: Expected) -> dict[str, Any]:
    """Return the content of deployment.yml.

    Raises InvalidInput (`template-invalid`, `secret-in-text`, `override-invalid`, …).
    """
    links = links_of(expected.lock)
    apps = _all_placed(expected, links)
    absent = {
        name: purge for name, purge in sorted(expected.absent.items()) if name not in {a.key.id for a in apps}
    }
    gone = [{"name": name, "state": "absent", "purge": purge} for name, purge in absent.items()]
    plain = overridden([*(_plain(expected, app, apps, links) for app in apps), *gone], expected.overrides)
    present = [_item(expected, app, apps, links, item) for app, item in zip(apps, plain, strict=False)]
    head = {"lock": expected.lock.digest, "region": expected.name}
    marks = {"vault": expected.marks.vault, "secrets": dict(expected.marks.secrets)}
    backups = backup_settings(expected.region, expected.hosts, [app.key for app in apps], links)
    if not expected.hosts.server:
        return {
            "semai_deployment": head,
            "semai_apps": present + gone,
            "semai_backup": backups,
            "semai_marks": marks,
        }
    placed = [Placed(a.key, a.manifest, a.site, a.database, _has_static(a.locked)) for a in apps]
    server = server_parts(
        expected.hosts, expected.region, placed, absent, expected.marks, backups, expected.imported
    )
    return {
        "semai_deployment": {**head, "profile": "server"},
        "semai_apps": present + gone,
        "semai_backup": backups,
        "semai_marks": marks,
        **server,
    }


def said_by_releases(expected: Expected) -> Overrides:
    """Return what the locked releases themselves say in every place that the region overrides."""
    links = links_of(expected.lock)
    apps = _all_placed(expected, links)
    items = {app.key.id: _plain(expected, app, apps, links) for app in apps if app.key.id in expected.overrides}
    return {name: shipped(item, expected.overrides[name]) for name, item in items.items()}


def _all_placed(expected: Expected, links: Sequence[Link]) -> list[_App]:
    keys = sorted(expected.lock.apps.items())
    return [_placed(expected, AppKey.parse(text), locked, links) for text, locked in keys]


def _placed(expected: Expected, key: AppKey, locked: LockedApp, links: Sequence[Link]) -> _App:
    manifest, hosts = locked.release.manifest, expected.hosts
    if hosts.server:
        site = server_site(hosts, expected.region, expected.selection, links, key, manifest)
        return _App(key, locked, site, server_database(hosts, key, manifest))
    if manifest.runtime != "python":
        raise InvalidInput(
            "runtime-needs-server",
            "{app} is a {runtime} app, which runs in the server profile only",
            hint="semai region new NAME --server",
            app=str(key),
            runtime=manifest.runtime,
        )
    site = embedded_site(expected.selection.apps[str(key)].port)
    folder = _paths(hosts.semai_root, key, locked.version)["app"]
    return _App(key, locked, site, embedded_database(folder) if driver_of(manifest, server=False) else None)


def _has_static(locked: LockedApp) -> bool:
    return any(artifact.kind == "static" for artifact in locked.release.artifacts)


def _plain(expected: Expected, app: _App, apps: Sequence[_App], links: Sequence[Link]) -> dict[str, Any]:
    """Return an item as the release wants it, before the region's overrides."""
    manifest, locked, site = app.manifest, app.locked, app.site
    item: dict[str, Any] = {
        "name": app.key.id,
        "state": "present",
        "mentor": app.key.mentor,
        "version": locked.version,
        "release": locked.release_digest,
        "runtime": manifest.runtime,
        "environment": _environment(expected, app, apps, links, site.bind),
        "files": _files(expected, app.key),
        "commands": _commands(manifest, expected.selection.apps[str(app.key)]),
        "bind": site.bind,
        "health": {
            "url": _health_url(app, site.bind),
            "timeout_seconds": manifest.health.timeout_seconds,
        },
        "change": manifest.lifecycle.change,
        "upgrade_from": list(manifest.lifecycle.upgrade_from),
        "needs": {
            "ram_mb": manifest.needs.ram_mb,
            "disk_mb": manifest.needs.disk_mb,
            "python": manifest.needs.python,
        },
        "database": app.database.request() if app.database else None,
    }
    if manifest.login_check is not None:
        item["login_check"] = manifest.login_check.model_dump(mode="json", exclude_none=True)
    return _for_servers(item, app, _php(expected, app, apps, links)) if expected.hosts.server else item


def _item(
    expected: Expected, app: _App, apps: Sequence[_App], links: Sequence[Link], item: dict[str, Any]
) -> dict[str, Any]:
    """Return an item with its digest and its artifacts, and what single hosts are told otherwise."""
    locked, site = app.locked, app.site
    config = digest_of({"item": item, "secrets": expected.marks.of(item)})
    artifacts = [
        artifact.model_dump(mode="json", include={"sha256", "size", "kind", "file", "when"})
        for artifact in locked.release.artifacts
    ]
    item = {**item, "config": config, "artifacts": artifacts}
    if expected.hosts.server:
        item["hosts"] = {
            host: _on_host(expected, app, apps, links, item, bind) for host, bind in site.binds.items()
        }
    return item


def _health_url(app: _App, bind: str) -> str:
    return f"http://{bind}{app.manifest.health.path}"


def _for_servers(item: Mapping[str, Any], app: _App, part: PhpPart | None) -> dict[str, Any]:
    """Return an item with what only servers are told."""
    manifest = app.manifest
    health = {"path": manifest.health.path, "status": manifest.health.status, "text": manifest.health.text}
    found = {
        **item,
        "site": app.site.name,
        "port": app.site.port,
        "health": {**item["health"], **health},
        "limits": {"memory_mb": manifest.limits.memory_mb or max(256, 3 * manifest.needs.ram_mb)}
        | {"cpu_percent": manifest.limits.cpu_percent},
        "timers": [],
        "workers": [],
    }
    if part is None:
        return found
    places = {path: place for place, path in part.php["links"].items()}
    files = {path: {**file, "place": places[path]} for path, file in part.files.items()}
    return {
        **found,
        "files": {**item["files"], **files},
        "environment": {**part.environment, **item["environment"]},
        "php": part.php,
        "timers": part.timers,
        "workers": part.workers,
    }


def _php(expected: Expected, app: _App, apps: Sequence[_App], links: Sequence[Link]) -> PhpPart | None:
    if app.manifest.runtime != "php":
        return None
    values, cloak = _template_values(expected, app, apps, links, app.site.bind)
    return php_part(f"{app.key} {app.locked.version}", app.manifest, values, cloak)


def _on_host(
    expected: Expected,
    app: _App,
    apps: Sequence[_App],
    links: Sequence[Link],
    item: Mapping[str, Any],
    bind: str,
) -> dict[str, Any]:
    """Return what an item says otherwise on the host where the app listens at `bind`."""
    leader = bind == app.site.bind
    found: dict[str, Any] = {"bind": bind, "health_url": _health_url(app, bind), "leader": leader}
    if leader:
        return found
    leaders, own = (_environment(expected, app, apps, links, place) for place in (app.site.bind, bind))
    differing = {name: value for name, value in own.items() if value != leaders[name]}
    if differing:
        found["environment"] = {**item["environment"], **differing}
    return {**found, "config": digest_of({"config": item["config"], **found})}


def _commands(manifest: Manifest, selected: SelectedApp) -> dict[str, Any]:
    verbs = {"serve", "migrate", "after_install", "sample_data"}
    commands = manifest.commands.model_dump(mode="json", include=verbs)
    if not selected.sample_data:
        commands["sample_data"] = None
    return commands


def _paths(root: str, key: AppKey, version: str) -> dict[str, str]:
    app = f"{root}/apps/{key.id}"
    release = f"{app}/releases/{version}"
    return {
        "root": root,
        "app": app,
        "release": release,
        "static": f"{release}/static",
        "shared": f"{app}/shared",
        "data": f"{app}/shared/data",
        "media": f"{app}/shared/media",
        "region_file": f"{app}/{REGION_FILE}",
        "logo": f"{app}/{LOGO}",
    }


def _files(expected: Expected, key: AppKey) -> dict[str, dict[str, str]]:
    logo = f"{expected.hosts.semai_root}/apps/{key.id}/{LOGO}" if expected.logo is not None else None
    files = {REGION_FILE: {"content": region_file(expected.region, logo), "mode": "0640"}}
    if expected.logo is not None:
        files[LOGO] = {"content": expected.logo, "mode": "0644"}
    return files


def region_file(region: Region, logo: str | None) -> str:
    """Return region.json as the apps read it; `logo` is an absolute path on the host or None."""
    content = {**region.identity(), "logo": logo}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _environment(
    expected: Expected, app: _App, apps: Sequence[_App], links: Sequence[Link], bind: str
) -> dict[str, Any]:
    values, cloak = _template_values(expected, app, apps, links, bind)
    environment: dict[str, Any] = {}
    for name, template in app.manifest.environment.items():
        value = render(template, values, where=f"{app.key} {app.locked.version}: environment.{name}")
        environment[name] = _revealed(app.key, name, value, cloak)
    if app.database and app.database.password:
        environment.setdefault("DATABASE_PASSWORD", app.database.password)
    return environment


def _template_values(
    expected: Expected, app: _App, apps: Sequence[_App], links: Sequence[Link], bind: str
) -> tuple[dict[str, Any], Cloak]:
    """Return the names templates may use, with references under a cloak, and the cloak."""
    key, manifest, selected = app.key, app.manifest, expected.selection.apps[str(app.key)]
    secrets = {name: secret_reference("apps", key.id, name) for name in secret_names(manifest)}
    secret_answers = {
        name: secret_reference("apps", key.id, "answers", name)
        for name, q in manifest.questions.items()
        if q.secret
    }
    urls = {
        AppKey.parse(text): embedded_site(chosen.port).inner_url for text, chosen in expected.selection.apps.items()
    }
    urls |= {other.key: other.site.inner_url for other in apps}
    provides, consumes = serving(links, key), reading(links, key, urls)
    contracts = {"provides": provides, "consumes": consumes} if provides or consumes else {}
    values = {
        "region": expected.region.identity(),
        "app": {"id": key.id, "mentor": key.mentor, "port": selected.port},
        "release": {"version": app.locked.version, "digest": app.locked.release_digest},
        "answers": {**effective_answers(manifest.questions, selected.answers), **secret_answers},
        "paths": _paths(expected.hosts.semai_root, key, app.locked.version),
        "database": app.database.values() if app.database else {},
        "site": app.site.values(bind),
        "secrets": secrets,
        "contracts": contracts,
    }
    tokens = (token_reference(link) for link in links if key in (link.provider, link.consumer))
    password = secret_reference("apps", key.id, PASSWORD)
    cloak = Cloak.of(digest_of(values), (*secrets.values(), *secret_answers.values(), password, *tokens))
    return {name: cloak.hide(value) for name, value in values.items()}, cloak


def secret_names(manifest: Manifest) -> tuple[str, ...]:
    """Return the names of the secrets semai generates for an app."""
    return manifest.resources.secrets


def _revealed(key: AppKey, name: str, value: Any, cloak: Cloak) -> Any:
    try:
        value = cloak.reveal(value)
    except Mixed as error:
        raise InvalidInput(
            "secret-in-text",
            "{app}: environment.{name} mixes a secret with other text, or spells a reference to one",
            hint="a secret must be a whole value: tell the app's mentor; an answer must not contain @secret(",
            app=str(key),
            name=name,
        ) from error
    if isinstance(value, str) and any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise InvalidInput(
            "environment-control-character",
            "{app}: environment.{name} would hold a line break or control character",
            hint="look for one in the region's texts and answers that the app uses",
            app=str(key),
            name=name,
        )
    return value


def sha256_of_bytes(content: bytes) -> str:
    """Return the sha256 of `content`, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()
