"""The main configuration of supervisord: written here, so that its paths and the driver's agree.

supervisord itself is installed and started by the role. The unix socket lies in a folder of its own (0700) with a
short path, because the kernel allows 107 bytes; `supervisor/socket-path` says where.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from . import durable
from .errors import Refused
from .layout import Layout

LONGEST_SOCKET = 100

_CONFIG = """\
[unix_http_server]
file={socket}
chmod=0600

[supervisord]
logfile={folder}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=3
pidfile={folder}/supervisord.pid
childlogdir={logs}
umask=027
identifier=semai

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}

[include]
files={folder}/conf.d/*.conf
"""


def configure(layout: Layout, socket: str | None) -> dict[str, object]:
    """Write supervisord.conf and socket-path; return {"config", "socket", "changed"}."""
    for folder in layout.folders():
        durable.make_folder(folder)
    address = socket or _choose_socket(layout)
    if len(os.fsencode(address)) > LONGEST_SOCKET:
        raise Refused("socket-path-long", f"{address} is longer than {LONGEST_SOCKET} bytes")
    _own_folder(Path(address).parent)
    folder = layout.supervisor
    text = _CONFIG.format(
        socket=_escape(address), folder=_escape(str(folder)), logs=_escape(str(layout.root / "logs"))
    )
    config = folder / "supervisord.conf"
    written = [_write(folder / "socket-path", address + "\n"), _write(config, text)]
    return {"config": str(config), "socket": address, "changed": any(written)}


def _choose_socket(layout: Layout) -> str:
    """Keep the address in use; else the root's own folder when short enough, else a private runtime folder."""
    try:
        return (layout.supervisor / "socket-path").read_text().strip()
    except FileNotFoundError:
        pass
    inside = str(layout.supervisor / "run" / "s")
    if len(os.fsencode(inside)) <= LONGEST_SOCKET:
        return inside
    mark = hashlib.sha256(os.fsencode(layout.root)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = runtime if runtime and Path(runtime).is_dir() and len(runtime) < 60 else "/tmp"
    return f"{base}/semai-{os.geteuid()}-{mark}/s"


def _own_folder(folder: Path) -> None:
    """Make the socket's folder 0700; refuse one that somebody else made."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    figures = folder.lstat()
    if not stat.S_ISDIR(figures.st_mode) or figures.st_uid != os.geteuid():
        raise Refused("socket-folder-taken", f"{folder} belongs to uid {figures.st_uid} or is not a folder")
    folder.chmod(0o700)


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    durable.write(path, text.encode(), 0o600)
    return True


def _escape(text: str) -> str:
    return text.replace("%", "%%")
