"""A small real HTTP server that speaks planning.work-plan 1.0, for tests of the whole way over the wire."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-uji"
PATH = "/api/planning.work-plan/1.0"


def published_item(**changes: Any) -> dict[str, Any]:
    """One item as e-planning publishes it."""
    return {
        "id": "41",
        "agency_code": "1.01",
        "program_code": "1.01.02",
        "program_name": "Program Pengelolaan Pendidikan",
        "activity_code": "1.01.02.2.01",
        "activity_name": "Pengelolaan Pendidikan Sekolah Dasar",
        "sub_activity_code": "1.01.02.2.01.0003",
        "sub_activity_name": "Pembangunan Ruang Guru/Kepala Sekolah/TU",
        "indicator": "Jumlah ruang yang dibangun",
        "target": "4",
        "unit": "Ruang",
        "pagu": "500000000.00",
        "proposals": [
            {
                "number": "U-2027-001",
                "title": "Ruang guru SDN Wae Rii",
                "village": "Bangka Jong",
                "estimate": "150000000.00",
            }
        ],
        **changes,
    }


@dataclass
class PublishedPlan:
    """What the server answers; tests change it between fetches."""

    items: list[dict[str, Any]] = field(default_factory=lambda: [published_item()])
    status: int = 200
    year: int = 2027
    requests: list[str] = field(default_factory=list)
    base_url: str = ""

    def body(self) -> bytes:
        answer = {"year": self.year, "generated_at": "2026-11-21T10:00:00+08:00", "status": "approved"}
        return json.dumps({**answer, "items": self.items}).encode()


def _handler(plan: PublishedPlan) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            plan.requests.append(self.path)
            body = plan.body()
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send_response(401)
                self.end_headers()
                return
            wrong = parts.path != f"{PATH}/work-plan" or parse_qs(parts.query).get("year") != [str(plan.year)]
            status = 404 if wrong else plan.status
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status = 304
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            if status == 200:
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Quiet: test output shows only failures."""

    return Answer


@contextmanager
def planning_server(plan: PublishedPlan) -> Iterator[PublishedPlan]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(plan))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    plan.base_url = f"http://127.0.0.1:{server.server_port}{PATH}"
    try:
        yield plan
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
