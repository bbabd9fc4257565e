"""The steps of each verb as the code has them: the runbooks' own lists, and what a backup says that it begins."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import semai_host
from semai_host import recovery
from semai_host.backups import verbs as backups
from semai_host.drivers import choice
from semai_host.events import Events
from semai_host.host import App, Host
from semai_host.journal import Before, Journal, Record
from semai_host.layout import Layout
from semai_host.request import Request
from semai_host.transaction import Runbook

_NOWHERE = Layout("/nowhere")
_REQUEST = {
    "name": "canary",
    "mentor": "batang",
    "version": "2026.2.0",
    "release": "a" * 64,
    "config": "b" * 64,
    "python": "/usr/bin/python3",
    "bind": "127.0.0.1:8101",
    "health": {"url": "http://127.0.0.1:8101/healthz"},
    "commands": {"serve": ["canary", "serve"]},
}


def runbook(verb: str, change: str = "migrate", *, installed: bool = True) -> Runbook:
    """Return the runbook of a journal's verb, of an app that lies nowhere."""
    app = App(Host(_NOWHERE, choice.services(_NOWHERE), Events("", None, None)), "canary")
    request = Request.parse({**_REQUEST, "change": change})
    before = Before(serving=request if installed else None)
    kept = "20261121T200000Z-canary-0a1b2c" if verb == "restore" else ""
    record = Record("run", "canary", verb, "2026-11-21T20:14:05Z", before, request, from_set=kept)
    return recovery.runbook(app, Journal(Path("/nowhere/journal/canary.json"), record))


def names(book: Runbook) -> tuple[str, ...]:
    return tuple(step.name for step in book.steps())


def of_backup() -> tuple[str, ...]:
    """Return the steps that `backup create` tells, in the order of its code."""
    tree = ast.parse(inspect.getsource(backups.create) + "\n" + inspect.getsource(backups._keep))
    told = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _says_begun(node)]
    return tuple(_word(node, "step") for node in sorted(told, key=lambda node: node.lineno))


def _says_begun(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "say" and _word(node, "status") == "begun"


def _word(node: ast.Call, name: str) -> str:
    found = (keyword.value for keyword in node.keywords if keyword.arg == name)
    return next((value.value for value in found if isinstance(value, ast.Constant)), "")


def every_runbook() -> Iterator[type[Any]]:
    """Yield each class of the host tool that is a runbook."""
    for module in pkgutil.walk_packages(semai_host.__path__, "semai_host."):
        if not module.name.endswith("__main__"):
            for found in vars(importlib.import_module(module.name)).values():
                is_own = inspect.isclass(found) and found.__module__ == module.name and found is not Runbook
                if is_own and all(hasattr(found, word) for word in ("steps", "commit", "take_over")):
                    yield found
