"""Releases that bring their fault with them, and what an upgrade to each must come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DONE, UNDONE, REFUSED = 0, 1, 7  # exit codes of the host tool
EDITED = b'{"name": "as the administrator wants it"}'
SHIPPED = b'{"name": "as the new release ships it"}'


@dataclass(frozen=True)
class Bad:
    """How a release behaves, what its request says otherwise, and how the upgrade to it ends."""

    meaning: str
    behaviour: str = "good"
    code: int = UNDONE
    changes: dict[str, Any] = field(default_factory=dict)
    patience: float = 2.0  # seconds until it must be healthy
    rescued: bool = False  # the public wrote to it; that is kept in a point, and said


BAD = {
    "crashes": Bad("ends when it is started", "crashes"),
    "hangs": Bad("is started and never listens", "hangs"),
    "unhealthy": Bad("migrates well and answers its health check badly", "unhealthy"),
    "unhealthy-in-public": Bad("is well in its trial and not in public", "unhealthy-in-public", rescued=True),
    "migration-fails": Bad("deletes rows, then fails in the middle of its migration", "migration-fails"),
    "migration-hangs": Bad("never ends its migration", "migration-hangs", changes={"migrate_timeout_seconds": 1}),
    "fills-the-disk": Bad("writes in its migration until the disk is full", "migration-fills-disk"),
    "needs-a-hop": Bad(
        "upgrades only from a release in between", code=REFUSED, changes={"upgrade_from": [">=2027"]}
    ),
    "changes-an-edited-file": Bad(
        "ships another text of a file that the administrator edited: his stays, theirs lies beside it", code=DONE
    ),
}
EDITS = "changes-an-edited-file"
FILLS = "fills-the-disk"
UNDONE_RELEASE = "unhealthy-in-public"  # the one that comes farthest before it is undone
