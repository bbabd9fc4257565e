"""The text of the firewall's rules, without machines."""

from __future__ import annotations

from typing import Any

import pytest
from semai.playbooks.module_utils.semai_firewall_rules import WrongRule, comment_of, ruleset


def rules(*entries: dict[str, Any], ssh: tuple[int, ...] = (22,)) -> list[str]:
    text = ruleset(entries, ssh)
    return [line.strip() for line in text.splitlines() if " dport " in line and line.endswith('"')]


def test_ssh_is_open_whatever_else_is_asked() -> None:
    assert rules(ssh=(2222, 22, 22)) == ['tcp dport 22 accept comment "ssh"', 'tcp dport 2222 accept comment "ssh"']


def test_sources_are_told_by_family_and_absent_ports_stay_closed() -> None:
    app = {"name": "app", "port": 8101, "from": ["10.0.0.7", "fd00::/8", "10.1.0.0/16"]}
    gone = {"name": "gone", "port": 9000, "state": "absent"}
    assert rules(app, gone)[1:] == [
        'ip saddr { 10.0.0.7/32, 10.1.0.0/16 } tcp dport 8101 accept comment "app"',
        'ip6 saddr { fd00::/8 } tcp dport 8101 accept comment "app"',
    ]


def test_a_name_cannot_end_its_comment() -> None:
    (_, rule) = rules({"name": 'x" drop; #', "port": "53", "protocol": "udp"})
    assert rule == 'udp dport 53 accept comment "x  drop   "'


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "a", "port": 0},
        {"name": "a", "port": "http"},
        {"name": "a", "port": "90-80"},
        {"name": "a", "port": "1-2-3"},
        {"name": "a"},
        {"name": "a", "port": 80, "protocol": "icmp"},
        {"name": "a", "port": 80, "from": ["dinas.go.id"]},
    ],
)
def test_what_makes_no_rule_is_refused_by_name(entry: dict[str, Any]) -> None:
    with pytest.raises(WrongRule, match="the open port a: "):
        ruleset([entry], [22])


def test_the_comment_is_that_of_the_rules_and_order_does_not_matter() -> None:
    one, two = {"name": "a", "port": 80}, {"name": "b", "port": 443}
    assert ruleset([one, two], [22]) == ruleset([two, one], [22])
    assert comment_of(ruleset([one], [22])) != comment_of(ruleset([two], [22]))
