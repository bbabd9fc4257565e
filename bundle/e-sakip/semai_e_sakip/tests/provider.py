"""A small real HTTP server that speaks both contracts, for tests of the whole way over the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .cases import TOKEN

CLOSED_PORT = "http://127.0.0.1:9/api"
NODES = (
    {"id": "1", "parent_id": "", "level": "misi", "code": "1", "title": "Misi satu", "agency_code": ""},
    {"id": "2", "parent_id": "1", "level": "tujuan", "code": "1.1", "title": "Tujuan", "agency_code": ""},
    {"id": "3", "parent_id": "2", "level": "sasaran", "code": "1.1.1", "title": "Sasaran", "agency_code": ""},
    {"id": "4", "parent_id": "3", "level": "program", "code": "1.02.02", "title": "Program", "agency_code": "1.02"},
)
INDICATOR = {
    "id": "71",
    "node_id": "4",
    "name": "Prevalensi stunting",
    "unit": "persen",
    "direction": "lower",
    "baseline": "18.30",
    "targets": [{"year": 2026, "value": "18.30"}, {"year": 2027, "value": "16.50"}],
}
BUDGET = {
    "agency_code": "1.02",
    "program_code": "1.02.02",
    "program_name": "Program",
    "sub_activity_code": "1.02.02.2.01.0003",
    "sub_activity_name": "Pembangunan fasilitas",
    "total": "1400000000.00",
}


def node(number: int, **changes: Any) -> dict[str, Any]:
    return {**NODES[number - 1], **changes}


def indicator(**changes: Any) -> dict[str, Any]:
    return {**INDICATOR, **changes}


def budget(**changes: Any) -> dict[str, Any]:
    return {**BUDGET, **changes}


@dataclass
class Published:
    """What the server answers; tests change it between fetches."""

    nodes: list[Any] = field(default_factory=lambda: list(NODES))
    indicators: list[Any] = field(default_factory=lambda: [indicator()])
    items: list[Any] = field(default_factory=lambda: [budget()])
    status: int = 200
    year: int = 2027
    requests: list[str] = field(default_factory=list)
    base_url: str = ""

    def tree(self) -> dict[str, Any]:
        period = {"title": "RPJMD", "start_year": 2025, "end_year": 2029, "vision": "Maju"}
        return {"year": self.year, "period": period, "nodes": self.nodes, "indicators": self.indicators}

    def documents(self) -> dict[str, Any]:
        return {"year": self.year, "status": "approved", "items": self.items}

    @property
    def urls(self) -> dict[str, str]:
        return {"planning.performance": self.base_url, "budget.execution-document": self.base_url}


def _handler(published: Published) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            published.requests.append(self.path)
            answers = {"/api/tree": published.tree, "/api/documents": published.documents}
            right = self.headers.get("Authorization") == f"Bearer {TOKEN}" and parse_qs(parts.query).get("year")
            status = published.status if right and parts.path in answers else 404
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            if status == 200:
                self.wfile.write(json.dumps(answers[parts.path]()).encode())

        def log_message(self, *_arguments: object) -> None:
            """Quiet: test output shows only failures."""

    return Answer


@contextmanager
def serving(published: Published) -> Iterator[Published]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(published))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    published.base_url = f"http://127.0.0.1:{server.server_port}/api"
    try:
        yield published
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
