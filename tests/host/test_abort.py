"""abort: a run that goes on or was killed ends as it was before; one past its commit is finished instead."""

from __future__ import annotations

import pytest

from tests.host.rig import Visitors, wait_until


def test_migration_that_hangs_is_stopped_and_undone(host, app):
    host.activate(host.request(app, "2026.1.0"))
    run = f"hanging-{app}"
    with Visitors(host, app) as visitors:
        tool = host.start("activate", host.write(host.request(app, "2026.2.0", "migration-hangs")), "--run", run)
        wait_until(lambda: host.reached(run, "migrate"), "the migration runs")
        answer = host.call("abort", app)
        assert tool.wait(20) == 1
        tool.communicate()
    assert answer["stopped"] == {"run": run, "verb": "activate", "outcome": "undone"}
    assert (answer["changed"], answer["recovered"]) == (True, [])
    assert host.serves(app) == "2026.1.0"
    assert host.count(app) >= visitors.saved
    assert host.leftovers() == []


@pytest.mark.parametrize(
    ("step", "outcome", "serves"), [("migrate", "undone", "2026.1.0"), ("switch", "finished", "2026.2.0")]
)
def test_killed_run_is_undone_or_finished_by_what_its_journal_says(host, app, step, outcome, serves):
    host.activate(host.request(app, "2026.1.0"))
    host.kill_at("acted", step, "activate", host.write(host.request(app, "2026.2.0", schema=2)))
    answer = host.call("abort", app)
    assert [(one["verb"], one["outcome"]) for one in answer["recovered"]] == [("activate", outcome)]
    assert host.serves(app) == serves
    assert host.leftovers() == []


def test_abort_of_nothing_changes_nothing(host, app):
    host.activate(host.request(app, "2026.1.0"))
    answer = host.call("abort", app)
    assert (answer["changed"], answer["stopped"], answer["recovered"]) == (False, None, [])


def test_run_of_another_app_is_left_alone(host, app):
    host.activate(host.request(app, "2026.1.0"))
    run = f"busy-{app}"
    tool = host.start("activate", host.write(host.request(app, "2026.2.0", "migration-hangs")), "--run", run)
    wait_until(lambda: host.reached(run, "migrate"), "the migration runs")
    assert host.call("abort", "another", expect=8)["error"]["code"] == "host-locked"
    assert tool.poll() is None
    host.call("abort", app)
    assert tool.wait(20) == 1
    tool.communicate()
