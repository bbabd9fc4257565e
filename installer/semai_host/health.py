"""Asking a running app whether it is well: HTTP on this host, answered by the release and database we expect."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from .errors import HostError

LARGEST_ANSWER = 64 * 1024
LARGEST_PAGE = 4 << 20
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 2.0
FLOWS = ("ok", "stale", "down", "unused")


@dataclass(frozen=True)
class Answer:
    """What an app said: status is ok, failing (answers, but not well) or unreachable.

    `contracts` tells how each contract flows that it reads; one that is down does not make the app unwell.
    """

    status: str
    release: str | None
    detail: str
    contracts: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        said = {"status": self.status, "release": self.release, "detail": self.detail}
        return {**said, "contracts": dict(self.contracts)}


def ask(url: str, timeout: float = 2.0, address: tuple[str, int] | None = None) -> Answer:
    """Ask once; `address` asks another port than the URL's while keeping its Host header (the trial does)."""
    try:
        return _judge(*_get(url, urlsplit(url).path or "/", timeout, address, LARGEST_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        return Answer("unreachable", None, f"{type(error).__name__}: {error}")


def see(url: str, path: str, text: str, timeout: float, address: tuple[str, int]) -> Answer:
    """Ask `address` for a page of the app whose health is at `url`: well when it answers 200 and holds `text`."""
    try:
        status, body = _get(url, path, timeout, address, LARGEST_PAGE)
    except (OSError, http.client.HTTPException) as error:
        return Answer("unreachable", None, f"{type(error).__name__}: {error}")
    if status != HTTPStatus.OK:
        return Answer("failing", None, f"HTTP {status} instead of 200")
    if text.encode() not in body:
        return Answer("failing", None, f"HTTP {status} without the text {text!r}")
    return Answer("ok", None, f"HTTP {status}")


def _get(url: str, path: str, timeout: float, address: tuple[str, int] | None, most: int) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host, port = address or (parts.hostname or "127.0.0.1", parts.port or 80)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": parts.netloc, "Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read(most)
    finally:
        connection.close()


def _judge(status: int, body: bytes) -> Answer:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Answer("failing", None, f"HTTP {status} without a health report")
    release = said.get("release")
    facts = ", ".join(f"{key} {said[key]}" for key in ("database", "migrations") if key in said)
    well = status == 200 and said.get("database", "ok") == "ok"
    named = release if isinstance(release, str) else None
    detail = f"HTTP {status}, {facts}".rstrip(", ")
    return Answer("ok" if well else "failing", named, detail, _flows(said.get("contracts")))


def _flows(said: object) -> dict[str, str]:
    """Keep what the health report may say of contracts; an app is not trusted to say anything else here."""
    if not isinstance(said, dict):
        return {}
    return {name: state for name, state in said.items() if len(name) <= 100 and state in FLOWS}


def wait(
    ask: Callable[[float], Answer],
    version: str,
    timeout: float,
    gone: Callable[[], str | None] = lambda: None,
) -> Answer:
    """Ask until the app is well in release `version`; raise when time is up or `gone` says the program ended."""
    deadline = time.monotonic() + timeout
    answer = Answer("unreachable", None, "not asked yet")
    while time.monotonic() < deadline:
        reason = gone()
        if reason:
            raise HostError("app-ended", f"release {version} ended before it answered: {reason}")
        answer = ask(min(5.0, max(0.2, deadline - time.monotonic())))
        if answer.status == "ok" and answer.release == version:
            return answer
        time.sleep(PAUSE_SECONDS)
    said = f"says release {answer.release}, {answer.detail}" if answer.release else answer.detail
    raise HostError("app-unhealthy", f"release {version} was not healthy within {timeout:g} s: {said}")
