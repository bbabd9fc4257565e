"""Which PHP of this host runs an app: Debian's `php-fpm8.2` with the `php8.2` of the same version."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import versions
from .errors import Refused

FPM_FOLDER, CLI_FOLDER = Path("/usr/sbin"), Path("/usr/bin")
_NAME = re.compile(r"php-fpm([0-9]+\.[0-9]+)")
_SECONDS = 20.0


@dataclass(frozen=True)
class Php:
    """One PHP of the host: its minor version ("8.2"), the process manager and the command line."""

    version: str
    fpm: Path
    cli: Path

    def full_version(self) -> str:
        """Return the version with its last part ("8.2.29")."""
        return _output(
            self.cli, "-n", "-r", "echo PHP_MAJOR_VERSION.'.'.PHP_MINOR_VERSION.'.'.PHP_RELEASE_VERSION;"
        )

    def lacks(self, extensions: Sequence[str]) -> list[str]:
        """Return the extensions that web pages would not have."""
        lines = _output(self.fpm, "-m").lower().splitlines()
        there = {line.strip().removeprefix("zend ") for line in lines}
        return [name for name in extensions if name not in there]


def installed() -> list[Php]:
    """Return every PHP that has both programs, newest first."""
    found = []
    for path in FPM_FOLDER.glob("php-fpm*"):
        match = _NAME.fullmatch(path.name)
        if match and (CLI_FOLDER / f"php{match[1]}").is_file():
            found.append(Php(match[1], path, CLI_FOLDER / f"php{match[1]}"))
    return sorted(found, key=lambda php: versions.key(php.version), reverse=True)


def choose(ranges: str) -> Php:
    """Return the newest PHP within `ranges` (such as ">=8.1,<8.4"; "" allows any)."""
    there = installed()
    exact = any(clause.count(".") >= 2 and not clause.endswith(".*") for clause in ranges.split(","))
    for php in there:
        if not ranges or versions.allows((ranges,), php.full_version() if exact else php.version):
            return php
    said = ", ".join(php.version for php in there) or "none"
    raise Refused(
        "php-missing",
        f"this host has no PHP {ranges or 'of any version'} with php-fpm and the command line (there is: {said})",
        hint="apply again: the php role installs it",
    )


def _output(program: Path, *words: str) -> str:
    try:
        ended = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused("php-missing", f"{program} does not run: {error}") from error
    return ended.stdout
