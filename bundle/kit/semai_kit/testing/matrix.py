"""Every address x every role against a table: what each gets, and the anonymous nothing but public pages.

The table is a YAML file of the app's tests, address -> method -> outcome -> who:

    planning:calendar:
      GET: {open: [bappeda, desa], denied: [administrator]}

Outcomes: `written` when the audit trail has a change more, `open` 2xx, `moved` a redirect, `login` one to the
login page, `denied` 401 or 403, `missing` 404, `refused` any other 4xx (a POST without content is refused where it
was let in). Who is not named gets `login` when anonymous and `denied` otherwise. SEMAI_WRITE_MATRIX=1 writes the
file anew, to be read before it is committed.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar

import yaml
from auditlog.models import LogEntry
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views import View

ANONYMOUS = "anonymous"
KIT = "kit:"
HEADER = "# Which address gives whom what; semai_kit.testing.matrix says how to read and renew it.\n"

Table = dict[str, dict[str, dict[str, list[str]]]]


class PermissionMatrix:
    """Mixed into a KitTestCase whose personas stand for the roles, one account each.

    Set `matrix_file`, `personas` (usernames) and override `kwargs_of`. Addresses of the API and, in apps, of the
    kit are left out: tokens and the kit's own tests guard those.
    """

    matrix_file: ClassVar[Path]
    personas: ClassVar[tuple[str, ...]]
    skipped: ClassVar[tuple[str, ...]] = ("kit:", "api-", "openapi")

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        """Arguments of an address, for a record of the fixtures that most roles may see."""
        return {}

    def test_every_address_gives_everybody_what_the_table_says(self) -> None:
        found = self._walk()
        if os.environ.get("SEMAI_WRITE_MATRIX"):
            self.matrix_file.write_text(HEADER + _written(found), encoding="utf-8")
        said = yaml.safe_load(self.matrix_file.read_text(encoding="utf-8"))
        assert _lines(found) == _lines(said)

    def test_no_role_of_the_app_reaches_into_accounts_years_or_the_trail(self) -> None:
        from semai_kit import roles

        own = [role for role in roles.catalog().values() if role.id not in ("administrator", "auditor")]
        assert [role.id for role in own if any(held.startswith("kit.") for held in role.permissions)] == []

    def _walk(self) -> Table:
        found: Table = {}
        clients = {name: self._client(name) for name in (*self.personas, ANONYMOUS)}
        for name, pattern in addresses():
            if name.startswith(self.skipped):
                continue
            address = reverse(name, kwargs=dict(self.kwargs_of(name)) or None)
            for method in methods(pattern):
                outcomes: dict[str, list[str]] = {}
                for who, client in clients.items():
                    outcomes.setdefault(_ask(client, method, address), []).append(who)
                found.setdefault(name, {})[method] = outcomes
        return found

    def _client(self, name: str) -> Client:
        client = Client(raise_request_exception=False)
        if name != ANONYMOUS:
            client.force_login(self.account(name), backend="semai_kit.accounts.AccountBackend")  # type: ignore[attr-defined]
        return client


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the app with its namespace. Raises AssertionError for one without a name."""
    yield from _within(get_resolver().url_patterns, "")


def _within(patterns: list[Any], space: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _within(pattern.url_patterns, inner)
        else:
            assert pattern.name, f"the address {pattern.pattern} has no name"
            yield f"{space}{pattern.name}", pattern


def methods(pattern: URLPattern) -> list[str]:
    """GET and POST, as far as the view answers them; a plain function is asked both."""
    view = getattr(pattern.callback, "view_class", None)
    if view is None or not issubclass(view, View):
        return ["GET", "POST"]
    allowed = [method.upper() for method in view.http_method_names]
    return [method for method in ("GET", "POST") if method in allowed and _answers(view, method)]


def _answers(view: type[View], method: str) -> bool:
    return inspect.isfunction(getattr(view, method.lower(), None))


def _ask(client: Client, method: str, address: str) -> str:
    """The outcome of one request; what it wrote is undone, and so is a logout."""
    cookies = deepcopy(client.cookies)
    changes = LogEntry.objects.exclude(action=LogEntry.Action.ACCESS)
    with transaction.atomic():
        before = changes.count()
        response = client.get(address) if method == "GET" else client.post(address, {})
        written = changes.count() > before
        transaction.set_rollback(True)
    client.cookies = cookies
    outcome = _outcome(response.status_code, response.headers.get("Location", ""), f"{method} {address}")
    return "written" if written else outcome


def _outcome(status: int, location: str, asked: str) -> str:
    if 300 <= status < 400:
        return "login" if location.startswith(reverse("kit:login")) else "moved"
    if status in (401, 403):
        return "denied"
    if status == 404:
        return "missing"
    assert status < 500, f"{asked} answers {status}"
    return "open" if status < 300 else "refused"


def _written(table: Table) -> str:
    """The table without what is the rule, one line per method."""
    lines = []
    for name, asked in sorted(table.items()):
        lines.append(f"{name}:")
        for method, outcomes in asked.items():
            parts = ", ".join(f"{outcome}: [{', '.join(who)}]" for outcome, who in _exceptions(outcomes))
            lines.append(f"  {method}: {{{parts}}}")
    return "\n".join(lines) + "\n"


def _exceptions(outcomes: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    rows = []
    for outcome in ("written", "open", "moved", "refused", "missing", "login", "denied"):
        rule = {"login": [ANONYMOUS]}.get(outcome)
        who = [name for name in outcomes.get(outcome, []) if outcome != "denied" or name == ANONYMOUS]
        if who and who != rule:
            rows.append((outcome, who))
    return rows


def _lines(table: Table) -> list[str]:
    """One sentence per rule, so that a failing test shows just what differs."""
    return [
        f"{name} {method}: {outcome} for {', '.join(sorted(who))}"
        for name, asked in sorted(table.items())
        for method, outcomes in sorted(asked.items())
        for outcome, who in sorted(_exceptions(outcomes))
    ] + [f"{name}: {', '.join(sorted(asked))}" for name, asked in sorted(table.items())]
