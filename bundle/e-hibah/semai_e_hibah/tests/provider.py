"""A small real HTTP server that speaks budget.grants 1.0, for tests of the whole way over the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.test import override_settings
from semai_kit.environment import ConsumedContract

from ..grants import CONTRACT

TOKEN = "token-uji"
PATH = f"/api/{CONTRACT}/1.0"


def published_line(**changes: Any) -> dict[str, Any]:
    """One line as e-budgeting publishes it."""
    return {
        "id": "71",
        "agency_code": "1.01",
        "sub_activity_code": "1.01.02.2.01.0003",
        "sub_activity_name": "Pengelolaan hibah",
        "account_code": "5.1.05.05.02.0001",
        "account_name": "Belanja Hibah Uang kepada Badan dan Lembaga",
        "description": "Hibah kepada lembaga",
        "ceiling": "300000000.00",
        **changes,
    }


@dataclass
class PublishedGrants:
    """What the server answers; tests change it between fetches."""

    items: list[dict[str, Any]] = field(default_factory=lambda: [published_line()])
    status: int = 200
    year: int = 2027
    raw: bytes | None = None
    asked: int = 0
    base_url: str = ""

    def body(self) -> bytes:
        answer = {"year": self.year, "generated_at": "2026-11-21T10:00:00+08:00", "status": "approved"}
        return self.raw if self.raw is not None else json.dumps({**answer, "items": self.items}).encode()


def _handler(grants: PublishedGrants) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            grants.asked += 1
            body = grants.body()
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status = grants.status if known else 401
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status = 304
            self.send_response(status)
            self.send_header("ETag", etag)
            self.end_headers()
            if status == 200:
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Quiet: test output shows only failures."""

    return Answer


@contextmanager
def budgeting_server(grants: PublishedGrants) -> Iterator[PublishedGrants]:
    """Serve on loopback, with the contract pointing there as the installer would write it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(grants))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    grants.base_url = f"http://127.0.0.1:{server.server_port}{PATH}"
    contract = ConsumedContract(CONTRACT, "1.0", grants.base_url, TOKEN, "e-budgeting")
    try:
        with override_settings(SEMAI=replace(settings.SEMAI, consumes={CONTRACT: contract})):
            yield grants
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
