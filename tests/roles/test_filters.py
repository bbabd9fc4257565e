"""The filters of the playbooks, as Ansible loads them: what each host of a region is told of an app."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from tests.roles.greeter import ROOT


def loaded() -> dict[str, Any]:
    """Return the filters by the names playbooks call them."""
    path = ROOT / "installer/semai/playbooks/filter_plugins/semai.py"
    found = importlib.util.spec_from_file_location("semai_filters", path)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return dict(module.FilterModule().filters())


FILTERS = loaded()
ITEM = {
    "name": "desk",
    "state": "present",
    "bind": "10.0.0.2:8101",
    "config": "c1",
    "environment": {"SITE": "one"},
    "health": {"url": "http://10.0.0.2:8101/healthz", "path": "/healthz", "timeout_seconds": 60},
    "hosts": {
        "two": {
            "bind": "10.0.0.3:8101",
            "health_url": "http://10.0.0.3:8101/healthz",
            "leader": False,
            "config": "c2",
        },
        "one": {"bind": "10.0.0.2:8101", "health_url": "http://10.0.0.2:8101/healthz", "leader": True},
    },
}
VAULT = {
    "apps": {"desk": {"secret_key": "s3cret", "database_password": "p4ss"}},
    "contracts": {"desk": {"notebook.words": {"reader": "t0ken"}}},
}


def test_a_host_is_told_its_own_address_and_the_rest_as_everybody() -> None:
    here = FILTERS["semai_here"](ITEM, "two")
    assert (here["bind"], here["config"], here["leader"]) == ("10.0.0.3:8101", "c2", False)
    assert here["health"] == {**ITEM["health"], "url": "http://10.0.0.3:8101/healthz"}
    assert "health_url" not in here
    assert here["environment"] == ITEM["environment"]
    assert ITEM["hosts"]["two"]["health_url"]  # what was given is as it was


@pytest.mark.parametrize(
    ("change", "begins"), [({}, True), ({"state": "absent"}, False), ({"runtime": "php"}, False)]
)
def test_only_an_app_that_lacks_nothing_any_more_is_begun_early(change: dict[str, Any], begins: bool) -> None:
    item = {"name": "desk", "state": "present", "runtime": "python", **change}
    later = {"name": "shelf", "state": "present", "runtime": "python"}
    assert FILTERS["semai_beginning"]([item, later], "one", {"one": {"database": True}}) is begins
    assert FILTERS["semai_beginning"]([], "one", {"one": {"database": True}}) is False


def test_nothing_is_begun_early_where_another_machine_may_still_have_it_with_its_data() -> None:
    item = {"name": "desk", "runtime": "python", "hosts": {"one": {}}}
    machines = {"one": {"database": True}, "two": {"database": False}}
    assert FILTERS["semai_beginning"]([item], "one", machines) is False
    assert FILTERS["semai_beginning"]([item], "one", {"one": machines["one"]}) is True


def test_an_app_that_other_hosts_carry_is_absent_here_and_never_purged() -> None:
    assert FILTERS["semai_here"](ITEM, "three") == {"name": "desk", "state": "absent", "purge": False}


@pytest.mark.parametrize(
    "item",
    [
        {"name": "desk", "state": "present", "bind": "127.0.0.1:8101"},
        {"name": "desk", "state": "absent", "purge": True},
    ],
)
def test_an_item_without_hosts_is_told_to_every_host_as_it_stands(item: dict[str, Any]) -> None:
    assert FILTERS["semai_for_host"]([item], "any") == [item]


def test_a_host_gets_only_the_secrets_of_apps_it_carries() -> None:
    other = {"name": "reader", "environment": {"KEY": "@secret(apps.desk.secret_key)"}, "hosts": {"one": {}}}
    own = {**ITEM, "environment": {"TOKEN": "@secret(contracts.desk.notebook.words.reader)"}}
    secrets = FILTERS["semai_secrets"](FILTERS["semai_for_host"]([own, other], "two"), VAULT)
    assert secrets == {"contracts.desk.notebook.words.reader": "t0ken"}


def test_the_leader_stands_first_among_the_hosts_of_an_app() -> None:
    assert FILTERS["semai_hosts"](ITEM) == ["one", "two"]
    assert FILTERS["semai_hosts"]({"name": "desk"}) == []


def test_a_host_that_could_not_let_an_app_go_keeps_others_from_beginning_it() -> None:
    facts = {
        "one": {},
        "two": {"__app_failed": ["desk"]},
        "three": {"__app_failed": ["desk", "reader"]},
        "four": {},
    }
    assert FILTERS["semai_kept_by"](ITEM, list(facts), facts) == ["three"]  # two carries it and failed at it itself
    assert FILTERS["semai_kept_by"]({"name": "desk"}, list(facts), facts) == []


def test_references_are_replaced_wherever_they_are_the_whole_value() -> None:
    given = [{"name": "semai_desk", "password": "@secret(apps.desk.database_password)", "clients": ["10.0.0.2"]}]
    assert FILTERS["semai_revealed"](given, VAULT) == [{**given[0], "password": "p4ss"}]
    assert FILTERS["semai_revealed"]("see @secret(apps.desk.secret_key)", VAULT).startswith("see @secret")
    assert FILTERS["semai_revealed"](5432, VAULT) == 5432


def test_a_reference_to_nothing_is_an_error_that_names_it() -> None:
    with pytest.raises(AnsibleFilterError, match=r"no secret apps\.desk\.other; run semai lock"):
        FILTERS["semai_revealed"]({"password": "@secret(apps.desk.other)"}, VAULT)


def test_databases_are_chosen_by_driver_and_state() -> None:
    there = {"name": "a", "driver": "postgresql", "state": "present"}
    gone = {"name": "b", "driver": "postgresql", "state": "absent"}
    other = {"name": "c", "driver": "mariadb", "state": "present"}
    assert FILTERS["semai_driven"]([there, gone, other], "postgresql") == [there]
    assert FILTERS["semai_driven"]([there, gone, other], "postgresql", "absent") == [gone]


SERVER = {"one": {"roles": {"common": "d1", "nginx": "d2"}}, "two": {"roles": {"common": "d1"}}}


@pytest.mark.parametrize(
    ("roles", "role", "host", "expected"),
    [
        (None, "nginx", "one", True),
        ("", "nginx", "one", True),  # a templated null
        (None, "nginx", "two", False),
        (["common"], "nginx", "one", False),
        (["nginx"], "nginx", "one", True),
        ({"one": ["nginx"]}, "nginx", "one", True),
        ({"one": ["nginx"]}, "common", "two", False),
        ([], "common", "two", False),
        (None, "common", "unheard-of", False),
    ],
)
def test_a_role_is_run_where_it_is_needed_and_asked_for(roles: Any, role: str, host: str, expected: bool) -> None:
    assert FILTERS["semai_wants"](roles, role, host, SERVER) is expected


def test_relative_files_lie_beside_the_inventory_and_absolute_ones_where_they_say() -> None:
    given = {"certificate": "tls/chain.pem", "key": "/etc/key.pem"}
    beside = {"certificate": "/inventories/x/tls/chain.pem", "key": "/etc/key.pem"}
    assert FILTERS["semai_beside"](given, "/inventories/x") == beside


def test_a_request_has_neither_contents_nor_secrets_nor_other_hosts() -> None:
    item = {**ITEM, "files": {"shared/region.json": {"content": "{}", "mode": "0640"}}, "commands": {}}
    request = FILTERS["semai_request"](FILTERS["semai_here"](item, "two"), "somebody")
    assert {"environment", "hosts", "state", "purge"} & set(request) == set()
    assert request["files"] == {"shared/region.json": {"mode": "0640"}, "shared/env": {"mode": "0600"}}
    assert (request["leader"], request["sample_data"], request["by"]) == (False, False, "somebody")
