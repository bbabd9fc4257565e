"""hosts.yml of the server profile: who is what, and every mistake with its place."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.catalog import Manifest
from semai.core.hosts import Hosts, HostVars, machines_of
from semai.core.placement_checks import (
    carried_nowhere,
    carried_unselected,
    hosts_problems,
    misplaced,
    region_needs,
)
from semai.core.region import SelectedApp, Selection
from semai.core.sample import REGION

PLANNING, BUDGETING = "batang/e-planning", "batang/e-budgeting"
SELECTION = Selection(apps={PLANNING: SelectedApp(port=8101), BUDGETING: SelectedApp(port=8102)})


def inventory(
    app: dict[str, Any], proxy: list[str] | None = None, database: list[str] | None = None, **variables: Any
) -> dict[str, Any]:
    groups: dict[str, Any] = {"app": {"hosts": app}}
    groups |= {"proxy": {"hosts": {name: {} for name in proxy}}} if proxy else {}
    groups |= {"database": {"hosts": {name: {} for name in database}}} if database else {}
    return {
        "all": {"vars": {"semai_profile": "server", "semai_root": "/srv/semai", **variables}, "children": groups}
    }


def hosts(value: dict[str, Any]) -> Hosts:
    return Hosts(HostVars.model_validate(value["all"]["vars"]), machines_of(value))


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("", "muka satu dua data"),
        ("satu", "satu"),
        ("satu,muka", "muka satu"),
        ("app", "satu dua"),
        ("all:!satu", "muka dua data"),
        ("!satu", "muka dua data"),
        ("app:&d*", "dua"),
        ("d*", "dua data"),
        ("nobody", ""),
        ("~satu", ""),
    ],
)
def test_a_pattern_chooses_machines_as_ansible_does(pattern: str, chosen: str) -> None:
    value = inventory({"satu": {}, "dua": {}}, ["muka"], ["data"])
    assert sorted(hosts(value).matching(pattern)) == sorted(chosen.split())


def found(value: dict[str, Any]) -> list[tuple[str, str]]:
    return [(".".join(map(str, p.place)), p.message.format(**p.fields)) for p in hosts_problems(value)]


ONE = {"satu": {"ansible_host": "10.0.0.1"}}
TWO = {"satu": {"ansible_host": "10.0.0.1"}, "dua": {"ansible_host": "10.0.0.2", "semai_address": "172.16.0.2"}}


def test_one_machine_is_everything() -> None:
    one = hosts(inventory(ONE))
    assert ([h.name for h in one.proxies], one.database.name, [h.name for h in one.apps]) == (
        ["satu"],
        "satu",
        ["satu"],
    )
    assert hosts_problems(inventory(ONE)) == []


def test_variables_of_a_host_may_stand_in_any_of_its_groups() -> None:
    value = inventory({"satu": {}}, proxy=["satu"])
    value["all"]["children"]["proxy"]["hosts"]["satu"] = {
        "ansible_host": "10.0.0.9",
        "semai_public_address": "1.1.1.1",
    }
    (host,) = hosts(value).machines
    assert (host.reached, host.address, host.public) == ("10.0.0.9", "10.0.0.9", "1.1.1.1")


def test_groups_within_groups_are_read() -> None:
    value = inventory(ONE)
    value["all"]["children"]["app"] = {"children": {"ende": {"hosts": ONE}}}
    assert [host.name for host in hosts(value).apps] == ["satu"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (inventory({}), ("all.children", "the group app has no host")),
        (inventory(TWO, database=["satu"]), ("all.children.app", "several app hosts need a group proxy")),
        (inventory(TWO, proxy=["satu"]), ("all.children.app", "several app hosts need a group database")),
        (
            inventory(TWO, proxy=["satu"], database=["satu", "dua"]),
            ("all.children.database", "the databases lie on one machine, not on satu, dua"),
        ),
        (
            inventory({"satu": {"ansible_host": "192.0.2.10"}}),
            (
                "all.children.app.hosts.satu.ansible_host",
                "192.0.2.10 is only an example; write the server's own address",
            ),
        ),
        (
            inventory({"satu": {"ansible_host": "ten zero"}}),
            ("all.children.app.hosts.satu.ansible_host", "ten zero is no address"),
        ),
        (
            inventory({"satu": {"semai_caries": []}}),
            (
                "all.children.app.hosts.satu.semai_caries",
                'unknown variable of semai here; did you mean "semai_carries"?',
            ),
        ),
        (
            inventory(ONE, semai_certificat="files"),
            ("all.vars.semai_certificat", 'unknown variable of semai here; did you mean "semai_certificate"?'),
        ),
        (
            inventory(ONE, semai_certificate="files"),
            ("all.vars.semai_certificate", "files needs the variable semai_certificate_files too"),
        ),
        (
            inventory(ONE, semai_acme={"email": "a@b.id"}),
            ("all.vars.semai_acme", "is not used: semai_certificate is region-ca, not acme"),
        ),
        (
            inventory({**ONE, "dua": {"ansible_host": "10.0.0.1"}}, proxy=["satu"], database=["satu"]),
            ("all.children.app.hosts.dua.ansible_host", "10.0.0.1 is already the address of satu"),
        ),
    ],
)
def test_a_mistake_has_its_place(value: dict[str, Any], expected: tuple[str, str]) -> None:
    assert found(value) == [expected]


def test_the_embedded_profile_has_none_of_these_rules() -> None:
    value = inventory({}, semai_profile="embedded")
    assert hosts_problems(value) == []
    assert list(carried_nowhere(hosts(value), SELECTION)) == []


def test_apps_carried_without_being_selected_or_selected_without_being_carried() -> None:
    app = {"satu": {"semai_carries": [PLANNING, "batang/x"]}, "dua": {"semai_carries": [PLANNING]}}
    spread = hosts(inventory(app, proxy=["satu"], database=["satu"]))
    (unselected,) = carried_unselected(spread, SELECTION)
    assert unselected.place == ("all", "children", "app", "hosts", "satu", "semai_carries", 1)
    (nowhere,) = carried_nowhere(spread, SELECTION)
    assert nowhere.place == ("apps", BUDGETING)


def test_an_app_with_files_of_people_lives_on_one_host_unless_they_share_a_folder() -> None:
    manifests = {PLANNING: Manifest.model_validate({"schema": 1, "version": "1.0"})}
    value = inventory(TWO, proxy=["satu"], database=["satu"])
    assert [p.place for p in misplaced(hosts(value), manifests)] == [("apps", PLANNING)]
    value["all"]["vars"]["semai_shared_media"] = True
    assert list(misplaced(hosts(value), manifests)) == []


def test_a_php_app_runs_where_the_proxy_is() -> None:
    php = Manifest.model_validate({"schema": 1, "version": "1.0", "runtime": "php", "php": {}})
    assert list(misplaced(hosts(inventory(ONE)), {PLANNING: php})) == []
    apart = hosts(inventory(ONE, proxy=["dua"]))
    assert [p.place for p in misplaced(apart, {PLANNING: php})] == [("apps", PLANNING)]


def test_servers_need_a_domain() -> None:
    bare = REGION.model_copy(update={"domain": ""})
    assert [p.place for p in region_needs(hosts(inventory(ONE)), bare)] == [("domain",)]
    assert list(region_needs(hosts(inventory(ONE)), REGION)) == []
