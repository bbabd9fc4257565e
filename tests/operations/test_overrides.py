"""What a region sets over a release: variables and whole files that outlive updates, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from semai.adapters.yaml_files import read_document
from semai.errors import InvalidInput
from semai.operations.deployment import override_conflicts, refresh_deployment, remember_overrides

from tests.operations.region_world import ENVIRONMENT, World, app, manifest, release

APP = "batang/e-planning"


def planning(version: str, limit: str = "10 MB") -> object:
    return release(manifest("e-planning", version, environment={**ENVIRONMENT, "UPLOAD_LIMIT": limit}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.trust("batang", app("e-planning", planning("2026.11.0")))
    made.select({APP: {"port": 8101}})
    made.lock()
    return made


def override(world: World, path: str, text: str) -> None:
    place = world.files.overrides.folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def item(world: World) -> dict[str, object]:
    return read_document(world.files.deployment).value["semai_apps"][0]


def test_variables_and_files_stand_over_the_releases_own(world: World) -> None:
    before = item(world)
    override(world, "e-planning/env", '# our servers are small\nUPLOAD_LIMIT="2 MB"\nEXTRA=a=b\n')
    override(world, "e-planning/region.json", '{"name": "Manggarai"}\n')
    assert refresh_deployment(world.files)
    after = item(world)
    assert after["environment"] == {**before["environment"], "UPLOAD_LIMIT": "2 MB", "EXTRA": "a=b"}
    assert after["files"]["shared/region.json"] == {"content": '{"name": "Manggarai"}\n', "mode": "0640"}
    assert after["config"] != before["config"]


def test_overrides_outlive_an_update_and_one_over_changed_ground_is_shown_three_way(world: World) -> None:
    override(world, "e-planning/env", "UPLOAD_LIMIT=2 MB\n")
    refresh_deployment(world.files)
    assert override_conflicts(world.files) == ()
    remember_overrides(world.files)

    world.trust("batang", app("e-planning", planning("2026.11.0"), planning("2026.12.0", "50 MB")))
    world.lock(upgrade=True)
    assert (item(world)["version"], item(world)["environment"]["UPLOAD_LIMIT"]) == ("2026.12.0", "2 MB")
    (conflict,) = override_conflicts(world.files)
    shown = [line for line in conflict.lines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    changed = ["-UPLOAD_LIMIT=10 MB", "+UPLOAD_LIMIT=50 MB", "-UPLOAD_LIMIT=10 MB", "+UPLOAD_LIMIT=2 MB"]
    assert shown == changed

    remember_overrides(world.files)
    assert override_conflicts(world.files) == ()


def test_an_override_that_is_gone_is_forgotten(world: World) -> None:
    override(world, "e-planning/env", "UPLOAD_LIMIT=2 MB\n")
    remember_overrides(world.files)
    (world.files.overrides.folder / "e-planning" / "env").unlink()
    remember_overrides(world.files)
    assert (world.files.overrides.load(), world.files.overrides.former()) == ({}, {})


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("e-planning/env", "UPLOAD_LIMIT=1\nnot a line\n", "overrides/e-planning/env:2: is not NAME=value"),
        ("e-planning/env", "SECRET_KEY=known\n", "env:1: SECRET_KEY holds a secret, which stays in the vault"),
        ("e-planning/env", "SEMAI_BIND=0.0.0.0:80\n", "env:1: SEMAI_BIND is set by semai"),
        ("e-planning/env", "EXTRA=@secret(apps.x.y)\n", "env:1: must not contain @secret("),
        ("e-planning/nothing.php", "x", "nothing.php: the app has no such file; it has env, region.json"),
        ("e-plannin/env", "A=1\n", "overrides/e-plannin: no app of this region has that name"),
        ("e-planning/..x", "x", "is no plain file overrides/<app>/<file>"),
        ("loose", "x", "is no plain file overrides/<app>/<file>"),
    ],
)
def test_what_cannot_be_overridden_is_named_and_nothing_is_written(
    world: World, path: str, text: str, said: str
) -> None:
    override(world, path, text)
    before = world.contents()
    for verb in (lambda: refresh_deployment(world.files), world.lock):
        with pytest.raises(InvalidInput) as refused:
            verb()
        assert refused.value.code == "override-invalid"
        assert said in "\n".join(refused.value.details)
    assert world.contents() == before


def test_links_and_binary_files_are_refused(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("A=1\n")
    place = world.files.overrides.folder / "e-planning" / "env"
    place.parent.mkdir(parents=True)
    place.symlink_to(secret)
    (place.parent / "region.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput) as refused:
        refresh_deployment(world.files)
    assert [line.rpartition(": ")[2] for line in refused.value.details] == [
        "is no plain file overrides/<app>/<file>",
        "is not UTF-8 text",
    ]
