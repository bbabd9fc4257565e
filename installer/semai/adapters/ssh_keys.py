"""SSH key pairs with which hosts reach repositories of backups elsewhere; the private half lives in the vault."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def new_ssh_key() -> str:
    """Return a new ed25519 private key as OpenSSH writes it, without a passphrase: a timer uses it at night."""
    key = Ed25519PrivateKey.generate()
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return plain.decode()


def public_line(private: str, comment: str) -> str:
    """Return the line for `authorized_keys`."""
    key = serialization.load_ssh_private_key(private.encode(), password=None)
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return f"{line.decode()} {comment}"
