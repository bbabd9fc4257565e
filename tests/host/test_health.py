"""Asking an app how it feels: what it says of its contracts is passed on, and nothing else it may say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from semai_host import health

REPORT = {"app": "reader", "release": "2026.1.0", "database": "ok", "migrations": "current"}


@contextmanager
def app_that_says(body: object) -> Iterator[str]:
    """Yield the health address of an app on this machine that answers with `body`."""

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/healthz"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_contracts_an_app_reads_are_passed_on_and_do_not_make_it_unwell() -> None:
    flows = {"planning.work-plan": "down", "planning.calendar": "ok"}
    with app_that_says({**REPORT, "contracts": flows}) as address:
        answer = health.ask(address)
    assert answer.as_dict() == {
        "status": "ok",
        "release": "2026.1.0",
        "detail": "HTTP 200, database ok, migrations current",
        "contracts": flows,
    }


@pytest.mark.parametrize("said", [None, "ok", ["ok"], {"a": "a" * 5000, "b": ["ok"], "c" * 101: "ok"}])
def test_contracts_in_another_form_are_left_out(said: object) -> None:
    with app_that_says({**REPORT, "contracts": said}) as address:
        answer = health.ask(address)
    assert (answer.status, answer.contracts) == ("ok", {})
