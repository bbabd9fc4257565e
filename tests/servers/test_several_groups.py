"""Proxy, app host and database host on three machines: who reaches whom, who holds which secret, and moves.

The tests build on one another's machines; each says what it expects of hosts.yml itself. About four minutes in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.image import DEBIAN_13
from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.several import PORT, USER, Notebook, Region, hold, reaches

pytestmark = pytest.mark.lab

LETTERS = Notebook("letters")
READER = Notebook("reader", reads="letters", port=8102)


@dataclass(frozen=True)
class Three:
    """Three machines and the region that has them."""

    region: Region
    proxy: Machine
    app: Machine
    database: Machine


@pytest.fixture(scope="module")
def three(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    machines = lab.machines(3, DEBIAN_13)
    for machine in machines:
        machine.add_user(USER, sudo=True)
    yield Three(Region(tmp_path_factory.mktemp("several")), *machines)
    lab.discard(machines)


def linked(three: Three) -> None:
    """Have two apps on two hosts, whatever ran before."""
    region = three.region
    groups = {"proxy": [three.proxy], "app": [three.app, three.database], "database": [three.database]}
    region.place(groups, {three.app: [LETTERS.key], three.database: [READER.key]})
    region.lock(LETTERS, READER)
    region.semai("apply", "--yes")


def refusal(three: Three, role: str, password: str) -> str:
    """Return what PostgreSQL tells the app host that logs in under a role."""
    words = f"PGPASSWORD='{password}' psql -h {three.database.address} -U {role} {role} -c 'SELECT 1'"
    return three.app.line.run(words).err


def test_people_come_through_the_proxy_and_nobody_else_comes_anywhere(three: Three) -> None:
    region, proxy, app, database = three.region, three.proxy, three.app, three.database
    region.place({"proxy": [proxy], "app": [app], "database": [database]})
    region.lock(LETTERS)
    assert region.steps() == [
        (proxy.name, "common", "server"),
        (proxy.name, "certificate", "server"),
        (proxy.name, "nginx", "server"),
        (app.name, "common", "server"),
        (app.name, "hostctl", "server"),
        (app.name, "backup", "server"),
        (database.name, "common", "server"),
        (database.name, "postgresql", "server"),
        (app.name, "letters", "install"),
    ]
    region.semai("apply", "--yes")
    assert region.open(proxy, LETTERS, "/notes", "first") == (200, {"host": app.name})
    notes = {"host": app.name, "release": "2026.1.0", "notes": ["first"]}
    assert region.open(proxy, LETTERS, "/notes") == (200, notes)

    ways = [(app, database, 5432), (proxy, database, 5432), (proxy, app, PORT), (database, app, PORT)]
    assert [reaches(one, other.address, port) for one, other, port in ways] == [True, False, True, False]
    assert "no pg_hba.conf entry" in refusal(three, "postgres", "guess")
    region.settled()


def test_secrets_lie_only_where_they_are_needed(three: Three) -> None:
    secrets = [LETTERS.secret("secret_key"), LETTERS.secret("database_password")]
    key = three.region.authority.key.splitlines()[1]
    assert hold(three.app, *secrets, key) == secrets
    assert hold(three.proxy, *secrets, key) == []
    assert hold(three.database, *secrets, key) == []


def test_an_app_host_speaks_to_a_database_that_is_elsewhere(three: Three) -> None:
    installed = (
        "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'postgresql*' | grep ' installed$' | cut -d' ' -f1"
    )
    there = three.app.run(installed).out.split()
    assert "postgresql-client" in there
    assert "postgresql" not in there
    assert "postgresql" in three.database.run(installed).out.split()
    assert three.proxy.line.run("command -v psql").out == ""


def test_apps_on_different_hosts_read_one_another_and_share_nothing_but_the_token(three: Three) -> None:
    region = three.region
    linked(three)
    assert region.open(three.proxy, READER, "/read") == (200, {"host": three.app.name, "to": ["reader"]})
    region.open(three.proxy, READER, "/notes", "theirs")
    assert region.open(three.proxy, READER, "/notes")[1]["notes"] == ["theirs"]
    assert region.open(three.proxy, LETTERS, "/notes")[1]["notes"] == ["first"]

    token = READER.secret("token")
    own = {app: [app.secret("secret_key"), app.secret("database_password")] for app in (LETTERS, READER)}
    every = [*own[LETTERS], *own[READER], token]
    assert hold(three.app, *every) == [*own[LETTERS], token]
    assert hold(three.database, *every) == [*own[READER], token]
    assert hold(three.proxy, *every) == []
    assert "no pg_hba.conf entry" in refusal(three, "semai_reader", READER.secret("database_password"))
    region.settled()


def test_backups_of_apps_on_different_hosts_are_one_whole_and_come_back_together(three: Three) -> None:
    region, proxy, reads, read = three.region, three.proxy, three.database, three.app
    timers = [machine.run("systemctl show -P ExecStartPre semai-backup.service").out for machine in (reads, read)]
    assert ["sleep 60m" in said for said in timers] == [False, True]

    region.semai("backup", "create", "--yes")
    assert "letters, reader agree with each other in" in region.said
    whole = region.read("backup", "list")[read.name]["together"][0]
    assert [(part["host"], part["apps"]) for part in whole["parts"]] == [
        (reads.name, ["reader"]),
        (read.name, ["letters"]),
    ]
    for app in (LETTERS, READER):
        region.open(proxy, app, "/notes", "later")
    region.semai("backup", "restore", whole["set"], "--yes")
    assert region.open(proxy, READER, "/notes")[1]["notes"] == ["theirs"]
    assert region.open(proxy, LETTERS, "/notes")[1]["notes"] == ["first"]
    assert region.open(proxy, READER, "/read")[1]["to"] == ["reader"]
    region.settled()


@pytest.mark.thorough
def test_a_whole_that_lacks_a_part_is_named_and_not_restored(three: Three) -> None:
    linked(three)
    region, reads, read = three.region, three.database, three.app
    read.run("mv /srv/semai/backup/backup.json /root")  # what reads is kept, what it reads is refused
    region.semai("backup", "create", "--yes", code=7)
    read.run("mv /root/backup.json /srv/semai/backup")
    cut = region.read("backup", "list")[reads.name]["together"][0]
    assert (cut["complete"], cut["missing"], cut["nightly"]) == (False, ["letters"], False)
    region.semai("backup", "restore", cut["set"], "--yes", code=2)
    assert (region.error, "letters is missing" in region.said) == ("set-incomplete", True)


def test_an_app_is_not_taken_from_the_host_that_has_its_data(three: Three) -> None:
    region = three.region
    groups = {"proxy": [three.proxy], "app": [three.app, three.database], "database": [three.database]}
    region.place(groups, {three.app: [], three.database: [LETTERS.key, READER.key]})
    for words in (["plan"], ["apply", "--yes"]):
        region.semai(*words, code=7)
        assert region.error == "app-moved"
        assert f"{three.app.name} has letters with its data" in region.said

    played = region.play({"semai_only": ["letters"], "semai_roles": [], "semai_store": str(region.state.store)})
    assert played.returncode != 0
    assert "letters has its data here" in played.stdout
    assert "another host has letters with its data" in played.stdout
    assert three.database.line.run("ls /srv/semai/receipts/letters.json").code != 0
    assert region.open(three.proxy, LETTERS, "/notes")[1] == {
        "host": three.app.name,
        "release": "2026.1.0",
        "notes": ["first"],
    }
    region.place(groups, {three.app: [LETTERS.key], three.database: [READER.key]})
    region.settled()


@pytest.mark.thorough
def test_an_app_goes_to_another_host_by_way_of_both(three: Three) -> None:
    linked(three)
    region = three.region
    if not region.open(three.proxy, LETTERS, "/notes")[1]["notes"]:  # it runs alone
        region.open(three.proxy, LETTERS, "/notes", "first")
    both = [LETTERS.key, READER.key]
    for order, carries in (
        ([three.app, three.database], {three.app: [LETTERS.key], three.database: both}),
        ([three.database, three.app], {three.app: [LETTERS.key], three.database: both}),
        ([three.database, three.app], {three.app: [], three.database: both}),
    ):
        region.place({"proxy": [three.proxy], "app": order, "database": [three.database]}, carries)
        region.semai("apply", "--yes")
        assert region.open(three.proxy, LETTERS, "/notes")[1]["notes"] == ["first"]
    assert region.open(three.proxy, LETTERS, "/notes")[1]["host"] == three.database.name
    assert region.open(three.proxy, READER, "/read")[1]["host"] == three.database.name
    assert three.app.line.run("ls /srv/semai/receipts/letters.json").code != 0
    assert not reaches(three.app, three.database.address, 5432)
    region.settled()
