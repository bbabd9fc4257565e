"""The key of the region's backups: shown on request only, so that it can be kept away from this machine."""

from __future__ import annotations

from semai.adapters.state import audited
from semai.operations.backup import require_key
from semai.operations.probe import Site


def reveal(site: Site) -> str:
    """Return the key and write down that somebody asked for it; raises InvalidInput `backup-key-missing`."""
    key = require_key(site)
    with audited(site.files.audit, "backup key --show", site.files.lock):
        return key
