"""The systemd units of the host tool itself: recovery at boot, and verbs at times of day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.semai_platform_refusal import Refusal

HEADER = "# Written by semai; changes made here are lost.\n"
PYTHON = "/usr/bin/python3"
RECOVERY = "semai-recover.service"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
CALENDAR = re.compile(r"[A-Za-z0-9*:/,.~ -]{1,100}")

# Units of apps are ordered after this one. Their sockets are open long before: people who knock meanwhile wait.
# A database on another machine may come back later than this one, so it is tried again.
_RECOVERY = """\
[Unit]
Description=Finish or undo what was cut while semai changed an app
After=local-fs.target network-online.target postgresql.service mariadb.service
Wants=network-online.target
RequiresMountsFor={root}
ConditionPathExists={tool}
StartLimitIntervalSec=1h
StartLimitBurst=20

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={command}
Restart=on-failure
RestartSec=60

[Install]
WantedBy=multi-user.target
"""
_TIMED = """\
[Unit]
Description=semai-host {words}
After={recovery}
RequiresMountsFor={root}

[Service]
Type=oneshot
ExecStart={command}
Nice=10
IOSchedulingClass=idle
"""
_TIMER = """\
[Unit]
Description=When semai-host {words} runs

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=60
Persistent=yes

[Install]
WantedBy=timers.target
"""


class Refused(Refusal):  # type: ignore[misc]
    """What is asked for cannot be; it speaks to whoever writes the variables."""

    def __init__(self, message: str) -> None:
        super().__init__("hostctl-invalid", message)


@dataclass(frozen=True)
class Timer:
    """Words for the host tool and when they run; a dot in the unit's name keeps it apart from every app's."""

    name: str
    present: bool
    calendar: str
    arguments: tuple[str, ...]

    @property
    def units(self) -> tuple[str, str]:
        return f"semai.{self.name}.service", f"semai.{self.name}.timer"


def timers(items: Iterable[Mapping[str, Any]]) -> list[Timer]:
    """Return the items as values; raises Refused naming the item."""
    return [_timer(item) for item in items]


def _timer(item: Mapping[str, Any]) -> Timer:
    name, state = str(item.get("name", "")), item.get("state", "present")
    calendar, words = str(item.get("calendar", "")), tuple(map(str, item.get("arguments") or ()))
    if not NAME.fullmatch(name) or state not in ("present", "absent"):
        raise Refused(f"timer {name!r}: a name of a-z, 0-9 and -, and state present or absent")
    if state == "present" and not (CALENDAR.fullmatch(calendar) and words and all(map(_harmless, words))):
        raise Refused(f"timer {name} needs a calendar as systemd writes it, and arguments in one line")
    return Timer(name, state == "present", calendar, words)


def _harmless(word: str) -> bool:
    return bool(word) and all(ord(letter) >= 32 for letter in word)


def units(root: str, recover_at_boot: bool, wanted: Iterable[Timer]) -> dict[str, str]:
    """Return unit name -> text; an empty text means that the unit is not there."""
    tool = f"{root}/bin/semai-host"
    base = (PYTHON, tool, "--root", root)
    recovery = _RECOVERY.format(root=literal(root), tool=literal(tool), command=command(*base, "recover"))
    found = {RECOVERY: HEADER + recovery if recover_at_boot else ""}
    for timer in wanted:
        service, clock = timer.units
        words = literal(" ".join(timer.arguments))
        run = _TIMED.format(
            words=words, recovery=RECOVERY, root=literal(root), command=command(*base, *timer.arguments)
        )
        found[service] = HEADER + run if timer.present else ""
        found[clock] = HEADER + _TIMER.format(words=words, calendar=timer.calendar) if timer.present else ""
    return found


def literal(text: str) -> str:
    """Return text in which systemd sees no specifier."""
    return text.replace("%", "%%")


def command(*words: str) -> str:
    """Return a command line for ExecStart."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    plain = literal(word).replace("$", "$$")
    if re.fullmatch(r"[A-Za-z0-9_./%:=+@$-]+", plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
