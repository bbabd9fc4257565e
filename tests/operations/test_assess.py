"""What semai assess asks for and how it chooses apps, with the measuring done on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from semai.adapters import resources
from semai.adapters.reachability import addresses, unreached
from semai.adapters.state import State
from semai.core.assessment.finding import Verdict
from semai.errors import HostRefused, InvalidInput
from semai.operations.assess import Looked, look, require_ready
from semai.operations.probe import Site

from tests.core.measured import judged, measured, wanted
from tests.operations.region_world import World, app, manifest, release

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"all": {"vars": {"semai_profile": "embedded", "semai_root": str(tmp_path / "root")}}}
    hosts["all"]["children"] = {"app": {"hosts": {"localhost": local}}}  # type: ignore[assignment]
    made.files.hosts.write_text(json.dumps(hosts))
    return made


def looked(world: World, *names: str, **more: Any) -> Looked:
    site = Site(
        world.files,
        State(world.state),
        resources.find(),
        State(world.state).vault_password("manggarai"),
        more.pop("limit", ""),
    )
    return look(site, names, **more)


def test_this_machine_is_measured_without_apps_and_leaves_no_log(world: World) -> None:
    found = looked(world)
    host = found.measured["localhost"]
    assert (host.measured, host.server) == (True, False)
    assert host.python == "{}.{}".format(*sys.version_info[:2])
    assert host.below(host.inventory.root) is not None
    assert found.judge().apps == ()
    assert [p.name for p in (world.state / "runs").rglob("*.log")] == []


def test_without_a_lock_the_newest_release_that_suits_is_judged(world: World) -> None:
    newer = manifest("e-planning", "2027.1.0", needs={"python": ">=3.99"})
    older, broken = manifest("e-planning", "2026.11.0"), manifest("e-planning", "2027.2.0")
    world.trust("batang", app("e-planning", release(broken, "withdrawn"), release(newer), release(older)))
    (chosen,) = looked(world, "e-planning").question.apps
    assert (chosen.key, chosen.version) == ("batang/e-planning", "2026.11.0")
    (chosen,) = looked(world, "batang/e-planning>=2027").question.apps
    assert chosen.version == "2027.1.0"  # suits no host, which is then said


def test_a_lock_decides_which_releases_are_judged(world: World) -> None:
    world.trust("batang", app("e-planning", release(manifest("e-planning", "2026.11.0"))))
    world.select({"batang/e-planning": {"port": 8101}})
    world.lock()
    newer = release(manifest("e-planning", "2027.1.0"))
    world.trust("batang", app("e-planning", newer, release(manifest("e-planning", "2026.11.0"))))
    (chosen,) = looked(world).question.apps
    assert (chosen.version, chosen.port) == ("2026.11.0", 8101)


def test_a_selected_app_that_no_catalog_has_is_a_finding_and_an_unknown_name_an_error(world: World) -> None:
    world.trust("batang", app("e-planning", release(manifest("e-planning", "2026.11.0"))))
    world.select({"batang/e-hilang": {"port": 8101}})
    assessment = looked(world).judge()
    assert [finding.code for finding in assessment.apps[0].findings] == ["app-no-release"]
    with pytest.raises(InvalidInput) as refused:
        looked(world, "e-entah")
    assert refused.value.code == "unknown-app"


def test_a_mentor_that_cannot_be_reached_is_named(world: World) -> None:
    world.select({}, mentors={"batang": {"url": "file:///media/usb/batang", "fingerprint": "0" * 64}})
    assert [finding.code for finding in looked(world).judge().findings] == ["mentor-unreachable"]


def test_a_limit_that_names_no_host_is_an_error(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        looked(world, limit="entah")
    assert refused.value.code == "no-such-host"


def test_a_set_that_is_not_ready_is_refused_and_conditions_are_not() -> None:
    with pytest.raises(HostRefused) as refused:
        require_ready(judged(wanted(), satu=measured(memory_mb=100)))
    assert (refused.value.code, refused.value.exit_code) == ("not-ready", 7)
    conditions = judged(wanted(), satu=measured(cpus=1))
    assert conditions.verdict is Verdict.conditions
    require_ready(conditions)


def test_names_and_mentors_are_tried_from_here(tmp_path: Path) -> None:
    assert addresses(["localhost", "tidak-ada.invalid"])["tidak-ada.invalid"] == ()
    assert "127.0.0.1" in addresses(["localhost"])["localhost"]
    closed = unreached(
        {"usb": tmp_path.as_uri(), "hilang": f"{tmp_path.as_uri()}/x", "tutup": "http://127.0.0.1:9/"}
    )
    assert set(closed) == {"hilang", "tutup"}
