"""What a controller asks of a host: its state, whether it can be written, what roles did there, what wears off.

Works on a bare host, where Ansible brings this code along; the verb `probe` says the same where the tool is.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from . import state

CERTIFICATES = Path("/etc/semai/tls")
MONTH_SECONDS = 30 * 86400


def collect(root: str, sizes: bool = False, exposure: bool = False) -> dict[str, Any]:
    """Return what `state.collect` does, with access, server and due (README.md has the shapes)."""
    found = state.collect(root, sizes, exposure)
    server = _server(root)
    due = ["certificate"] if server and _certificate_ends() else []
    return {**found, "access": _access(root), "server": server, "due": due}


def _access(root: str) -> dict[str, object]:
    """Tell whether `root`, or the nearest folder above it that exists, can be written."""
    folder = Path(root).absolute()
    while not os.path.lexists(folder):
        folder = folder.parent
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return {"writable": writable, "path": str(folder)}


def _server(root: str) -> dict[str, str]:
    """Return what roles of the machine were last done here, by role; nothing for a file that cannot be read."""
    try:
        found = json.loads(Path(root, "receipts", "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(role): str(digest) for role, digest in found.items()} if isinstance(found, dict) else {}


def _certificate_ends() -> bool:
    """Tell whether a certificate semai brought here ends within a month."""
    for path in sorted(CERTIFICATES.glob("*/cert.pem")):
        command = ["openssl", "x509", "-in", str(path), "-noout", "-checkend", str(MONTH_SECONDS)]
        try:
            if subprocess.run(command, capture_output=True, check=False).returncode:
                return True
        except OSError:
            return False
    return False
