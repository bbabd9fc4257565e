"""Asks all servers at once by ssh, one short command each; what goes wrong is for Ansible to explain."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 60.0


class Asking:
    """Questions under way."""

    def __init__(self, lines: Mapping[str, Sequence[str]]) -> None:
        Path("~/.ansible/cp").expanduser().mkdir(0o700, parents=True, exist_ok=True)
        self._running = {
            host: subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # the connection outlives us, and Ctrl-C is not for it
            )
            for host, words in lines.items()
        }

    def answers(self) -> dict[str, Any] | None:
        """Return host -> the JSON it answered with; None when one of them did not."""
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
