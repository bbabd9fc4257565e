"""Looking at a region: every error of every file at once, in lines a person can find."""

from __future__ import annotations

from pathlib import Path

import pytest
from semai.adapters.region_codes import official_name
from semai.adapters.region_files import RegionFiles
from semai.adapters.vault import VaultFile
from semai.errors import InvalidInput
from semai.operations.region_read import check_region, list_regions, show_region

from tests.operations.region_world import World

BROKEN = """\
semai_region:
  code: '53.98'
  name: Kabupaten Manggarai
  name: Manggarai
  short_name: Manggarai
  kind: kabupatan
  province: Nusa Tenggara Timur
  province_code: '52'
  timezone: Asia/Makassar
  head_title: Bupati
  fiscal_year: "2027"
  domain: manggarai
  agencies:
    - {code: '1.01', name: Dinas Pendidikan, head_nip: '198013022005011003'}
    - {code: '1.01', name: No, hed_name: x}
  districts:
    - {code: 53.10.01, name: Wae Rii}
    - code: 53.1
      name: Ruteng
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


def test_every_error_of_every_file_is_reported_at_once(world: World) -> None:
    world.files.region.write_text(BROKEN)
    world.files.hosts.write_text("all:\n  vars: {semai_profile: serber, semai_root: tmp}\n")
    world.files.apps.write_text("semai_selection:\n  apps:\n    e-planning: {port: 80, colour: red}\n")
    world.files.lock.write_text("{")
    with pytest.raises(InvalidInput) as caught:
        check_region(world.files, world.vault, official_name)
    golden = (Path(__file__).parent / "golden" / "region-check.txt").read_text()
    assert "\n".join(caught.value.details) + "\n" == golden


def test_a_right_region_says_which_files_it_has(world: World) -> None:
    checked = check_region(world.files, world.vault, official_name)
    assert [p.name for p in checked.files] == ["hosts.yml", "region.yml", "apps.yml", "vault.yml"]
    assert [p.name for p in checked.skipped] == ["semai.lock", "deployment.yml"]


def test_the_example_region_is_right() -> None:
    folder = Path(__file__).parents[2] / "inventories" / "manggarai"
    files = RegionFiles(folder)
    checked = check_region(files, VaultFile(folder / "no-vault.yml", folder / "no-password"), official_name)
    assert [p.name for p in checked.files][:3] == ["hosts.yml", "region.yml", "apps.yml"]
    region = files.load_region()
    assert files.logo(region) is not None
    assert (region.code, len(region.districts)) == ("53.10", 12)
    assert len({agency.code for agency in region.agencies}) == len(region.agencies) > 30


def test_a_broken_region_stays_in_the_list_with_its_problem(world: World) -> None:
    world.files.region.write_text("semai_region: [\n")
    (line,) = list_regions(world.inventories)
    assert (line.name, line.problem) == (
        "manggarai",
        "inventories/manggarai/group_vars/all/region.yml cannot be read",
    )


def test_a_region_is_shown_whole(world: World) -> None:
    view = show_region(world.files)
    assert (view.region.name, view.hosts.semai_root, view.locked) == ("Kabupaten Manggarai", "/srv/semai", {})


SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("name", "content"),
    [("logo.svg", SVG.encode()), ("logo.png", b"\x89PNG\r\n\x1a\nrest"), ("LOGO.JPG", b"\xff\xd8\xff\xe0rest")],
)
def test_logos_become_svg(world: World, name: str, content: bytes) -> None:
    (world.files.folder / name).write_bytes(content)
    region = world.files.load_region().model_copy(update={"logo": name})
    logo = world.files.logo(region)
    assert logo is not None
    assert logo.startswith("<svg")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b"<svg><script>alert(1)</script></svg>"),
        ("logo.svg", b'<svg ONLOAD="x"/>'),
        ("logo.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>'),
        ("logo.svg", b"<html/>"),
        ("logo.svg", b"\xff\xfe"),
        ("logo.png", b"<svg/>"),
        ("logo.gif", b"GIF89a"),
        ("logo.svg", b"<svg>" + b" " * 600_000),
        ("missing.svg", None),
        ("../outside.svg", SVG.encode()),
        ("/etc/hostname", None),
    ],
)
def test_logos_that_are_no_drawings_are_refused(world: World, name: str, content: bytes | None) -> None:
    if content is not None:
        (world.files.folder / name).write_bytes(content)
    region = world.files.load_region().model_copy(update={"logo": name})
    with pytest.raises(InvalidInput) as caught:
        world.files.logo(region)
    assert caught.value.code == "logo-invalid"
