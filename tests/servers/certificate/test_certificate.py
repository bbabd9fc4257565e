"""The role certificate on real machines: the region's CA, supplied files, and ACME with a server of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.servers.authority import Authority, key_text, text
from tests.servers.server import Server

pytestmark = pytest.mark.lab

ONE, TWO = "e-planning.manggarai.go.id", "e-budgeting.manggarai.go.id"
TLS = "/etc/semai/tls"


def shown(server: Server, name: str, what: str, folder: str = TLS) -> str:
    return server.run(f"openssl x509 -in {folder}/{name}/cert.pem -noout {what}").strip()


def checked_by(server: Server, ca: Authority, name: str, folder: str = TLS) -> str:
    """Let openssl judge as a browser would that trusts the CA."""
    server.machine.put("/opt/ca.pem", text(ca.certificate).encode())
    words = f"openssl verify -x509_strict -purpose sslserver -verify_hostname {name} -CAfile /opt/ca.pem"
    return server.run(f"{words} {folder}/{name}/cert.pem")


def test_the_regions_ca_signs_what_the_host_asks_and_no_key_travels(server: Server) -> None:
    ca = Authority()
    given = {"certificate_names": [ONE, TWO], "certificate_ca": ca.variables()}
    before = server.fingerprint()
    assert server.play("certificate", given, check=True).changed == ["certificate : Bring certificates"]
    assert server.fingerprint() == before

    played = server.settled("certificate", given)
    assert checked_by(server, ca, ONE) == f"{TLS}/{ONE}/cert.pem: OK\n"
    assert shown(server, TWO, "-ext subjectAltName").endswith(f"DNS:{TWO}")
    assert server.run(f"stat -c '%a %U' {TLS}/{ONE}/key.pem {TLS}/{ONE}/cert.pem") == "600 root\n644 root\n"
    secret = ca.variables()["key"].splitlines()[1]  # its end is the secret number's beginning
    assert secret not in played.output
    assert server.run(f"grep -rlF {secret} /etc /root /tmp /var/tmp /opt 2>/dev/null || true") == ""


@pytest.mark.thorough
def test_a_certificate_is_renewed_when_it_ages_or_its_name_or_ca_changes(server: Server) -> None:
    ca, folder = Authority(), "/etc/other/tls"
    given = {"certificate_names": [ONE], "certificate_ca": ca.variables(), "certificate_folder": folder}
    server.settled("certificate", given)
    key, serial = server.run(f"sha256sum {folder}/{ONE}/key.pem"), shown(server, ONE, "-serial", folder)

    server.play("certificate", {**given, "certificate_renew_days": 397})
    assert shown(server, ONE, "-serial", folder) != serial
    assert server.run(f"sha256sum {folder}/{ONE}/key.pem") == key

    successor = Authority("Kabupaten Manggarai 2")
    server.settled("certificate", {**given, "certificate_ca": successor.variables()})
    assert "Manggarai 2" in shown(server, ONE, "-issuer", folder)

    server.run(f"cp {folder}/{ONE}/cert.pem /opt/; echo torn >{folder}/{ONE}/key.pem")
    server.settled("certificate", {**given, "certificate_ca": successor.variables()})
    assert "OK" in checked_by(server, successor, ONE, folder)


def test_supplied_files_are_judged_first_and_replaced_when_others_are_given(server: Server, tmp_path: Path) -> None:
    ca = Authority("Penerbit")
    places = {"certificate": tmp_path / "server.pem", "key": tmp_path / "server.key"}
    files = {kind: str(path) for kind, path in places.items()}
    given = {"certificate_names": [ONE, TWO], "certificate_source": "files", "certificate_files": files}
    before = server.fingerprint()

    def refused() -> str:
        refusal = server.play("certificate", given, fails=True).refusal
        assert server.fingerprint() == before
        return str(refusal["message"])

    assert refused() == f"{places['certificate']} cannot be read: No such file or directory"
    old, key = ca.issue(ONE, TWO, since=-400, days=-2)
    places["key"].write_text(key_text(key))
    places["certificate"].write_text(text(old))
    assert f"{ONE} expired on" in refused()
    places["certificate"].write_text(text(ca.issue(ONE, key=key)[0]))
    assert refused() == f"{places['certificate']} is for {ONE}, not for {TWO}"

    for days in (300, 10):
        places["certificate"].write_text(text(ca.issue(ONE, TWO, key=key, days=days)[0], ca.certificate))
        output = server.settled("certificate", given).output
        assert ("the supplied certificate expires on" in output) == (days == 10)
        assert "OK" in checked_by(server, ca, TWO)
    assert server.run(f"openssl pkey -in {TLS}/{TWO}/key.pem -outform DER | sha256sum")
    assert "PRIVATE" not in server.play("certificate", given, check=True).output


def test_a_wrong_ca_is_refused(server: Server) -> None:
    ca = Authority()
    leaf, key = ca.issue(ONE)
    wrong = {"certificate": text(leaf), "key": key_text(key)}
    for authority, code in ((wrong, "certificate-ca-unfit"), ({}, "certificate-ca-missing")):
        given = {"certificate_names": [ONE], "certificate_ca": authority}
        assert server.play("certificate", given, fails=True).refusal["code"] == code


def start_acme(server: Server) -> None:
    """Start an ACME server there that the machine trusts and that finds both names on the machine itself."""
    server.task("semai_packages", {"names": ["pebble", "ca-certificates"]})
    leaf, key = (ca := Authority("Uji ACME")).issue("localhost")
    server.machine.put("/opt/acme.pem", text(leaf, ca.certificate).encode())
    server.machine.put("/opt/acme.key", key_text(key).encode())
    server.machine.put("/usr/local/share/ca-certificates/acme.crt", text(ca.certificate).encode())
    server.run(f"update-ca-certificates && echo 127.0.0.1 {ONE} {TWO} >>/etc/hosts")
    setting = {
        "listenAddress": "127.0.0.1:14000",
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": "/opt/acme.pem",
        "privateKey": "/opt/acme.key",
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
    }
    server.machine.put("/opt/acme.json", json.dumps({"pebble": setting}).encode())
    server.run("systemd-run --quiet --unit acme -E PEBBLE_VA_NOSLEEP=1 pebble -config /opt/acme.json")
    server.run("for i in $(seq 50); do ss -ltn | grep -q :14000 && exit 0; sleep 0.1; done; exit 1")


@pytest.mark.thorough
def test_acme_brings_certificates_before_nginx_is_there_and_renews_them_while_it_runs(server: Server) -> None:
    start_acme(server)
    acme = {"directory": "https://localhost:14000/dir", "email": "tik@manggarai.go.id"}
    given = {"certificate_names": [ONE], "certificate_source": "acme", "certificate_acme": acme}
    server.settled("certificate", given)
    assert "Pebble" in shown(server, ONE, "-issuer")

    site = {"name": "a", "server_name": ONE, "upstreams": ["127.0.0.1:8101"]}
    server.settled("nginx", {"nginx_sites": [site]})
    serial = shown(server, ONE, "-serial")
    server.run("certbot renew --force-renewal --no-random-sleep-on-renew", timeout=300)
    assert shown(server, ONE, "-serial") != serial
    served = server.run(
        f"openssl s_client -connect 127.0.0.1:443 -servername {ONE} </dev/null | openssl x509 -serial -noout"
    )
    assert served.strip() == shown(server, ONE, "-serial")

    server.settled("certificate", {**given, "certificate_names": [ONE, TWO]})
    refused = {**given, "certificate_names": ["nowhere.manggarai.go.id"]}
    refusal = server.play("certificate", refused, fails=True).refusal
    assert (refusal["code"], "nowhere.manggarai.go.id" in refusal["message"]) == ("acme-failed", True)
    assert re.search("DNS|resolv|lookup|no such host", refusal["message"] + refusal["hint"])

    ca = Authority()
    server.settled("certificate", {"certificate_names": [ONE, TWO], "certificate_ca": ca.variables()})
    assert server.run("ls /etc/letsencrypt/renewal") == ""
