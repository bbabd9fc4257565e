"""Asks all hosts at once, one short command each; what goes wrong is for Ansible to explain."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 60.0


class Asking:
    """Questions under way."""

    def __init__(self, lines: Mapping[str, Sequence[str]]) -> None:
        Path("~/.ansible/cp").expanduser().mkdir(0o700, parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        with suppress(OSError):  # a program that is not there answers nothing
            for host, words in lines.items():
                self._running[host] = subprocess.Popen(
                    list(words),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # the connection outlives us, and Ctrl-C is not for it
                )
        self._all_asked = len(self._running) == len(lines)

    def answers(self) -> dict[str, Any] | None:
        """Return host -> the JSON it answered with; None when one of them did not."""
        if not self._all_asked:
            self.stop()
            return None
        end = time.monotonic() + _PATIENCE_SECONDS
        try:
            return {host: _answer(running, end) for host, running in self._running.items()}
        except (ValueError, subprocess.TimeoutExpired):
            return None
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask no longer."""
        for running in self._running.values():
            if running.poll() is None:
                running.kill()
            running.wait()
            if running.stdout and not running.stdout.closed:
                running.stdout.close()


def _answer(running: subprocess.Popen[bytes], end: float) -> Any:
    said, _ = running.communicate(timeout=max(0.0, end - time.monotonic()))
    if running.returncode:
        raise ValueError(running.returncode)
    return json.loads(said)
