"""Running ansible-playbook: events in, a result out, secrets nowhere, and an orderly stop."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from semai.adapters import resources
from semai.adapters.ansible import Ansible, Event, EventFile, RunResult
from semai.adapters.redaction import MASK, Redactor, strings_in
from semai.adapters.resources import Resources
from semai.errors import OperationFailed

SECRET = 'p4ss "w" ord/ü'


def play(*tasks: dict[str, object]) -> str:
    return json.dumps([{"name": "Try", "hosts": "all", "gather_facts": False, "tasks": list(tasks)}])


@pytest.fixture
def books(tmp_path: Path) -> Resources:
    """Return the real plugins beside playbooks of the test's own."""
    real = resources.find()
    folder = tmp_path / "playbooks"
    folder.mkdir()
    for name in ("library", "action_plugins", "filter_plugins", "callback_plugins", "module_utils"):
        (folder / name).symlink_to(real.playbooks / name)
    return Resources(folder, real.roles, real.module_utils)


def runner(books: Resources, tmp_path: Path, *secrets: str) -> Ansible:
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = tmp_path / "inventory" / "hosts.yml"
    hosts.parent.mkdir(exist_ok=True)
    hosts.write_text(json.dumps({"all": {"hosts": {"here": host}}}))
    return Ansible(hosts.parent, books, tmp_path / "runs" / "try.log", secrets=secrets)


def test_a_run_gives_its_events_and_keeps_secrets_out_of_log_and_result(books: Resources, tmp_path: Path) -> None:
    books.playbook("try").write_text(
        play(
            {"name": "Say", "ansible.builtin.debug": {"msg": "{{ said }}"}},
            {"name": "Break", "ansible.builtin.fail": {"msg": f"no {SECRET} here"}},
        )
    )
    heard: list[Event] = []
    ansible = runner(books, tmp_path, SECRET)
    result = ansible.run("try", heard.append, variables={"said": f"the password is {SECRET}"})

    assert result.exit_code == 2
    assert tuple(heard) == result.events
    assert [(e.kind, e.host, e.task) for e in result.events if e.host] == [
        ("ok", "here", "Say"),
        ("failed", "here", "Break"),
    ]
    assert [e.result["msg"] for e in result.failures] == [f"no {MASK} here"]
    log = ansible.log.read_text()
    assert MASK in log
    assert "p4ss" not in log
    assert "p4ss" not in repr(result)
    assert ansible.log.stat().st_mode & 0o777 == 0o600


def test_an_interrupt_stops_ansible_and_its_workers(books: Resources, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    sleep = {"cmd": f"touch {mark}; exec sleep 60", "executable": "/bin/sh"}
    books.playbook("try").write_text(play({"name": "Wait", "ansible.builtin.shell": sleep}))

    def interrupt() -> None:
        while not mark.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    run = runner(books, tmp_path).start("try")
    thread.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run.wait()
    thread.join()
    assert time.monotonic() - begun < 40
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


def test_a_playbook_that_cannot_be_read_is_told_by_what_ansible_printed(books: Resources, tmp_path: Path) -> None:
    books.playbook("try").write_text("- hosts: all\n  tasks: [[\n")
    result = runner(books, tmp_path).run("try")
    assert result.exit_code != 0
    assert result.failures == ()
    assert any("YAML" in line or "yaml" in line or "try.yml" in line for line in result.output)


def test_results_are_found_by_module_however_it_is_named() -> None:
    events = (
        Event("ok", "h1", action="semai_state", result={"state": {}}),
        Event("ok", "h2", action="ansible.legacy.semai_state"),
        Event("task", "", action="semai_state"),
        Event("ok", "h1", action="semai_tree"),
    )
    result = RunResult(0, events, (), Path("x.log"))
    assert [event.host for event in result.results("semai_state")] == ["h1", "h2"]


def test_a_run_deletes_the_folder_of_one_whose_semai_was_killed_and_no_other(
    books: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, working, strange = (f"semai-run-{pid}-x" for pid in (0x7FFFFFFF, os.getppid(), "none"))
    for name in (killed, working, strange):
        (tmp_path / name).mkdir()
    (books.playbooks / "empty.yml").write_text(play({"name": "One", "ansible.builtin.debug": {}}))
    assert runner(books, tmp_path).run("empty").exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("semai-run-*")) == sorted((working, strange))


def test_a_half_written_event_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.touch()
    events = EventFile(path, Redactor())
    with path.open("a") as stream:
        stream.write('{"event": "task", "task": "One"}\n{"event": "ta')
        stream.flush()
        assert [event.task for event in events.fresh()] == ["One"]
        stream.write('sk", "task": "Two"}\n')
        stream.flush()
        assert [event.task for event in events.fresh()] == ["Two"]


@pytest.mark.parametrize("form", [SECRET, json.dumps(SECRET), json.dumps({"k": SECRET}), f"x={SECRET}&y"])
def test_a_secret_is_masked_in_every_spelling(form: str) -> None:
    assert "ord" not in Redactor([SECRET])(form)


def test_a_short_secret_is_masked_only_where_it_stands_alone() -> None:
    assert Redactor(["12"])("pin 12, digest ab12cd, 2026.12.0") == f"pin {MASK}, digest ab12cd, 2026.12.0"


def test_every_text_and_number_of_a_vault_counts_as_secret() -> None:
    vault = {"apps": {"a": {"key": "k1", "answers": {"pin": 1234}}}, "contracts": {"a": ["t1"]}, "none": None}
    assert strings_in(vault) == ["k1", "1234", "t1"]


def test_a_checkout_and_a_wheel_both_have_their_resources(tmp_path: Path) -> None:
    package = tmp_path / "semai"
    wheel = (package / "playbooks", package / "shipped" / "roles", package / "shipped" / "module_utils")
    for folder in (wheel[0], wheel[1], wheel[2] / "semai_host"):
        folder.mkdir(parents=True)
    assert resources.find(package) == Resources(*wheel)
    assert resources.find().host_tool.name == "semai_host"
    assert resources.find().playbook("site").is_file()


def test_an_installation_without_roles_says_so(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed) as caught:
        resources.find(tmp_path / "semai")
    assert caught.value.code == "installation-incomplete"
