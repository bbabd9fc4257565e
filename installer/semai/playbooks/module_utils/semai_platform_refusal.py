"""How semai's modules say no: a code, a message, what to run next; told alike by all of them. Runs programs too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXIT_REFUSED = 7  # semai's exit code for a host that refuses
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l"}


class Refusal(Exception):
    """The host cannot become what is asked; nothing was changed unless the message says so."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint

    def result(self) -> dict[str, Any]:
        """Return the parts of a failed task's result."""
        error = {"code": self.code, "message": self.message, "hint": self.hint, "exit_code": EXIT_REFUSED}
        said = f"{self.message}\nhint: {self.hint}" if self.hint else self.message
        return {"msg": said, "semai_error": error, "invocation": {}}


@dataclass(frozen=True)
class Said:
    """What a program came to."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """Return its last words, of which the error stream comes first."""
        return (self.err.strip() or self.out.strip())[-600:]


def run(
    *words: str, given: str | None = None, more: Mapping[str, str] | None = None, seconds: float = 1800
) -> Said:
    """Run a program in plain English and without questions; its exit code is the caller's matter."""
    environment = {**os.environ, **_ENVIRONMENT, **(more or {})}
    environment["PATH"] = f"/usr/sbin:/sbin:{environment.get('PATH', '/usr/bin:/bin')}"
    stdin = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
    try:
        ended = subprocess.run(
            words, capture_output=True, text=True, errors="replace", check=False, env=environment,
            timeout=seconds, **stdin,
        )  # fmt: skip
    except FileNotFoundError:
        return Said(127, "", f"{words[0]} is not installed")
    except subprocess.TimeoutExpired:
        return Said(124, "", f"{words[0]} was not done within {seconds:.0f} s")
    return Said(ended.returncode, ended.stdout, ended.stderr)


def need(said: Said, code: str, what: str, hint: str = "") -> Said:
    """Return what a program said, or refuse when it failed."""
    if said.code:
        raise Refusal(code, f"{what} failed: {said.last}", hint)
    return said


def first_line(text: str, marks: Sequence[str]) -> str:
    """Return the first line that holds one of `marks`, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if any(mark in line for mark in marks)), lines[-1] if lines else "")
