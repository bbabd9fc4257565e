"""A region's signed apt repository and the key that seals it, made and checked with gpg and gpgv.

<state>/packages/<region>/signing.key    private, 0600, made once; never leaves this machine
<state>/packages/<region>/key.asc        public: what the region's controllers and hosts trust
<state>/packages/<region>/repository/<platform>/   what hosts without internet install from
"""

from __future__ import annotations

import gzip
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from semai.adapters.files import cannot_write, make_folder, sha256_of, write_atomic
from semai.core.carrier import folder_name
from semai.core.openpgp import fingerprint, unarmoured
from semai.core.packages import Archive, Platform
from semai.core.packages_index import Package, packages_file, release_file
from semai.errors import InvalidInput, OperationFailed, TrustRefused

KEY, PACKAGES, RELEASE, SIGNED = "key.asc", "Packages", "Release", "InRelease"
_SECONDS = 120


class PackagesFolder:
    """What the state folder keeps of a region's packages."""

    def __init__(self, state_dir: Path, region: str) -> None:
        self.region = region
        self.folder = state_dir / "packages" / region
        self.private, self.public = self.folder / "signing.key", self.folder / KEY

    def repository(self, platform: str) -> Path:
        """Return where the imported repository for a platform lies, or would lie."""
        return self.folder / "repository" / folder_name(platform)

    def written(self, platform: Platform) -> Path:
        """Return where the index of the repository to be exported lies."""
        return self.folder / "export" / folder_name(str(platform))

    def apt(self, platform: Platform) -> Path:
        """Return the private root of apt for a platform."""
        return self.folder / "apt" / folder_name(str(platform))

    def trusted_key(self) -> bytes | None:
        """Return the region's public key as this machine knows it."""
        return self.public.read_bytes() if self.public.is_file() else None


def repositories_of(state_dir: Path, region: str, platforms: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the imported repositories as roles take them: platform -> {path, key} and its signed list's digest."""
    packages = PackagesFolder(state_dir, region)
    found = {platform: packages.repository(platform) for platform in platforms}
    return {
        name: {"path": str(path), "key": str(path / KEY), "release": sha256_of(path / SIGNED)}
        for name, path in found.items()
        if (path / SIGNED).is_file() and (path / KEY).is_file()
    }


def signing_key(packages: PackagesFolder) -> str:
    """Return the fingerprint of the region's key (40 hex digits), made when there is none yet."""
    if packages.private.is_file():
        return fingerprint(_public(packages))
    make_folder(packages.folder, 0o700)
    with _gpg_home() as home:
        name = f"semai packages of {packages.region}"
        _gpg(home, "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
        public = _gpg(home, "--armor", "--export")
        private = _gpg(home, "--armor", "--export-secret-keys")
    write_atomic(packages.public, public)
    write_atomic(packages.private, private, mode=0o600)
    return fingerprint(public)


def _public(packages: PackagesFolder) -> bytes:
    key = packages.trusted_key()
    if key is None:
        with _signing_home(packages) as home:
            key = _gpg(home, "--armor", "--export")
        write_atomic(packages.public, key)
    return key


def sign(packages: PackagesFolder, content: bytes, *, inline: bool) -> bytes:
    """Return `content` with its signature around it, or only the signature, in ASCII."""
    with _signing_home(packages) as home:
        how = "--clear-sign" if inline else "--detach-sign"
        return _gpg(home, "--armor", "--digest-algo", "SHA512", how, given=content)


def verify(key: bytes, content: bytes, signature: bytes | None, what: str) -> None:
    """Check that `key` signed `content` (with a signature beside it, or around it when None).

    Raises TrustRefused (`seal-broken`), InvalidInput (`gpgv-missing`).
    """
    with tempfile.TemporaryDirectory(prefix="semai-") as folder:
        ring, signed, beside = (Path(folder, name) for name in ("key.gpg", "content", "signature"))
        ring.write_bytes(unarmoured(key))
        signed.write_bytes(content)
        words = ["gpgv", "--homedir", folder, "--keyring", str(ring)]
        if signature is not None:
            beside.write_bytes(signature)
            words.append(str(beside))
        try:
            ran = subprocess.run([*words, str(signed)], capture_output=True, timeout=_SECONDS, check=False)
        except FileNotFoundError as error:
            raise InvalidInput(
                "gpgv-missing",
                "this machine has no gpgv, which checks the seal of a carrier",
                hint="install the package gpgv (Debian, Ubuntu) or gnupg",
            ) from error
    if ran.returncode:
        raise TrustRefused(
            "seal-broken",
            "{file} is not sealed with the packages key of this region",
            hint="it was changed or sealed with another key; have it written again: semai export --to DIR",
            details=ran.stderr.decode(errors="replace").strip().splitlines()[-3:],
            file=what,
        )


def write_index(
    packages: PackagesFolder, platform: Platform, archive: Archive, listed: Sequence[Package], now: datetime
) -> Path:
    """Write Packages, Packages.gz, Release, InRelease and key.asc for these packages; return their folder.

    A signature that still holds over the same list is kept, so that a second export writes nothing anew.
    """
    folder, content = packages.written(platform), packages_file(listed)
    make_folder(folder)
    contents = {PACKAGES: content, f"{PACKAGES}.gz": gzip.compress(content, mtime=0)}
    public = _public(packages)
    if _holds(folder, contents, public):
        return folder
    date = format_datetime(now.astimezone(timezone.utc)).replace("+0000", "UTC")
    release = release_file(f"semai {packages.region}", archive.codename, platform.architecture, date, contents)
    signed = sign(packages, release, inline=True)
    for name, value in {**contents, KEY: public, RELEASE: release, SIGNED: signed}.items():
        write_atomic(folder / name, value)
    return folder


def _holds(folder: Path, contents: Mapping[str, bytes], public: bytes) -> bool:
    expected = {**contents, KEY: public}
    try:
        if any((folder / name).read_bytes() != content for name, content in expected.items()):
            return False
        release, signed = (folder / RELEASE).read_bytes(), (folder / SIGNED).read_bytes()
        verify(public, signed, None, SIGNED)
    except (OSError, TrustRefused):
        return False
    return release in signed.replace(b"\r\n", b"\n")


@contextmanager
def _signing_home(packages: PackagesFolder) -> Iterator[Path]:
    try:
        private = packages.private.read_bytes()
    except OSError as error:
        raise OperationFailed(
            "packages-key-missing",
            "{path} cannot be read: {reason}",
            hint="export on the machine that has the region's packages key, or restore that file from a backup",
            path=packages.private,
            reason=error.strerror,
        ) from error
    with _gpg_home() as home:
        _gpg(home, "--import", given=private)
        yield home


@contextmanager
def _gpg_home() -> Iterator[Path]:
    """Give gpg a folder of its own for the length of a block; its agent ends with it."""
    with tempfile.TemporaryDirectory(prefix="semai-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            yield home
        finally:
            if (home / "S.gpg-agent").exists():
                subprocess.run(
                    ("gpgconf", "--homedir", folder, "--kill", "gpg-agent"),
                    capture_output=True,
                    timeout=_SECONDS,
                    check=False,
                )


def _gpg(home: Path, *words: str, given: bytes = b"") -> bytes:
    command = (
        "gpg",
        "--homedir",
        str(home),
        "--batch",
        "--no-tty",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        *words,
    )
    try:
        ran = subprocess.run(
            command,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise InvalidInput(
            "gpg-missing", "this machine has no gpg, which seals a carrier", hint="install the package gpg or gnupg"
        ) from error
    except OSError as error:
        raise cannot_write(home, error) from error
    if ran.returncode:
        raise OperationFailed(
            "gpg-failed",
            "gpg failed to {verb}",
            details=ran.stderr.decode(errors="replace").strip().splitlines()[-4:],
            verb=next((word for word in words if word.startswith("--") and word != "--armor"), ""),
        )
    return ran.stdout
