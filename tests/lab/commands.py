"""Runs the commands a lab is made of (ip, nft, mount …) and says what failed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable


class LabError(Exception):
    """The lab, not the thing under test, is broken."""


def run(*words: str, given: str | None = None, timeout: float = 60, allowed: Iterable[int] = (0,)) -> str:
    """Return what a command printed; raises LabError with its words and its complaint."""
    try:
        ended = subprocess.run(words, input=given, capture_output=True, text=True, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"{' '.join(words)}: {error}") from error
    if ended.returncode not in allowed:
        raise LabError(f"{' '.join(words)} ended with {ended.returncode}: {(ended.stderr or ended.stdout).strip()}")
    return ended.stdout


def succeeds(*words: str) -> bool:
    """Tell whether a command ends with 0."""
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
