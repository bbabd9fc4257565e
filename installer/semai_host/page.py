"""The maintenance page: a very small web server on the app's own port while the app is away (503, Retry-After)."""

from __future__ import annotations

import html
import json
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RETRY_SECONDS = 120
FIRST_PASSED_FD = 3

_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="30"><title>Sedang dipelihara</title></head>
<body><main><h1>Sedang dipelihara</h1>
<p>{app}{region} sedang diperbarui. Data Anda aman; silakan coba lagi beberapa menit lagi.</p>
<p lang="en">{app}{region} is being updated. Your data is safe; please try again in a few minutes.</p>
</main></body></html>
"""


def render(app: str, shared: Path) -> bytes:
    """Return the page of an app, in the name of its region."""
    return _PAGE.format(app=html.escape(app), region=html.escape(_region(shared / "region.json"))).encode()


class _Page(BaseHTTPRequestHandler):
    """Answers everything alike."""

    body = b""
    server_version = "semai"
    sys_version = ""
    timeout = 3  # an idle connection must not hold up the end of the page

    def _answer(self) -> None:
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("Retry-After", str(RETRY_SECONDS))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the app's log for the app."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # whoever was let in is answered before the page goes


def serve(address: tuple[str, int] | None, body: bytes) -> None:
    """Answer every request with the page until the keeper stops us; without an address on systemd's socket."""

    class Page(_Page):
        pass

    Page.body = body
    if address is None:
        server = _Server(("", 0), Page, bind_and_activate=False)
        server.socket.close()
        server.socket = socket.socket(fileno=FIRST_PASSED_FD)
    else:
        _Server.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        server = _Server(address, Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    server.server_close()


def _region(path: Path) -> str:
    try:
        name = json.loads(path.read_bytes()).get("name", "")
    except (OSError, ValueError, AttributeError):
        name = ""
    return f" {name}" if isinstance(name, str) and name else ""
