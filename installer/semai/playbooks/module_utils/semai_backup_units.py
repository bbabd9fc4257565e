"""The systemd units that make backups by night, and those that try them out: a service and its timer each."""

from __future__ import annotations

from ansible.module_utils.semai_hostctl_units import HEADER, PYTHON, RECOVERY, command, literal

SERVICE, TIMER = "semai-backup.service", "semai-backup.timer"
DRILL_SERVICE, DRILL_TIMER = "semai.drill.service", "semai.drill.timer"  # the dot: an app may be called drill
TIMERS = (TIMER, DRILL_TIMER)

# Not shut in further: a run that was killed before is undone first, which may start units and take away users.
_SERVICE = """\
[Unit]
Description={description}
After={after}
Wants=network-online.target
RequiresMountsFor={root}
ConditionPathExists={tool}
{unit}
[Service]
Type=oneshot
{runs}Nice=10
IOSchedulingClass=idle
UMask=0077
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectClock=yes
RestrictRealtime=yes
LockPersonality=yes
"""
_TIMER = """\
[Unit]
Description={description}

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
"""
# A drill comes once a month: one that finds the host busy tries again for five hours, any other failure is told.
# RestartForceExitStatus would say that shorter, but systemd 252 does not allow it here.
_PATIENT = (
    "StartLimitIntervalSec=1d\nStartLimitBurst=20\n",
    "Restart=on-failure\nRestartPreventExitStatus=1 2 7\nRestartSec=15min\n",
)


def units(root: str, calendar: str, drill: str = "", wait: int = 0) -> dict[str, str]:
    """Return unit name -> text; without a calendar empty texts, which mean that the units are not there.

    `calendar` is when backups are made, `wait` how many minutes later, `drill` when they are tried out.
    """
    after = f"{RECOVERY} postgresql.service mariadb.service network-online.target"
    made = _service(root, "Back up the apps of semai", after, (("create",), ("forget",)), ("", _waits(wait)))
    drilling = (("drill", "--by", "timer"),)
    tried = _service(root, "Try out the backups of the apps of semai", f"{SERVICE} {after}", drilling, _PATIENT)
    return {
        SERVICE: made if calendar else "",
        TIMER: _timer("When the apps of semai are backed up", calendar),
        DRILL_SERVICE: tried if drill else "",
        DRILL_TIMER: _timer("When the backups of the apps of semai are tried out", drill),
    }


def _service(
    root: str, description: str, after: str, verbs: tuple[tuple[str, ...], ...], more: tuple[str, str] = ("", "")
) -> str:
    tool = f"{root}/bin/semai-host"
    base = (PYTHON, tool, "--root", root, "backup")
    runs = "".join(f"ExecStart={command(*base, *words)}\n" for words in verbs)
    places = {"root": literal(root), "tool": literal(tool)}
    text = _SERVICE.format(description=description, after=after, unit=more[0], runs=runs + more[1], **places)
    return f"{HEADER}{text}"


def _waits(minutes: int) -> str:
    """Return what lets a host with data that others read be backed up after them: calendars cannot be added to."""
    return f"ExecStartPre={command('/bin/sleep', f'{minutes}m')}\n" if minutes else ""


def _timer(description: str, calendar: str) -> str:
    return f"{HEADER}{_TIMER.format(description=description, calendar=literal(calendar))}" if calendar else ""
