"""FastCGI: what is asked and answered byte by byte, hostile peers, and the maintenance page on a passed socket."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from semai_host import fastcgi, packing, php_page

SOURCE = Path(packing.__file__).parent.parent
PAGE = b"<h1>Sedang dipelihara</h1>" * 4000  # more than one record holds


@pytest.fixture
def answering(tmp_path):
    """A function that listens once and answers with the given bytes; returns the socket's address."""
    threads = []

    def answer(*pieces: bytes, pause: float = 0.0) -> str:
        address = str(tmp_path / f"s{len(threads)}")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen(5)

        def serve() -> None:
            with listener, listener.accept()[0] as line:
                line.recv(65536)
                with contextlib.suppress(BrokenPipeError):  # who asked had enough
                    for piece in pieces:
                        line.sendall(piece)
                        time.sleep(pause)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return address

    yield answer
    for thread in threads:
        thread.join(10)


def out(text: bytes) -> bytes:
    return fastcgi.stream(fastcgi.STDOUT, 1, text)


END = fastcgi.packed(fastcgi.END, 1, bytes(8))
ASKED = {"REQUEST_METHOD": "GET"}


@pytest.mark.parametrize(
    ("text", "status", "body"),
    [
        (b"Content-Type: text/html\r\n\r\nhalo", 200, b"halo"),
        (b"Status: 404 Not Found\r\nX: 1\r\n\r\n", 404, b""),
        (b"Status: 503\n\nline\r\n\r\nfeed", 503, b"line\r\n\r\nfeed"),
        (b"Location: /masuk\r\n\r\n", 302, b""),
        (b"Status: 301 Moved\r\nLocation: https://x/\r\n\r\n", 301, b""),
    ],
)
def test_status_headers_and_body_are_read(answering, text, status, body):
    reply = fastcgi.ask(answering(out(text), END), ASKED)
    assert (reply.status, reply.body) == (status, body)


def test_a_header_said_twice_keeps_both(answering):
    reply = fastcgi.ask(answering(out(b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"), END), ASKED)
    assert reply.headers == {"set-cookie": "a=1\nb=2"}


def test_errors_are_kept_apart_and_pieces_put_together(answering):
    said = fastcgi.stream(fastcgi.STDERR, 1, b"PHP Notice")
    whole = out(b"X-A: b\r\n\r\n" + b"y" * 100_000) + said + END
    reply = fastcgi.ask(answering(*(whole[at : at + 7000] for at in range(0, len(whole), 7000))), ASKED)
    assert (len(reply.body), reply.errors, reply.headers) == (100_000, "PHP Notice", {"x-a": "b"})


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"HTTP/1.1 200 OK\r\n\r\n"],
        [out(b"Content-Type: x\r\n\r\nhalf")],
        [struct.pack("!BBHHBx", 1, fastcgi.STDOUT, 1, 500, 0), b"short"],
        [END],
        [out(b"Status: two hundred\r\n\r\n"), END],
        [b"\x01"],
    ],
)
def test_a_peer_that_talks_nonsense_is_an_error_not_a_crash(answering, pieces):
    with pytest.raises(OSError):
        fastcgi.ask(answering(*pieces), ASKED, timeout=3)


def test_a_peer_that_drips_does_not_hold_us_longer_than_asked(answering):
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        fastcgi.ask(answering(*(bytes([byte]) for byte in out(b"a: b\r\n\r\n")), pause=0.2), ASKED, timeout=1)
    assert time.monotonic() - begun < 2


def test_an_endless_answer_is_not_kept_whole(answering):
    flood = [out(b"a: b\r\n\r\n")] + [fastcgi.packed(fastcgi.STDOUT, 1, bytes(60000))] * 40
    reply = fastcgi.ask(answering(*flood, END), ASKED)
    assert len(reply.body) <= fastcgi.LARGEST_ANSWER + 60000


@pytest.mark.parametrize("length", [0, 1, 127, 128, 70_000])
def test_parameters_of_any_length_come_back(length):
    values = {"A": "x" * length, "N" * max(1, length): "1"}
    records = fastcgi.request(values)
    content, at = b"", 0
    while at < len(records):
        _, kind, _, size, _ = struct.unpack("!BBHHBx", records[at : at + 8])
        content += records[at + 8 : at + 8 + size] if kind == fastcgi.PARAMS else b""
        at += 8 + size
    assert fastcgi.pairs_of(content) == values


@pytest.mark.parametrize("content", [b"\x05\x05ab", b"\x80", b"\x01\xff\xff", b"\x01"])
def test_cut_parameters_are_refused(content):
    with pytest.raises(fastcgi.ProtocolError):
        fastcgi.pairs_of(content)


@pytest.fixture
def page(tmp_path):
    """The page as the service keeper starts it: another process, the listening socket passed as descriptor 3."""
    address = str(tmp_path / "page.sock")
    listener = php_page.listen(address)
    code = (
        "import socket, sys; from semai_host import php_page;"
        f"php_page.serve(socket.socket(fileno={listener.fileno()}), sys.stdin.buffer.read(), 120)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.PIPE,
        pass_fds=(listener.fileno(),),
    )
    child.stdin.write(PAGE)
    child.stdin.close()
    yield address, child, listener
    child.kill()
    child.wait()
    listener.close()


def test_the_page_says_503_and_when_to_come_back(page):
    for method in ("GET", "POST"):
        reply = fastcgi.ask(page[0], {"REQUEST_METHOD": method}, body=b"x" * 200_000 if method == "POST" else b"")
        assert (reply.status, reply.body == PAGE) == (503, True)
        assert (reply.headers["retry-after"], reply.headers["cache-control"]) == ("120", "no-store")


def test_the_page_answers_head_without_a_body(page):
    assert fastcgi.ask(page[0], {"REQUEST_METHOD": "HEAD"}).body == b""


def test_the_page_keeps_a_connection_that_the_web_server_keeps(page):
    begin = fastcgi.packed(fastcgi.BEGIN, 1, struct.pack("!HB5x", fastcgi.RESPONDER, fastcgi.KEEP_CONNECTION))
    rest = fastcgi.stream(fastcgi.PARAMS, 1, b"") + fastcgi.stream(fastcgi.STDIN, 1, b"")
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(page[0])
        read = fastcgi.records(fastcgi.reader(line, time.monotonic() + 10))
        for _ in range(3):
            line.sendall(begin + rest)
            kinds = []
            while fastcgi.END not in kinds:
                kinds.append(next(read).kind)
            assert kinds.count(fastcgi.STDOUT) >= 2


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\x01\x04\x00\x01\x00\x02\x00\x00\xff\xff", b""])
def test_nonsense_does_not_end_the_page(page, nonsense):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(page[0])
        line.sendall(nonsense)
        line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            assert line.recv(100) == b""
    assert fastcgi.ask(page[0], ASKED).status == 503


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_the_page_ends_by_its_own_when_asked_and_answers_who_was_let_in(page, number):
    address, child, _ = page
    assert fastcgi.ask(address, ASKED).status == 503
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        whole = fastcgi.request(ASKED)
        line.sendall(whole[:20])
        time.sleep(0.3)
        child.send_signal(number)
        time.sleep(0.2)
        line.sendall(whole[20:])
        read = fastcgi.records(fastcgi.reader(line, time.monotonic() + 10))
        assert [record.kind for record in read][-1] == fastcgi.END
    assert child.wait(5) == 0
