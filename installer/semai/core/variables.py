"""From region, selection and lock to `semai_apps`, the list the Ansible roles take. Pure.

A manifest's `environment` values are templates (core/render.py) over these names:
- `region.*`: every key of region.yml; `app.id`, `app.mentor`, `app.port`; `release.version`, `release.digest`
- `answers.*`: answers over defaults; `{{ answers }}` is the whole mapping; a secret answer is a reference
- `paths.root|app|release|static|shared|data|media|region_file|logo`: absolute folders and files on the host
- `database.driver|path|url` (undefined attributes when the app has none); `site.bind|host|port|url`
- `secrets.<name>`: a reference; it must be a whole value, alone or inside a mapping
- `contracts`: {"provides": …, "consumes": …}, or an empty mapping
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semai.core.catalog import AppKey, Manifest, digest_of
from semai.core.contracts import Link, links_of, reading, serving, token_reference
from semai.core.lockfile import Lock, LockedApp
from semai.core.questions import effective_answers
from semai.core.references import Cloak, Mixed, secret_reference
from semai.core.region import HostVars, Region, SelectedApp, Selection
from semai.core.render import render
from semai.errors import InvalidInput

ADDRESS = "127.0.0.1"
DATABASE = "shared/data/db.sqlite3"
REGION_FILE = "shared/region.json"
LOGO = "shared/logo.svg"


@dataclass(frozen=True)
class Expected:
    """Everything the variables are made of."""

    name: str  # of the inventory
    region: Region
    logo: str | None  # SVG text
    hosts: HostVars
    selection: Selection
    lock: Lock
    vault_digest: str  # sha256 of vault.yml's bytes
    absent: Mapping[str, bool]  # names that hosts may still carry -> purge


def deployment(expected: Expected) -> dict[str, Any]:
    """Return the content of deployment.yml; raises InvalidInput (`template-invalid`, `secret-in-text`, …)."""
    links = links_of(expected.lock)
    present = [_item(expected, AppKey.parse(key), app, links) for key, app in sorted(expected.lock.apps.items())]
    names = {item["name"] for item in present}
    absent = [
        {"name": name, "state": "absent", "purge": purge}
        for name, purge in sorted(expected.absent.items())
        if name not in names
    ]
    return {
        "semai_deployment": {"lock": expected.lock.digest, "region": expected.name},
        "semai_apps": present + absent,
    }


def _item(expected: Expected, key: AppKey, locked: LockedApp, links: Sequence[Link]) -> dict[str, Any]:
    manifest = locked.release.manifest
    selected = expected.selection.apps[str(key)]
    site = _site(selected)
    has_database = manifest.resources.database != "none"
    item: dict[str, Any] = {
        "name": key.id,
        "state": "present",
        "mentor": key.mentor,
        "version": locked.version,
        "release": locked.release_digest,
        "runtime": manifest.runtime,
        "environment": _environment(expected, key, locked, links),
        "files": _files(expected, key),
        "commands": _commands(manifest, selected),
        "bind": site["bind"],
        "health": {
            "url": site["url"] + manifest.health.path,
            "timeout_seconds": manifest.health.timeout_seconds,
        },
        "change": manifest.lifecycle.change,
        "upgrade_from": list(manifest.lifecycle.upgrade_from),
        "needs": {
            "ram_mb": manifest.needs.ram_mb,
            "disk_mb": manifest.needs.disk_mb,
            "python": manifest.needs.python,
        },
        "database": {"driver": "sqlite", "path": DATABASE} if has_database else None,
    }
    config = digest_of({"item": item, "vault": expected.vault_digest})
    artifacts = [
        artifact.model_dump(mode="json", include={"sha256", "size", "kind", "file", "when"})
        for artifact in locked.release.artifacts
    ]
    return {**item, "config": config, "artifacts": artifacts}


def _commands(manifest: Manifest, selected: SelectedApp) -> dict[str, Any]:
    verbs = {"serve", "migrate", "after_install", "sample_data"}
    commands = manifest.commands.model_dump(mode="json", include=verbs)
    if not selected.sample_data:
        commands["sample_data"] = None
    return commands


def _site(selected: SelectedApp) -> dict[str, Any]:
    bind = f"{ADDRESS}:{selected.port}"
    return {"bind": bind, "host": ADDRESS, "port": selected.port, "url": f"http://{bind}"}


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
    content = {**region.model_dump(mode="json"), "logo": logo}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _environment(expected: Expected, key: AppKey, locked: LockedApp, links: Sequence[Link]) -> dict[str, Any]:
    values, cloak = _template_values(expected, key, locked, links)
    environment: dict[str, Any] = {}
    for name, template in locked.release.manifest.environment.items():
        value = render(template, values, where=f"{key} {locked.version}: environment.{name}")
        environment[name] = _revealed(key, name, value, cloak)
    return environment


def _template_values(
    expected: Expected, key: AppKey, locked: LockedApp, links: Sequence[Link]
) -> tuple[dict[str, Any], Cloak]:
    """Return the names templates may use, with references under a cloak, and the cloak."""
    manifest = locked.release.manifest
    selected = expected.selection.apps[str(key)]
    secrets = {name: secret_reference("apps", key.id, name) for name in secret_names(manifest)}
    secret_answers = {
        name: secret_reference("apps", key.id, "answers", name)
        for name, q in manifest.questions.items()
        if q.secret
    }
    urls = {AppKey.parse(text): str(_site(app)["url"]) for text, app in expected.selection.apps.items()}
    provides, consumes = serving(links, key), reading(links, key, urls)
    contracts = {"provides": provides, "consumes": consumes} if provides or consumes else {}
    paths = _paths(expected.hosts.semai_root, key, locked.version)
    database = {
        "driver": "sqlite",
        "path": f"{paths['app']}/{DATABASE}",
        "url": f"sqlite:///{paths['app']}/{DATABASE}",
    }
    values = {
        "region": expected.region.model_dump(mode="json"),
        "app": {"id": key.id, "mentor": key.mentor, "port": selected.port},
        "release": {"version": locked.version, "digest": locked.release_digest},
        "answers": {**effective_answers(manifest.questions, selected.answers), **secret_answers},
        "paths": paths,
        "database": database if manifest.resources.database != "none" else {},
        "site": _site(selected),
        "secrets": secrets,
        "contracts": contracts,
    }
    tokens = (token_reference(link) for link in links if key in (link.provider, link.consumer))
    cloak = Cloak.of(digest_of(values), (*secrets.values(), *secret_answers.values(), *tokens))
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
