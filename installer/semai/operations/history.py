"""Who changed what when: the region's own audit trail and those of its hosts, as one list by time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semai.adapters.state import AuditEntry, actor, audit_lines
from semai.operations.probe import Site, Unready, unready_from


@dataclass(frozen=True)
class Entry:
    """One line of a trail; `host` is empty for the region's own.

    Of a line that a power cut tore only `torn` is left; it stands where it was written.
    """

    time: str
    host: str = ""
    by: str = ""
    verb: str = ""
    app: str = ""
    old: str = ""
    new: str = ""
    result: str = ""
    seconds: float | None = None
    origin: str = ""
    lock: str = ""  # digest of semai.lock, of the region's own lines
    torn: str = ""


@dataclass(frozen=True)
class History:
    """All entries, the oldest first, and the hosts that could not be asked."""

    entries: tuple[Entry, ...]
    unready: tuple[Unready, ...] = ()


def history(site: Site, app: str = "", since: str = "") -> History:
    """Return what is known of `app` (all without it) from the UTC time `since` on; a silent host raises nothing."""
    own = [entry for entry in _own(site) if _is_wanted(entry, app, since)]
    asked, unready = _of_hosts(site, app, since) if site.files.lock.exists() else ([], [])
    return History(tuple(sorted([*own, *asked], key=lambda entry: entry.time)), tuple(unready))


def _own(site: Site) -> Iterator[Entry]:
    time = ""
    for line in audit_lines(site.files.audit):
        if isinstance(line, AuditEntry):
            time = line.time
            yield Entry(
                time, by=line.actor, verb=line.verb, result=line.result, seconds=line.seconds, lock=line.lock
            )
        else:
            yield Entry(time, torn=line)


def _is_wanted(entry: Entry, app: str, since: str) -> bool:
    named = not app or bool(entry.torn) or app in re.split(r"[\s/,;:()]+", entry.verb)
    return named and (bool(entry.torn) or entry.time >= since)


def _of_hosts(site: Site, app: str, since: str) -> tuple[list[Entry], list[Unready]]:
    words = ["history", *([app] if app else []), *(["--since", since] if since else [])]
    variables = {"semai_verb": words, "semai_verb_app": app, "semai_by": actor()}
    result = site.ansible("history").run("verb", variables=variables, limit=site.limit)
    unready = [unready_from(event) for event in result.failures]
    found = []
    for event in result.results("semai_host"):
        time = ""
        for line in (event.result.get("report") or {}).get("entries", ()):
            entry = _of_host(event.host, line, time)
            time = entry.time
            found.append(entry)
    return found, unready


def _of_host(host: str, line: Mapping[str, Any], before: str) -> Entry:
    if "torn" in line:
        return Entry(before, host, torn=str(line["torn"]))
    texts = {
        name: str(line.get(name) or "") for name in ("time", "by", "verb", "app", "from", "to", "result", "origin")
    }
    old, new = texts.pop("from"), texts.pop("to")
    seconds = line.get("seconds")
    return Entry(host=host, old=old, new=new, seconds=float(seconds) if seconds is not None else None, **texts)
