"""points and rollback on a real host: what a person is told will be undone, and what has come back afterwards."""

from __future__ import annotations

import itertools
import json
import shutil

import pytest

from tests.host.choice import quick
from tests.host.rig import Visitors
from tests.host.test_kill import proves_whole

STEPS = [
    "check",
    "prepare",
    "maintenance",
    "restore-point",
    "files",
    "data-back",
    "trial",
    "switch",
    "restart",
    "health",
    "receipt",
    "maintenance-off",
    "prune",
]
_numbers = itertools.count(1)


def visit(host, app: str, times: int) -> None:
    for _ in range(times):
        assert host.ask(app, "/visit", "POST")[0] == 200


def newest(host, app: str) -> dict:
    return host.call("points", app)["points"][0]


def media(host, app: str):
    return host.root / "apps" / app / "shared" / "media"


def upgraded(host, app: str) -> None:
    """Two visits and a letter with 2026.1, then 2026.2 whose data the former release cannot read."""
    host.activate(host.request(app, "2026.1.0", greeting="former"))
    visit(host, app, 2)
    (media(host, app) / "letter.pdf").write_text("of then")
    host.activate(host.request(app, "2026.2.0", schema=2, greeting="present"))


def test_point_says_what_going_back_would_undo(host, app):
    upgraded(host, app)
    visit(host, app, 3)
    (media(host, app) / "later.pdf").write_text("of now")
    point = newest(host, app)
    assert (point["version"], point["data"], point["possible"], point["undoes_data"]) == (
        "2026.1.0",
        True,
        True,
        True,
    )
    assert point["rows"] == {"admin": 0, "migration": 1, "visit": 2}
    assert point["lost_after"] == point["moment"]
    assert point["differences"] == [
        {"kind": "rows", "of": "migration", "now": 2, "then": 1},
        {"kind": "rows", "of": "visit", "now": 5, "then": 2},
        {"kind": "files", "of": "shared/data", "now": 3, "then": 0},
        {"kind": "files", "of": "shared/media", "now": 3, "then": 1},
    ]
    assert point["bytes"] > 4096
    assert point["seconds"] > 0
    assert host.leftovers() == []


def test_rollback_brings_code_data_and_configuration_back(host, app):
    upgraded(host, app)
    visit(host, app, 3)
    (media(host, app) / "later.pdf").write_text("of now")
    answer = host.call("rollback", app)
    assert (answer["changed"], answer["version"], answer["previous"], answer["data"]) == (
        True,
        "2026.1.0",
        "2026.2.0",
        True,
    )
    assert (host.serves(app), host.count(app)) == ("2026.1.0", 2)
    assert host.ask(app, "/settings")[1]["GREETING"] == "former"
    assert [path.name for path in media(host, app).iterdir()] == ["letter.pdf"]
    assert host.call("receipt", app)["version"] == "2026.1.0"
    visit(host, app, 1)
    assert host.leftovers() == []


def test_rollback_can_itself_be_undone(host, app):
    upgraded(host, app)
    visit(host, app, 3)
    point = host.call("rollback", app)["restore_point"]
    assert "-before-rollback-to-2026.1.0-from-2026.2.0" in point
    visit(host, app, 1)
    host.call("rollback", app)
    assert (host.serves(app), host.count(app)) == ("2026.2.0", 5)
    assert host.ask(app, "/settings")[1]["GREETING"] == "present"


def test_going_back_by_code_alone_loses_nothing_and_stops_nobody(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.activate(host.request(app, "2026.1.1", change="code"))
    point = newest(host, app)
    assert (point["data"], point["undoes_data"], point["version"]) == (False, False, "2026.1.0")
    with Visitors(host, app) as visitors:
        answer = host.call("rollback", app)
    assert (host.serves(app), answer["data"], visitors.statuses) == ("2026.1.0", False, {200})
    assert host.count(app) >= visitors.saved
    assert newest(host, app)["version"] == "2026.1.1"
    point = host.call("remove", app)["restore_point"]
    assert host.state()["kept"][app] == [point]  # those without data are nothing without their releases


def test_configuration_of_before_comes_back_without_its_data(host, app):
    host.activate(host.request(app, "2026.1.0", greeting="first"))
    host.activate(host.request(app, "2026.1.0", greeting="second"), verb="configure")
    visit(host, app, 2)
    host.call("rollback", app)
    assert (host.ask(app, "/settings")[1]["GREETING"], host.count(app)) == ("first", 2)


def test_point_without_data_behind_a_migration_brings_the_data_of_its_form(host, app):
    """Code 1.0 and 1.1 share a form; 2.0 does not: back to 1.0 with the copy that was made for 1.1."""
    host.activate(host.request(app, "2026.1.0"))
    host.activate(host.request(app, "2026.1.1", change="code"))
    visit(host, app, 2)
    host.activate(host.request(app, "2026.2.0", schema=2))
    visit(host, app, 1)
    copy, code = host.call("points", app)["points"]
    assert (code["version"], code["data"], code["undoes_data"]) == ("2026.1.0", False, True)
    assert code["data_from"] == copy["name"]
    host.call("rollback", app, "--to", code["name"])
    assert (host.serves(app), host.count(app)) == ("2026.1.0", 2)
    visit(host, app, 1)
    host.call("rollback", app, "--to", copy["name"])  # named with its data, it brings them
    assert (host.serves(app), host.count(app)) == ("2026.1.1", 2)
    assert next(p for p in host.call("points", app)["points"] if p["name"] == code["name"])["undoes_data"] is False


def test_release_that_no_longer_starts_is_not_gone_back_to(host, app):
    upgraded(host, app)
    visit(host, app, 3)
    (host.root / "apps" / app / "releases" / "2026.1.0" / "venv" / "bin" / "canary").unlink()
    with Visitors(host, app) as visitors:
        error = host.call("rollback", app, expect=1)["error"]
    assert (error["step"], error["undone"]) == ("trial", True)
    assert host.serves(app) == "2026.2.0"
    proves_whole(host, app, visitors)
    assert sorted(path.name for path in media(host, app).iterdir()) == ["letter.pdf", "migrated-to-2"]


def test_damaged_copy_is_refused_before_anything_is_touched(host, app):
    upgraded(host, app)
    visit(host, app, 1)
    point = newest(host, app)
    copy = host.root / "apps" / app / "restore-points" / point["name"] / "database.sqlite3"
    copy.write_bytes(copy.read_bytes()[:-100])
    pid = host.state()["apps"][app]["service"]["pid"]
    error = host.call("rollback", app, expect=1)["error"]
    assert (error["code"], error["undone"]) == ("database-damaged", True)
    assert (host.serves(app), host.count(app)) == ("2026.2.0", 3)
    assert host.leftovers() == []
    assert host.state()["apps"][app]["service"]["pid"] == pid


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--to", "20200101T000000Z-none"], "no-such-point"),
        (["--to", "../../../etc"], "no-such-point"),
        ([], "no-point"),
    ],
)
def test_point_that_is_not_there_is_refused(host, app, arguments, code):
    host.activate(host.request(app, "2026.1.0"))
    assert host.call("rollback", app, *arguments, expect=7)["error"]["code"] == code


def test_release_folder_and_artifacts_that_are_gone_are_named(host, app):
    upgraded(host, app)
    releases = host.root / "apps" / app / "releases"
    shutil.rmtree(releases / "2026.1.0")
    record = json.loads(
        (host.root / "apps" / app / "restore-points" / newest(host, app)["name"] / "restore-point.json").read_text()
    )
    for artifact in record["request"]["artifacts"]:
        if artifact["kind"] == "wheel":
            (host.root / "store" / artifact["sha256"]).unlink()
    point = newest(host, app)
    assert (point["possible"], point["why"]["code"]) == (False, "artifact-missing")
    assert host.call("rollback", app, expect=7)["error"]["code"] == "artifact-missing"


def test_follower_is_sent_to_the_host_that_has_the_data(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.activate(host.request(app, "2026.1.1", change="code"))
    serving = host.request(app, "2026.1.1", change="code", leader=False, greeting="as a follower")
    host.activate(serving, verb="configure")
    error = host.call("rollback", app, expect=7)["error"]
    assert (error["code"], error["hint"]) == ("follower", f"semai rollback {app}")
    host.call("rollback", app, "--led")
    assert host.ask(app, "/settings")[1]["GREETING"] == "hello"


@pytest.mark.slow
def test_pruning_keeps_what_the_kept_points_need(host, app):
    host.activate(host.request(app, "2026.1.0"))
    for number in range(1, 6):
        host.activate(host.request(app, f"2026.1.{number}", change="code"))
    assert [p["version"] for p in host.call("points", app)["points"]] == ["2026.1.4", "2026.1.3", "2026.1.2"]
    for number in range(2, 6):
        host.activate(host.request(app, f"2026.{number}.0", schema=number))
    points = host.call("points", app)["points"]
    assert [p["version"] for p in points] == [
        "2026.4.0",
        "2026.3.0",
        "2026.2.0",
    ]  # no copy in the form of 2026.1 is left
    assert all(point["possible"] for point in points)
    host.call("rollback", app, "--to", points[-1]["name"])
    assert host.serves(app) == "2026.2.0"


@pytest.fixture(scope="module")
def back_and_forth():
    """The app that the tests of this worker roll back, one after the other."""
    return {"app": None, "clean": False}


@pytest.mark.parametrize(
    ("point", "step"),
    quick(
        [("acted", name) for name in STEPS],
        only=[("acted", "data-back"), ("acted", "switch")],
    ),
)
def test_killed_rollback_is_finished_or_undone(host, back_and_forth, point, step):
    if not back_and_forth["clean"]:
        back_and_forth["app"] = f"back-{next(_numbers)}"
        upgraded(host, back_and_forth["app"])
    app, back_and_forth["clean"] = back_and_forth["app"], False
    visit(host, app, 2)
    present, before = host.serves(app), host.count(app)
    target = newest(host, app)
    then = target["rows"]["visit"]
    host.kill_at(point, step, "rollback", app, "--to", target["name"])
    host.call("recover")
    done = STEPS.index(step) > STEPS.index("trial")
    assert (host.serves(app), host.count(app)) == ((target["version"], then) if done else (present, before))
    assert host.leftovers() == []
    back = host.call("rollback", app, "--to", newest(host, app)["name"])  # whatever it ended as, one can go on
    assert host.serves(app) == back["version"]
    assert host.leftovers() == []
    back_and_forth["clean"] = True


@pytest.mark.thorough
@pytest.mark.parametrize("step", ["restore-point", "data-back", "files", "maintenance", "prepare"])
def test_kill_while_a_failed_rollback_is_undone_loses_nothing(host, app, step):
    upgraded(host, app)
    visit(host, app, 3)
    (host.root / "apps" / app / "releases" / "2026.1.0" / "venv" / "bin" / "canary").unlink()
    host.kill_at("undone", step, "rollback", app)
    host.call("recover")
    assert (host.serves(app), host.count(app)) == ("2026.2.0", 5)
    assert host.leftovers() == []
