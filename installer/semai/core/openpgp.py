"""An OpenPGP public key as apt takes it, and its fingerprint. Pure; signatures are gpgv's work."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from semai.errors import TrustRefused

MAX_KEY_BYTES = 64 * 1024

_ARMOUR = re.compile(
    rb"\s*-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n:]+: [^\r\n]*\r?\n)*[ \t]*\r?\n"
    rb"([A-Za-z0-9+/=\r\n]+?)(?:\r?\n=[A-Za-z0-9+/]{4})?\r?\n-----END PGP PUBLIC KEY BLOCK-----\s*"
)
_PUBLIC_KEY, _SUBKEY = 6, 14
_OLD_LENGTHS = {0: 1, 1: 2, 2: 4}


def unarmoured(key: bytes) -> bytes:
    """Return the packets of one armoured public key block, alone in its file; raises TrustRefused."""
    match = _ARMOUR.fullmatch(key) if len(key) <= MAX_KEY_BYTES else None
    if match is None:
        raise _unreadable()
    try:
        return base64.b64decode(b"".join(match[1].split()), validate=True)
    except ValueError as error:
        raise _unreadable() from error


def fingerprint(key: bytes) -> str:
    """Return the fingerprint (40 hex digits) of the only key in an armoured block.

    More keys or subkeys are refused: a signature of any of them would count. Raises TrustRefused
    (`packages-key-unreadable`).
    """
    try:
        packets = list(_packets(unarmoured(key)))
    except (IndexError, ValueError) as error:
        raise _unreadable() from error
    keys = [body for tag, body in packets if tag in (_PUBLIC_KEY, _SUBKEY)]
    if len(keys) != 1 or packets[0][0] != _PUBLIC_KEY or keys[0][:1] != b"\x04":
        raise _unreadable()
    return hashlib.sha1(b"\x99" + len(keys[0]).to_bytes(2, "big") + keys[0]).hexdigest()


def _packets(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (tag, body) of each packet; raises ValueError or IndexError at what is none."""
    at = 0
    while at < len(content):
        first = content[at]
        if not first & 0x80:
            raise ValueError("no packet")
        if first & 0x40:
            tag, (start, length) = first & 0x3F, _new_length(content, at + 1)
        else:
            tag, size = (first >> 2) & 0x0F, _OLD_LENGTHS.get(first & 3, 0)
            start = at + 1 + size
            length = int.from_bytes(content[at + 1 : start], "big") if size else -1
        if length < 0 or start + length > len(content):
            raise ValueError("no whole packet")
        yield tag, content[start : start + length]
        at = start + length


def _new_length(content: bytes, at: int) -> tuple[int, int]:
    """Return where the body starts and its length; -1 for partial bodies, which keys do not have."""
    first = content[at]
    if first < 192:
        return at + 1, first
    if first < 224:
        return at + 2, ((first - 192) << 8) + content[at + 1] + 192
    if first == 255:
        return at + 5, int.from_bytes(content[at + 1 : at + 5], "big")
    return at + 1, -1


def _unreadable() -> TrustRefused:
    return TrustRefused(
        "packages-key-unreadable",
        "the packages key is not one public key alone",
        hint="have the carrier written again: semai export --to DIR",
    )
