#!/usr/bin/python
"""Ansible module: the host's nftables rules, tried before they land; the line this comes through stays open."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_firewall_rules import TABLE, WrongRule, comment_of, ruleset
from ansible.module_utils.semai_platform_refusal import Refusal, need, run

DOCUMENTATION = r"""
module: semai_firewall
short_description: Let in only what is named
description:
  - Writes C(/etc/nftables.conf) and loads it; tables of other programs (docker, fail2ban) are left alone.
  - A ruleset that nft does not accept never lands. Rules that somebody else wrote there are not overwritten.
options:
  state:
    description: C(absent) takes the rules away and lets everything in again.
    type: str
    choices: [present, absent]
    default: present
  open_ports:
    description: Entries with C(name), C(port), C(protocol), C(from) and C(state).
    type: list
    elements: dict
    default: []
  ssh_port:
    description: The port of ssh; the one that this connection uses is kept open as well.
    type: int
    default: 22
author: semai
"""

EXAMPLES = r"""
- name: Let in the web
  semai_firewall:
    open_ports: [{name: web, port: 443}]
"""

RETURN = r"""
ssh_ports:
  description: The ports kept open for ssh.
  returned: success
  type: list
  elements: int
"""

CONFIG, UNIT = Path("/etc/nftables.conf"), "nftables.service"
OWN = Path("/etc/nftables.d")
MARK = "# Written by semai."
EMPTY = "#!/usr/sbin/nft -f\n# Written by semai. No rules.\n"
RIVALS = ("ufw.service", "firewalld.service")


def connection_ports(pid: int | None = None) -> list[int]:
    """Return the port of this host that the ssh connection came in by; sudo hides it, so all parents are asked."""
    found = os.environ.get("SSH_CONNECTION", "")
    pid = os.getpid() if pid is None else pid
    while not found and pid > 1:
        try:
            values = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
        found = next((v.decode() for v in values if v.startswith(b"SSH_CONNECTION=")), "").partition("=")[2]
    fields = found.split()
    return [int(fields[3])] if len(fields) == 4 and fields[3].isdigit() else []


def check_ours(text: str | None) -> None:
    """Refuse to overwrite rules of somebody else; what the Debian package brought is nobody's."""
    if text is None or MARK in text:
        return
    shipped = run("dpkg-query", "--show", "--showformat=${Conffiles}", "nftables").out
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    if f"{CONFIG} {digest}" not in shipped:
        raise Refusal(
            "firewall-foreign",
            f"{CONFIG} holds rules that semai did not write",
            f"move them to a file {OWN}/NAME.nft and delete {CONFIG}, or set common_firewall to false",
        )


def check_rivals() -> None:
    """Refuse to rule beside another firewall."""
    for unit in RIVALS:
        if run("systemctl", "is-active", unit).out.strip() == "active" and _rules(unit):
            name = unit.partition(".")[0]
            raise Refusal(
                "firewall-foreign",
                f"{name} is active on this host, and two firewalls contradict each other",
                f"on the host: systemctl disable --now {name}, or set common_firewall to false",
            )


def _rules(unit: str) -> bool:
    """Tell whether an active unit rules: ufw's is active on Ubuntu also when ufw is off."""
    return unit != "ufw.service" or "Status: active" in run("ufw", "status").out


def loaded() -> str:
    """Return the digest of the rules that the kernel runs, empty when it runs none of ours."""
    said = run("nft", "list", "table", "inet", TABLE)
    return comment_of(said.out) if not said.code else ""


def trial(text: str) -> None:
    """Refuse a ruleset that nft does not accept."""
    with tempfile.NamedTemporaryFile("w", suffix=".nft") as stream:
        stream.write(text)
        stream.flush()
        said = run("nft", "--check", "--file", stream.name)
        if said.code:
            words = said.last.replace(stream.name, str(CONFIG))
            raise Refusal("firewall-invalid", f"nft refuses the ruleset: {words}", "look at common_open_ports")


def land(text: str) -> None:
    """Write the file whole, load it and have it loaded at boot."""
    OWN.mkdir(mode=0o755, exist_ok=True)
    before = CONFIG.read_bytes() if CONFIG.exists() else None
    _write(text.encode())
    said = run("nft", "--file", str(CONFIG))
    if said.code:
        if before is not None:
            _write(before)
        raise Refusal(
            "firewall-invalid", f"the kernel refuses the ruleset: {said.last}", "the former rules still hold"
        )


def _write(content: bytes) -> None:
    beside = CONFIG.with_name(".nftables.conf.semai")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.chmod(0o755)
    beside.replace(CONFIG)


def bring(text: str, wanted: bool, check: bool) -> bool:
    """Bring file, kernel and unit to the ruleset; tell whether something changed."""
    found = CONFIG.read_text() if CONFIG.exists() else None
    if not wanted and (found is None or MARK not in found):
        return False
    check_ours(found)
    rules_differ = found != text or loaded() != (comment_of(text) if wanted else "")
    disabled = run("systemctl", "is-enabled", UNIT).out.strip() != "enabled"
    if check or not (rules_differ or disabled):
        return rules_differ or disabled
    if rules_differ:
        if wanted:
            trial(text)
        land(text)
    if not wanted:
        run("nft", "delete", "table", "inet", TABLE)
    need(run("systemctl", "enable", "--now", UNIT), "unit-failed", f"systemctl enable --now {UNIT}")
    return True


def main() -> None:
    """Bring the rules to what is asked."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "open_ports": {"type": "list", "elements": "dict", "default": []},
            "ssh_port": {"type": "int", "default": 22},
        },
        supports_check_mode=True,
    )
    params, wanted = module.params, module.params["state"] == "present"
    ports = sorted({params["ssh_port"], *connection_ports()})
    try:
        text = ruleset(params["open_ports"], ports) if wanted else EMPTY
        if wanted:
            check_rivals()
        before = CONFIG.read_text() if CONFIG.exists() else ""
        changed = bring(text, wanted, module.check_mode)
    except WrongRule as wrong:
        module.fail_json(**Refusal("firewall-invalid", str(wrong), "correct common_open_ports").result())
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    diff = {"before_header": str(CONFIG), "after_header": str(CONFIG), "before": before, "after": text}
    module.exit_json(changed=changed, ssh_ports=ports, diff=diff if changed else {}, invocation={})


if __name__ == "__main__":
    main()
