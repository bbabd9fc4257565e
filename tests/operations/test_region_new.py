"""A new region: official data, proposals, and an inventory that Ansible reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.region_files import RegionFiles, choose_inventory
from semai.adapters.vault import VaultFile
from semai.core.secrets import Vault
from semai.errors import InvalidInput, OperationFailed
from semai.operations.region_new import Created, check_name, create_region, find_official, proposed, the_one


def create(folder: Path, name: str = "manggarai", code: str = "53.10", **values: Any) -> Created:
    content = {**proposed(find_official(code)[0], 2027), **values}
    password = folder / "state" / "vault" / f"{name}.pass"
    return create_region(folder / "inventories", name, content, "/srv/semai", password, make_password=True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("53.10", "Kabupaten Manggarai|Manggarai|kabupaten|Asia/Makassar|Bupati|manggaraikab.go.id"),
        ("3510", "Kabupaten Banyuwangi|Banyuwangi|kabupaten|Asia/Jakarta|Bupati|banyuwangikab.go.id"),
        ("32.73", "Kota Bandung|Bandung|kota|Asia/Jakarta|Wali Kota|bandungkota.go.id"),
        ("62.09", "Kabupaten Lamandau|Lamandau|kabupaten|Asia/Pontianak|Bupati|lamandaukab.go.id"),
        ("32", "Provinsi Jawa Barat|Jawa Barat|provinsi|Asia/Jakarta|Gubernur|jawabaratprov.go.id"),
        ("94.01", "Kabupaten Nabire|Nabire|kabupaten|Asia/Jayapura|Bupati|nabirekab.go.id"),
    ],
)
def test_proposals_follow_the_official_code(code: str, expected: str) -> None:
    found = proposed(find_official(code)[0], 2027)
    keys = ("name", "short_name", "kind", "time_zone", "head_title", "domain")
    assert "|".join(found[key] for key in keys) == expected


def test_every_province_has_a_time_zone_in_the_rules() -> None:
    from lokal import PROVINCES
    from semai.adapters.region_rules import region_rules

    known = [code for codes in region_rules().time_zones.values() for code in codes]
    assert sorted(known) == sorted(PROVINCES)


def test_names_find_regions_and_doubtful_ones_name_the_candidates() -> None:
    assert the_one(find_official("manggarai"), "manggarai").code == "53.10"
    with pytest.raises(InvalidInput) as caught:
        the_one(find_official("malang"), "malang")
    assert caught.value.code == "region-code-needed"
    assert caught.value.details == (
        "--code 35.07  Kabupaten Malang, Jawa Timur",
        "--code 35.73  Kota Malang, Jawa Timur",
    )


@pytest.mark.parametrize("text", ["53.99", "99", "5310010001", "manggarei", "x'; drop", "53.10.01"])
def test_unknown_codes_and_names_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find_official(text)
    assert caught.value.code == "unknown-region-code"


@pytest.mark.parametrize("name", ["Manggarai", "../x", "", "a b", "-a", "a" * 41, "a--b"])
def test_names_that_make_no_folder(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


def test_the_files_of_a_new_region(tmp_path: Path) -> None:
    created = create(tmp_path)
    files = created.files
    assert sorted(str(p.relative_to(files.folder)) for p in files.folder.rglob("*") if p.is_file()) == [
        ".gitignore",
        "audit.jsonl",
        "group_vars/all/apps.yml",
        "group_vars/all/region.yml",
        "group_vars/all/vault.yml",
        "hosts.yml",
    ]
    assert (
        files.hosts.read_text()
        == """\
# Hosts of the region: a plain Ansible inventory. semai_root is where the apps live on the host.
all:
  vars:
    semai_profile: embedded
    semai_root: /srv/semai
  children:
    app:
      hosts:
        localhost:
          ansible_connection: local
          ansible_python_interpreter: '{{ ansible_playbook_python }}'
"""
    )
    assert files.region.read_text().startswith((Path(__file__).parent / "golden" / "region.head.yml").read_text())
    assert files.load_region() == created.region
    assert len(created.region.districts) == 12
    assert sum(len(district.villages) for district in created.region.districts) == 171
    assert VaultFile(files.vault, created.password).read() == Vault()


def test_ansible_reads_a_new_region(tmp_path: Path) -> None:
    created = create(tmp_path)
    binary = Path(sys.executable).parent / "ansible-inventory"
    run = subprocess.run(
        [binary, "-i", created.files.hosts, "--vault-password-file", created.password, "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    variables = json.loads(run.stdout)["_meta"]["hostvars"]["localhost"]
    assert variables["semai_region"]["name"] == "Kabupaten Manggarai"
    assert variables["semai_vault"] == {"apps": {}, "contracts": {}}
    assert run.stderr == ""


def test_an_existing_region_is_never_overwritten(tmp_path: Path) -> None:
    created = create(tmp_path)
    before = {p: p.read_bytes() for p in created.files.folder.rglob("*") if p.is_file()}
    with pytest.raises(InvalidInput) as caught:
        create(tmp_path, code="35.10")
    assert caught.value.code == "region-exists"
    assert {p: p.read_bytes() for p in created.files.folder.rglob("*") if p.is_file()} == before


def test_wrong_answers_are_refused_together_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        create(tmp_path, domain="x y", fiscal_year=3000, head_name="a\nb", province_code="52")
    assert caught.value.code == "option-invalid"
    assert caught.value.details == (
        'domain: "x y" is not a domain name such as manggaraikab.go.id',
        "fiscal_year: 3000 must be at most 2100",
        'head_name: "a\\nb" must be one line without control characters',
        "province_code: 52 is not the province of the region's code: 53",
    )
    assert not (tmp_path / "inventories").exists()


def test_a_failure_in_the_middle_leaves_no_folder(tmp_path: Path) -> None:
    content = proposed(find_official("53.10")[0], 2027)
    with pytest.raises(InvalidInput, match="there is no vault password"):
        create_region(tmp_path / "i", "manggarai", content, "/srv/semai", tmp_path / "none", make_password=False)
    assert list((tmp_path / "i").iterdir()) == []


@pytest.mark.parametrize(
    "root", ["relative", "/srv/../etc", "/srv/a b", "/srv/a\n", "/srv/{{ x }}", "/srv/$HOME", "/", "/srv/%d"]
)
def test_roots_that_would_not_survive_the_way_to_a_host(tmp_path: Path, root: str) -> None:
    content = proposed(find_official("53.10")[0], 2027)
    with pytest.raises(InvalidInput):
        create_region(tmp_path / "i", "x", content, root, tmp_path / "pass", make_password=True)


def test_no_write_permission_is_told(tmp_path: Path) -> None:
    (tmp_path / "inventories").write_text("a file where a folder should be")
    with pytest.raises(OperationFailed):
        create(tmp_path)


def test_the_only_region_is_chosen_and_doubt_is_told(tmp_path: Path) -> None:
    inventories = tmp_path / "inventories"
    with pytest.raises(InvalidInput) as caught:
        choose_inventory(inventories, None)
    assert caught.value.code == "no-region"
    create(tmp_path)
    assert choose_inventory(inventories, None) == inventories / "manggarai"
    create(tmp_path, "batang", "33.25")
    with pytest.raises(InvalidInput) as caught:
        choose_inventory(inventories, None)
    assert str(caught.value) == "there are several regions: batang, manggarai"
    with pytest.raises(InvalidInput) as caught:
        choose_inventory(inventories, "mangarai")
    assert caught.value.hint.format(**caught.value.fields) == "semai --region manggarai …"
    assert RegionFiles(choose_inventory(inventories, "batang")).name == "batang"
