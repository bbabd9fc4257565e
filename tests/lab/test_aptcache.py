"""The apt cache: files that cannot change are fetched once, everything else is asked for again."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.lab.aptcache import Server


class Mirror(BaseHTTPRequestHandler):
    """Answers with the path and remembers what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        gone = self.path.endswith("gone.deb")
        body = self.path.encode()
        self.send_response(404 if gone else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[tuple[str, list[str]]]:
    class Answers(Mirror):
        asked = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Answers.asked
        server.shutdown()


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[urllib.request.OpenerDirector]:
    with Server("127.0.0.1", tmp_path / "apt", port=0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        proxy = {"http": f"http://127.0.0.1:{server.server_port}"}
        yield urllib.request.build_opener(urllib.request.ProxyHandler(proxy))
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "times"), [("/pool/a_1.deb", 1), ("/by-hash/SHA256/ab", 1), ("/dists/InRelease", 2)]
)
def test_what_cannot_change_is_fetched_once(
    proxied: urllib.request.OpenerDirector, mirror: tuple[str, list[str]], path: str, times: int
) -> None:
    address, asked = mirror
    answers = [proxied.open(address + path, timeout=5).read() for _ in range(2)]
    assert answers == [path.encode()] * 2
    assert asked == [path] * times


def test_a_missing_package_is_missing_and_not_kept(
    proxied: urllib.request.OpenerDirector, mirror: tuple[str, list[str]], tmp_path: Path
) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        proxied.open(f"{mirror[0]}/pool/gone.deb", timeout=5)
    assert list((tmp_path / "apt").iterdir()) == []


def test_a_mirror_that_is_away_is_said_so(proxied: urllib.request.OpenerDirector) -> None:
    with pytest.raises(urllib.error.HTTPError, match="504"):
        proxied.open("http://127.0.0.1:1/pool/a_1.deb", timeout=5)
