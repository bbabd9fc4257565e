"""What a TLS certificate must be, and how the region's CA makes one; for the action plugin, on the controller.

Pure but for the randomness of serial numbers: PEM texts, names and a moment in, texts or a refusal out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 397  # what browsers accept at most is 398
_SKEW = datetime.timedelta(hours=1)  # a host or a browser may be behind
_DER_KEY = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class Unfit(Exception):
    """A file that cannot serve; nothing was changed."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True)
class Pair:
    """A chain of certificates, the leaf first, with its key."""

    chain: tuple[x509.Certificate, ...]
    key: Any

    @property
    def leaf(self) -> x509.Certificate:
        """Return the certificate that the key belongs to."""
        return self.chain[0]

    @property
    def text(self) -> str:
        """Return the chain as PEM."""
        return "".join(c.public_bytes(serialization.Encoding.PEM).decode() for c in self.chain)

    @property
    def key_text(self) -> str:
        """Return the key as PEM without a passphrase."""
        return str(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()
        )


def day(moment: datetime.datetime) -> str:
    """Return a date for people."""
    return f"{moment:%Y-%m-%d}"


def read_pair(certificate: str, key: str, names: tuple[str, str], now: datetime.datetime) -> Pair:
    """Return a chain and its key; `names` say in messages where each came from."""
    try:
        chain = tuple(x509.load_pem_x509_certificates(certificate.encode()))
    except ValueError:
        held = "a private key" if "PRIVATE KEY" in certificate else "no certificate in PEM"
        raise Unfit(
            "certificate-unreadable",
            f"{names[0]} holds {held}",
            "give a file that begins with the server certificate",
        ) from None
    pair = Pair(chain, _read_key(key, names[1]))
    if pair.key.public_key().public_bytes(*_DER_KEY) != pair.leaf.public_key().public_bytes(*_DER_KEY):
        raise Unfit(
            "certificate-key-mismatch",
            f"the key {names[1]} does not belong to the certificate {names[0]}",
            "take the key it was requested with; the certificate of the server comes first in its file",
        )
    _check_dates(pair.chain, names[0], now)
    _check_order(pair.chain, names[0])
    return pair


def _read_key(text: str, name: str) -> Any:
    try:
        return serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise Unfit(
            "certificate-key-locked",
            f"the key {name} is locked with a passphrase",
            f"openssl pkey -in {name} -out KEY",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unfit(
            "certificate-key-unreadable", f"{name} holds no private key in PEM", "give the file of the key"
        ) from None


def _check_dates(chain: Sequence[x509.Certificate], name: str, now: datetime.datetime) -> None:
    for one in chain:
        if one.not_valid_after_utc <= now:
            said = f"{name}: {_subject(one)} expired on {day(one.not_valid_after_utc)}"
            raise Unfit("certificate-expired", said, "ask its issuer for a new one")
        if one.not_valid_before_utc - _SKEW > now:
            said = f"{name}: {_subject(one)} is not valid before {day(one.not_valid_before_utc)}"
            raise Unfit("certificate-not-yet-valid", said, "look at the clock of this machine: date")


def _check_order(chain: Sequence[x509.Certificate], name: str) -> None:
    for lower, upper in zip(chain, chain[1:], strict=False):
        if not issued(lower, upper):
            raise Unfit(
                "certificate-chain-broken",
                f"{name}: {_subject(lower)} was not issued by {_subject(upper)}, which follows it",
                "put the certificate of the server first, then each issuer below what it issued",
            )


def _subject(one: x509.Certificate) -> str:
    found = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else one.subject.rfc4514_string() or "a certificate without a name"


def issued(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    """Tell whether `upper` signed `lower`."""
    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def names_of(one: x509.Certificate) -> list[str]:
    """Return the host names that a certificate is for."""
    try:
        found = one.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in found.value.get_values_for_type(x509.DNSName)]


def covers(one: x509.Certificate, name: str) -> bool:
    """Tell whether a browser takes the certificate for `name`; `*` stands for one label."""
    wild = f"*.{name.partition('.')[2]}"
    return name in names_of(one) or wild in names_of(one)


def check_names(pair: Pair, wanted: Iterable[str], place: str) -> None:
    """Refuse a certificate that is not for all the names."""
    if lacking := [name for name in wanted if not covers(pair.leaf, name)]:
        held = ", ".join(names_of(pair.leaf)) or "no name at all"
        said = f"{place} is for {held}, not for {', '.join(lacking)}"
        raise Unfit("certificate-names", said, "ask for a certificate that names all sites, or one for *.DOMAIN")


def read_authority(certificate: str, key: str, now: datetime.datetime) -> Pair:
    """Return the region's CA; refuse what is none."""
    pair = read_pair(certificate, key, ("the certificate of the region's CA", "the key of the region's CA"), now)
    try:
        may = pair.leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        may = False
    if not may:
        said = f"{_subject(pair.leaf)} is given as the region's CA, but may not sign certificates"
        raise Unfit(
            "certificate-ca-unfit", said, "put the CA's own certificate and key into the vault, as semai lock does"
        )
    return pair


def sign(authority: Pair, request: str, name: str, now: datetime.datetime) -> str:
    """Return the chain for a host's request; the names are ours, the request gives the public key alone."""
    asked = x509.load_pem_x509_csr(request.encode())
    if not asked.is_signature_valid:
        raise Unfit("certificate-request-broken", f"the request for {name} is not signed by its key", "apply again")
    key, issuer = asked.public_key(), authority.leaf
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    end = min(now - _SKEW + datetime.timedelta(days=DAYS), issuer.not_valid_after_utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if len(name) <= 64 else []))
        .issuer_name(issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=len(name) > 64)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_key_identifier(issuer), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Pair((made, issuer), authority.key).text


def _key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def lacking(name: str, certificate: str, public_key: str, now: datetime.datetime, renew_days: int) -> str:
    """Return why what a host has for `name` is to be replaced, empty when it is good."""
    if not certificate or not public_key:
        return "missing"
    try:
        leaf = x509.load_pem_x509_certificates(certificate.encode())[0]
        key = serialization.load_pem_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "unreadable"
    if leaf.public_key().public_bytes(*_DER_KEY) != key.public_bytes(*_DER_KEY):
        return "its key is another one"
    if not covers(leaf, name):
        return "its names differ"
    left = (leaf.not_valid_after_utc - now).days
    return f"{left} days left" if left < renew_days else ""


def leaf_of(text: str) -> x509.Certificate:
    """Return the first certificate of a PEM text."""
    return x509.load_pem_x509_certificates(text.encode())[0]
