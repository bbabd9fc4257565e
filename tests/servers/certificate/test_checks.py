"""What a supplied certificate must be, and what the region's CA makes: judged on the controller, no machines."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from semai.playbooks.action_plugins import semai_certificate_checks as checks

from tests.servers.authority import NOW, Authority, key_text, text

ROOT = Authority("Akar")
SUB = Authority("Antara", ROOT)
NAME = "e-planning.manggarai.go.id"
LEAF, KEY = SUB.issue(NAME, "*.satu.go.id")
PLACES = ("server.pem", "server.key")


def refusal(certificate: str, key: str) -> str:
    with pytest.raises(checks.Unfit) as caught:
        checks.read_pair(certificate, key, PLACES, NOW)
    return f"{caught.value.code}: {caught.value.message}"


def test_a_chain_in_order_with_its_key_is_taken() -> None:
    pair = checks.read_pair(text(LEAF, SUB.certificate, ROOT.certificate), key_text(KEY), PLACES, NOW)
    assert (pair.leaf, len(pair.chain)) == (LEAF, 3)


def test_what_is_wrong_with_supplied_files_is_said() -> None:
    other = key_text(ec.generate_private_key(ec.SECP256R1()))
    old, old_key = SUB.issue(NAME, since=-400, days=-1)
    young, young_key = SUB.issue(NAME, since=3)
    day = f"{NOW - datetime.timedelta(days=1):%Y-%m-%d}"
    mine = key_text(KEY)
    locked = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    ).decode()
    assert refusal(text(LEAF), other) == (
        "certificate-key-mismatch: the key server.key does not belong to the certificate server.pem"
    )
    assert refusal(text(old), key_text(old_key)) == f"certificate-expired: server.pem: {NAME} expired on {day}"
    assert refusal(text(young), key_text(young_key)).startswith("certificate-not-yet-valid")
    assert refusal(text(SUB.certificate, LEAF), mine).startswith("certificate-key-mismatch")
    assert refusal(text(LEAF, ROOT.certificate), mine) == (
        f"certificate-chain-broken: server.pem: {NAME} was not issued by Akar, which follows it"
    )
    assert refusal(mine, mine) == "certificate-unreadable: server.pem holds a private key"
    assert refusal("", mine) == "certificate-unreadable: server.pem holds no certificate in PEM"
    assert refusal(text(LEAF), text(LEAF)) == "certificate-key-unreadable: server.key holds no private key in PEM"
    assert refusal(text(LEAF), locked).startswith("certificate-key-locked")


def test_a_star_stands_for_one_label_only() -> None:
    pair = checks.Pair((LEAF,), KEY)
    checks.check_names(pair, [NAME, "a.satu.go.id"], "server.pem")
    with pytest.raises(checks.Unfit) as caught:
        checks.check_names(pair, ["a.b.satu.go.id", "satu.go.id", NAME], "server.pem")
    assert caught.value.message == f"server.pem is for {NAME}, *.satu.go.id, not for a.b.satu.go.id, satu.go.id"


def test_a_certificate_that_may_not_sign_is_no_authority() -> None:
    with pytest.raises(checks.Unfit) as caught:
        checks.read_authority(text(LEAF), key_text(KEY), NOW)
    assert caught.value.code == "certificate-ca-unfit"


def request(name: str) -> tuple[str, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode(), key


def test_the_regions_ca_signs_for_the_name_that_is_asked_and_no_other() -> None:
    asked, key = request("bank.go.id")
    leaf = checks.leaf_of(checks.sign(checks.Pair((ROOT.certificate,), ROOT.key), asked, NAME, NOW))
    assert checks.names_of(leaf) == [NAME]
    assert checks.issued(leaf, ROOT.certificate)
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 397
    assert leaf.public_key().public_numbers() == key.public_key().public_numbers()


def test_a_certificate_does_not_outlive_its_ca() -> None:
    young = Authority("Baru")
    late = NOW + datetime.timedelta(days=3600)
    leaf = checks.leaf_of(checks.sign(checks.Pair((young.certificate,), young.key), request(NAME)[0], NAME, late))
    assert leaf.not_valid_after_utc == young.certificate.not_valid_after_utc


def test_what_a_host_has_is_replaced_for_a_reason() -> None:
    def public(key: ec.EllipticCurvePrivateKey) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def why(name: str, certificate: str, key: str, days: int = 30) -> str:
        return str(checks.lacking(name, certificate, key, NOW, days))

    good = text(LEAF)
    assert why(NAME, good, public(KEY)) == ""
    assert why(NAME, good, public(KEY), 91) in ("89 days left", "90 days left")
    assert why(NAME, "", public(KEY)) == "missing"
    assert why(NAME, "torn", public(KEY)) == "unreadable"
    assert why("other.go.id", good, public(KEY)) == "its names differ"
    assert why(NAME, good, public(SUB.key)) == "its key is another one"
