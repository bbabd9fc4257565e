"""The region's own certificate authority: made once, kept in the vault, described for people to trust."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from semai.core.secrets import Authority

YEARS = 10
_MAX_NAME = 64  # of a common name (RFC 5280)


@dataclass(frozen=True)
class Described:
    """An authority's certificate as people compare it."""

    certificate: str  # PEM
    name: str
    fingerprint: str  # sha256, pairs joined by ':'
    ends: str  # "2036-11-21"


def new_authority(region: str, now: datetime | None = None) -> Authority:
    """Return a new authority for the region of this name: EC P-256, ten years, signs servers' certificates only."""
    moment = now or datetime.now(timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, region[:_MAX_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"CA {region}"[:_MAX_NAME]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))  # clocks of a region differ
        .not_valid_after(moment + timedelta(days=365 * YEARS + 3))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Authority(certificate=_pem(certificate), key=private.decode("ascii"))


def described(authority: Authority) -> Described:
    """Return what people compare; raises ValueError when the certificate cannot be read."""
    certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
    name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    fingerprint = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    return Described(_pem(certificate), str(name), fingerprint, f"{certificate.not_valid_after_utc:%Y-%m-%d}")


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
