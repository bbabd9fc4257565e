"""The role mariadb on real machines: databases that only their own user reaches, in a server that fits."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from semai_host import drill_database

from tests.lab.image import DEBIAN_13
from tests.servers.conftest import Servers
from tests.servers.server import Server

pytestmark = pytest.mark.lab

HARD = """it's "50%" \\ {{ x }} $HOME #!;-- é"""
SITE = {"name": "semai_situs", "password": HARD}
OTHER = {"name": "semai_lain", "password": "satu", "state": "present"}
STARTED = "SELECT FLOOR(UNIX_TIMESTAMP() - VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS"
STARTED += " WHERE VARIABLE_NAME = 'UPTIME'"


def ask(server: Server, query: str) -> str:
    """Ask as the administrator."""
    return server.run("mariadb -BN", given=query.encode()).strip()


def started(server: Server) -> int:
    """Return when the server started, in the seconds of its clock."""
    return int(server.run("systemctl show -P ExecMainStartTimestampMonotonic mariadb"))


def login(server: Server, user: str, password: str, database: str, query: str, host: str = "") -> str:
    """Ask as an app would; the password comes in the environment. Returns the answer, or the complaint."""
    place = f"--host={host} --connect-timeout=5" if host else "--socket=/run/mysqld/mysqld.sock"
    words = f"env MYSQL_PWD={shlex.quote(password)} runuser -u nobody -- mariadb --no-defaults -BN {place}"
    given = f"--default-character-set=utf8mb4 --user={user} {database} -e {shlex.quote(query)}"
    return server.run(f"cd /; {words} {given} 2>&1 || true").strip()


def variables(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    # As in the play, where passwords come out of the vault and are no templates.
    unsafe = [{**item, "password": {"__ansible_unsafe": item["password"]}} for item in items]
    return {"mariadb_databases": unsafe, **{f"mariadb_{name}": value for name, value in more.items()}}


def test_each_user_reaches_its_own_database_and_no_other(servers: Servers) -> None:
    server = servers(DEBIAN_13)
    before = server.fingerprint("/etc")
    foreseen = server.play("mariadb", variables(SITE, OTHER), check=True)
    tasks = ["Install MariaDB", "Configure MariaDB and its databases"]
    assert foreseen.changed == [f"mariadb : {task}" for task in tasks]
    assert server.fingerprint("/etc") == before

    played = server.settled("mariadb", variables(SITE, OTHER))
    assert HARD not in played.output
    assert login(
        server, "semai_situs", HARD, "semai_situs", "CREATE TABLE a (b TEXT); SELECT @@character_set_database"
    ) == ("utf8mb4")
    beside = "CREATE DATABASE semai_situs__beside; CREATE TABLE semai_situs__beside.c (d INT)"
    beside += "; DROP DATABASE semai_situs__beside"
    assert login(server, "semai_situs", HARD, "semai_situs", f"{beside}; SELECT 1") == "1"
    assert "Access denied" in login(server, "semai_situs", "it's", "semai_situs", "SELECT 1")
    drill, secret = drill_database.name_of("semai_situs"), drill_database.password_of(HARD)
    assert login(server, drill, secret, drill, "CREATE TABLE a (b TEXT); SELECT 1") == "1"
    assert "denied" in login(server, drill, secret, "semai_situs", "SELECT 1")
    assert "denied" in login(server, "semai_situs", secret, "semai_situs", "SELECT 1")
    for database in ("semai_situs", "mysql", "semai_situs__beside"):
        assert "denied" in login(server, "semai_lain", "satu", database, "SELECT 1")
    for name in ("semaixlain", "semai_lain2", "semai_lainx_beside"):
        assert "denied" in login(server, "semai_lain", "satu", "", f"CREATE DATABASE {name}")
    assert server.run("ss -Hltn 'sport = :3306'") == ""


@pytest.mark.thorough
def test_every_variable_changes_what_it_names_and_removal_keeps_the_data(servers: Servers) -> None:
    server, client = servers(), servers()
    server.play("mariadb", variables(SITE, OTHER))
    login(server, "semai_situs", HARD, "semai_situs", "CREATE TABLE a AS SELECT 7 AS b")
    login(server, "semai_lain", "satu", "semai_lain", "CREATE TABLE a AS SELECT 7 AS b")
    began = started(server)

    address, peer = server.machine.address, client.machine.address
    reached = {"name": "semai_situs", "password": "dua tiga", "clients": [peer]}
    gone = {"name": "semai_lain", "password": "", "state": "absent"}
    changed = variables(reached, gone, listen=[address], memory_share=10, settings={"max_allowed_packet": "32M"})
    server.settled("mariadb", changed)
    assert started(server) != began  # bind_address needs it
    assert ask(server, "SELECT @@max_allowed_packet, @@bind_address") == f"33554432\t{address}"
    assert "Access denied" in login(server, "semai_situs", HARD, "semai_situs", "SELECT 1")
    assert login(server, "semai_situs", "dua tiga", "semai_situs", "SELECT b FROM a") == "7"

    client.run("apt-get update -q && apt-get install -y -q --no-install-recommends mariadb-client", timeout=300)
    assert login(client, "semai_situs", "dua tiga", "semai_situs", "SELECT b FROM a", address) == "7"
    assert "denied" in login(client, "semai_lain", "satu", "semai_lain", "SELECT 1", address)
    assert "account is locked" in login(server, "semai_lain", "satu", "semai_lain", "SELECT 1")
    assert ask(server, "SELECT b FROM semai_lain.a") == "7"

    began = started(server)
    more = {"max_allowed_packet": "48M", "sql_mode": "STRICT_ALL_TABLES,NO_ZERO_DATE", "slow_query_log": True}
    purged = variables(reached, {**gone, "purge": True}, listen=[address], memory_share=10, settings=more)
    server.settled("mariadb", purged)
    assert ask(server, "SELECT COUNT(*) FROM mysql.global_priv WHERE User LIKE 'semai%'") == "4"  # and the drill's
    assert "semai_lain" not in ask(server, "SHOW DATABASES")
    shown = ask(server, "SELECT @@GLOBAL.max_allowed_packet, @@GLOBAL.sql_mode, @@GLOBAL.slow_query_log")
    assert shown == "50331648\tSTRICT_ALL_TABLES,NO_ZERO_DATE\t1"
    assert started(server) == began

    server.machine.reboot()
    assert login(client, "semai_situs", "dua tiga", "semai_situs", "SELECT b FROM a", address) == "7"


@pytest.mark.thorough
def test_what_mariadb_does_not_accept_is_put_back_and_the_server_goes_on(server: Server) -> None:
    server.play("mariadb", variables(SITE))
    for wrong, said in (
        ({"settings": {"no_such_thing": "1"}}, "no_such_thing"),
        ({"settings": {"innodb_flush_method": "wrong"}}, "innodb-flush-method"),
        ({"listen": ["db.example"]}, "db.example"),
        ({"settings": {"bind-address": "*"}}, "bind_address"),
    ):
        refused = server.play("mariadb", variables(SITE, **wrong), fails=True)
        assert said in json.dumps(refused.refusal)
        assert login(server, "semai_situs", HARD, "semai_situs", "SELECT 1") == "1"
        assert server.play("mariadb", variables(SITE), check=True).changed == []


@pytest.mark.thorough
def test_what_somebody_changed_by_hand_is_corrected(server: Server) -> None:
    server.play("mariadb", variables(SITE))
    ask(server, "GRANT ALL ON *.* TO semai_situs@localhost; CREATE USER ''@'localhost'; CREATE DATABASE test")
    ask(server, "ALTER USER semai_situs@localhost ACCOUNT LOCK; CREATE USER semai_situs@'%' IDENTIFIED BY 'x'")
    server.run("systemctl stop mariadb; echo '[mysqld]' >/etc/mysql/mariadb.conf.d/90-semai.cnf")
    server.settled("mariadb", variables(SITE))
    users = ask(server, "SELECT CONCAT(User, '@', Host) FROM mysql.global_priv WHERE User IN ('', 'semai_situs')")
    assert users.split("\n") == ["semai_situs@localhost"]
    assert "test" not in ask(server, "SHOW DATABASES").split("\n")
    assert "denied" in login(server, "semai_situs", HARD, "mysql", "SELECT 1")
    assert login(server, "semai_situs", HARD, "semai_situs", "SELECT @@skip_networking") == "1"


@pytest.mark.thorough
def test_a_run_cut_before_the_restart_is_made_good_by_the_next(server: Server) -> None:
    server.play("mariadb", variables(SITE))
    server.run("touch /var/lib/semai/mariadb-unadopted")  # what such a run leaves
    began = started(server)
    server.settled("mariadb", variables(SITE))
    assert started(server) != began
