"""The demo as a newcomer meets it: its apps up, a second run without a change, what one asks of them."""

from __future__ import annotations

import json
import re
import signal
import urllib.request

import pytest

from tests.demo.canaries import Aviary
from tests.demo.conftest import APPS, Demo, ansible_playbook
from tests.demo.ground import changes, health, is_free, serves

pytestmark = pytest.mark.demo


def test_first_run_names_address_and_login_of_each_app(demo: Demo) -> None:
    said = demo.first.out + demo.first.err
    for app in APPS:
        login = demo.openings[app]["login"]
        assert re.search(rf"{app}\s+{demo.address(app)}\s", said)
        assert f"{login['name']} / {login['password']}" in said
        assert f"{', '.join(login['sample_names'])} / {login['sample_password']}" in said
        assert "opd" in login["sample_names"]
    assert "make demo-down" in said


def test_every_app_serves_its_release_and_the_contracts_flow(demo: Demo) -> None:
    for app in APPS:
        answer = health(demo.address(app))
        assert (answer["app"], answer["database"], answer["migrations"]) == (app, "ok", "current")
        assert serves(demo.address(app))
    apps = {entry["app"]: entry for entry in demo.ground.semai("status", "--json").json["apps"]}
    assert {name: apps[name]["well"] for name in APPS} == dict.fromkeys(APPS, True)
    assert apps["e-budgeting"]["flows"] == {"planning.work-plan": "ok"}
    assert apps["e-sakip"]["flows"] == {"planning.performance": "ok", "budget.execution-document": "ok"}
    assert apps["e-hibah"]["flows"] == {"budget.grants": "ok"}


def test_second_run_changes_nothing_and_says_so(demo: Demo) -> None:
    before = demo.ground.picture()
    assert {f"root/receipts/{app}.json" for app in APPS} <= before.keys()
    ran = demo.ground.semai("demo", "up", "--folder", demo.ground.folder)
    assert f"nothing to do: {len(APPS)} apps are as the lock says" in ran.err
    told = {"inventories/manggarai/audit.jsonl": "changed"}  # the trail tells that add and lock were run again
    assert changes(before, demo.ground.picture()) in ({}, told)


def test_plain_ansible_reports_no_change(demo: Demo) -> None:
    said = ansible_playbook(demo.ground, "--check", "--diff")
    recap = dict(re.findall(r"(ok|changed|unreachable|failed)=(\d+)", said.partition("PLAY RECAP")[2]))
    assert int(recap.pop("ok")) > 0
    assert recap == {"changed": "0", "unreachable": "0", "failed": "0"}, said
    assert "+++" not in said


def test_status_in_words_and_doctor_agree_that_all_is_well(demo: Demo) -> None:
    said = demo.ground.semai("status")
    assert all(re.search(rf"{app}\s+\d[\d.]+\s+running\s+well\b", said.out) for app in APPS)
    assert "e-budgeting reads planning.work-plan: ok" in said.err
    findings = demo.ground.semai("doctor", "--json").json["findings"]
    told = {finding["code"] for finding in findings if finding["severity"] != "ok"}
    assert told == {"backup-missing", "backup-local"}, findings
    assert len([finding for finding in findings if finding["code"] == "app"]) == len(APPS)


def test_logs_hold_one_json_line_per_request_without_the_query(demo: Demo) -> None:
    assert serves(demo.address("e-planning"))
    lines = demo.ground.semai("logs", "e-planning", "--lines", "50", "--json").json[0]["lines"]
    requests = [json.loads(line) for line in lines if line.startswith("{")]
    assert [r for r in requests if r.get("path") == "/masuk/" and r.get("status") == 200]
    assert "/masuk/" in demo.ground.semai("logs", "e-planning").out


@pytest.mark.thorough
def test_stopped_app_stays_stopped_through_an_apply_until_it_is_started(plot: Aviary) -> None:
    ground, served = plot.ground, plot.serves
    address = ground.opened("canary")["address"]
    ground.semai("service", "stop", "canary")
    assert is_free(address)
    assert "nothing to do" in ground.semai("apply", "--yes").err
    assert is_free(address)
    assert ground.doubts() == ["app-stopped"]
    ground.semai("service", "start", "canary")
    assert plot.serves == served


def test_follow_of_a_log_ends_with_ctrl_c(demo: Demo) -> None:
    with urllib.request.urlopen(
        demo.address("e-planning")
    ) as answer:  # an app that nobody asked has logged nothing
        assert answer.status == 200
    running = demo.ground.begin("logs", "e-planning", "--follow", "--lines", "1")
    running.until("{")
    assert running.stop(signal.SIGINT) == 130
