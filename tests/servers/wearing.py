"""What `semai doctor` says of a server: when it is well, and of an opened unit, a failed one and a near end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.lab.machine import Machine

if TYPE_CHECKING:
    from tests.servers.test_install import Office

OPENED = b"""[Service]
ProtectSystem=no
PrivateDevices=no
PrivateUsers=no
NoNewPrivileges=no
SystemCallFilter=
RestrictAddressFamilies=
CapabilityBoundingSet=~
"""
FAILING = b"[Service]\nExecStart=/bin/false\n"
SHORT = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /CN=x -keyout /dev/null"


def doctor_sees_what_wears_off(office: Office, machine: Machine, app: str, site: str) -> None:
    """Nothing is bad at first; each of three damages is, with what it means and a command."""
    found = {entry["code"]: entry for entry in office.read("doctor")["findings"]}
    assert {code for code, entry in found.items() if entry["severity"] == "bad"} == set()
    assert found["exposure"]["fields"]["exposure"] <= 2.0
    assert {"units", "certificate", "clock", "system", "app"} <= set(found)

    machine.put(f"/etc/systemd/system/semai-{app}.service.d/open.conf", OPENED)
    machine.put("/etc/systemd/system/semai-broken.service", FAILING)
    machine.run("systemctl daemon-reload; systemctl start semai-broken.service; sleep 1")
    machine.run(f"{SHORT} -out /etc/semai/tls/{site}/cert.pem 2>/dev/null")
    red = json.loads(office.semai("doctor", "--json", code=7))["findings"]
    bad = {entry["code"]: entry for entry in red if entry["severity"] == "bad"}
    assert set(bad) == {"exposure-high", "unit-failed", "certificate-ends"}
    assert all(entry["meaning"] and entry["command"] for entry in bad.values())
    shown = office.semai("doctor", code=7)
    assert office.error == "doctor-red"
    assert f"(on satu: systemctl cat semai-{app}.service)" in shown
