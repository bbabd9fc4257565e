"""A mentor's key files: ed25519 in PKCS8 PEM, each under its own passphrase, readable by the owner only."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from semai.adapters.files import cannot_write, make_folder
from semai.errors import InvalidInput, TrustRefused

ROOT_KEYS = ("root-1", "root-2", "root-3")
PUBLISH_KEY = "publish"
SHORTEST_PASSPHRASE = 12


def check_passphrase(name: str, passphrase: str) -> str:
    """Return a passphrase that may protect a new key; raises InvalidInput (`passphrase-short`)."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InvalidInput(
            "passphrase-short",
            "the passphrase of key {key} needs at least {least} characters",
            hint="four or five random words do well",
            key=name,
            least=SHORTEST_PASSPHRASE,
        )
    return passphrase


def read_passphrases(path: Path) -> Callable[[str], str]:
    """Return the passphrase of each key from a file that only its owner may read; see `parse_passphrases`.

    Raises InvalidInput (`passphrase-file`, `passphrase-file-exposed`).
    """
    try:
        text = path.read_text(encoding="utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "passphrase-file",
            "cannot read the passphrases in {file}: {reason}",
            file=path,
            reason=getattr(error, "strerror", None) or str(error),
        ) from error
    if mode & 0o077:
        raise InvalidInput(
            "passphrase-file-exposed",
            "others may read {file} (mode {mode:04o})",
            hint="chmod 600 {file}",
            file=path,
            mode=mode,
        )
    return parse_passphrases(text, str(path))


def parse_passphrases(text: str, where: str) -> Callable[[str], str]:
    """Return the passphrase of each key from lines `root-1: words`; one line without a name serves all keys.

    Asking for a key that `text` does not name raises InvalidInput (`passphrase-missing`); `where` is shown.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    named = {
        name: line.partition(":")[2].strip()
        for line in lines
        for name in (*ROOT_KEYS, PUBLISH_KEY)
        if line.startswith(f"{name}:")
    }
    for_all = lines[0].strip() if len(lines) == 1 and not named else ""

    def passphrase(name: str) -> str:
        if found := named.get(name, for_all):
            return found
        raise InvalidInput(
            "passphrase-missing",
            "{where} has no passphrase for key {key}",
            hint="write a line `{key}: words`, or one line without a name for all keys",
            where=where,
            key=name,
        )

    return passphrase


def key_path(folder: Path, name: str) -> Path:
    """Return where the key `name` lies."""
    return folder / f"{name}.pem"


def refuse_existing(folder: Path) -> None:
    """Raise InvalidInput (`keys-exist`) when any key file is there already."""
    if any(key_path(folder, name).exists() for name in (*ROOT_KEYS, PUBLISH_KEY)) or any(
        folder.glob("*.root.json")
    ):
        raise InvalidInput(
            "keys-exist",
            "{folder} holds keys already; replacing them would lock every adopter out",
            hint="name another folder with --keys, or keep these",
            folder=folder,
        )


def write_key(folder: Path, name: str, passphrase: str) -> Ed25519PrivateKey:
    """Make a key and write it under `passphrase`; raises OperationFailed, InvalidInput."""
    check_passphrase(name, passphrase)
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    path = key_path(folder, name)
    make_folder(folder, 0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error
    return key


def read_key(folder: Path, name: str, passphrase: str) -> Ed25519PrivateKey:
    """Return the key; raises InvalidInput (`key-missing`), TrustRefused (`key-exposed`, `passphrase-wrong`, …)."""
    path = key_path(folder, name)
    try:
        content = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise InvalidInput(
            "key-missing",
            "cannot read the key {path}: {reason}",
            hint="name the folder of the keys with --keys, or make them: semai publish init-keys",
            path=path,
            reason=error.strerror,
        ) from error
    if mode & 0o077:
        raise TrustRefused(
            "key-exposed",
            "others may read the key {path} (mode {mode:04o})",
            hint="chmod 600 {path}",
            path=path,
            mode=mode,
        )
    try:
        key = load_pem_private_key(content, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise TrustRefused(
            "passphrase-wrong",
            "the passphrase does not open {path}, or the file is damaged",
            hint="try again; each key has its own passphrase",
            path=path,
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrustRefused("key-unknown", "{path} is not an ed25519 key", path=path)
    return key
