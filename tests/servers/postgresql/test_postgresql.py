"""The role postgresql on real machines: databases that only their own role reaches, in a server that fits."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from semai_host import drill_database

from tests.servers.conftest import Servers
from tests.servers.server import Server

pytestmark = pytest.mark.lab

HARD = """it's "50%" \\ {{ x }} $HOME #!;-- é"""
PLANNING = {"name": "semai_e_planning", "password": HARD}
BUDGETING = {"name": "semai_e_budgeting", "password": "satu", "state": "present"}


def psql(server: Server, query: str, database: str = "postgres") -> str:
    """Ask as the administrator."""
    words = f"runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -d {database} -f -"
    return server.run(words, given=query.encode()).strip()


def login(
    server: Server, user: str, password: str, database: str, query: str, host: str = "/run/postgresql"
) -> str:
    """Ask as an app would; the password comes in the environment. Returns the answer, or the complaint."""
    address = f"host={host} user={user} dbname={database} connect_timeout=5"
    words = f"env PGPASSWORD={shlex.quote(password)} runuser -u nobody -- psql -XAtq {shlex.quote(address)} -c"
    return server.run(f"cd /; {words} {shlex.quote(query)} 2>&1 || true").strip()


def variables(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    # As in the play, where passwords come out of the vault and are no templates.
    unsafe = [{**item, "password": {"__ansible_unsafe": item["password"]}} for item in items]
    return {"postgresql_databases": unsafe, **{f"postgresql_{name}": value for name, value in more.items()}}


def test_each_role_reaches_its_own_database_and_no_other(server: Server) -> None:
    before = server.fingerprint("/etc")
    foreseen = server.play("postgresql", variables(PLANNING, BUDGETING), check=True)
    tasks = ["Install PostgreSQL", "Configure PostgreSQL and its databases"]
    assert foreseen.changed == [f"postgresql : {task}" for task in tasks]
    assert server.fingerprint("/etc") == before

    played = server.settled("postgresql", variables(PLANNING, BUDGETING))
    assert HARD not in played.output
    assert login(server, "semai_e_planning", HARD, "semai_e_planning", "CREATE TABLE a (b text); SELECT 1") == "1"
    assert login(server, "semai_e_budgeting", "satu", "semai_e_budgeting", "SHOW server_encoding") == "UTF8"
    assert "authentication failed" in login(server, "semai_e_planning", "it's", "semai_e_planning", "SELECT 1")
    for database in ("semai_e_planning", "postgres", "template1"):
        assert "FATAL" in login(server, "semai_e_budgeting", "satu", database, "SELECT 1")
    assert psql(server, "SELECT count(*) FROM pg_settings WHERE pending_restart") == "0"
    drill, secret = drill_database.name_of("semai_e_planning"), drill_database.password_of(HARD)
    assert login(server, drill, secret, drill, "CREATE TABLE a (b text); SELECT 1") == "1"
    assert "FATAL" in login(server, drill, secret, "semai_e_planning", "SELECT 1")
    assert "FATAL" in login(server, "semai_e_planning", secret, "semai_e_planning", "SELECT 1")
    server.settled("postgresql", variables(BUDGETING))
    assert login(server, "semai_e_planning", HARD, "semai_e_planning", "SELECT 1") == "1"  # not named, not touched
    assert server.run("ss -Hltn 'sport = :5432'") == ""


def test_every_variable_changes_what_it_names_and_removal_keeps_the_data(servers: Servers) -> None:
    server, client = servers(), servers()
    server.play("postgresql", variables(PLANNING, BUDGETING))
    login(server, "semai_e_planning", HARD, "semai_e_planning", "CREATE TABLE a AS SELECT 7 AS b")
    began = psql(server, "SELECT pg_postmaster_start_time()")

    address, other = server.machine.address, client.machine.address
    reached = {"name": "semai_e_planning", "password": "dua tiga", "clients": [other]}
    gone = {"name": "semai_e_budgeting", "password": "", "state": "absent"}
    changed = variables(reached, gone, listen=[address], memory_share=10, settings={"log_statement": "all"})
    server.settled("postgresql", changed)
    assert psql(server, "SELECT pg_postmaster_start_time()") != began  # listen_addresses needs it
    assert psql(server, "SHOW log_statement; SHOW listen_addresses") == f"all\n{address}"
    assert "authentication failed" in login(server, "semai_e_planning", HARD, "semai_e_planning", "SELECT 1")
    assert login(server, "semai_e_planning", "dua tiga", "semai_e_planning", "SELECT b FROM a") == "7"

    log = server.run("cat /var/log/postgresql/*.log")
    assert "pg_authid" in log  # it does log statements
    assert "SCRAM-SHA-256" not in log
    assert "dua tiga" not in log

    client.run("apt-get update -q && apt-get install -y -q --no-install-recommends postgresql-client", timeout=300)
    secret = "SELECT b, ssl FROM a, pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert login(client, "semai_e_planning", "dua tiga", "semai_e_planning", secret, address) == "7|t"
    for database in ("postgres", "semai_e_budgeting"):
        assert "no pg_hba.conf entry" in login(client, "semai_e_planning", "x", database, "SELECT 1", address)
    assert "FATAL" in login(server, "semai_e_budgeting", "satu", "semai_e_budgeting", "SELECT 1")
    assert psql(server, "SELECT count(*) FROM pg_database WHERE datname = 'semai_e_budgeting'") == "1"

    began = psql(server, "SELECT pg_postmaster_start_time()")
    purged = variables(
        reached, {**gone, "purge": True}, listen=[address], memory_share=10, settings={"work_mem": "9MB"}
    )
    server.settled("postgresql", purged)
    assert psql(server, "SELECT count(*) FROM pg_authid WHERE rolname ~ '^semai'") == "2"  # and the drill's
    assert psql(server, "SHOW work_mem; SELECT pg_postmaster_start_time()") == f"9MB\n{began}"

    server.machine.reboot()
    assert login(client, "semai_e_planning", "dua tiga", "semai_e_planning", "SELECT b FROM a", address) == "7"


def test_what_postgresql_does_not_accept_is_put_back_and_the_server_goes_on(server: Server) -> None:
    server.play("postgresql", variables(PLANNING))
    for wrong, said in (
        ({"settings": {"work_mem": "many"}}, "work_mem"),
        ({"settings": {"no_such_thing": "1"}}, "no_such_thing"),
        ({"settings": {"shared_buffers": "9000GB"}}, "postgresql"),
        ({"listen": ["192.0.2.1"]}, "TCP/IP sockets"),
        ({"settings": {"listen_addresses": "*"}}, "listen_addresses"),
    ):
        refused = server.play("postgresql", variables(PLANNING, **wrong), fails=True)
        assert said in json.dumps(refused.refusal)
        assert login(server, "semai_e_planning", HARD, "semai_e_planning", "SELECT 1") == "1"
        assert server.play("postgresql", variables(PLANNING), check=True).changed == []


@pytest.mark.thorough
def test_what_somebody_changed_by_hand_is_corrected(server: Server) -> None:
    server.play("postgresql", variables(PLANNING))
    psql(server, "ALTER ROLE semai_e_planning SUPERUSER; GRANT CONNECT ON DATABASE semai_e_planning TO PUBLIC")
    psql(server, "ALTER DATABASE semai_e_planning OWNER TO postgres")
    server.run("echo 'host all all all trust' >>/etc/postgresql/*/main/pg_hba.conf; systemctl stop postgresql")
    server.settled("postgresql", variables(PLANNING))
    query = "SELECT rolsuper, datacl, rolname FROM pg_database JOIN pg_authid a ON a.oid = datdba"
    query += " WHERE datname = 'semai_e_planning'"
    assert psql(server, query) == "f|{semai_e_planning=CTc/semai_e_planning}|semai_e_planning"
