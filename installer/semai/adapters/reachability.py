"""What this machine itself can reach: names by its resolver, mentors' catalogs; all asked side by side."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from semai.messages import N_, translate

Answer = TypeVar("Answer")

_SECONDS = 12.0
_PORTS = {"http": 80, "https": 443}


def addresses(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of each name, none when the resolver does not know it or takes too long."""
    none: tuple[str, ...] = ()
    return _side_by_side(_look_up, {name: name for name in names}, none)


def unreached(urls: Mapping[str, str]) -> Mapping[str, str]:
    """Return mentor -> why its catalog's address cannot be reached, of those that cannot."""
    late = translate(N_("no answer within {seconds} seconds"), seconds=round(_SECONDS))
    return {mentor: said for mentor, said in _side_by_side(_try, urls, late).items() if said}


def _side_by_side(ask: Callable[[str], Answer], questions: Mapping[str, str], late: Answer) -> dict[str, Answer]:
    """Return each answer; daemon threads, for a resolver that hangs must not hold up the end of the program."""
    answers: dict[str, Answer] = {}

    def run(key: str, question: str) -> None:
        answers[key] = ask(question)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in questions.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {key: answers.get(key, late) for key in questions}


def _look_up(name: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(sorted({str(entry[4][0]) for entry in found}))


def _try(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        return "" if folder.is_dir() else translate(N_("there is no folder {folder}"), folder=folder)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 443)
        socket.create_connection((parts.hostname or "", port), timeout=_SECONDS).close()
    except (OSError, UnicodeError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""
