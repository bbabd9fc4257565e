"""The text of an app's systemd units: a socket that stays open, a service shut in, timers and workers beside.

`semai-<app>.socket` and `.service`, `semai-<app>.<part>.service` and `.timer`; a dot is in no app's name, so no
part of one app is mistaken for another app.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import Part, Unit

STOP_SECONDS = 35
WEB_GROUP = "www-data"
RECOVERY = "semai-recover.service"
_DATABASES = "postgresql.service mariadb.service"

_SOCKET = """\
[Unit]
Description=Socket of the semai app {name}

[Socket]
ListenStream={listen}
{access}
Backlog=4096

[Install]
WantedBy=sockets.target
"""

_SERVICE = """\
[Unit]
Description=semai app {name}
Requires={prefix}.socket
After={prefix}.socket network.target {databases} {recovery}
StartLimitIntervalSec=120
StartLimitBurst=8

[Service]
Type=exec
ExecStart={command}
KillMode=mixed
KillSignal={signal}
TimeoutStopSec={stop}
Restart=always
RestartSec=500ms
{shut_in}
[Install]
WantedBy=multi-user.target
"""

_WORKER = """\
[Unit]
Description=semai app {name}: {part}
PartOf={prefix}.service
After={prefix}.service {databases} {recovery}
ConditionPathExists=!{flag}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
KillMode=mixed
TimeoutStopSec={stop}
Restart=always
RestartSec=5s
{shut_in}
[Install]
WantedBy=multi-user.target
"""

_TIMED = """\
[Unit]
Description=semai app {name}: {part}
PartOf={prefix}.service
After={prefix}.service {databases} {recovery}
ConditionPathExists=!{flag}

[Service]
Type=oneshot
ExecStart={command}
KillMode=mixed
TimeoutStopSec={stop}
{shut_in}"""

_TIMER = """\
[Unit]
Description=semai app {name}: when {part} runs
PartOf={prefix}.service
After={recovery}

[Timer]
OnCalendar={calendar}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""

_SHUT_IN = """\
User={user}
Group={user}
WorkingDirectory={folder}/shared
UMask=0027
{limits}TasksMax=512
ProtectSystem=strict
TemporaryFileSystem={apps}:ro
BindReadOnlyPaths={folder}
ReadOnlyPaths=-/run/lock
BindPaths=-{folder}/shared/data -{folder}/shared/media -{folder}/shared/tmp -{folder}/shared/sessions
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
DevicePolicy=closed
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
"""


def prefix(app: str) -> str:
    return f"semai-{app}"


def render(unit: Unit) -> Mapping[str, str]:
    """Return the unit files by name."""
    shut_in = _shut_in(unit)
    shared = {
        "name": unit.name,
        "prefix": prefix(unit.name),
        "databases": _DATABASES,
        "recovery": RECOVERY,
        "stop": STOP_SECONDS,
        "shut_in": shut_in,
        "flag": _path(unit.flag),
    }
    files = {
        f"{prefix(unit.name)}.socket": _SOCKET.format(**shared, listen=unit.listen, access=_access(unit.listen)),
        f"{prefix(unit.name)}.service": _SERVICE.format(
            **shared, command=_line(unit.command), signal=unit.stop_signal
        ),
    }
    for part in unit.parts:
        files.update(_part(part, shared))
    return files


def wanted(unit: Unit) -> list[str]:
    """Return the units that start with the machine."""
    own = prefix(unit.name)
    parts = [f"{own}.{part.name}.{'timer' if part.calendar else 'service'}" for part in unit.parts]
    return [f"{own}.socket", f"{own}.service", *parts]


def _part(part: Part, shared: Mapping[str, object]) -> dict[str, str]:
    name = f"{shared['prefix']}.{part.name}"
    words = {**shared, "part": part.name, "command": _line(part.command), "calendar": part.calendar}
    if part.calendar:
        return {f"{name}.service": _TIMED.format(**words), f"{name}.timer": _TIMER.format(**words)}
    return {f"{name}.service": _WORKER.format(**words)}


def _shut_in(unit: Unit) -> str:
    grants = unit.limits
    lines = f"MemoryMax={grants.memory_mb}M\n" if grants.memory_mb else ""
    lines += f"CPUQuota={grants.cpu_percent}%\n" if grants.cpu_percent else ""
    return _SHUT_IN.format(
        user=unit.user,
        folder=_path(unit.folder),
        apps=_path(unit.folder.parent),
        limits=lines,
    )


def _access(listen: str) -> str:
    """Say who may knock: on a unix socket the web server, on an address whoever reaches it."""
    if listen.startswith("/"):
        return f"SocketUser=root\nSocketGroup={WEB_GROUP}\nSocketMode=0660\nDirectoryMode=0755\nRemoveOnStop=yes"
    return "FreeBind=yes"  # the address may come up after us


def _line(words: tuple[str, ...]) -> str:
    return " ".join(_word(word) for word in words)


def _word(text: str) -> str:
    """Quote one argument as systemd.service(5) reads it; specifiers and variables are taken literally."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _path(path: Path) -> str:
    return str(path).replace("%", "%%")
