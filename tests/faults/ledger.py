"""Somebody who writes to the app through HTTP all the while and notes every write that was acknowledged."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

Write = Callable[
    [str], bool
]  # writes one word; tells whether that was acknowledged, False also when nobody answers


class Ledger:
    """Writes words of one cell's own as long as the block goes on."""

    def __init__(self, write: Write, name: str, pause: float = 0.05) -> None:
        self._write, self._name, self._pause = write, name, pause
        self._noted: list[str] = []
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Ledger:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "a write hangs"

    @property
    def acknowledged(self) -> frozenset[str]:
        return frozenset(self._noted)

    def await_one_more(self, seconds: float = 30) -> None:
        """Return once a further write was acknowledged."""
        there, end = len(self._noted), time.monotonic() + seconds
        while len(self._noted) == there:
            assert time.monotonic() < end, "no write is acknowledged"
            time.sleep(0.01)

    def _go_on(self) -> None:
        while not self._stop.is_set():
            word = f"{self._name}-{next(self._numbers)}"
            if self._write(word):
                self._noted.append(word)
            time.sleep(self._pause)
