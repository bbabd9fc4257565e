"""Asking an app's API everything its own OpenAPI allows, and much that it does not: no answer may be a 500."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 40


def fuzz_api(headers: Callable[[str], Mapping[str, str]], *, examples: int = EXAMPLES) -> dict[str, set[int]]:
    """Ask every operation `examples` times; returns which status codes each gave.

    `headers(path)` are those of a caller who is let in (token or cookie); the database must hold a region. Raises
    AssertionError with the request that was answered by 500 or more, or by other JSON than the API declares.
    """
    # Takes seconds to load, and the other tests of an app do without it.
    import schemathesis
    from schemathesis.generation.modes import GenerationMode

    document = Client().get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    seen: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)
            _try(strategy, operation, headers, seen, examples // 2)
    return seen


def _try(
    strategy: Any,
    operation: Any,
    headers: Callable[[str], Mapping[str, str]],
    seen: dict[str, set[int]],
    count: int,
) -> None:
    name = f"{operation.method.upper()} {operation.path}"

    # What broke is shown as it was asked: looking for the smallest such request takes longer than reading this one.
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        status = _answer(case, headers(operation.path))
        seen.setdefault(name, set()).add(status)
        assert status < 500, f"{name} with {case.query!r} {case.body!r} answers {status}"

    ask()


def _answer(case: Any, headers: Mapping[str, str]) -> int:
    sent = case.as_transport_kwargs(base_url="http://testserver")
    client = Client(raise_request_exception=False, headers={**_plain(sent.get("headers")), **headers})
    path = sent["url"].removeprefix("http://testserver")
    response = client.generic(
        sent["method"],
        path,
        data=_body(sent),
        content_type="application/json",
        query_params=_plain(sent.get("params")),
    )
    return int(response.status_code)


def _plain(given_values: Any) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in dict(given_values or {}).items()}


def _body(sent: Mapping[str, Any]) -> str:
    return json.dumps(sent["json"]) if sent.get("json") is not None else ""
