"""An app's log from its hosts: the last lines, and with `follow` what comes after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from semai.adapters.ansible import Event
from semai.operations.probe import Site
from semai.operations.service import selected
from semai.operations.verb import run_verb

OnLines = Callable[[str, str], None]  # host, text


@dataclass(frozen=True)
class Excerpt:
    """Lines of one host's log; `next` is the offset at which another look goes on."""

    host: str
    lines: tuple[str, ...]
    next: int


def logs(site: Site, app: str, lines: int) -> tuple[Excerpt, ...]:
    """Return the last `lines` of the app's log per host."""
    chosen = selected(site, app)
    name = chosen.name
    reports = run_verb(site, ["logs", name, "--lines", str(lines)], name, log="logs", hosts=chosen.hosts)
    return tuple(_excerpt(host, report) for host, report in sorted(reports.items()))


def follow(site: Site, app: str, lines: int, on_lines: OnLines) -> None:
    """Hand on the last lines and then every new one, until interrupted or the line to the host is lost."""
    chosen = selected(site, app)
    name = chosen.name

    def hear(event: Event) -> None:
        if event.kind == "progress" and event.text:
            on_lines(event.host, event.text)

    run_verb(site, ["logs", name, "--lines", str(lines)], name, hear, log="logs", follow=True, hosts=chosen.hosts)


def _excerpt(host: str, report: Mapping[str, Any]) -> Excerpt:
    return Excerpt(host, tuple(str(line) for line in report.get("lines", ())), int(report.get("next", 0)))
