"""Files from a mentor's address, http(s):// or file://, with limits on time and size.

Each request runs in a thread of its own, because no socket timeout bounds a name server that hangs or a server that
sends one byte a second: the caller waits until the deadline and no longer. Nothing read here is trusted: callers
check digests and signatures.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError, SSLError

from semai.adapters.deadline import before_deadline
from semai.errors import InvalidInput, NetworkFailed, TrustRefused

_BLOCK = 256 * 1024
_REDIRECTS = 3
_PLUMBING = re.compile(r"<[^>]*>:? ?|HTTPS?Connection\([^)]*\): |\[Errno -?\d+\] ")  # means nothing to an official
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, between two pieces, and for one whole transfer."""

    connect: float = 10.0
    pause: float = 20.0
    total: float = 120.0


@dataclass(frozen=True)
class Piece:
    """Bytes of a file, where they start in it, and the whole file's size when the server tells it."""

    start: int
    content: bytes
    size: int | None


class NotThere(Exception):
    """No such file at the address (404, 403), or it ends before the byte asked for (416, with its size)."""

    def __init__(self, url: str, status: int, size: int | None = None) -> None:
        self.url, self.status, self.size = url, status, size
        super().__init__(f"{status} for {url}")


class Fetcher:
    """Reads files below addresses; one per operation, so that connections are reused and closed with it."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "semai", "Accept-Encoding": "identity"})

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def read(self, base: str, name: str, limit: int) -> bytes:
        """Return the whole file `name` below the address `base`.

        Raises NotThere, NetworkFailed, or TrustRefused (`too-long` beyond `limit` bytes, `outside-base`).
        """
        received = bytearray()
        with closing(self.pieces(base, name)) as pieces:
            for piece in pieces:
                received += piece.content
                if len(received) > limit:
                    raise too_long(name, limit)
        return bytes(received)

    def pieces(
        self, base: str, name: str, *, start: int = 0, seconds: float | None = None
    ) -> Generator[Piece, None, None]:
        """Yield the file from byte `start` on, for at most `seconds` (default: the patience's total).

        A server without ranges answers from 0, so look at `Piece.start`. A line that is cut ends in NetworkFailed
        (`connection-cut`) after the pieces that arrived. The caller closes the generator.
        """
        if urlsplit(base).scheme == "file":
            return _file_pieces(base, name, start)
        total = self.patience.total if seconds is None else seconds
        url = address_of(base, name)
        return before_deadline(self._http_pieces(url, start), total, lambda: _late(url, total))

    def _http_pieces(self, url: str, start: int) -> Generator[Piece, None, None]:
        try:
            with self._answer(url, start) as response:
                position, size = _check_answer(response, url, start)
                while content := response.raw.read1(_BLOCK, decode_content=False):
                    yield Piece(position, content, size)
                    position += len(content)
                yield Piece(position, b"", size)  # an empty file, too, tells where it starts and how long it is
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _network_error(url, error) from error

    def _answer(self, url: str, start: int) -> requests.Response:
        """Return the answer after at most a few redirects that stay on the same host."""
        target = url
        for _ in range(_REDIRECTS + 1):
            response = self._session.get(
                target,
                headers={"Range": f"bytes={start}-"} if start else {},
                timeout=(self.patience.connect, self.patience.pause),
                stream=True,
                allow_redirects=False,
            )
            if not response.is_redirect:
                return response
            response.close()
            target = _redirect(url, target, response.headers["Location"])
        raise _redirected(url, target)


def check_url(text: str) -> str:
    """Return a catalog's address in plain form; a folder becomes file://. Raises InvalidInput (`mentor-url`)."""
    if text.startswith(("/", "./", "../", "~/")) or (text and "://" not in text and Path(text).is_dir()):
        return Path(text).expanduser().absolute().as_uri()
    if not _is_address(text):
        raise InvalidInput(
            "mentor-url",
            "{url} is no address of a catalog",
            hint="give an http://, https:// or file:// address, or a folder such as /media/usb/catalog",
            url=text,
        )
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port  # raises ValueError when it is no number
    except ValueError:
        return False
    if parts.query or parts.fragment or parts.username is not None:
        return False
    if parts.scheme == "file":
        return parts.netloc in ("", "localhost") and parts.path.startswith("/")
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def address_of(base: str, name: str) -> str:
    """Return the address of the file `name` (a checked target or metadata name) below `base`."""
    return f"{base.rstrip('/')}/{quote(name)}"


def too_long(name: str, limit: int) -> TrustRefused:
    """Return the error for a file that goes on after the length it may have."""
    return TrustRefused(
        "too-long",
        "{file} is longer than the {limit} bytes it may have; reading stopped",
        hint="tell the mentor; the file was changed on the way or the server is broken",
        file=name,
        limit=limit,
    )


def _file_pieces(base: str, name: str, start: int) -> Generator[Piece, None, None]:
    root = Path(unquote(urlsplit(base).path))
    url = address_of(base, name)
    try:
        if not root.is_dir():
            raise _no_medium(base)
        path = (root / name).resolve()
        if not path.is_relative_to(root.resolve()):
            raise TrustRefused(
                "outside-base",
                "{file} leads outside {base}",
                hint="this copy of the catalog was tampered with; use another one and tell the mentor",
                file=name,
                base=base,
            )
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):  # a pipe or device would block or never end
                raise NotThere(url, 404)
            if start > status.st_size:
                raise NotThere(url, 416, status.st_size)
            file.seek(start)
            while content := file.read(_BLOCK):
                yield Piece(start, content, status.st_size)
                start += len(content)
            yield Piece(start, b"", status.st_size)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError) as error:
        raise NotThere(url, 404) from error
    except OSError as error:
        raise _network_error(url, error) from error


def _check_answer(response: requests.Response, url: str, start: int) -> tuple[int, int | None]:
    """Return where the body starts in the file, and the file's size if told."""
    stated = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    size = int(stated[2]) if stated and stated[2] != "*" else None
    if response.status_code in (403, 404):
        raise NotThere(url, response.status_code)
    if response.status_code == 416:
        raise NotThere(url, 416, size)
    if response.headers.get("Content-Type", "").lower().startswith("text/html") and response.ok:
        raise captive_portal(url)
    if response.status_code == 206 and stated and stated[1] and int(stated[1]) == start:
        return start, size
    if response.status_code != 200:
        raise NetworkFailed(
            "mentor-http-status",
            "{url} answered {status} {reason}",
            hint="try again later; if it stays, ask the mentor",
            url=url,
            status=response.status_code,
            reason=response.reason or "",
        )
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def captive_portal(url: str) -> NetworkFailed:
    """Return the error for a web page where a file was asked for."""
    return NetworkFailed(
        "captive-portal",
        "{url} answered with a web page instead of the file: a login page of this network?",
        hint="open any web site in a browser, log in to the network, then try again",
        url=url,
    )


def _redirect(url: str, current: str, location: str) -> str:
    try:
        target = urljoin(current, location)
        old, new = urlsplit(current), urlsplit(target)
    except ValueError:
        raise _redirected(url, location) from None
    downgraded = old.scheme == "https" and new.scheme != "https"
    if new.scheme not in ("http", "https") or new.hostname != old.hostname or downgraded:
        raise _redirected(url, target)
    return target


def _redirected(url: str, target: str) -> NetworkFailed:
    return NetworkFailed(
        "redirected",
        "{url} sends us on to {target}, which is not the mentor's address",
        hint="log in to the network if it asks for that; if the mentor has moved, use the address in its letter",
        url=url,
        target=target[:200],
    )


def _late(url: str, seconds: float) -> NetworkFailed:
    return NetworkFailed(
        "mentor-timeout",
        "{url} did not finish within {seconds:.0f} seconds",
        hint="try again on a better line, or use a copy of the catalog on a USB stick",
        url=url,
        seconds=seconds,
    )


def _no_medium(base: str) -> NetworkFailed:
    return NetworkFailed(
        "mentor-unreachable",
        "the folder {url} is not there",
        hint="is the USB stick plugged in and mounted?",
        url=base,
    )


def _network_error(url: str, error: Exception) -> NetworkFailed:
    """Return the error for what requests, urllib3 or the disk reported."""
    if isinstance(error, (requests.Timeout, ReadTimeoutError)):
        return NetworkFailed(
            "mentor-timeout",
            "{url} does not answer",
            hint="try again on a better line, or use a copy of the catalog on a USB stick",
            url=url,
        )
    if isinstance(error, (requests.exceptions.SSLError, SSLError)):
        return NetworkFailed(
            "mentor-tls",
            "{url} cannot prove who it is: {reason}",
            hint="check this machine's clock, and whether the network asks for a login",
            url=url,
            reason=_innermost(error),
        )
    if isinstance(error, ProtocolError) or (error.args and isinstance(error.args[0], ProtocolError)):
        return NetworkFailed(
            "connection-cut",
            "the connection to {url} was cut: {reason}",
            hint="run this again; what has arrived is kept",
            url=url,
            reason=_innermost(error),
        )
    return NetworkFailed(
        "mentor-unreachable",
        "{url} cannot be reached: {reason}",
        hint="check the network (or the USB stick), and the address with: semai mentor list",
        url=url,
        reason=_innermost(error),
    )


def _innermost(error: BaseException) -> str:
    """Return the last cause's own words, without object addresses."""
    while isinstance(inner := getattr(error, "reason", None) or next(iter(error.args), None), BaseException):
        error = inner
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _PLUMBING.sub("", text)[:200] or type(error).__name__
