"""The systemd units that make backups by night: semai-backup.service and its timer."""

from __future__ import annotations

from ansible.module_utils.semai_hostctl_units import HEADER, PYTHON, RECOVERY, command, literal

SERVICE, TIMER = "semai-backup.service", "semai-backup.timer"

# Not shut in further: a run that was killed before is undone first, which may start units and take away users.
_SERVICE = """\
[Unit]
Description=Back up the apps of semai
After={recovery} postgresql.service mariadb.service network-online.target
Wants=network-online.target
RequiresMountsFor={root}
ConditionPathExists={tool}

[Service]
Type=oneshot
ExecStart={create}
ExecStart={forget}
Nice=10
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
Description=When the apps of semai are backed up

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
"""


def units(root: str, calendar: str) -> dict[str, str]:
    """Return unit name -> text; without a calendar empty texts, which mean that the units are not there."""
    if not calendar:
        return {SERVICE: "", TIMER: ""}
    tool = f"{root}/bin/semai-host"
    base = (PYTHON, tool, "--root", root, "backup")
    service = _SERVICE.format(
        recovery=RECOVERY,
        root=literal(root),
        tool=literal(tool),
        create=command(*base, "create"),
        forget=command(*base, "forget"),
    )
    return {SERVICE: HEADER + service, TIMER: HEADER + _TIMER.format(calendar=literal(calendar))}
