"""One person with a browser: logs in, keeps cookies and the connection, and tells how long each page took."""

from __future__ import annotations

import http.client
import re
import time
import urllib.parse
from dataclasses import dataclass
from http.cookies import SimpleCookie

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True)
class Answer:
    """A page and the seconds until its last byte was here."""

    status: int
    body: bytes
    seconds: float


class Visitor:
    """Asks one app on this machine."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}

    def enter(self, username: str, password: str) -> None:
        """Log in through the login page."""
        token = _TOKEN.search(self.get("/masuk/").body.decode())
        assert token is not None, "the login page has no form"
        words = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
        found = self._ask("POST", "/masuk/", urllib.parse.urlencode(words))
        assert found.status == 302, f"{username} cannot log in: {found.status}"

    def choose(self, year: int) -> None:
        """Look at another year from now on."""
        token = _TOKEN.search(self.get("/").body.decode())
        assert token is not None, "the header has no form"
        words = {"csrfmiddlewaretoken": token[1], "year": str(year), "next": "/"}
        found = self._ask("POST", "/tahun/pilih/", urllib.parse.urlencode(words))
        assert found.status == 302, f"{year} cannot be chosen: {found.status}"

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path)

    def assets(self, page: Answer) -> int:
        """Return how many bytes of style, script and pictures a first visit brings besides the page."""
        paths = set(_ASSET.findall(page.body.decode()))
        return sum(len(self._ask("GET", path, compressed=True).body) for path in paths)

    def _ask(self, method: str, path: str, body: str | None = None, compressed: bool = False) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if compressed:
            headers["Accept-Encoding"] = "gzip"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return Answer(answer.status, content, seconds)
