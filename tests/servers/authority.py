"""A region's CA for tests, and certificates as somebody else would supply them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.timezone.utc)


def key_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a key as PEM."""
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(serialization.Encoding.PEM, *form).decode()


def text(*certificates: x509.Certificate) -> str:
    """Return a chain as PEM."""
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)


@dataclass(frozen=True)
class Authority:
    """A CA with an issuer, or none when it is a root."""

    name: str = "Kabupaten Manggarai"
    above: Authority | None = None

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return its key."""
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def certificate(self) -> x509.Certificate:
        """Return its certificate."""
        return self._make(self.above or self, self.name, self.key, (), -1, 3650, ca=True)

    def issue(
        self, *names: str, key: ec.EllipticCurvePrivateKey | None = None, since: int = -1, days: int = 90
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Return a certificate for host names that began `since` days from now and ends in `days`, with its key."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        return self._make(self, names[0], key, names, since, days, ca=False), key

    def variables(self) -> dict[str, str]:
        """Return what the vault holds of it."""
        return {"certificate": text(self.certificate), "key": key_text(self.key)}

    def _make(
        self,
        issuer: Authority,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        names: tuple[str, ...],
        since: int,
        days: int,
        *,
        ca: bool,
    ) -> x509.Certificate:
        subject, above = (
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)]) for common in (name, issuer.name)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(above)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + datetime.timedelta(days=since))
            .not_valid_after(NOW + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        above_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(own, critical=False).add_extension(above_key, critical=False)
        if ca:
            usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(entry) for entry in names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(issuer.key, hashes.SHA256())
