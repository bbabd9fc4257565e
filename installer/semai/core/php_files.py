"""The PHP part of an app's variables: configuration files, the secrets they read, and how its tree is run. Pure.

Configuration files carry no secret: a template writes `{{ secrets.api_key | php }}` and gets `getenv('API_KEY')`,
`{{ database.password | env }}` and gets `"${DATABASE_PASSWORD}"`. The value is in the app's environment, by the
upper-case name of the secret, `ANSWER_<NAME>` for a secret answer, DATABASE_PASSWORD for the database.
Templates see the names of core/variables.py, `paths.tree` (the unpacked tree) and `paths.config` (their folder).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semai.core.catalog import Manifest
from semai.core.php_manifest import Php
from semai.core.references import MARK, Cloak, Mixed
from semai.core.render import render_file
from semai.errors import InvalidInput

CONFIG = "shared/config"
MODE = "0640"


@dataclass(frozen=True)
class PhpPart:
    """What an item of semai_apps gets for `runtime: php`, in plain values."""

    files: dict[str, dict[str, str]]  # shared/config/<place> -> {content, mode}
    environment: dict[str, str]  # variables that hold the app's secrets -> @secret(...)
    php: dict[str, Any]
    timers: list[dict[str, Any]]
    workers: list[dict[str, Any]]


def php_part(where: str, manifest: Manifest, values: Mapping[str, Any], cloak: Cloak) -> PhpPart:
    """Return the part for `manifest`, whose runtime is php; `where` names app and version in errors.

    `values` are what templates see, with references under `cloak`. Raises InvalidInput (`template-invalid`,
    `secret-in-text`).
    """
    php = manifest.php or Php()
    stand_ins = _stand_ins(manifest, values, cloak)
    names = {stand_in: name for name, stand_in in stand_ins.items()}
    paths = values["paths"]
    tree = f"{paths['release']}/tree"
    seen = {**values, "paths": {**paths, "tree": tree, "config": f"{paths['app']}/{CONFIG}"}}
    files = {}
    for place, entry in sorted(php.config.items()):
        text = render_file(entry.text, seen, names, where=f"{where}: php.config.{place}")
        _refuse_secret(where, place, text, cloak)
        files[f"{CONFIG}/{place}"] = {"content": text, "mode": MODE}
    return PhpPart(
        files=files,
        environment={name: str(cloak.reveal(stand_in)) for name, stand_in in sorted(stand_ins.items())},
        php=_php(manifest, php),
        timers=[
            {"name": name, "command": list(timer.command), "calendar": timer.calendar}
            for name, timer in sorted(manifest.timers.items())
        ],
        workers=[
            {"name": name, "command": list(worker.command)} for name, worker in sorted(manifest.workers.items())
        ],
    )


def _php(manifest: Manifest, php: Php) -> dict[str, Any]:
    return {
        "root": php.root,
        "extensions": list(manifest.needs.extensions),
        "version": manifest.needs.php,
        "writable": list(php.writable),
        "workers": php.workers,
        "settings": {name: _setting(value) for name, value in sorted(php.settings.items())},
        "links": {place: f"{CONFIG}/{place}" for place in sorted(php.config)},
        "import": php.import_sql,
    }


def _setting(value: str | int | bool) -> str:
    """Return a php.ini value as text: PHP knows On and Off."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    return str(value)


def _stand_ins(manifest: Manifest, values: Mapping[str, Any], cloak: Cloak) -> dict[str, str]:
    """Return variable name -> stand-in of every secret the app has."""
    found = {name.upper().replace("-", "_"): stand_in for name, stand_in in values["secrets"].items()}
    answers = values.get("answers", {})
    secret = (name for name, question in manifest.questions.items() if question.secret)
    found |= {f"ANSWER_{name.upper()}": answers[name] for name in secret if name in answers}
    password = values.get("database", {}).get("password")
    if password:
        found["DATABASE_PASSWORD"] = password
    return {name: stand_in for name, stand_in in found.items() if _is_reference(stand_in, cloak)}


def _is_reference(value: Any, cloak: Cloak) -> bool:
    return isinstance(value, str) and str(cloak.reveal(value)).startswith(MARK)


def _refuse_secret(where: str, place: str, text: str, cloak: Cloak) -> None:
    try:
        cloak.reveal(text)
    except Mixed as error:
        raise InvalidInput(
            "secret-in-text",
            "{app}: {name} mixes a secret with other text, or spells a reference to one",
            hint="a secret must be placed alone, through the filter php or env: tell the app's mentor",
            app=where,
            name=f"php.config.{place}",
        ) from error
