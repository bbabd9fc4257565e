"""What an administrator of WordPress or DokuWiki does in a browser: log in, write a page, upload a picture."""

from __future__ import annotations

import json
import struct
import zlib
from urllib.parse import quote

from tests.servers.php.browser import Browser, Page


def picture(red: int) -> bytes:
    """Return a small PNG of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))

    rows = (b"\0" + bytes((red, 80, 120)) * 40) * 40
    head = struct.pack("!IIBBBBB", 40, 40, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class WordPress:
    """Somebody at the site of WordPress."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def log_in(self, password: str) -> Page:
        """Log in as admin; return the page that follows."""
        self.browser.get("/wp-login.php")
        form = {"log": "admin", "pwd": password, "wp-submit": "Log In", "testcookie": "1"}
        return self.browser.follow(self.browser.post("/wp-login.php", {**form, "redirect_to": "/wp-admin/"}))

    def write(self, title: str, words: str) -> str:
        """Publish a page; return its path."""
        made = self._call("pages", json.dumps({"title": title, "content": words, "status": "publish"}).encode())
        return f"/?page_id={made['id']}"

    def upload(self, name: str, content: bytes) -> str:
        """Upload a picture; return the path people see it at."""
        heading = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": "image/png"}
        found = str(self._call("media", content, heading)["source_url"])
        own = f"https://{self.browser.name}"
        assert found.startswith(f"{own}/wp-content/uploads/"), found
        return found.removeprefix(own)

    def _call(self, what: str, body: bytes, headers: dict[str, str] | None = None) -> dict[str, object]:
        nonce = self.browser.get("/wp-admin/admin-ajax.php?action=rest-nonce")
        assert nonce.status == 200, nonce.text
        sent = {"Content-Type": "application/json", "X-WP-Nonce": nonce.text, **(headers or {})}
        said = self.browser.ask("POST", f"/index.php?rest_route=/wp/v2/{what}", body, sent)
        assert said.status == 201, said.text
        return dict(json.loads(said.text))


class DokuWiki:
    """Somebody at the wiki."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def log_in(self, password: str) -> Page:
        """Log in as admin; return the page that follows."""
        form = self.browser.get("/doku.php?id=start&do=login").fields('id="dw__login"')
        sent = {**form, "do": "login", "u": "admin", "p": password}
        return self.browser.follow(self.browser.post("/doku.php?id=start", sent))

    def write(self, name: str, words: str) -> str:
        """Save a page; return its path."""
        path = f"/doku.php?id={quote(name)}"
        form = self.browser.get(f"{path}&do=edit").fields('id="dw__editform"')
        saved = self.browser.post(path, {**form, "id": name, "wikitext": words, "do[save]": "1"})
        assert saved.status in (302, 303), saved.text[:3000]
        return path

    def upload(self, name: str, content: bytes) -> str:
        """Upload a picture; return the path people see it at."""
        manager = self.browser.get("/lib/exe/mediamanager.php?ns=").fields()
        query = f"call=mediaupload&ns=&qqfile={name}&sectok={manager['sectok']}"
        heading = {"Content-Type": "application/octet-stream", "X-Requested-With": "XMLHttpRequest"}
        said = self.browser.ask("POST", f"/lib/exe/ajax.php?{query}", content, heading)
        assert said.status == 200, said.text
        assert json.loads(said.text).get("success"), said.text
        return f"/lib/exe/fetch.php?media={name}"
