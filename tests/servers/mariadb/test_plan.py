"""What the role mariadb computes: settings for a machine, and the SQL that is missing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.semai_databases import Database, Refused, databases
from ansible.module_utils.semai_mariadb_plan import (
    NOTHING,
    Found,
    User,
    assignment,
    changes,
    configuration,
    found,
    given,
    hashed,
    settings,
)

LOCAL = ("semai_a", "localhost")
WHOLE = {"semai\\_a": True, "semai\\_a\\_\\_beside": True}
FINE = User(hashed("p"), locked=False, limited=True)


def entry(name: str = "semai_a", **more: Any) -> Database:
    return databases([{"name": name, "password": "p", **more}])[0]


def test_drills_have_a_database_and_a_password_of_their_own_and_lose_them_with_the_app() -> None:
    own, drill = databases([{"name": "semai_a", "password": "p", "clients": ["10.0.0.1"]}])
    assert (drill.name, drill.clients, drill.purge) == ("semai_a__drill", own.clients, False)
    assert drill.password not in ("", own.password)
    _, gone = databases([{"name": "semai_a", "state": "absent"}])
    assert (gone.present, gone.purge) == (False, True)


def whats(there: Found, *wanted: Database) -> list[str]:
    return [change.what for change in changes(wanted, there)]


def test_the_hash_is_the_servers_own() -> None:
    assert hashed("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"  # SELECT PASSWORD('password')


def test_settings_follow_the_memory_and_the_share_and_survive_the_file() -> None:
    made = settings(8192, 25, ("10.0.0.1",), {"sql-mode": 'STRICT "x"', "slow_query_log": True})
    assert (made["innodb_buffer_pool_size"], made["innodb_log_file_size"]) == ("1536M", "384M")
    assert (made["bind_address"], made["skip_networking"]) == ("10.0.0.1", "OFF")
    assert settings(512, 10, (), {})["innodb_buffer_pool_size"] == "64M"
    read = given(configuration(made))
    assert (read["sql_mode"], read["slow_query_log"]) == ('"STRICT \\"x\\""', "ON")


@pytest.mark.parametrize("name", ["bind-address", "datadir", "a b", "x\n[client]"])
def test_settings_that_are_not_the_regions_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="mariadb_settings"):
        settings(4096, 25, (), {name: "1"})


def test_nothing_is_done_to_what_is_as_wanted() -> None:
    there = Found({LOCAL: FINE}, {LOCAL: WHOLE}, {"semai_a": "utf8mb4"})
    assert whats(there, entry()) == []


def test_a_new_database_gets_a_user_per_place_he_comes_from() -> None:
    assert whats(NOTHING, entry(clients=["10.0.0.1", "10.1.0.0/24"])) == [
        "create database semai_a",
        "create user semai_a@localhost",
        "grant its databases to user semai_a@localhost",
        "create user semai_a@10.0.0.1",
        "grant its databases to user semai_a@10.0.0.1",
        "create user semai_a@10.1.0.0/255.255.255.0",
        "grant its databases to user semai_a@10.1.0.0/255.255.255.0",
    ]


@pytest.mark.parametrize(
    ("user", "grants", "expected"),
    [
        (User(hashed("q"), False, True), WHOLE, ["set password of"]),
        (User(hashed("p"), True, True), WHOLE, ["unlock"]),
        (User(hashed("p"), False, False), WHOLE, ["revoke all from", "grant its databases to"]),
        (FINE, {"semai\\_a": True}, ["revoke all from", "grant its databases to"]),
        (FINE, {**WHOLE, "mysql": True}, ["revoke all from", "grant its databases to"]),
    ],
)
def test_only_what_differs_is_done(user: User, grants: dict[str, bool], expected: list[str]) -> None:
    there = Found({LOCAL: user}, {LOCAL: grants}, {"semai_a": "utf8mb4"})
    assert whats(there, entry()) == [f"{verb} user semai_a@localhost" for verb in expected]


def test_places_that_are_not_named_any_more_lose_their_user() -> None:
    there = Found({LOCAL: FINE, ("semai_a", "%"): FINE}, {LOCAL: WHOLE}, {"semai_a": "utf8mb4"})
    assert whats(there, entry()) == ["drop user semai_a@%"]


def test_removal_locks_and_only_a_purge_drops() -> None:
    there = Found({LOCAL: FINE}, {LOCAL: WHOLE}, {"semai_a": "utf8mb4", "semai_a__beside": "utf8mb4"})
    assert whats(there, entry(state="absent")) == ["lock user semai_a@localhost"]
    assert whats(there, entry(state="absent", purge=True)) == [
        "drop database semai_a",
        "drop database semai_a__beside",
        "drop user semai_a@localhost",
    ]
    assert whats(NOTHING, entry(state="absent", purge=True)) == []


def test_what_everyone_could_use_goes() -> None:
    there = Found({("", "localhost"): FINE}, {}, {"test": "latin1"})
    assert whats(there) == ["drop user ''@localhost", "drop database test"]


def test_no_script_holds_a_password_or_a_quoted_value() -> None:
    secret = "it's \\ {{ x }}"
    scripts = "".join(change.script() for change in changes([entry(password=secret)], NOTHING))
    assert secret not in scripts
    assert assignment("name", "a'b\n;") == "SET @name = _utf8mb4 X'6127620a3b';\n"


def test_the_servers_answer_becomes_values() -> None:
    cells = [text.encode().hex() for text in ("semai_a", "localhost", FINE.hash, "semai\\_a")]
    rows = f"user\t{cells[0]}\t{cells[1]}\t{cells[2]}\t0\t1\ngrant\t{cells[0]}\t{cells[1]}\t{cells[3]}\t1\t0\n"
    there = found(f"{rows}database\t{cells[0]}\tlatin1\n")
    assert there == Found({LOCAL: FINE}, {LOCAL: {"semai\\_a": False}}, {"semai_a": "latin1"})
    assert whats(there, entry())[0] == "correct database semai_a"


def test_ipv6_networks_are_refused() -> None:
    with pytest.raises(Refused, match="IPv6 networks"):
        whats(NOTHING, entry(clients=["fd00::/64"]))
