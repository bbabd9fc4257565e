"""What a region sets in the place of a release's configuration: `overrides/<app>/…` in its inventory. Pure.

`env` holds lines NAME=value over the variables the release sets; every other file stands in the place of the
managed file of the same path below `shared/`. Overrides outlive updates. Secrets stay in the vault.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semai.core.references import MARK
from semai.errors import InvalidInput
from semai.messages import N_, translate

ENVIRONMENT = "env"
MAX_FILE = 256 * 1024
Overrides = Mapping[str, Mapping[str, str]]  # app -> path below shared/ -> text
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_RESERVED = "SEMAI_"
_NO_APP = N_("no app of this region has that name")
_NO_FILE = N_("the app has no such file; it has {files}")
_NO_LINE = N_("is not NAME=value")
_OURS = N_("{name} is set by semai and cannot be overridden")
_SECRET = N_("{name} holds a secret, which stays in the vault")
_SECRET_REFERENCE = N_("must not contain @secret( : only semai writes references to the vault")


@dataclass(frozen=True)
class Conflict:
    """An override that was written over another text of the release than it has now; all three as lines."""

    app: str
    path: str
    former: str
    release: str
    region: str

    def lines(self) -> Iterator[str]:
        """Yield what the release changed since, then what the region changes, as unified diffs."""
        for name, after in (("release", self.release), ("region", self.region)):
            title = f"{self.app}/{self.path}"
            before, new = self.former.splitlines(), after.splitlines()
            yield from difflib.unified_diff(before, new, f"{title} (former)", f"{title} ({name})", lineterm="", n=1)


def overridden(items: Sequence[Mapping[str, Any]], overrides: Overrides) -> list[dict[str, Any]]:
    """Return the items of `semai_apps` with what the region overrides.

    Raises InvalidInput `override-invalid` with every wrong file and line.
    """
    present = {item["name"]: item for item in items if item["state"] == "present"}
    known = {str(item["name"]) for item in items}
    problems = [f"overrides/{app}: {translate(_NO_APP)}" for app in sorted(overrides) if app not in known]
    for app, files in sorted(overrides.items()):
        problems += [line for path, text in sorted(files.items()) for line in _wrong(present.get(app), path, text)]
    if problems:
        raise invalid_overrides(problems)
    return [_changed(item, overrides.get(item["name"], {})) for item in items]


def invalid_overrides(problems: Sequence[str]) -> InvalidInput:
    """Return the error for overrides that cannot be used, one line of `problems` each."""
    return InvalidInput(
        "override-invalid",
        "{count} overrides cannot be used",
        details=problems,
        hint="correct or delete these files, then run this again",
        count=len(problems),
    )


def shipped(item: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, str]:
    """Return what a release itself says in the places that `files` override."""
    found = {}
    for path, text in files.items():
        if path == ENVIRONMENT:
            names = [name for name, _ in _variables(text)]
            environment = item["environment"]
            found[path] = "".join(f"{name}={environment[name]}\n" for name in sorted(names) if name in environment)
        else:
            found[path] = item["files"][f"shared/{path}"]["content"]
    return found


def conflicts(now: Overrides, former: Overrides, overrides: Overrides) -> tuple[Conflict, ...]:
    """Return the overrides of places where the release says `now` something else than it did (`former`)."""
    return tuple(
        Conflict(app, path, former[app][path], text, overrides[app][path])
        for app, texts in sorted(now.items())
        for path, text in sorted(texts.items())
        if path in former.get(app, {}) and former[app][path] != text
    )


def variables_of(files: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the overrides of an app set."""
    return dict(_variables(files.get(ENVIRONMENT, "")))


def _changed(item: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    if not files or item["state"] != "present":
        return dict(item)
    content = dict(item["files"])
    for path, text in files.items():
        if path != ENVIRONMENT:
            content[f"shared/{path}"] = {**content[f"shared/{path}"], "content": text}
    return {**item, "files": content, "environment": {**item["environment"], **variables_of(files)}}


def _wrong(item: Mapping[str, Any] | None, path: str, text: str) -> Iterator[str]:
    """Yield what is wrong with one file of a selected app, each with its line."""
    if item is None:
        return
    where = f"overrides/{item['name']}/{path}"
    if path != ENVIRONMENT:
        allowed = sorted(name.removeprefix("shared/") for name in item["files"])
        if path not in allowed:
            yield f"{where}: " + translate(_NO_FILE, files=", ".join([ENVIRONMENT, *allowed]))
        elif MARK in text:
            yield f"{where}: " + translate(_SECRET_REFERENCE)
        return
    for number, line in _lines(text):
        match = _LINE.fullmatch(line)
        if problem := _NO_LINE if match is None else _wrong_variable(item["environment"], match[1], match[2]):
            yield f"{where}:{number}: " + translate(problem, name=match[1] if match else "")


def _wrong_variable(environment: Mapping[str, Any], name: str, value: str) -> str:
    if name.startswith(_RESERVED):
        return _OURS
    if MARK in str(environment.get(name, "")):
        return _SECRET
    if MARK in value:
        return _SECRET_REFERENCE
    return ""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _variables(text: str) -> Iterator[tuple[str, str]]:
    for _, line in _lines(text):
        if match := _LINE.fullmatch(line):
            value = match[2]
            yield match[1], value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
