"""Debian packages and all they depend on, worked out by the real apt of this machine in a root of its own.

Nothing of this machine's installed packages counts: the private root has its own lists, status and archives, and
only its mirrors and proxies come from this machine. Signatures are checked against the distribution's keyring.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semai.adapters.files import cannot_write, make_folder, sha256_of, write_atomic
from semai.adapters.yaml_files import load_yaml
from semai.core.packages import Archive, PackageList, Platform
from semai.core.packages_index import Package, digests_of, essential, packages_by_digest, status_of
from semai.errors import InvalidInput, NetworkFailed, OperationFailed

_LIST = Path(__file__).parents[1] / "data" / "packages.yml"
_KEYRINGS = Path("/usr/share/keyrings")
_OS_RELEASE = Path("/etc/os-release")
_SECONDS = 1800
_UNKNOWN = re.compile(r"E: (?:Unable to locate package|Package '?)\s*([a-z0-9][a-z0-9+.-]*)")
_REACHING = ("Acquire::http::", "Acquire::https::", "Acquire::Check-")  # proxies, and what a local mirror needs
_NETWORK = ("Failed to fetch", "Could not resolve", "Temporary failure", "Could not connect", "Connection failed")
_UNSIGNED = ("is not signed", "NO_PUBKEY", "signatures were invalid", "couldn't be verified", "EXPKEYSIG")


@dataclass(frozen=True)
class Mirrors:
    """Addresses of a distribution's archives."""

    main: str
    security: str


def package_list() -> PackageList:
    """Return the list of packages the roles need."""
    return load_yaml(_LIST, PackageList)


def require_tools() -> None:
    """Raise InvalidInput (`packages-tools`) when this machine lacks what a local repository is made with."""
    missing = [name for name in ("apt-get", "apt-cache", "apt-config", "gpg", "gpgv") if not shutil.which(name)]
    if missing:
        raise InvalidInput(
            "packages-tools",
            "this machine cannot collect Debian packages: it lacks {tools}",
            hint="run semai export on Debian or Ubuntu with the packages apt, gpg and gpgv; or leave the packages "
            "out: --no-packages",
            tools=", ".join(missing),
        )


def own_mirrors(archive: Archive) -> Mirrors:
    """Return the mirrors this machine's apt uses, if it is of the same distribution.

    Raises InvalidInput (`mirror-unknown`) when it is of another one; then they must be given.
    """
    codename = _own_codename()
    words = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages")
    rows = [line.split() for line in _run(words, {}).splitlines()]
    found = {release: uri.rstrip("/") for uri, release in (row for row in rows if len(row) == 2)}
    main, security = found.get(codename), found.get(f"{codename}-security", found.get(codename))
    if not codename or main is None or security is None or not _same_distribution(archive):
        raise InvalidInput(
            "mirror-unknown",
            "this machine's apt knows no mirror of the distribution that has {codename}",
            hint="give one: --mirror http://… --security-mirror http://…",
            codename=archive.codename,
        )
    return Mirrors(main, security)


def _same_distribution(archive: Archive) -> bool:
    own = _os_release().get("ID", "")
    return archive.keyring.startswith(f"{own}-") if own else False


def _own_codename() -> str:
    return _os_release().get("VERSION_CODENAME", "")


def _os_release() -> dict[str, str]:
    if not _OS_RELEASE.exists():
        return {}
    rows = (line.partition("=") for line in _OS_RELEASE.read_text(encoding="utf-8").splitlines())
    return {name: value.strip('"') for name, _, value in rows}


class PrivateApt:
    """apt for one platform with everything it writes below `folder`; `archives` keeps packages over runs."""

    def __init__(self, folder: Path, platform: Platform, archive: Archive, mirrors: Mirrors) -> None:
        self.folder, self.platform, self.archive, self.mirrors = folder, platform, archive, mirrors
        self.archives = folder / "archives"
        self._config = folder / "apt.conf"
        self._status = folder / "state" / "status"

    def update(self) -> None:
        """Fetch and check the archives' lists; raises NetworkFailed, OperationFailed, InvalidInput."""
        self._write()
        self._apt("apt-get", "update", "-q")
        base = essential(self._available())
        write_atomic(self._status, status_of(base).encode())

    def closure(self, wanted: Mapping[str, Sequence[str]]) -> list[Package]:
        """Return the packages of all roles with what they depend on, each role resolved for itself.

        Raises InvalidInput (`package-unknown`), OperationFailed (`apt-failed`).
        """
        digests: set[str] = set()
        for names in wanted.values():
            nothing_there = ("-o", f"Dir::Cache::archives={self.folder / 'none'}")  # else apt leaves out what is
            digests |= digests_of(self._install(names, "--print-uris", "-qq", *nothing_there)).keys()
        return sorted(packages_by_digest(self._available(), digests).values(), key=lambda p: p.file)

    def fetch(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Bring the packages of all roles into `archives`; apt resumes and checks each against the signed lists."""
        for names in wanted.values():
            self._install(names, "--download-only", "-q")

    def file_of(self, package: Package) -> Path:
        """Return where the fetched package lies; raises OperationFailed (`package-damaged`) when it is another."""
        path = self._kept(package)
        if not path.is_file() or path.stat().st_size != package.size or sha256_of(path) != package.sha256:
            path.unlink(missing_ok=True)
            raise OperationFailed(
                "package-damaged",
                "{file} is missing or damaged after it was fetched",
                hint="run this again; then check the disk",
                file=path.name,
            )
        return path

    def missing(self, packages: Iterable[Package]) -> int:
        """Return how many bytes are still to be fetched."""
        return sum(package.size for package in packages if not self._kept(package).exists())

    def _kept(self, package: Package) -> Path:
        version = package.version.replace(":", "%3a")  # as apt names it
        return self.archives / f"{package.name}_{version}_{package.architecture}.deb"

    def _install(self, names: Sequence[str], *how: str) -> str:
        return self._apt("apt-get", "install", "-y", "--no-install-recommends", *how, "--", *names)

    def _available(self) -> str:
        return self._apt("apt-cache", "dumpavail")

    def _apt(self, *words: str) -> str:
        environment = {"APT_CONFIG": str(self._config), "DEBIAN_FRONTEND": "noninteractive"}
        return _run(words, environment)

    def _write(self) -> None:
        keyring = _KEYRINGS / self.archive.keyring
        if not keyring.exists():
            raise InvalidInput(
                "keyring-missing",
                "{file} is not on this machine, so packages of {codename} cannot be checked",
                hint="sudo apt install {package}",
                file=keyring,
                codename=self.archive.codename,
                package=self.archive.keyring_package,
            )
        for name in ("state/lists/partial", "archives/partial", "none/partial", "etc/parts", "cache"):
            make_folder(self.folder / name)
        if not self._status.exists():
            write_atomic(self._status, b"")
        write_atomic(self.folder / "etc" / "sources.list", self._sources(keyring).encode())
        write_atomic(self._config, self._settings().encode())

    def _sources(self, keyring: Path) -> str:
        archive, parts = self.archive, " ".join(self.archive.components)
        suites = [(self.mirrors.main, suite) for suite in archive.main]
        suites += [(self.mirrors.security, suite) for suite in archive.security]
        option = f"[arch={self.platform.architecture} signed-by={keyring}]"
        places = [(uri.replace("file:", "copy:", 1), suite) for uri, suite in suites]  # else apt leaves files there
        return "".join(f"deb {option} {uri} {suite} {parts}\n" for uri, suite in places)

    def _settings(self) -> str:
        """Return a configuration that keeps apt from this machine's own, but for how it reaches the mirrors."""
        folder = self.folder
        acquire = [line for line in _run(("apt-config", "dump"), {}).splitlines() if line.startswith(_REACHING)]
        own = {
            "Dir": "/",
            "Dir::State": folder / "state",
            "Dir::State::status": self._status,
            "Dir::State::lists": folder / "state" / "lists",
            "Dir::Cache": folder / "cache",
            "Dir::Cache::archives": self.archives,
            "Dir::Etc": folder / "etc",
            "Dir::Etc::sourcelist": folder / "etc" / "sources.list",
            "Dir::Etc::sourceparts": folder / "etc" / "parts",
            "Dir::Etc::main": folder / "etc" / "absent",
            "Dir::Etc::parts": folder / "etc" / "parts",
            "Dir::Etc::preferences": folder / "etc" / "absent",
            "Dir::Etc::preferencesparts": folder / "etc" / "parts",
            "Dir::Etc::trusted": folder / "etc" / "absent",
            "Dir::Etc::trustedparts": folder / "etc" / "parts",
            "Dir::Log": folder / "cache",
            "APT::Architecture": self.platform.architecture,
            "APT::Architectures": self.platform.architecture,
            "APT::Sandbox::User": "root",  # the folder belongs to whoever runs semai
            "APT::Get::List-Cleanup": "true",
            "Acquire::Languages": "none",
            "Acquire::ForceHash": "SHA256",
            "Acquire::Retries": 3,
            "Acquire::AllowInsecureRepositories": "false",
            "APT::Get::AllowUnauthenticated": "false",
            "APT::Keep-Downloaded-Packages": "true",
            "Debug::NoLocking": "true",
        }
        return "\n".join([*acquire, *(f'{name} "{value}";' for name, value in own.items())]) + "\n"


def _run(words: Sequence[str], environment: Mapping[str, str]) -> str:
    try:
        ran = subprocess.run(
            words,
            env={**os.environ, "LC_ALL": "C", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NetworkFailed(
            "apt-timeout",
            "{command} did not finish within {seconds} seconds",
            hint="run this again on a better line; what has arrived is kept",
            command=" ".join(words[:2]),
            seconds=_SECONDS,
        ) from error
    except OSError as error:
        raise cannot_write(Path(words[0]), error) from error
    complaints = [line for line in ran.stderr.splitlines() if line.startswith(("E:", "Err:", "W: Failed"))]
    if ran.returncode or (words[:2] == ("apt-get", "update") and complaints):
        raise _failure(words, ran.stderr, complaints)
    return ran.stdout


def _failure(words: Sequence[str], said: str, complaints: Sequence[str]) -> Exception:
    """Return the error for what apt complained about."""
    details = (complaints or said.strip().splitlines())[-6:]
    if unknown := _UNKNOWN.findall(said):
        return InvalidInput(
            "package-unknown",
            "the archives have no package {packages}",
            hint="check the mirror and the release; a PHP extension may not exist for this release",
            details=details,
            packages=", ".join(unknown),
        )
    if any(mark in said for mark in _UNSIGNED):
        return OperationFailed(
            "archive-unsigned",
            "the mirror's lists are not signed by the distribution",
            hint="use another mirror: --mirror http://…",
            details=details,
        )
    if any(mark in said for mark in _NETWORK):
        return NetworkFailed(
            "mirror-unreachable",
            "the mirror of Debian packages cannot be reached",
            hint="check the network, or give another mirror: --mirror http://…",
            details=details,
        )
    return OperationFailed(
        "apt-failed",
        "{command} failed",
        hint="see what apt says above",
        details=details,
        command=" ".join(words[:2]),
    )
