"""Run one verb of the host tool on the region's hosts and return what each host answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from semai.adapters.ansible import OnEvent
from semai.adapters.state import actor
from semai.errors import HostRefused, Locked
from semai.operations.probe import Site, unready_from, why_nothing_ran


def run_verb(
    site: Site,
    words: Sequence[str],
    app: str = "",
    on_event: OnEvent | None = None,
    *,
    log: str,
    follow: bool = False,
    hosts: Sequence[str] = (),
    playbook: str = "verb",
    more: Mapping[str, Any] | None = None,
) -> Mapping[str, Mapping[str, Any]]:
    """Return {host: report}, of `hosts` when some are named; `playbook` may do more beforehand, told `more`.

    Raises HostRefused or Locked with the first host's reason.
    """
    told = {"semai_verb": list(words), "semai_verb_app": app, "semai_verb_follow": follow, "semai_by": actor()}
    variables = {**told, **(more or {})}
    result = site.ansible(log).run(playbook, on_event, variables=variables, limit=site.limit or ",".join(hosts))
    for event in result.failures:
        unready = unready_from(event)
        code = (event.result.get("semai_error") or {}).get("exit_code")
        kind = Locked if code == Locked.exit_code else HostRefused
        raise kind(unready.code, unready.text, hint=unready.hint, host=unready.host, **unready.fields)
    reports = {e.host: e.result["report"] for e in result.results("semai_host") if e.result.get("report")}
    if not reports:
        raise why_nothing_ran(site, result)
    return reports
