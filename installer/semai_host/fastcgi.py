"""FastCGI, as far as a host needs it: ask a PHP app one question, and read what a web server asks.

Both sides speak one request per connection (role responder); nothing here follows a redirect.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

VERSION = 1
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
RESPONDER, KEEP_CONNECTION = 1, 1
LARGEST_ANSWER = 256 * 1024
LARGEST_RECORD = 0xFFFF
MOST_PARAMETERS = 64 * 1024
_HEADER = struct.Struct("!BBHHBx")
_LONG = 0x80000000


class ProtocolError(OSError):
    """The other side does not speak FastCGI, or stopped in the middle."""


@dataclass(frozen=True)
class Record:
    """One record of the protocol."""

    kind: int
    request: int
    content: bytes


@dataclass(frozen=True)
class Reply:
    """What a responder answered; header names in lower case, one said twice has a value on each line.

    `errors` is what it wrote to its error stream.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    errors: str


def ask(address: str, parameters: Mapping[str, str], timeout: float = 5.0, body: bytes = b"") -> Reply:
    """Send one request to the unix socket `address` and return the answer; raises OSError."""
    deadline = time.monotonic() + timeout
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout)
        line.connect(address)
        line.sendall(request(parameters, body))
        output, errors = bytearray(), bytearray()
        for record in records(reader(line, deadline)):
            if record.kind == END:
                return _reply(bytes(output), errors.decode(errors="replace"))
            if record.kind in (STDOUT, STDERR) and len(output) + len(errors) < LARGEST_ANSWER:
                (output if record.kind == STDOUT else errors).extend(record.content)
    raise ProtocolError("the answer ended before it was whole")


def get(
    script: str, root: str, url: str, name: str, server: str = "localhost", https: bool = True
) -> dict[str, str]:
    """Return the parameters a web server sends for GET `url` answered by the script `root` + `name`."""
    path, _, query = url.partition("?")
    # php-fpm takes an empty PATH_INFO for the whole address, and then knows its own ping no more.
    rest = {"PATH_INFO": path[len(name) :]} if path.startswith(name + "/") else {}
    return {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "semai",
        "REQUEST_METHOD": "GET",
        "SCRIPT_FILENAME": script,
        "SCRIPT_NAME": name,
        "DOCUMENT_ROOT": root,
        "DOCUMENT_URI": name,
        "REQUEST_URI": url,
        **rest,
        "QUERY_STRING": query,
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "0",
        "SERVER_ADDR": "127.0.0.1",
        "SERVER_NAME": server,
        "SERVER_PORT": "443" if https else "80",
        "REQUEST_SCHEME": "https" if https else "http",
        "HTTPS": "on" if https else "",
        "HTTP_HOST": server,
        "HTTP_USER_AGENT": "semai-host",
        "HTTP_CONNECTION": "close",
        "REDIRECT_STATUS": "200",
    }


def request(parameters: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a whole request with the number 1."""
    pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in parameters.items())
    begin = packed(BEGIN, 1, struct.pack("!HB5x", RESPONDER, 0))
    return b"".join((begin, stream(PARAMS, 1, pairs), stream(STDIN, 1, body)))


def stream(kind: int, number: int, content: bytes) -> bytes:
    """Return `content` as records of a stream, with the empty one that ends it."""
    pieces = (content[at : at + LARGEST_RECORD] for at in range(0, len(content), LARGEST_RECORD))
    return b"".join(packed(kind, number, piece) for piece in pieces) + packed(kind, number, b"")


def packed(kind: int, number: int, content: bytes) -> bytes:
    """Return one record."""
    return _HEADER.pack(VERSION, kind, number, len(content), 0) + content


def reader(line: socket.socket, deadline: float) -> Callable[[int], bytes]:
    """Return a function that receives exactly so many bytes, all of them before the deadline (b"" at the end)."""

    def read(count: int) -> bytes:
        content = bytearray()
        while len(content) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            line.settimeout(left)
            block = line.recv(min(count - len(content), 1 << 16))
            if not block:
                if content:
                    raise ProtocolError("a record was cut short")
                return b""
            content += block
        return bytes(content)

    return read


def records(read: Callable[[int], bytes]) -> Iterator[Record]:
    """Yield records until the other side hangs up."""
    while True:
        head = read(_HEADER.size)
        if not head:
            return
        version, kind, number, length, padding = _HEADER.unpack(head)
        if version != VERSION:
            raise ProtocolError("this is not FastCGI")
        content = read(length) if length else b""
        if len(content) != length or (padding and len(read(padding)) != padding):
            raise ProtocolError("a record was cut short")
        yield Record(kind, number, content)


def pairs_of(content: bytes) -> dict[str, str]:
    """Read name-value pairs of the stream of parameters."""
    found, at = {}, 0
    while at < len(content):
        sizes = []
        for _ in range(2):
            if at >= len(content):
                raise ProtocolError("parameters were cut short")
            wide = content[at] & 0x80
            field = content[at : at + (4 if wide else 1)]
            if wide and len(field) != 4:
                raise ProtocolError("parameters were cut short")
            sizes.append(int.from_bytes(field, "big") & ~_LONG if wide else field[0])
            at += len(field)
        name_end, end = at + sizes[0], at + sizes[0] + sizes[1]
        if end > len(content):
            raise ProtocolError("parameters were cut short")
        found[content[at:name_end].decode(errors="replace")] = content[name_end:end].decode(errors="replace")
        at = end
    return found


def _pair(name: bytes, value: bytes) -> bytes:
    return _size(name) + _size(value) + name + value


def _size(field: bytes) -> bytes:
    return bytes([len(field)]) if len(field) < 0x80 else struct.pack("!I", len(field) | _LONG)


def _reply(output: bytes, errors: str) -> Reply:
    ends = [(output.find(mark), mark) for mark in (b"\r\n\r\n", b"\n\n") if mark in output]
    head, separator, body = output.partition(min(ends)[1]) if ends else (output, b"", b"")
    if not separator:
        raise ProtocolError(f"the answer has no headers: {errors.strip()[:200] or 'nothing was said'}")
    headers: dict[str, str] = {}
    for line in head.decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers[key] = f"{headers[key]}\n{value.strip()}" if key in headers else value.strip()
    said = headers.pop("status", "302" if "location" in headers else "200").split(" ", 1)[0]
    if not (said.isascii() and said.isdigit() and len(said) == 3):
        raise ProtocolError(f"the answer has the status {said[:20]!r}")
    return Reply(int(said), headers, body, errors)
