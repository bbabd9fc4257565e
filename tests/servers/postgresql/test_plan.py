"""What the role postgresql computes: verifiers, settings for a machine, who gets in, and the missing SQL."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.semai_databases import Database, Refused, databases, memory_mb
from ansible.module_utils.semai_postgresql_plan import HEADER, access, assignment, changes, configuration, settings
from ansible.module_utils.semai_scram import matches, verifier
from hypothesis import given
from hypothesis import strategies as st

EMPTY: dict[str, Any] = {"version": 150000, "roles": {}, "databases": {}}
# Made by PostgreSQL 15: plain letters, wide ones with a ligature, and a bell, which SASLprep forbids.
STORED = {
    "pencil": "SCRAM-SHA-256$4096:WdBzufAniBZpI9H4ws8Tnw==$J5Z8L/112FzAqgYEhJME4t3eVDZtrV5C20Yx2T7k1xo="
    ":/RCdh2UcMWW7AO7Lj/9HN64AyQnlY8wnh/O4ikh9QOE=",
    "ｆｕｌｌu00adﬁ é Ⅸ": "SCRAM-SHA-256$4096:l9RhKJA3XqZDs9dfI4aNKQ==$0Q8p6G+mNa6nQGtRLYwtXnZqg/LaC/oYLafW+9QeQj4="
    ":cnOwciyVloqvHTqeFkMM9GJfPY0e5orCDO8ME2s/wqI=",
    "é\x07x": "SCRAM-SHA-256$4096:25e1iVtq+Cr5AqX9i6/6Ow==$uDmMhlbelGsI4MCgTTgBFafeJZoG5oId40RwGXZPuB8="
    ":e7jrVtlyKFqWNxhooxo1YOScZs/irhgyHkbtX5wgoaM=",
}


def entry(name: str = "semai_a", **more: Any) -> Database:
    return databases([{"name": name, "password": "p", **more}])[0]


def whats(found: dict[str, Any], *wanted: Database) -> list[str]:
    return [change.what for change in changes(wanted, found)]


def found(**role: Any) -> dict[str, Any]:
    """What a server has that is as wanted, but for the parts given."""
    owner, opened = role.pop("owner", "semai_a"), role.pop("open", False)
    roles = {"semai_a": {"password": verifier("p"), "login": True, "plain": True, **role}}
    return {**EMPTY, "roles": roles, "databases": {"semai_a": {"owner": owner, "encoding": "UTF8", "open": opened}}}


@pytest.mark.parametrize("password", STORED)
def test_verifiers_of_postgresql_are_recognised(password: str) -> None:
    assert matches(password, STORED[password])
    assert not matches(password + "x", STORED[password])


@given(st.text(min_size=1).filter(lambda text: "\0" not in text and text.isprintable()))
def test_a_verifier_matches_its_own_password_only(password: str) -> None:
    assert matches(password, verifier(password, iterations=1))
    assert not matches(f"{password}x", verifier(password, iterations=1))


@pytest.mark.parametrize("stored", [None, "", "md5" + "0" * 32, "SCRAM-SHA-256$1:x"])
def test_what_is_no_verifier_matches_nothing(stored: str | None) -> None:
    assert not matches("", stored)


@pytest.mark.parametrize(
    ("memory", "share", "expected"),
    [
        (1024, 25, ("128MB", "50", "4MB", "16MB", "512MB")),
        (8192, 25, ("1024MB", "200", "4MB", "128MB", "4096MB")),
        (32768, 75, ("8192MB", "200", "30MB", "1024MB", "24576MB")),
    ],
)
def test_settings_follow_the_memory_and_the_share(memory: int, share: int, expected: tuple[str, ...]) -> None:
    made = settings(memory, share, (), {})
    names = ("shared_buffers", "max_connections", "work_mem", "maintenance_work_mem", "effective_cache_size")
    assert tuple(made[name] for name in names) == expected


def test_a_few_megabytes_more_or_less_change_no_setting() -> None:
    assert memory_mb("MemTotal:        8130000 kB\n") == memory_mb("MemTotal:        8100000 kB\n") == 7936


def test_wishes_win_and_cannot_leave_their_quotes() -> None:
    made = settings(4096, 25, (), {"work_mem": "9MB", "ssl": False, "log_line_prefix": "it's \\"})
    lines = configuration(made).splitlines()
    assert {"work_mem = '9MB'", "ssl = 'off'", "log_line_prefix = 'it''s \\\\'", "listen_addresses = ''"} <= set(
        lines
    )
    with pytest.raises(Refused, match="control character"):
        settings(4096, 25, (), {"work_mem": "1\nhba_file = 'x'"})


def test_access_is_one_line_per_client_and_an_unnamed_database_keeps_its_own() -> None:
    first = access([entry(clients=["10.0.0.1", "fd00::/64"]), entry("semai_b")], True)
    assert first.splitlines()[1:] == [
        "local postgres,all postgres peer",
        "local semai_a semai_a scram-sha-256",
        "hostssl semai_a semai_a 10.0.0.1/32 scram-sha-256",
        "hostssl semai_a semai_a fd00::/64 scram-sha-256",
        "local semai_b semai_b scram-sha-256",
        "local all all peer",
    ]
    assert "local semai_a semai_a" in access([entry("semai_b")], True, first)
    assert "semai_a" not in access([entry(state="absent"), entry("semai_b")], True, first)
    assert "semai_a" not in access([entry("semai_b")], True, first.replace(HEADER, "# mine\n"))


def test_nothing_is_done_to_what_is_as_wanted() -> None:
    assert whats(found(), entry()) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (EMPTY, ["create role semai_a", "create database semai_a", "close to others database semai_a"]),
        (found(plain=False), ["limit role semai_a"]),
        (found(login=False), ["limit role semai_a"]),
        (found(password=verifier("q")), ["set password of role semai_a"]),
        (found(owner="postgres"), ["give to its role database semai_a"]),
        (found(open=True), ["close to others database semai_a"]),
    ],
)
def test_only_what_differs_is_done(state: dict[str, Any], expected: list[str]) -> None:
    assert whats(state, entry()) == expected


def test_before_version_15_the_schema_is_given_to_the_role() -> None:
    assert whats({**EMPTY, "version": 140010}, entry())[-1] == "give its schema to role semai_a"


def test_removal_closes_and_only_a_purge_drops() -> None:
    assert whats(found(), entry(state="absent")) == ["close role semai_a"]
    assert whats(found(login=False), entry(state="absent")) == []
    assert whats(found(), entry(state="absent", purge=True)) == ["drop database semai_a", "drop role semai_a"]
    assert whats(EMPTY, entry(state="absent", purge=True)) == []


def test_no_script_holds_a_password() -> None:
    secret = "it's \\ {{ x }}"
    scripts = "".join(change.script() for change in changes([entry(password=secret)], EMPTY))
    assert secret not in scripts
    assert "\\set verifier 'SCRAM-SHA-256$4096:" in scripts


def test_a_value_cannot_leave_its_quotes() -> None:
    assert assignment("name", "a'b\\") == "\\set name 'a\\'b\\\\'\n"
    with pytest.raises(Refused, match="line break"):
        assignment("name", "a\n\\! id")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"name": "Semai"}, "'Semai' cannot be"),
        ({"name": 'a"; DROP'}, "cannot be"),
        ({"name": "postgres"}, "cannot be"),
        ({"password": ""}, "needs a password"),
        ({"password": "@secret(apps.a.database_password)"}, "still a reference"),
        ({"state": "gone"}, "state must be"),
        ({"clients": ["10.0.0.300"]}, "client of database semai_a"),
        ({"clients": ["all"]}, "client of database semai_a"),
    ],
)
def test_items_that_cannot_be_are_refused_by_name(item: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        entry(**{"name": "semai_a", **item})


def test_a_database_given_twice_is_refused() -> None:
    with pytest.raises(Refused, match="given twice"):
        databases([{"name": "semai_a", "password": "p"}] * 2)
