"""kill -9 of the host tool at every word of its journal, then recovery: the old release or the new, never neither.

`acted`: the step is done, the journal does not know. `undone`: the step is taken back, the journal does not know.
`closing`: only the journal's end is missing. Kills when a step has just begun are cells of tests/faults.
"""

from __future__ import annotations

import itertools
import os
import signal

import pytest

from tests.host.choice import quick
from tests.host.rig import Visitors, wait_until
from tests.host.test_activate import STEPS

# steps that have something to undo:
CONFIGURE = [
    "check",
    "resume",
    "restore-point",
    "files",
    "migrate",
    "after-install",
    "switch",
    "restart",
    "health",
    "receipt",
    "prune",
]
REMOVE = ["check", "stop", "restore-point", "unit-out", "receipt-out", "delete"]
AFTER_CRASHED_TRIAL = STEPS[: STEPS.index("trial") + 1]
_numbers = itertools.count(2)


def committed(steps: list[str], commit: str, step: str) -> bool:
    """Tell whether the journal knew the committing step as done when the kill came at `step`."""
    return steps.index(step) > steps.index(commit)


@pytest.fixture(scope="module")
def lasting():
    """The app that the tests of this worker change one after the other."""
    return {"app": None, "clean": False}


@pytest.fixture
def running(host, lasting, request):
    """Return an installed app, renewed after a failed test, and the version it serves."""
    failed = request.session.testsfailed
    if not lasting["clean"]:
        lasting["app"] = f"lasting-{next(_numbers)}"
        host.activate(host.request(lasting["app"], "2026.1.0"))
    lasting["clean"] = False
    yield lasting["app"], host.serves(lasting["app"])
    lasting["clean"] = request.session.testsfailed == failed


def proves_whole(host, app: str, visitors: Visitors) -> None:
    saved = visitors.saved
    assert host.count(app) >= saved
    assert host.leftovers() == []


@pytest.mark.parametrize(
    ("point", "step"),
    quick(
        [("acted", name) for name in STEPS],
        only=[("acted", "migrate"), ("acted", "switch")],
    ),
)
def test_killed_upgrade_recovers_without_losing_a_visit(host, running, lasting, point, step):
    app, old = running
    number = next(_numbers)
    new = f"2026.{number}.0"
    with Visitors(host, app) as visitors:
        host.kill_at(point, step, "activate", host.write(host.request(app, new, schema=number)))
        host.call("recover")
        assert host.serves(app) == (new if committed(STEPS, "trial", step) else old)
        proves_whole(host, app, visitors)
        host.activate(host.request(app, new, schema=number))
        assert host.serves(app) == new
        proves_whole(host, app, visitors)
    lasting["clean"] = True


@pytest.mark.thorough
@pytest.mark.parametrize(("point", "step"), quick([("acted", name) for name in STEPS], only=[("acted", "migrate")]))
def test_killed_install_converges_with_the_next_activate(host, app, point, step):
    host.kill_at(point, step, "activate", host.write(host.request(app, "2026.1.0")))
    host.activate(host.request(app, "2026.1.0"))
    assert host.serves(app) == "2026.1.0"
    assert host.leftovers() == []


@pytest.mark.thorough
@pytest.mark.parametrize("step", ["check", "prepare", "migrate", "trial"])
def test_killed_install_leaves_nothing_after_recover(host, app, step):
    host.kill_at("acted", step, "activate", host.write(host.request(app, "2026.1.0")))
    host.call("recover")
    assert host.leftovers() == []
    assert app not in host.state()["apps"]
    assert not (host.root / "apps" / app / "releases" / "2026.1.0").exists()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("point", "step"), quick([("acted", name) for name in CONFIGURE], only=[("acted", "restart")])
)
def test_killed_configure_has_the_old_or_the_new_environment(host, running, point, step):
    app, version = running
    number = next(_numbers)
    before = host.ask(app, "/settings")[1]["GREETING"]
    schema = int(version.split(".")[1])
    with Visitors(host, app) as visitors:
        request = host.request(app, version, schema=schema, greeting=f"hello {number}")
        host.kill_at(point, step, "configure", host.write(request))
        host.call("recover")
        expected = f"hello {number}" if committed(CONFIGURE, "health", step) else before
        assert host.ask(app, "/settings")[1]["GREETING"] == expected
        proves_whole(host, app, visitors)
    request = host.request(app, version, schema=schema, greeting=f"hello {number}")
    host.activate(request)
    assert host.ask(app, "/settings")[1]["GREETING"] == f"hello {number}"


@pytest.mark.parametrize(
    ("point", "step"),
    quick(
        [("acted", name) for name in REMOVE],
        only=[("acted", "receipt-out")],
    ),
)
def test_killed_remove_is_finished_or_leaves_the_app_running(host, app, point, step):
    host.activate(host.request(app, "2026.1.0"))
    host.ask(app, "/visit", "POST")
    host.kill_at(point, step, "remove", app)
    host.call("recover")
    assert host.leftovers() == []
    if committed(REMOVE, "receipt-out", step):
        assert app not in host.state()["apps"]
        assert len(host.state()["kept"][app]) == 1
    else:
        assert (host.serves(app), host.count(app)) == ("2026.1.0", 1)
        assert host.call("receipt", app)["version"] == "2026.1.0"
        host.call("remove", app)
    assert not (host.root / "apps" / app / "shared").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("step", AFTER_CRASHED_TRIAL)
def test_kill_while_a_bad_upgrade_is_undone_loses_nothing(host, running, step):
    app, old = running
    with Visitors(host, app) as visitors:
        bad = host.request(app, f"2026.{next(_numbers)}.0", "crashes", schema=9999)
        host.kill_at("undone", step, "activate", host.write(bad))
        host.call("recover")
        assert host.serves(app) == old
        proves_whole(host, app, visitors)
        reached = visitors.saved
        wait_until(lambda: visitors.saved > reached, "visits go on")


@pytest.mark.slow
@pytest.mark.parametrize("point", ["turned", "closing"])
def test_kill_at_the_turn_and_at_the_end_of_an_undo(host, running, point):
    app, old = running
    with Visitors(host, app) as visitors:
        bad = host.request(app, f"2026.{next(_numbers)}.0", "crashes", schema=9999)
        host.kill_at(point, "any", "activate", host.write(bad))
        host.call("recover")
        assert host.serves(app) == old
        proves_whole(host, app, visitors)


@pytest.mark.slow
def test_recovery_that_is_killed_itself_is_recovered(host, running):
    app, old = running
    with Visitors(host, app) as visitors:
        number = next(_numbers)
        request = host.request(app, f"2026.{number}.0", schema=number)
        host.kill_at("acted", "migrate", "activate", host.write(request))
        host.kill_at("undone", "migrate", "recover")
        host.kill_at("undone", "maintenance", "recover")
        host.call("recover")
        assert host.serves(app) == old
        proves_whole(host, app, visitors)


@pytest.mark.slow
@pytest.mark.parametrize(("behaviour", "step"), [("migration-hangs", "migrate"), ("hangs", "trial")])
def test_command_that_outlives_a_killed_run_is_ended_before_the_undo(host, running, behaviour, step):
    app, old = running
    number = next(_numbers)
    run = f"outlived-{app}-{number}"
    with Visitors(host, app) as visitors:
        request = host.request(app, f"2026.{number}.0", behaviour, schema=number)
        tool = host.start("activate", host.write(request), "--run", run)
        wait_until(lambda: host.reached(run, step), f"{step} runs")
        wait_until(lambda: host.programs_of(app, f"2026.{number}.0"), "the command runs")
        os.kill(tool.pid, signal.SIGKILL)
        tool.communicate(timeout=10)
        assert host.programs_of(app, f"2026.{number}.0") != []
        host.call("recover")
        assert host.programs_of(app, f"2026.{number}.0") == []
        assert host.serves(app) == old
        proves_whole(host, app, visitors)
