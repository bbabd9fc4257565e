"""Loaded by every Python of a machine under test: brings the ordered fault upon the run of the host tool it is for.

The order lies in a folder that the machine shares with the tests, so that both see it at once, whatever becomes
of the line: `order` is renamed to `reached` when the run is at the step; a run that is held goes on when it finds
`go` there.
"""

import json
import os
import sys
import time
from pathlib import Path

PLACE = "/fault"
TOOL = "/srv/semai/bin/semai-host"


def arm():
    """Arm this process when it is the run that is meant."""
    try:
        words = Path("/proc/self/cmdline").read_text().split("\0")
        if TOOL not in words:
            return
        order = json.loads(Path(PLACE, "order").read_text())
    except (OSError, ValueError):
        return
    if order["verb"] in words or order["verb"] == "activate" and "configure" in words:
        sys.path.insert(0, TOOL)
        import killing
        from semai_host import events

        sys.path.remove(TOOL)
        killing.arm_telling(events.Events, order["step"], lambda: strike(order, killing), order["status"])


def strike(order, killing):
    os.rename(f"{PLACE}/order", f"{PLACE}/reached")
    if order["fault"] == "kill":
        killing.kill()
    if order["fault"] == "fill":
        killing.fill(order["root"])
    while order["fault"] == "hold" and not os.path.exists(f"{PLACE}/go"):
        time.sleep(0.01)


arm()
