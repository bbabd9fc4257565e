"""A web server for a simulated repository, with the faults real lines and real attackers have."""

from __future__ import annotations

import fnmatch
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_RANGE = re.compile(r"bytes=(\d+)-")
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a file; the default is nothing.

    `cut_after`: close the line after so many bytes of each answer. `hang`: "before" or "after" the headers.
    `drip`: one byte every so many seconds. `endless`: never stop. `no_ranges`: always answer from the first byte.
    """

    status: int = 200
    body: bytes | None = None
    content_type: str = "application/octet-stream"
    location: str = ""
    cut_after: int | None = None
    hang: str = ""
    drip: float | None = None
    drip_headers: float | None = None
    endless: bool = False
    no_ranges: bool = False


PORTAL = Fault(
    body=b"<html><body>Please log in to Free WiFi</body></html>", content_type="text/html; charset=utf-8"
)


class Server:
    """Serves `files` as they are at each request; `faults` maps patterns such as "metadata/*" to a Fault."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.faults: dict[str, Fault] = {}
        self.requests: list[tuple[str, str]] = []  # path and Range header
        self.sent = 0
        self.closing = threading.Event()
        owner = self

        class Answers(_Answers):
            server_of = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/catalog"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def fault_of(self, name: str) -> Fault:
        return next((fault for pattern, fault in self.faults.items() if fnmatch.fnmatch(name, pattern)), Fault())


class _Answers(BaseHTTPRequestHandler):
    server_of: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # as real servers do; else each answer waits for the client's late ACK

    def do_GET(self) -> None:
        owner = self.server_of
        name = self.path.removeprefix("/catalog/")
        owner.requests.append((name, self.headers.get("Range", "")))
        fault = owner.fault_of(name)
        if fault.hang == "before":
            self._wait_for_the_end()
            return
        content = owner.files.get(name) if fault.body is None else fault.body
        if content is None or fault.status >= 300:
            self._refuse(fault, 404 if content is None and fault.status == 200 else fault.status)
            return
        start = self._start(fault)
        if start > len(content):
            self._refuse(Fault(), 416, {"Content-Range": f"bytes */{len(content)}"})
            return
        self._headers(fault, content, start)
        if fault.hang == "after":
            self._wait_for_the_end()
            return
        self._body(fault, content[start:])

    def _start(self, fault: Fault) -> int:
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        return int(match[1]) if match and not fault.no_ranges else 0

    def _headers(self, fault: Fault, content: bytes, start: int) -> None:
        if fault.drip_headers is not None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server_of.closing.wait(fault.drip_headers):
                self.wfile.write(b"x")
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", fault.content_type)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if fault.endless:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()

    def _body(self, fault: Fault, content: bytes) -> None:
        if fault.endless:
            while not self.server_of.closing.is_set():
                self._send(b" " * _PIECE)
        if fault.drip is not None:
            for byte in content:
                self._send(bytes([byte]))
                if self.server_of.closing.wait(fault.drip):
                    return
            return
        self._send(content[: fault.cut_after])
        if fault.cut_after is not None and fault.cut_after < len(content):
            self.close_connection = True

    def _send(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()
        self.server_of.sent += len(content)

    def _refuse(self, fault: Fault, status: int, headers: Mapping[str, str] | None = None) -> None:
        body = b"<html>no</html>"
        self.send_response(status)
        for name, value in {**(headers or {}), **({"Location": fault.location} if fault.location else {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _wait_for_the_end(self) -> None:
        self.server_of.closing.wait()
        self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has hung up, as many tests want it to

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Server]:
    server = Server(files)
    try:
        yield server
    finally:
        server.stop()
