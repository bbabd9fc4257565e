"""Which hosts are asked about backups when apps are spread over several, and what --limit may leave out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from semai.adapters import resources
from semai.adapters.state import State
from semai.errors import InvalidInput
from semai.operations.backup import choose
from semai.operations.probe import Site

from tests.operations.region_world import BUDGETING, PLANNING, World, app, release

PLAN, BUDGET = "batang/e-planning", "batang/e-budgeting"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return spread(tmp_path_factory.mktemp("spread"))


def spread(folder: Path) -> Site:
    """Return a region whose two apps are on a server each, with a third that carries both without their data."""
    made = World(folder)
    carried = {"satu": [PLAN], "dua": [BUDGET], "tiga": [PLAN, BUDGET]}
    hosts = {
        name: {"ansible_host": f"10.0.0.{number}", "semai_carries": apps}
        for number, (name, apps) in enumerate(carried.items(), 1)
    }
    groups = {name: {"hosts": {"satu": {}}} for name in ("proxy", "database")} | {"app": {"hosts": hosts}}
    told = {"semai_profile": "server", "semai_root": "/srv/semai", "semai_shared_media": True}
    made.files.hosts.write_text(yaml.safe_dump({"all": {"vars": told, "children": groups}}, sort_keys=False))
    made.trust("batang", app("e-planning", release(PLANNING)), app("e-budgeting", release(BUDGETING)))
    answers = {BUDGET: {"fiscal_year": 2027}}
    made.select(
        {
            key: {"version": "", "port": port, "sample_data": False, "answers": answers.get(key, {})}
            for port, key in enumerate((PLAN, BUDGET), 8101)
        }
    )
    made.lock()
    state = State(made.state)
    return Site(made.files, state, resources.find(), state.vault_password("manggarai"))


def chosen(site: Site, limit: str, *apps: str) -> dict[str, tuple[str, ...]]:
    return dict(choose(replace(site, limit=limit), apps))


def test_each_host_is_asked_for_the_apps_it_looks_after_and_followers_for_none(site: Site) -> None:
    assert chosen(site, "") == {"satu": (), "dua": ()}
    assert chosen(site, "", "e-budgeting", "e-planning") == {"satu": ("e-planning",), "dua": ("e-budgeting",)}


def test_a_limit_chooses_among_the_hosts_that_look_after_the_apps(site: Site) -> None:
    assert chosen(site, "dua,tiga") == {"dua": ()}
    assert chosen(site, "all:!dua", "e-planning") == {"satu": ("e-planning",)}


@pytest.mark.parametrize(
    ("limit", "apps", "expected"),
    [
        ("tiga", (), "nothing-to-back-up"),
        ("satu", ("e-planning", "e-budgeting"), "keeper-left-out"),
        ("tiga", ("e-planning",), "keeper-left-out"),
        ("empat", (), "no-such-host"),
    ],
)
def test_an_app_that_was_named_is_never_left_out_in_silence(
    site: Site, limit: str, apps: tuple[str, ...], expected: str
) -> None:
    before = site.files.deployment.read_bytes()
    with pytest.raises(InvalidInput) as caught:
        chosen(site, limit, *apps)
    assert caught.value.code == expected
    assert site.files.deployment.read_bytes() == before
