"""When a server may be asked by plain ssh, and with which words."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.direct import direct_lines

VARS = {"semai_profile": "server", "semai_root": "/srv/semai", "ansible_become": True}


def region(entry: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    hosts = {"satu": {"ansible_host": "10.0.0.1", "ansible_user": "admin"} if entry is None else entry}
    return {
        "all": {
            "vars": {**VARS, **variables},
            "children": {"app": {"hosts": hosts}, "proxy": {"hosts": {"satu": None}}},
        }
    }


def line(value: Any) -> list[str]:
    lines = direct_lines(value, "-o ControlMaster=auto", "/semai/python", ["probe"])
    assert lines is not None
    return lines["satu"]


def test_an_administrator_with_sudo_runs_the_host_tool() -> None:
    assert line(region()) == [
        *("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ControlMaster=auto"),
        *("-o", "ControlPath=~/.ansible/cp/semai-%C", "-l", "admin", "--", "10.0.0.1"),
        "sudo -n /usr/bin/python3 /srv/semai/bin/semai-host --root /srv/semai probe",
    ]


def test_root_needs_no_sudo_and_a_root_folder_is_one_word() -> None:
    value = region({"ansible_user": "root", "ansible_port": 2222}, semai_root="/srv/our semai")
    assert line(value)[-5:] == [
        *("-p", "2222", "--", "satu"),
        "/usr/bin/python3 '/srv/our semai/bin/semai-host' --root '/srv/our semai' probe",
    ]


def test_keys_and_arguments_of_a_group_hold_for_its_hosts() -> None:
    value = region(ansible_ssh_private_key_file="/k e y", ansible_ssh_common_args="-F none -o 'ProxyJump=a b'")
    assert line(value)[-7:-1] == ["-l", "admin", "-i", "/k e y", "--", "10.0.0.1"]
    assert "ProxyJump=a b" in line(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"ansible_become_password": "x"},
        {"ansible_connection": "local"},  # with another account
        {"ansible_host": "{{ address }}"},
        {"ansible_become": False},
        {"ansible_ssh_common_args": ["-v"]},
        {"semai_root": "{{ base }}/semai"},
    ],
)
def test_what_only_ansible_understands_is_left_to_ansible(changes: dict[str, Any]) -> None:
    assert direct_lines(region({"ansible_user": "admin", **changes}), "", "/semai/python", ["probe"]) is None


@pytest.mark.parametrize(
    ("python", "runs"),
    [("{{ ansible_playbook_python }}", "/semai/python"), ("/usr/bin/python3", "/usr/bin/python3")],
)
def test_this_machine_is_asked_without_a_shell(python: str, runs: str) -> None:
    here = {"ansible_connection": "local", "ansible_python_interpreter": python}
    value = {"all": {"vars": {"semai_root": "/srv/our semai"}, "children": {"app": {"hosts": {"satu": here}}}}}
    assert line(value) == [runs, "/srv/our semai/bin/semai-host", "--root", "/srv/our semai", "probe"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ansible_python_interpreter": "{{ mine }}"},
        {"ansible_python_interpreter": ""},
        {"ansible_user": "semai"},
        {"semai_root": "{{ base }}"},
    ],
)
def test_this_machine_is_left_to_ansible_when_it_knows_more(changes: dict[str, Any]) -> None:
    here = {"ansible_connection": "local", "ansible_python_interpreter": "/p", "semai_root": "/srv/semai"}
    assert direct_lines({"all": {"hosts": {"satu": {**here, **changes}}}}, "", "/semai/python", ["probe"]) is None


def test_one_host_that_needs_ansible_leaves_all_to_it() -> None:
    value = region()
    value["all"]["children"]["app"]["hosts"]["dua"] = {"ansible_connection": "docker"}
    assert direct_lines(value, "", "/semai/python", ["probe"]) is None


@pytest.mark.parametrize("value", [None, {}, {"all": None}, {"all": {"children": {"app": None}}}])
def test_no_hosts_are_nothing_to_ask(value: Any) -> None:
    assert not direct_lines(value, "", "/semai/python", ["probe"])
