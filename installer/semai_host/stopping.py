"""Asking a run that is going on to stop: it then undoes itself, or finishes when it is past its commit."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from . import events, locks
from .errors import Refused
from .layout import Layout

UNDO_SECONDS = 1800.0  # bringing a large database back takes its time


def stop(layout: Layout, name: str, patience: float = UNDO_SECONDS) -> dict[str, Any] | None:
    """Stop the run that holds the host for app `name` and wait for its end; None when there is none.

    Returns {"run", "verb", "outcome": "undone" or "finished"}. Raises Refused when it may not be stopped, or does
    not end within `patience` seconds.
    """
    holder = locks.holder(layout.lock)
    if not holder or name not in str(holder.get("app", "")).split() or not isinstance(holder.get("pid"), int):
        return None
    try:
        os.kill(holder["pid"], signal.SIGTERM)
    except ProcessLookupError:  # it ended just now
        return None
    except PermissionError as error:
        user = holder.get("user", "?")
        raise Refused(
            "run-not-ours", f"the run of {user} on {name} can only be stopped by {user} or root"
        ) from error
    deadline = time.monotonic() + patience
    while (locks.holder(layout.lock) or {}).get("run") == holder["run"]:
        if time.monotonic() > deadline:
            raise Refused("run-goes-on", f"the run on {name} did not end within {patience:g} s", "look at its log")
        time.sleep(0.1)
    return {"run": holder["run"], "verb": holder.get("verb", ""), "outcome": _outcome(layout, holder["run"])}


def _outcome(layout: Layout, run: str) -> str:
    ends = [event for event in events.read(layout.events(run), 0) if event.get("event") == "finished"]
    return "finished" if ends and ends[-1].get("exit") == 0 else "undone"
