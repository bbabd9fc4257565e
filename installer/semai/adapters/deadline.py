"""A deadline for something that may block where no timeout reaches: a thread reads, the caller waits so long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Reader(threading.Thread, Generic[Item]):
    """Moves items from a generator into a short line until it ends, fails or is told to stop."""

    _ROOM = 8
    _LOOK = 0.2  # seconds between two looks at `stopped` while the line is full

    def __init__(self, items: Generator[Item, None, None]) -> None:
        super().__init__(name="semai-reader", daemon=True)  # a read that hangs must not keep semai from ending
        self.line: queue.Queue[tuple[bool, Item | None]] = queue.Queue(maxsize=self._ROOM)
        self.stopped = threading.Event()
        self.failure: BaseException | None = None
        self._items = items

    def run(self) -> None:
        try:
            with closing(self._items):
                for item in self._items:
                    if not self._put((True, item)):
                        return
        except BaseException as error:  # raised again by the caller's thread
            self.failure = error
        self._put((False, None))

    def _put(self, entry: tuple[bool, Item | None]) -> bool:
        while not self.stopped.is_set():
            try:
                self.line.put(entry, timeout=self._LOOK)
            except queue.Full:
                continue
            return True
        return False


def before_deadline(
    items: Generator[Item, None, None], seconds: float, late: Callable[[], Exception]
) -> Generator[Item, None, None]:
    """Yield `items` for at most `seconds`, then raise `late()`; their own errors are raised as they are."""
    deadline = time.monotonic() + seconds
    reader = _Reader(items)
    reader.start()
    try:
        while (left := deadline - time.monotonic()) > 0:
            try:
                more, item = reader.line.get(timeout=left)
            except queue.Empty:
                break
            if not more:
                if reader.failure is not None:
                    raise reader.failure
                return
            yield item  # type: ignore[misc]  # an item comes with every `more`
        raise late()
    finally:
        reader.stopped.set()


def expires_in(seconds: float) -> Callable[[], bool]:
    """Return a question that answers False for `seconds` from now on, then True."""
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline
