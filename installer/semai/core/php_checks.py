"""What one key of a release says about another: rules of `runtime: php` beyond the type of a value. Pure.

Works on the plain content of the file (with its base), so that every problem has its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from semai.core.region_checks import Place, Problem
from semai.messages import N_

_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PHP_ONLY = ("php", "timers", "workers")


def judge_runtime(value: Any) -> Iterator[Problem]:
    """Yield what does not fit the release's runtime."""
    if not isinstance(value, Mapping):
        return
    if value.get("runtime", "python") == "php":
        if value.get("php") is None:
            yield Problem(("php",), N_("is missing"))
        yield from _php(value)
        return
    if "serve" not in _below(value, "commands"):
        yield Problem(("commands", "serve"), N_("is missing"))
    for key in _PHP_ONLY:
        if value.get(key):
            yield Problem((key,), N_("belongs to `runtime: php` only"))
    for key in ("php", "extensions"):
        if key in _below(value, "needs"):
            yield Problem(("needs", key), N_("belongs to `runtime: php` only"))


def _php(value: Mapping[str, Any]) -> Iterator[Problem]:
    if _below(value, "commands").get("serve"):
        yield Problem(("commands", "serve"), N_("is for Python apps; PHP is served from php.root"))
    for place, command in _commands(value):
        if isinstance(command, str) and not _PROGRAM.fullmatch(command):
            yield Problem(place, N_("is no program: begin with php, or with a file of the tree's first folder"))
    for name in _below(value, "workers"):
        if name in _below(value, "timers"):
            yield Problem(("workers", name), N_("is the name of a timer too"))
    yield from _variables(value)
    php = _below(value, "php")
    yield from _writable(php)
    yield from _config(php)
    if php.get("import") and _below(value, "resources").get("database") == "none":
        yield Problem(("php", "import"), N_("needs a database; resources.database says none"))


def _variables(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Keep the variables that configuration files read secrets from for these secrets."""
    secrets = _below(value, "resources").get("secrets", ["secret_key"])
    meant = {str(name).upper(): f"secrets.{name}" for name in (secrets if isinstance(secrets, list) else ())}
    for name, question in _below(value, "questions").items():
        if isinstance(question, Mapping) and question.get("secret") is True:
            meant[f"ANSWER_{name.upper()}"] = f"answers.{name}"
    meant |= {"DATABASE_PASSWORD": "database.password"}
    for name, template in _below(value, "environment").items():
        if name in meant and str(template).replace(" ", "") != f"{{{{{meant[name]}}}}}":
            yield Problem(("environment", name), N_("is where semai puts {secret}; use another name"),
                          {"secret": meant[name]})  # fmt: skip


def _writable(php: Mapping[str, Any]) -> Iterator[Problem]:
    paths = php.get("writable")
    known: list[str] = []
    for number, path in enumerate(paths if isinstance(paths, list) else ()):
        if not isinstance(path, str):
            continue
        place: Place = ("php", "writable", number)
        if path in known:
            yield Problem(place, N_("is listed twice"))
        for other in known:
            outer, inner = sorted((path, other), key=len)
            if inner.startswith(f"{outer}/"):
                yield Problem(place, N_("overlaps with {other}; name the outer folder only"), {"other": other})
        known.append(path)


def _config(php: Mapping[str, Any]) -> Iterator[Problem]:
    paths = php.get("writable")
    writable = [path for path in (paths if isinstance(paths, list) else ()) if isinstance(path, str)]
    for path, entry in _below(php, "config").items():
        place: Place = ("php", "config", path)
        if any(path == folder or path.startswith(f"{folder}/") for folder in writable):
            yield Problem(place, N_("lies in a writable path; the app could change its own configuration"))
        if isinstance(entry, Mapping) and sum(bool(entry.get(key)) for key in ("template", "preset", "text")) != 1:
            yield Problem(place, N_("needs exactly one of template, preset and text"))


def _commands(value: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Yield the first word of every command with its place."""
    commands = _below(value, "commands")
    once = ("migrate", "sample_data")
    found: list[tuple[Place, Any]] = [(("commands", key), commands.get(key)) for key in once]
    found.append((("login_check", "command"), _below(value, "login_check").get("command")))
    several = commands.get("after_install")
    if isinstance(several, list):
        found += [(("commands", "after_install", number), command) for number, command in enumerate(several)]
    for kind in ("timers", "workers"):
        for name, job in _below(value, kind).items():
            if isinstance(job, Mapping):
                found.append(((kind, name, "command"), job.get("command")))
    for place, command in found:
        if isinstance(command, list) and command:
            yield (*place, 0), command[0]


def _below(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}
