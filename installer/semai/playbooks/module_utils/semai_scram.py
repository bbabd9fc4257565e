"""SCRAM-SHA-256 verifiers as PostgreSQL stores them: made and checked here, so that no password travels in SQL."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import stringprep
import unicodedata

ITERATIONS = 4096  # PostgreSQL's own
_STORED = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def verifier(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return what PostgreSQL keeps instead of `password`."""
    salt = os.urandom(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, iterations)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = (_text(salt), _text(stored), _text(_keyed(salted, b"Server Key")))
    return f"SCRAM-SHA-256${iterations}:{parts[0]}${parts[1]}:{parts[2]}"


def matches(password: str, stored: str | None) -> bool:
    """Tell whether `stored`, a value of pg_authid.rolpassword, is a SCRAM verifier of `password`."""
    found = _STORED.fullmatch(stored or "")
    if not found:
        return False
    again = verifier(password, base64.b64decode(found[2]), int(found[1]))
    return hmac.compare_digest(again, found[0])


def prepared(password: str) -> str:
    """Return the password after SASLprep (RFC 4013), or as it is where that forbids it, as PostgreSQL does."""
    if password.isascii():
        return password
    mapped = "".join(
        " " if stringprep.in_table_c12(letter) else letter
        for letter in password
        if not stringprep.in_table_b1(letter)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    return normal if _allowed(normal) else password


def _allowed(text: str) -> bool:
    if not text or any(forbidden(letter) for letter in text for forbidden in _PROHIBITED):
        return False
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(map(stringprep.in_table_d2, text))


def _keyed(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
