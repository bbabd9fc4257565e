"""A browser without a screen: https to one machine by the names of its sites, trusting one CA, keeping cookies."""

from __future__ import annotations

import html
import http.client
import re
import socket
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Page:
    """What a site answered."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def fields(self, form: str = "") -> dict[str, str]:
        """Return the hidden fields of the page, or of the part of it after the text `form`."""
        found: dict[str, str] = {}
        for tag in re.findall(r"<input\b[^>]*>", self.text[self.text.index(form) if form else 0 :]):
            told = dict(re.findall(r"""([a-z-]+)=["']([^"']*)["']""", tag))
            if told.get("type") == "hidden" and "name" in told:
                found.setdefault(told["name"], html.unescape(told.get("value", "")))
        return found


class _Line(http.client.HTTPSConnection):
    """A connection to an address under a name; the lab has no DNS."""

    def __init__(self, address: str, name: str, context: ssl.SSLContext) -> None:
        super().__init__(name, 443, timeout=60, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, 443), timeout=60)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


@dataclass
class Browser:
    """One visitor of one site."""

    address: str
    name: str
    authority: str  # the CA's certificate, PEM
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Page:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str]) -> Page:
        """Send a form."""
        words = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(form).encode(), words)

    def send_file(self, path: str, form: Mapping[str, str], name: str, file: str, content: bytes) -> Page:
        """Send a form with a file in the field `name`."""
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in form.items()
        ]
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n')
        head = ("".join(parts) + "Content-Type: application/octet-stream\r\n\r\n").encode()
        body = head + content + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Ask once; redirects are answers like others."""
        line = _Line(self.address, self.name, ssl.create_default_context(cadata=self.authority))
        sent = {"Connection": "close", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        try:
            line.request(method, path, body, sent)
            answer = line.getresponse()
            page = Page(answer.status, answer.headers, answer.read())
        finally:
            line.close()
        self._keep(page)
        return page

    def follow(self, page: Page) -> Page:
        """Go where a redirect of this site leads, five times at most."""
        for _ in range(5):
            if page.status not in (301, 302, 303):
                return page
            aim = urlsplit(page.headers["Location"])
            assert aim.hostname in (None, self.name), page.headers["Location"]
            page = self.get((aim.path or "/") + (f"?{aim.query}" if aim.query else ""))
        raise AssertionError("the redirects have no end")

    def _keep(self, page: Page) -> None:
        for line in page.headers.get_all("Set-Cookie") or ():
            for key, morsel in SimpleCookie(line).items():
                if morsel.value in ("", "deleted", " ") or morsel["max-age"] == "0":
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = morsel.coded_value
