"""A region on servers: the files it starts with, what a lock makes for it, its names, and wrong places by line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cryptography import x509
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.yaml_files import read_document
from semai.errors import InvalidInput
from semai.operations.deployment import refresh_deployment
from semai.operations.region_names import Record, region_names
from semai.operations.region_new import Server, create_region, find_official, proposed
from semai.operations.region_read import show_region

from tests.operations.region_world import PLANNING, World, app, release

SELECTED = {"version": "", "port": 8101, "sample_data": False, "answers": {}}


def create(folder: Path, server: Server) -> RegionFiles:
    password = State(folder / "state").vault_password("manggarai")
    values = proposed(find_official("53.10")[0], 2027)
    made = create_region(
        folder / "inventories", "manggarai", values, "/srv/semai", password, make_password=True, server=server
    )
    return made.files


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A region of one server that selects e-planning."""
    made = World(tmp_path)
    place(made, "10.0.0.1")
    made.trust("batang", app("e-planning", release(PLANNING)))
    made.select({"batang/e-planning": SELECTED})
    return made


def place(world: World, *addresses: str, **variables: object) -> None:
    hosts = {f"h{n}": {"ansible_host": address} for n, address in enumerate(addresses, 1)}
    groups = {name: {"hosts": {"h1": {}}} for name in ("proxy", "database")} | {"app": {"hosts": hosts}}
    every = {"vars": {"semai_profile": "server", "semai_root": "/srv/semai", **variables}, "children": groups}
    world.files.hosts.write_text(yaml.safe_dump({"all": every}, sort_keys=False))


def refusal(world: World) -> tuple[str, ...]:
    with pytest.raises(InvalidInput) as caught:
        world.lock()
    return caught.value.details


def test_the_hosts_of_a_new_region_on_servers(tmp_path: Path) -> None:
    files = create(tmp_path, Server("10.77.0.11", "admin"))
    content = yaml.safe_load(files.hosts.read_text())
    assert content["all"]["vars"] == {
        "semai_profile": "server",
        "semai_root": "/srv/semai",
        "ansible_become": True,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    assert content["all"]["children"] == {
        "proxy": {"hosts": {"satu": {}}},
        "app": {"hosts": {"satu": {"ansible_host": "10.77.0.11", "ansible_user": "admin"}}},
        "database": {"hosts": {"satu": {}}},
    }
    assert [host.name for host in files.load_hosts().machines] == ["satu"]


def test_only_the_address_is_left_to_be_written(tmp_path: Path) -> None:
    files = create(tmp_path, Server())
    with pytest.raises(InvalidInput) as caught:
        files.load_hosts()
    (line,) = caught.value.details
    number = files.hosts.read_text().splitlines().index("          ansible_host: 192.0.2.10") + 1
    assert f"hosts.yml:{number}: all.children.app.hosts.satu.ansible_host: " in line
    files.hosts.write_text(files.hosts.read_text().replace("192.0.2.10", "10.0.0.1"))
    assert files.load_hosts().proxies[0].public == "10.0.0.1"


def test_an_address_that_is_none_makes_no_region(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        create(tmp_path, Server("not an address"))
    assert caught.value.details == ("--host: not an address is no address",)
    assert not (tmp_path / "inventories" / "manggarai").exists()


def test_a_lock_makes_the_database_password_and_the_authority_once(world: World) -> None:
    world.lock()
    vault = world.vault.read()
    assert vault.ca is not None
    certificate = x509.load_pem_x509_certificate(vault.ca.certificate.encode())
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    password = vault.apps["e-planning"].named("database_password")
    assert password
    deployment = world.files.deployment.read_text()
    assert [secret for secret in (password, vault.ca.key.splitlines()[1]) if secret in deployment] == []
    assert read_document(world.files.deployment).value["semai_deployment"]["profile"] == "server"
    world.lock()
    assert world.vault.read() == vault


def test_an_embedded_region_gets_neither_authority_nor_machines(tmp_path: Path) -> None:
    made = World(tmp_path)
    made.trust("batang", app("e-planning", release(PLANNING)))
    made.select({"batang/e-planning": SELECTED})
    made.lock()
    vault = made.vault.read()
    assert (vault.ca, vault.apps["e-planning"].named("database_password")) == (None, None)
    assert set(vault.plain()) == {"apps", "backup", "contracts", "marks_key"}
    told = {"semai_deployment", "semai_apps", "semai_backup", "semai_marks"}
    assert set(read_document(made.files.deployment).value) == told


def test_names_of_a_region_and_the_authority_to_trust(world: World) -> None:
    assert region_names(show_region(world.files), world.vault).authority is None
    world.lock()
    names = region_names(show_region(world.files), world.vault)
    assert names.records == (Record("e-planning.manggaraikab.go.id", "A", "10.0.0.1"),)
    assert names.authority is not None
    assert (names.authority.name, len(names.authority.fingerprint)) == ("CA Kabupaten Manggarai", 32 * 3 - 1)
    place(world, "2001:db8::7")
    assert region_names(show_region(world.files), world.vault).records[0].type == "AAAA"
    place(world, "semai.manggaraikab.go.id")
    assert region_names(show_region(world.files), world.vault).records[0].type == "CNAME"


def test_an_app_with_files_of_people_on_two_hosts_is_refused_by_its_line(world: World) -> None:
    place(world, "10.0.0.1", "10.0.0.2")
    (line,) = refusal(world)
    number = next(
        n for n, text in enumerate(world.files.apps.read_text().splitlines(), 1) if "batang/e-planning:" in text
    )
    assert f"apps.yml:{number}: semai_selection.apps.batang/e-planning: " in line
    place(world, "10.0.0.1", "10.0.0.2", semai_shared_media=True)
    world.lock()


def test_what_files_say_about_each_other_is_told_together(world: World) -> None:
    place(world, "10.0.0.1")
    content = yaml.safe_load(world.files.hosts.read_text())
    content["all"]["children"]["app"]["hosts"]["h1"]["semai_carries"] = ["batang/e-budgeting"]
    world.files.hosts.write_text(yaml.safe_dump(content, sort_keys=False))
    region = yaml.safe_load(world.files.region.read_text())
    region["semai_region"]["domain"] = ""
    world.files.region.write_text(yaml.safe_dump(region, sort_keys=False))
    files = [line.partition(":")[0].rpartition("/")[2] for line in refusal(world)]
    assert files == ["hosts.yml", "region.yml", "apps.yml"]


def test_certificate_files_must_be_there(world: World) -> None:
    given = {"certificate": "tls/cert.pem", "key": "tls/key.pem"}
    place(world, "10.0.0.1", semai_certificate="files", semai_certificate_files=given)
    assert [line.rpartition(": ")[2] for line in refusal(world)] == [
        "there is no file tls/cert.pem",
        "there is no file tls/key.pem",
    ]
    (world.files.folder / "tls").mkdir()
    for name in given.values():
        (world.files.folder / name).write_text("")
    world.lock()
    assert world.vault.read().ca is None


def test_two_apps_cannot_want_one_site(world: World) -> None:
    other = {**SELECTED, "port": 8102, "site": "e-planning"}
    world.select({"batang/e-planning": SELECTED, "batang/e-budgeting": other})
    assert any("e-planning is already the site of batang/e-planning" in line for line in refusal(world))


def test_moving_an_app_changes_deployment_without_a_lock(world: World) -> None:
    world.lock()
    place(world, "10.0.0.9")
    assert not refresh_deployment(world.files)  # the address alone is Ansible's matter on a single machine
    content = yaml.safe_load(world.files.hosts.read_text())
    content["all"]["children"]["proxy"]["hosts"] = {"h0": {"ansible_host": "10.0.0.5"}}
    world.files.hosts.write_text(yaml.safe_dump(content, sort_keys=False))
    assert refresh_deployment(world.files)
    (item,) = read_document(world.files.deployment).value["semai_apps"]
    assert item["bind"] == "10.0.0.9:8101"
