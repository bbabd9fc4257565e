"""Which Debian packages the roles need, per role and release, and what a platform is. Pure.

The list itself is data/packages.yml; a test compares it with what the roles install.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from semai.core.catalog import Written
from semai.errors import InvalidInput

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}  # as the machine says it -> as Debian says it
PHP = "php"
ANY = "any"  # key of a role's packages that every release needs

_PLATFORM = re.compile(r"([a-z]+-[0-9]+(?:\.[0-9]+)?)/([a-z0-9_]+)")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def _platform(value: str) -> str:
    if not _PLATFORM.fullmatch(value):
        raise ValueError(f"{value!r} is no platform")
    return value


def _package(value: str) -> str:
    if not _PACKAGE.fullmatch(value):
        raise ValueError(f"{value!r} is no package's name")
    return value


PlatformText = Annotated[str, AfterValidator(_platform)]
PackageName = Annotated[str, AfterValidator(_package)]


class Platform(NamedTuple):
    """A release of an operating system on a kind of machine; its text is "debian-12/x86_64"."""

    release: str  # "debian-12"
    machine: str  # "x86_64"

    def __str__(self) -> str:
        return f"{self.release}/{self.machine}"

    @property
    def architecture(self) -> str:
        """Return the machine as Debian calls it."""
        return ARCHITECTURES[self.machine]


class Archive(Written):
    """Where a release's packages come from: suites of the distribution's main and security archives."""

    codename: str
    keyring: str  # file below /usr/share/keyrings that the archives are checked with
    keyring_package: PackageName
    main: tuple[str, ...]
    security: tuple[str, ...] = ()
    components: tuple[str, ...] = ("main",)
    python: str  # "3.11": the Python a host of this release has
    php: str  # "8.2"


class PhpPackages(Written):
    """How PHP is packaged: {version} is the release's."""

    base: tuple[str, ...]
    extensions: dict[str, str | None] = {}  # extension -> package where it differs; null: part of PHP itself
    otherwise: str = "php{version}-{extension}"


class PackageList(Written):
    """data/packages.yml."""

    releases: dict[str, Archive]
    roles: dict[str, dict[str, tuple[PackageName, ...]]]
    php: PhpPackages = Field()

    def platform(self, text: str) -> Platform:
        """Read "debian-12/x86_64"; raises InvalidInput (`platform-unknown`)."""
        match = _PLATFORM.fullmatch(text)
        if not match or match[1] not in self.releases or match[2] not in ARCHITECTURES:
            raise InvalidInput(
                "platform-unknown",
                "{platform} is no platform semai has packages for; there are: {known}",
                hint="for example: --platform debian-12/x86_64",
                platform=text,
                known=", ".join(f"{r}/{m}" for r in self.releases for m in ARCHITECTURES),
            )
        return Platform(match[1], match[2])

    def wanted(
        self, release: str, roles: Iterable[str], extensions: Iterable[str] = ()
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the packages of each role on a release; the role php also gets those of PHP extensions."""
        found: dict[str, tuple[str, ...]] = {}
        for role in roles:
            per_release = self.roles.get(role, {})
            names = {*per_release.get(ANY, ()), *per_release.get(release, ())}
            if role == PHP:
                names |= self.php_packages(release, extensions)
            if names:
                found[role] = tuple(sorted(names))
        return found

    def php_packages(self, release: str, extensions: Iterable[str]) -> set[str]:
        """Return the packages PHP and these extensions come in."""
        version = self.releases[release].php
        found = {name.format(version=version) for name in self.php.base}
        for extension in extensions:
            known = self.php.extensions.get(extension, self.php.otherwise)
            if known is not None:
                found.add(known.format(version=version, extension=extension.replace("_", "-")))
        return found
