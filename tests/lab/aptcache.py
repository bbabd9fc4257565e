"""A caching proxy for apt: `python -m tests.lab.aptcache ADDRESS FOLDER`.

Files whose address says what is in them (packages, by-hash indexes) are kept for ever and served from the folder;
everything else is passed through. Several labs may share a folder: files appear in it whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from tests.lab import APT_PORT

_SECONDS = 60
_PASSED_UP = ("If-Modified-Since", "If-None-Match", "Range", "If-Range", "User-Agent", "Cache-Control")
_PASSED_DOWN = ("Content-Type", "Last-Modified", "ETag", "Content-Range", "Accept-Ranges")


class _Direct(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to apt, which asks again."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_Direct)


class Server(ThreadingHTTPServer):
    """Serves one folder."""

    daemon_threads = True

    def __init__(self, address: str, folder: Path, port: int = APT_PORT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        super().__init__((address, port), _Request)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer apt."""
        if not self.path.startswith("http://"):
            self.send_error(400, "this is a proxy for apt")
            return
        lasting = self.path.endswith(".deb") or "/by-hash/" in self.path
        kept = self.server.folder / hashlib.sha256(self.path.encode()).hexdigest()
        if lasting and kept.exists():
            self._send_kept(kept)
        else:
            self._fetch(kept if lasting and not self.headers.get("Range") else None)

    def _send_kept(self, path: Path) -> None:
        with path.open("rb") as stream:
            self.send_response(200)
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            shutil.copyfileobj(stream, self.wfile, 1 << 20)

    def _fetch(self, kept: Path | None) -> None:
        headers = {name: self.headers[name] for name in _PASSED_UP if name in self.headers}
        request = urllib.request.Request(self.path, headers=headers)
        try:
            answer = _opener.open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError as error:
            self.send_error(504, f"the mirror does not answer: {error}")
            return
        with answer:
            if kept and answer.status == 200:
                self._keep(answer, kept)
                self._send_kept(kept)
            else:
                self._pass(answer)

    def _keep(self, answer: IO[bytes], kept: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as partial:
            shutil.copyfileobj(answer, partial, 1 << 20)
        os.replace(partial.name, kept)

    def _pass(self, answer: urllib.error.HTTPError) -> None:
        body = answer.read()
        self.send_response(answer.status or 502)
        for name in (*_PASSED_DOWN, "Location"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Write each request to the log: what a machine asked the mirrors for."""
        sys.stderr.write(f"{self.address_string()} {format % arguments}\n")


def main() -> None:
    """Serve until killed."""
    address, folder = sys.argv[1:]
    Server(address, Path(folder)).serve_forever()


if __name__ == "__main__":
    main()
