"""Stanzas of Debian package lists, and the Packages and Release files of a flat apt repository. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from semai.errors import OperationFailed

_FIELD = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*)$", re.MULTILINE)
_URI = re.compile(r"'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})")
_DROPPED = frozenset(("filename", "md5sum", "sha1", "sha512"))  # the place changes; one digest is enough


@dataclass(frozen=True)
class Package:
    """One package of an archive: `text` is its stanza as the archive signed it."""

    name: str
    version: str
    architecture: str
    size: int
    sha256: str
    text: str

    @property
    def file(self) -> str:
        """Return its file's name, without the epoch, whose colon FAT does not allow."""
        return f"{self.name}_{self.version.rpartition(':')[2]}_{self.architecture}.deb"


def fields(stanza: str) -> dict[str, str]:
    """Return the single-line fields of a stanza, names in lower case."""
    return {name.lower(): value.strip() for name, value in _FIELD.findall(stanza)}


def stanzas(text: str) -> Iterator[str]:
    """Yield the stanzas of a package list."""
    return (stanza for stanza in text.split("\n\n") if stanza.strip())


def essential(text: str) -> dict[str, str]:
    """Return the packages that every installation has -> their architecture: the essential ones and apt."""
    found = {}
    for stanza in stanzas(text):
        if "\nEssential: yes" in stanza or stanza.startswith("Package: apt\n"):
            read = fields(stanza)
            found[read["package"]] = read["architecture"]
    return found


def status_of(base: Mapping[str, str]) -> str:
    """Return a dpkg status that holds `base` in a version below all others.

    Nobody knows how old the host's copies are, so whatever asks for a version of one brings it along.
    """
    return "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: 0~\n"
        f"Maintainer: nobody\nDescription: on every host\n\n"
        for name, architecture in sorted(base.items())
    )


def digests_of(print_uris: str) -> dict[str, tuple[str, int]]:
    """Return sha256 -> (file name, size) of what `apt-get install --print-uris` would fetch."""
    return {m[4]: (m[2], int(m[3])) for m in _URI.finditer(print_uris)}


def packages_by_digest(text: str, wanted: Iterable[str]) -> dict[str, Package]:
    """Return the packages of a list whose sha256 is wanted.

    Raises OperationFailed (`package-unlisted`) when one is not in the list.
    """
    left, found = set(wanted), {}
    for stanza in stanzas(text):
        position = stanza.find("\nSHA256: ")
        digest = stanza[position + 9 : position + 73] if position >= 0 else ""
        if digest in left:
            read = fields(stanza)
            found[digest] = Package(
                read["package"],
                read["version"],
                read["architecture"],
                int(read["size"]),
                digest,
                stanza.strip("\n"),
            )
            left.discard(digest)
    if left:
        raise OperationFailed(
            "package-unlisted",
            "apt wants {count} packages that its own lists do not describe",
            hint="run this again; the mirror may just be changing",
            count=len(left),
        )
    return found


def packages_file(packages: Iterable[Package]) -> bytes:
    """Return the Packages file of a flat repository holding these."""
    ordered = sorted(packages, key=lambda package: (package.name, package.version, package.architecture))
    return "".join(f"{_flat(package)}\n\n" for package in ordered).encode()


def _flat(package: Package) -> str:
    kept, dropping = [], False
    for line in package.text.split("\n"):
        if not line.startswith((" ", "\t")):
            dropping = line.partition(":")[0].lower() in _DROPPED
        if not dropping:
            kept.append(line)
    return "\n".join([*kept, f"Filename: ./{package.file}"])


def release_file(label: str, codename: str, architecture: str, date: str, contents: Mapping[str, bytes]) -> bytes:
    """Return the Release file over `contents`; `date` is in RFC 2822 form, UTC."""
    lines = [
        "Origin: semai",
        f"Label: {label}",
        f"Suite: {codename}",
        f"Codename: {codename}",
        f"Date: {date}",
        f"Architectures: {architecture} all",
        "Description: Debian packages of the roles, for hosts without internet",
        "SHA256:",
        *(f" {hashlib.sha256(c).hexdigest()} {len(c)} {name}" for name, c in sorted(contents.items())),
    ]
    return ("\n".join(lines) + "\n").encode()
