"""Which Debian packages the roles need, and the files of a flat repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from semai.adapters.debian_packages import package_list
from semai.core.openpgp import fingerprint
from semai.core.packages_index import (
    digests_of,
    essential,
    packages_by_digest,
    packages_file,
    release_file,
    status_of,
)
from semai.errors import InvalidInput, OperationFailed, TrustRefused

ROLES = Path(__file__).parents[2] / "roles"
DIGEST = "a" * 64
STANZA = f"""Package: nginx
Version: 1:1.22-9
Architecture: amd64
Depends: libc6,
 iproute2
Filename: pool/main/n/nginx/nginx_1.22-9_amd64.deb
Size: 10
MD5sum: 1
SHA256: {DIGEST}
Description: server
 long"""
OTHER = f"Package: dpkg\nEssential: yes\nVersion: 1\nArchitecture: amd64\nSize: 1\nSHA256: {'b' * 64}"
APT = f"Package: apt\nVersion: 2\nArchitecture: amd64\nSize: 1\nSHA256: {'c' * 64}"
LIST = f"{STANZA}\n\n{OTHER}\n\n{APT}\n\n"


def installed_by(role: Path) -> set[str]:
    """Return the package names that stand in a role's tasks, variables and defaults."""
    found: set[str] = set()

    def names(value: Any, inside: bool = False) -> None:
        if isinstance(value, dict):
            for key, entry in value.items():
                names(
                    entry,
                    inside
                    or key == "semai_packages"
                    or re.fullmatch(r"(__)?[a-z]+_(names|packages)", str(key)) is not None,
                )
        elif isinstance(value, list):
            for entry in value:
                names(entry, inside)
        elif isinstance(value, str) and inside:
            words = re.findall(r"'([a-z0-9|.+-]+)'", value) if "{{" in value else [value]
            found.update(word.partition("|")[0] for word in words)

    for file in [*role.glob("tasks/*.yml"), *role.glob("vars/*.yml"), *role.glob("defaults/*.yml")]:
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            names(document)
    return found


@pytest.mark.parametrize("role", ["backup", "certificate", "common", "hostctl", "mariadb", "nginx", "postgresql"])
def test_the_list_names_what_a_role_installs(role: str) -> None:
    lists = package_list()
    common = set(lists.wanted("debian-12", ["common"])["common"])
    carried = common | set(lists.wanted("debian-12", [role]).get(role, ()))
    not_packages = {"acme", "certbot"}  # certificates by ACME need the internet anyway
    assert installed_by(ROLES / role) - carried - not_packages == set()


def test_php_brings_the_packages_of_its_extensions() -> None:
    lists = package_list()
    assert lists.wanted("debian-12", ["php"], ["mysqli", "json", "gd"]) == {
        "php": ("php8.2-cli", "php8.2-fpm", "php8.2-gd", "php8.2-mysql")
    }


@pytest.mark.parametrize("text", ["debian-11/x86_64", "debian-12", "debian-12/sparc", "x/../y"])
def test_a_platform_without_packages_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        package_list().platform(text)


def test_essential_packages_count_as_older_than_any() -> None:
    base = essential(LIST)
    assert base == {"dpkg": "amd64", "apt": "amd64"}
    assert "Package: apt\nStatus: install ok installed\nArchitecture: amd64\nVersion: 0~\n" in status_of(base)


def test_what_apt_would_fetch_is_read() -> None:
    said = f"'http://x/pool/n/nginx_1%3a1_amd64.deb' nginx_1%3a1_amd64.deb 10 SHA256:{DIGEST}\n"
    assert digests_of(said) == {DIGEST: ("nginx_1%3a1_amd64.deb", 10)}


def test_a_flat_repository_keeps_the_stanza_but_for_its_place() -> None:
    [package] = packages_by_digest(LIST, [DIGEST]).values()
    assert package.file == "nginx_1.22-9_amd64.deb"
    text = packages_file([package]).decode()
    assert "Filename: ./nginx_1.22-9_amd64.deb\n\n" in text
    assert "Depends: libc6,\n iproute2\n" in text
    assert "pool/" not in text
    assert "MD5sum" not in text


def test_a_package_apt_wants_must_be_listed() -> None:
    with pytest.raises(OperationFailed):
        packages_by_digest(LIST, ["d" * 64])


def test_a_release_names_size_and_digest_of_its_lists() -> None:
    text = release_file(
        "semai x", "bookworm", "amd64", "Sat, 21 Nov 2026 08:00:00 UTC", {"Packages": b"abc"}
    ).decode()
    assert text.endswith(" ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 3 Packages\n")


@pytest.mark.parametrize(
    "key",
    [b"", b"x" * 70_000, b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"],
)
def test_what_is_no_key_has_no_fingerprint(key: bytes) -> None:
    with pytest.raises(TrustRefused):
        fingerprint(key)
