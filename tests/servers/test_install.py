"""The way of an IT officer, from a bare Debian machine to https: region new --server, add, lock, plan, apply."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
import yaml
from semai.core.sites import database_name

from tests.demo.pages import PHONE, screen
from tests.host.rig import wait_until
from tests.lab import inventory
from tests.lab.fixtures import Machines
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine
from tests.servers.wearing import doctor_sees_what_wears_off

pytestmark = pytest.mark.lab

APP = "e-planning"
SITE = "e-planning.manggaraikab.go.id"
DATABASE = database_name(APP)


@dataclass(frozen=True)
class Office:
    """The officer's machine: state, inventories and a mentor's catalog in one folder."""

    folder: Path
    last: list[str] = field(default_factory=list)  # what each command said on stderr
    region: str = "manggarai"

    @property
    def error(self) -> str:
        """Return the code of the error that the last command ended with."""
        found = re.search(r"error\[([a-z0-9-]+)\]", self.last[-1])
        return found[1] if found else ""

    @property
    def inventory(self) -> Path:
        return self.folder / "inventories" / self.region

    def semai(self, *words: str | Path, code: int = 0) -> str:
        """Run a command that must end with `code`; return stdout."""
        places = ["--state", self.folder / "state", "--inventories", self.folder / "inventories"]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        ran = subprocess.run(
            [sys.executable, "-m", "semai.cli.main", *map(str, places), "--region", self.region, *map(str, words)],
            env={**kept, "PYTHONPATH": str(CHECKOUT / "installer"), "SEMAI_LANG": "en", "COLUMNS": "200"},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=1200,
        )
        said = f"semai {' '.join(map(str, words))} ended with {ran.returncode}\n{ran.stderr}\n{ran.stdout}"
        assert ran.returncode == code, said
        self.last.append(ran.stderr)
        return ran.stdout

    def read(self, *words: str) -> Any:
        """Return what a command writes as JSON."""
        return json.loads(self.semai(*words, "--json"))

    def publish(self) -> str:
        """Be the mentor: build and sign the reference catalog; return its fingerprint."""
        passphrase = self.folder / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        passphrase.chmod(0o600)
        signed = ("--keys", self.folder / "keys", "--passphrase-file", passphrase)
        self.semai("publish", "init-keys", *signed)
        where = ("--source", CHECKOUT / "catalog", "--to", self.folder / "catalog")
        self.semai("publish", "all", *where, *signed, "--target", f"3.11/{platform.machine()}")
        return str(self.read("publish", "status", "--to", str(self.folder / "catalog"))["fingerprint"])

    def lead_to(self, machine: Machine, user: str) -> None:
        """Write into hosts.yml what only a lab needs: its key and its known hosts."""
        path = self.inventory / "hosts.yml"
        content = yaml.safe_load(path.read_text())
        content["all"]["children"]["app"]["hosts"]["satu"] |= inventory.connection(machine, user)
        path.write_text(yaml.safe_dump(content, sort_keys=False))


def ask(machine: Machine, authority: str, path: str) -> tuple[int, str]:
    """Open a page at the app's name, trusting the region's CA alone; the lab has no DNS."""
    context = ssl.create_default_context(cadata=authority)
    plain = socket.create_connection((machine.address, 443), timeout=30)
    with context.wrap_socket(plain, server_hostname=SITE) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n".encode())
        answer = HTTPResponse(line)
        answer.begin()
        return answer.status, answer.read().decode("utf-8", "replace")


def the_audit_trail_is_searched_by_an_index(machine: Machine) -> None:
    """The app, which owns its database and nothing else, has made itself an index of trigrams."""
    search = "SELECT count(*) FROM auditlog_logentry WHERE upper(object_repr::text) LIKE upper('%jembatan%')"
    asked = f"SET enable_seqscan = off; EXPLAIN {search}"
    found = machine.run(f"runuser -u postgres -- psql -XqAt {DATABASE}", given=asked.encode()).out
    assert "semai_kit_audit_words" in found, found


def the_nightly_service_keeps_the_app(office: Office, machine: Machine) -> None:
    """What the timer starts makes an encrypted backup of PostgreSQL and media; the region sees and verifies it."""
    assert machine.run("systemctl is-active semai-backup.timer").out == "active\n"
    machine.run("systemctl start semai-backup.service")
    (found,) = office.read("backup", "list").values()
    assert (found["engine"], found["encrypted"], [one["apps"] for one in found["sets"]]) == (
        "restic",
        True,
        [[APP]],
    )
    (read,) = office.read("backup", "verify").values()
    assert read["verified"] == [found["sets"][0]["set"]]
    (app,) = office.read("status")["apps"]
    assert app["backup"] == found["sets"][0]["moment"]
    the_monthly_service_tries_it_out(office, machine, found["sets"][0]["set"])
    key = office.semai("backup", "key", "--show").strip()
    assert key not in machine.run("journalctl -q -o cat; cat /srv/semai/journal/* /srv/semai/audit.log").out


def the_monthly_service_tries_it_out(office: Office, machine: Machine, name: str) -> None:
    """What the other timer starts leaves a record, of which the region makes a certificate without a new drill."""
    assert machine.run("systemctl is-active semai.drill.timer").out == "active\n"
    machine.run("systemctl start semai.drill.service")
    told = office.read("backup", "certificate")
    (app,) = told["apps"]
    assert (told["verdict"], told["by"], app["set"]) == ("passed", "timer@satu", name)
    assert office.read("status")["apps"][0]["drill"] == told["hosts"][0]["moment"]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.semai("region", "new", "manggarai", "--code", "53.10", "--defaults", "--server", "--user", "admin")
    return made


def test_from_a_bare_machine_to_https_and_nothing_to_do_after_that(office: Office, machines: Machines) -> None:
    (machine,) = machines(1)
    machine.add_user("admin", sudo=True)
    office.lead_to(machine, "admin")
    office.semai("mentor", "add", "batang", office.folder / "catalog", "--fingerprint", office.publish())
    office.semai("add", APP, "--yes")
    office.semai("lock")

    planned = office.read("plan")
    roles = [step["role"] for step in planned["steps"] if "role" in step]
    assert roles == ["common", "postgresql", "hostctl", "backup", "certificate", "nginx"]
    assert [step["app"] for step in planned["steps"] if step["app"]] == [APP]
    what_fails_after_the_first_app_was_begun_is_told(office, machine)
    office.semai("apply", "--yes")

    names = office.read("region", "show", "--dns")
    assert names["records"] == [{"name": SITE, "type": "A", "value": machine.address}]
    status, body = ask(machine, names["authority"]["certificate"], "/healthz")
    assert (status, json.loads(body)["database"]) == (200, "ok")
    assert ask(machine, names["authority"]["certificate"], "/masuk/")[0] == 200
    assert office.semai("open", APP).strip() == f"https://{SITE}"

    assert office.read("apply", "--yes") == {"changed": False, "outcomes": []}
    office.semai("plan", "--check")
    the_audit_trail_is_searched_by_an_index(machine)
    the_nightly_service_keeps_the_app(office, machine)
    opens_in_a_browser_that_trusts_the_region(office, machine, names["authority"]["certificate"])
    machine.power_cut()
    machine.start()
    wait_until(lambda: answers(machine, names["authority"]["certificate"]), "the app is back after a power cut")
    office.semai("plan", "--check")
    assert changed_by_plain_ansible(office) == 0
    secrets_stay_where_they_belong(office, machine)
    doctor_sees_what_wears_off(office, machine, APP, SITE)


def what_fails_after_the_first_app_was_begun_is_told(office: Office, machine: Machine) -> None:
    """On a bare machine the first app comes while the rest of the ground does; it is followed to its end."""
    rules = "/etc/nftables.conf"
    machine.put(rules, b"table inet mine { }\n")
    office.semai("apply", "--yes", code=7)
    assert office.error == "apply-incomplete"
    assert f"{rules} holds rules that semai did not write" in office.last[-1]
    left = {step["role"] for step in office.read("plan")["steps"] if step["step"] == "server"}
    assert left == {"common", "certificate", "nginx"}
    (app,) = office.read("status")["apps"]
    assert (app["app"], app["health"]) == (APP, "ok")
    machine.run(f"rm {rules}")


def opens_in_a_browser_that_trusts_the_region(office: Office, machine: Machine, authority: str) -> None:
    login = office.read("open", APP, "--show-login")["login"]
    with screen(PHONE, trusting=authority, hosts={SITE: machine.address}) as phone:
        phone.enter(f"https://{SITE}", login["name"], login["password"])
        assert phone.heading == "Ganti kata sandi"


def answers(machine: Machine, authority: str) -> bool:
    try:
        return ask(machine, authority, "/healthz")[0] == 200
    except OSError:
        return False


def changed_by_plain_ansible(office: Office) -> int:
    """Return how many tasks a check run without semai would change."""
    password = office.folder / "state" / "vault" / "manggarai.pass"
    book = CHECKOUT / "installer" / "semai" / "playbooks" / "site.yml"
    words = ["-i", office.inventory, "--vault-password-file", password, book, "--check", "--diff"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *map(str, words)],
        env=kept,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(r"satu +: ok=\d+ +changed=(\d+)", ran.stdout)
    assert found, ran.stdout
    return int(found[1])


def secrets_stay_where_they_belong(office: Office, machine: Machine) -> None:
    """The authority's key never reaches the server, and no log of a run holds a secret."""
    password = office.folder / "state" / "vault" / "manggarai.pass"
    vault = office.inventory / "group_vars" / "all" / "vault.yml"
    shown = subprocess.run(
        [sys.executable, "-m", "ansible", "vault", "view", "--vault-password-file", password, vault],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    secrets = yaml.safe_load(shown)["semai_vault"]
    key_line = secrets["ca"]["key"].splitlines()[1]
    found = machine.line.run(f"grep -rlF -- '{key_line}' /etc /srv /root /home /tmp /var/tmp /var/log; true").out
    assert found == ""
    logs = "".join(path.read_text() for path in (office.folder / "state" / "runs").rglob("*.log"))
    database = secrets["apps"][APP]["database_password"]
    assert [value for value in (key_line, database) if value in logs] == []


def test_a_server_that_cannot_be_worked_on_is_told_by_a_code_of_its_own(office: Office, machines: Machines) -> None:
    (machine,) = machines(1)
    machine.add_user("admin", sudo=False)
    office.lead_to(machine, "admin")
    office.semai("lock")
    office.semai("plan", code=7)
    assert office.error == "sudo-refused"

    machine.add_user("boss", sudo=True)
    machine.run("apt-get -y purge 'libpython3.*-stdlib'")
    office.lead_to(machine, "boss")
    office.semai("plan", code=7)
    assert office.error == "python-missing"

    machine.change_host_key()
    office.semai("plan", code=7)
    assert office.error == "host-key-changed"
