"""Action plugin of semai_assess: measures line and clock beside it, and asks a shell where Python is unfit."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

_SENT_BYTES = 1 << 20
_PYTHON_UNFIT = re.compile(
    r"module interpreter|python\S*: (not found|No such file)|(ModuleNotFound|Import|Syntax)Error|No module named"
)
_PLACES = "/ /var /var/lib /srv /boot /tmp"
# Only what every Debian has: no awk, no python.
_SCRIPT = rf"""
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo @os; cat /etc/os-release
echo @machine; uname -m; echo @kernel; uname -r; echo @hostname; uname -n
echo @cpus; nproc; echo @memory; cat /proc/meminfo
echo @space; for d in {_PLACES}; do [ -d $d ] && echo "$d $(df -Pk $d | tail -n 1)"; done
echo @inodes; for d in {_PLACES}; do [ -d $d ] && echo "$d $(df -Pi $d | tail -n 1)"; done
echo @systemd; [ -d /run/systemd/system ] && echo yes
echo @python; (python3 --version 2>&1 || command -v python3) | tail -n 1
echo @sudo; if [ $(id -u) = 0 ]; then echo root; elif ! command -v sudo >/dev/null; then echo missing
elif said=$(sudo -n true 2>&1); then echo works
else case "$said" in *"password is required"*) echo password;; *) echo refused;; esac; fi
"""


class ActionModule(ActionBase):  # type: ignore[misc]
    """An unreachable host is an answer too: it comes with what the inventory says of it."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        values = task_vars or {}
        report: dict[str, Any]
        try:
            report = self._measured(values)
            report["line"] = self._line()
            if report.get("sudo", {}).get("state") == "password":
                report["sudo"] = self._sudo_with_password(values) or report["sudo"]
        except AnsibleConnectionFailure as lost:
            report = {"unreachable": str(lost)}
        report["inventory"] = self._inventory(values)
        result.update({"changed": False, "report": report})
        return result

    def _measured(self, values: dict[str, Any]) -> dict[str, Any]:
        answer = self._execute_module("semai_assess", module_args=dict(self._task.args), task_vars=values)
        if "report" in answer:
            return dict(answer["report"])
        said = " ".join(str(answer.get(key, "")) for key in ("msg", "module_stderr", "module_stdout"))
        if not _PYTHON_UNFIT.search(said):
            raise AnsibleError(f"the measures failed: {said[-600:]}")
        found = self._low_level_execute_command(_SCRIPT, sudoable=False)
        return {**parse(str(found.get("stdout", ""))), "python_problem": _short(said)}

    def _line(self) -> dict[str, float]:
        """Return the time of one question, the clock's offset (host minus here, seconds) and the speed upwards."""
        self._connection.exec_command("true", sudoable=False)  # opens the shared connection when none is left
        begun, wall = time.monotonic(), time.time()
        _, out, _ = self._connection.exec_command("date +%s.%N", sudoable=False)
        taken = time.monotonic() - begun
        sent = os.urandom(_SENT_BYTES)  # compression must not flatter the line
        begun = time.monotonic()
        self._connection.exec_command("cat >/dev/null", in_data=sent, sudoable=False)
        sending = max(time.monotonic() - begun - taken, 0.001)
        line = {"latency_ms": round(taken * 1000, 1), "upload_mb_s": round(len(sent) / sending / 1e6, 2)}
        stamp = re.search(rb"\d+\.\d+", out)
        if stamp:
            line["clock_offset"] = round(float(stamp.group()) - wall - taken / 2, 2)
            line["clock_error"] = round(taken / 2, 2)
        return line

    def _sudo_with_password(self, values: dict[str, Any]) -> dict[str, str] | None:
        """Try the inventory's sudo password through stdin; None when the inventory has none."""
        given = values.get("ansible_become_password") or values.get("ansible_become_pass")
        if not given:
            return None
        password = str(self._templar.template(given))
        code, _, err = self._connection.exec_command(
            "LC_ALL=C sudo -S -p '' true", in_data=f"{password}\n".encode(), sudoable=False
        )
        if code == 0:
            return {"state": "works-with-password", "said": ""}
        return {"state": "password-wrong", "said": err.decode("utf-8", "replace").strip()[-200:]}

    def _inventory(self, values: dict[str, Any]) -> dict[str, Any]:
        keys = ("ansible_host", "ansible_user", "ansible_port", "semai_address", "semai_carries", "semai_profile")
        found = {key: self._templar.template(values[key]) for key in keys if values.get(key) is not None}
        root = self._task.args.get("root", "")
        return {**found, "root": root, "groups": list(values.get("group_names", []))}


def _short(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"Error|not found|Python >=", line)]
    return (telling or lines or [""])[-1][:200]


def parse(text: str) -> dict[str, Any]:
    """Read what the shell script prints."""
    parts: dict[str, list[str]] = {}
    for line in text.replace("\r", "").splitlines():
        if line.startswith("@"):
            part = parts[line[1:].strip()] = []
        elif parts:
            part.append(line)
    os_release = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', "\n".join(parts.get("os", ())), re.MULTILINE))
    sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", "\n".join(parts.get("memory", ())), re.MULTILINE))

    def first(name: str) -> str:
        return (parts.get(name) or [""])[0].strip()

    return {
        "hostname": first("hostname"),
        "machine": first("machine"),
        "kernel": first("kernel"),
        "cpus": int(first("cpus") or 0),
        "systemd": first("systemd") == "yes",
        "memory_mb": int(sizes.get("MemTotal", 0)) // 1024,
        "memory_free_mb": int(sizes.get("MemAvailable", 0)) // 1024,
        "swap_mb": int(sizes.get("SwapTotal", 0)) // 1024,
        "os": {
            "id": os_release.get("ID", ""),
            "version_id": os_release.get("VERSION_ID", ""),
            "name": os_release.get("PRETTY_NAME", ""),
            "codename": os_release.get("VERSION_CODENAME", ""),
        },
        "sudo": {"state": first("sudo") or "missing", "said": ""},
        "filesystems": _filesystems(parts.get("space", []), parts.get("inodes", [])),
        "unknown": ["all-but-basics"],
    }


def _filesystems(space: list[str], inodes: list[str]) -> list[dict[str, Any]]:
    """Join the lines `place device total used free share mount` of df -Pk and df -Pi."""
    counted = {line.split()[0]: line.split() for line in inodes if len(line.split()) >= 7}
    found = []
    for words in (line.split() for line in space):
        if len(words) < 7 or not words[2].isdigit():
            continue
        place = counted.get(words[0], [])
        numbers = [int(word) if word.isdigit() else 0 for word in (place[2:5] if len(place) >= 5 else ())]
        found.append(
            {
                "path": words[0],
                "device": f"{words[1]}:{words[6]}",
                "total_mb": int(words[2]) // 1024,
                "free_mb": int(words[4]) // 1024,
                "inodes": numbers[0] if numbers else 0,
                "inodes_free": numbers[2] if numbers else 0,
                "read_only": False,
            }
        )
    return found
