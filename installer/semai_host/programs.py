"""How a program of a release is started: its path inside the release and a clean environment from `shared/env`.

Secrets reach a program through its environment only. What the host knows better than the file (app, release,
address, static files of that very release) is set over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import envfile
from .errors import HostError, Refused
from .layout import AppPlaces, checked
from .parts import PROGRAM
from .request import Request

if TYPE_CHECKING:
    from .health import Answer


@dataclass(frozen=True)
class Start:
    """A program to become: its argument list and its whole environment."""

    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Trial:
    """The release where nobody finds it: how to start it, and how to ask it within some seconds.

    `ask` asks whether it is well, `see` whether the page at a path holds a text.
    """

    start: Start
    ask: Callable[[float], Answer]
    see: Callable[[str, str, float], Answer]


def command(places: AppPlaces, version: str, words: Sequence[str]) -> list[str]:
    """Return the words with the first as a program of the release; refuse one the release does not have."""
    program = places.release(version) / "venv" / "bin" / checked(PROGRAM, words[0], "program")
    if not program.is_file():
        raise HostError("program-missing", f"release {version} of {places.name} has no program {words[0]}")
    return [str(program), *words[1:]]


def environment(places: AppPlaces, request: Request, bind: str | None = None) -> dict[str, str]:
    """Return the environment for programs of `request`'s release; `bind` moves it to another address."""
    release = places.release(request.version)
    known = {
        "PATH": f"{release / 'venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(places.shared),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **_variables(places.env),
        "SEMAI_APP": request.name,
        "SEMAI_RELEASE": request.version,
        "SEMAI_BIND": bind or request.bind,
    }
    if (release / "static").is_dir():
        known["SEMAI_STATIC"] = str(release / "static")
    return known


def _variables(path: Path) -> dict[str, str]:
    try:
        return envfile.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("env-invalid", f"cannot read {path}: {error}") from error
