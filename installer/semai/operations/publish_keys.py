"""`semai publish init-keys`: make the mentor's keys and the first root, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.files import write_atomic
from semai.adapters.keys import PUBLISH_KEY, ROOT_KEYS, check_passphrase, key_path, refuse_existing, write_key
from semai.adapters.signing import new_root, read_roots

Passphrase = Callable[[str], str]  # the name of a key -> its passphrase


@dataclass(frozen=True)
class Keys:
    """What was made: the fingerprint that goes into the mentor's letter, and the files to keep."""

    fingerprint: str
    root_keys: tuple[Path, ...]
    publish_key: Path
    root: Path


def init_keys(folder: Path, passphrase: Passphrase, now: datetime) -> Keys:
    """Make three root keys, the publish key and 1.root.json in `folder`.

    Raises InvalidInput (`keys-exist`, `passphrase-short`) before anything is written, or OperationFailed.
    """
    refuse_existing(folder)
    words = {name: check_passphrase(name, passphrase(name)) for name in (*ROOT_KEYS, PUBLISH_KEY)}
    made = {name: write_key(folder, name, phrase) for name, phrase in words.items()}
    root = folder / "1.root.json"
    write_atomic(root, new_root([made[name] for name in ROOT_KEYS], made[PUBLISH_KEY], now))
    return Keys(
        fingerprint=read_roots(folder).fingerprint,
        root_keys=tuple(key_path(folder, name) for name in ROOT_KEYS),
        publish_key=key_path(folder, PUBLISH_KEY),
        root=root,
    )
