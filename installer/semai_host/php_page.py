"""The maintenance page of an app that speaks FastCGI: 503 and Retry-After on the app's own socket."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import time
from pathlib import Path
from types import FrameType

from . import fastcgi

PATIENCE_SECONDS = 10.0
LARGEST_BODY = 256 * 1024 * 1024  # an upload is read to its end, or the web server says 502 instead of the page
_HEAD = (
    "Status: 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n"
    "Retry-After: {seconds}\r\nCache-Control: no-store\r\n\r\n"
)


def serve(listener: socket.socket, body: bytes, retry_seconds: int) -> None:
    """Answer every request on the listening socket with `body` until the service keeper stops us."""
    answer = _HEAD.format(length=len(body), seconds=retry_seconds).encode() + body

    class Page(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                _converse(self.request, answer)
            except OSError:
                return  # a web server that hung up needs no page

    with _Server(listener, Page) as server:

        def stop(number: int, frame: FrameType | None) -> None:
            server.stopping = True

        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
            signal.signal(number, stop)
        while not server.stopping:
            server.handle_request()


def listen(address: str, mode: int = 0o660) -> socket.socket:
    """Return a socket listening at `address`; where no service keeper passes one."""
    Path(address).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    os.chmod(address, mode)
    listener.listen(128)
    return listener


class _Server(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """Threads over a socket that somebody else made; `server_close` waits for answers under way."""

    daemon_threads = False
    block_on_close = True
    timeout = 0.5
    stopping = False

    def __init__(self, listener: socket.socket, page: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(listener.getsockname(), page)
        self.socket = listener

    def fileno(self) -> int:
        return self.socket.fileno()

    def get_request(self) -> tuple[socket.socket, object]:
        return self.socket.accept()

    def shutdown_request(self, request: object) -> None:
        if isinstance(request, socket.socket):
            request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep the app's log for the app."""


def _converse(line: socket.socket, answer: bytes) -> None:
    """Read requests from one connection and answer each, until the web server wants no more."""
    left, keep, method, number = LARGEST_BODY, False, b"", 0
    for record in fastcgi.records(fastcgi.reader(line, time.monotonic() + PATIENCE_SECONDS)):
        left -= len(record.content)
        if left < 0 or record.kind == fastcgi.ABORT:
            return
        if record.kind == fastcgi.BEGIN and len(record.content) >= 3:
            keep, method, number = bool(record.content[2] & fastcgi.KEEP_CONNECTION), b"", record.request
        elif record.kind == fastcgi.PARAMS and len(method) < fastcgi.MOST_PARAMETERS:
            method += record.content
        elif record.kind == fastcgi.STDIN and not record.content and number:
            head = fastcgi.pairs_of(method).get("REQUEST_METHOD") == "HEAD"
            said = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head else answer
            end = fastcgi.packed(fastcgi.END, number, bytes(8))
            line.sendall(fastcgi.stream(fastcgi.STDOUT, number, said) + end)
            if not keep:
                return
            number = 0
