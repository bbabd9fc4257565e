"""Drill the region's backups on the hosts that keep them, and write the certificate of how that went."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from semai.adapters.ansible import Event, OnEvent, RunResult
from semai.adapters.files import make_folder, write_atomic
from semai.adapters.letters import certificate_template
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import actor, lock_digest
from semai.core.backups import led_by
from semai.core.certificate import page_values
from semai.core.drills import Drill, Fault, HostDrill, Kept, Occasion, certificate
from semai.core.purging import moment_of
from semai.core.render import render_page
from semai.errors import HostRefused, InvalidInput, Locked
from semai.messages import N_, choose_language, preferred_language
from semai.operations.backup import PLAYBOOK, asked, choose, keeping, listing, whole_called
from semai.operations.plan import expected_backups
from semai.operations.probe import Site, require_lock, unready_from, why_nothing_ran
from semai.operations.restore import nobody

NEVER = N_("no backup was ever drilled on this host")


@dataclass(frozen=True)
class Certified:
    """A drill and its certificate's files."""

    drill: Drill
    content: Mapping[str, Any]  # of the JSON file
    html: Path
    plain: Path

    def require_passed(self) -> None:
        """Raise HostRefused `drill-failed` when an app did not pass."""
        if self.drill.passed:
            return
        failed = [app.app for _, app in self.drill.apps if not app.passed]
        raise HostRefused(
            "drill-failed",
            "the drill failed for {names}",
            hint="read {file}",
            names=", ".join([*failed, *self.drill.silent]),
            file=self.html,
        )


@dataclass(frozen=True)
class Task:
    """What a host is to drill: apps (none: all it keeps) from their newest sets, or from one set."""

    apps: tuple[str, ...] = ()
    set: str = ""

    @property
    def words(self) -> list[str]:
        return [*([self.set] if self.set else []), *self.apps]


def chosen_hosts(site: Site, name: str, apps: Sequence[str]) -> Mapping[str, Task]:
    """Return host -> what to drill there; with a set on those who look after its apps, with a whole on all of them.

    Hosts may share a repository, so a set is drilled where its apps are and not where it is seen first. Raises
    InvalidInput (as `backup.choose`, `no-such-set`, `set-incomplete`, `app-not-in-set`, `no-host-for-apps`).
    """
    chosen = choose(site, apps)
    if not name:
        return {host: Task(asked) for host, asked in chosen.items()}
    names = tuple(dict.fromkeys(app for asked in chosen.values() for app in asked))
    told = listing(site)
    if whole := whole_called(site, name, told):
        _require_held(name, names, whole.apps)
        tasks = {part.host: Task(tuple(app for app in names if app in part.apps), part.set) for part in whole.parts}
        return {host: task for host, task in tasks.items() if host in chosen and (task.apps or not names)}
    found = {host: stored for host, sets in told.items() for stored in sets.sets if stored.set == name}
    if not found:
        raise InvalidInput("no-such-set", "no host has a backup {name}", hint="semai backup list", name=name)
    stored = next(iter(found.values()))
    _require_held(name, names, stored.apps)
    leading = led_by(expected_backups(site.files), names or stored.apps, found)
    if not leading:
        raise nobody(names or stored.apps)
    return {host: Task(led, name) for host, led in leading.items()}


def _require_held(name: str, names: Sequence[str], held: Sequence[str]) -> None:
    for app in names:
        if app not in held:
            raise InvalidInput(
                "app-not-in-set",
                "the backup {name} does not hold {app}",
                hint="semai backup list",
                name=name,
                app=app,
            )


def drill(site: Site, chosen: Mapping[str, Task], name: str, apps: Sequence[str], on_event: OnEvent) -> Drill:
    """Have the hosts drill; raises HostRefused or Locked with a host's reason when none of them answered."""
    files = site.files
    moment = datetime.now(timezone.utc).replace(microsecond=0)
    occasion = Occasion(moment, actor(), lock_digest(files.lock), version("semai"), name, tuple(apps))
    told: dict[str, HostDrill] = {}
    silent: dict[str, Fault] = {}
    refusals: list[Event] = []
    for hosts, task in _groups(chosen):
        result = _asked(site, task.words, hosts, on_event)
        for event in result.results("semai_host"):
            if (answer := _answer(event)) is not None:
                told[event.host] = answer
        for event in result.failures:
            if event.host not in told:
                silent[event.host] = _fault(event)
                refusals.append(event)
        if not result.failures and not any(True for _ in result.results("semai_host")):
            raise why_nothing_ran(site, result)
    if not told:
        raise _refusal(refusals[0])
    return Drill(occasion, told, silent)


def kept(site: Site) -> Drill:
    """Return the newest drill of each host that keeps backups, as the host kept it; nothing is drilled.

    Its moment is that of the newest one. Raises InvalidInput `never-drilled`, and what `backup.listing` raises.
    """
    require_lock(site.files)
    answers = asked(site, ["drilled"], tuple(keeping(site)), Kept, None, playbook="verb")
    told = {host: answer.drilled for host, answer in answers.items() if answer.drilled}
    moments = [moment for drilled in told.values() if (moment := moment_of(drilled.moment))]
    if not moments:
        raise InvalidInput("never-drilled", "no backup was ever drilled", hint="semai backup drill")
    never = Fault(code="never-drilled", message=NEVER)
    by = ", ".join(sorted({drilled.known_by(host) for host, drilled in told.items()}))
    occasion = Occasion(max(moments), by, "", version("semai"), "", ())
    return Drill(occasion, told, {host: never for host in answers if host not in told})


def _groups(chosen: Mapping[str, Task]) -> Iterator[tuple[list[str], Task]]:
    """Yield the hosts that are asked for the same together."""
    for task in dict.fromkeys(chosen.values()):
        yield [host for host, wanted in chosen.items() if wanted == task], task


def _asked(site: Site, words: Sequence[str], hosts: Sequence[str], on_event: OnEvent) -> RunResult:
    variables = {
        "semai_verb": ["backup", "drill", *words],
        "semai_verb_app": "",
        "semai_verb_follow": False,
        "semai_by": actor(),
    }
    return site.ansible("backup-drill").run(PLAYBOOK, on_event, variables=variables, limit=",".join(hosts))


def _answer(event: Event) -> HostDrill | None:
    """Return what a host found; a drill that failed comes inside its error."""
    error = event.result.get("semai_error") or {}
    report = error.get("drill") or event.result.get("report") or {}
    if "apps" not in report:
        return None
    try:
        return HostDrill.model_validate(report)
    except ValidationError as invalid:
        raise HostRefused(
            "backups-unreadable",
            "what a host says of its backups cannot be read: {said}",
            hint="semai apply, which brings the present host tool",
            said=str(invalid.errors(include_url=False)[0]["msg"]),
        ) from invalid


def _fault(event: Event) -> Fault:
    error = event.result.get("semai_error")
    if isinstance(error, dict):
        return Fault.model_validate(error)
    unready = unready_from(event)
    return Fault(code=unready.code, message=unready.message)


def _refusal(event: Event) -> HostRefused | Locked:
    unready = unready_from(event)
    code = (event.result.get("semai_error") or {}).get("exit_code")
    kind = Locked if code == Locked.exit_code else HostRefused
    return kind(unready.code, unready.text, hint=unready.hint, host=unready.host, **unready.fields)


def certify(files: RegionFiles, found: Drill, folder: Path | None) -> Certified:
    """Write the certificate as HTML, in Indonesian, and as JSON; raises OperationFailed when that is impossible."""
    region = files.load_region()
    about = {"name": region.name, "short_name": region.short_name, "code": region.code, "inventory": files.name}
    plain = certificate(found, about)
    with _in_indonesian():
        page = render_page(certificate_template(), page_values(found, plain, region, files.logo(region)))
    place = folder or files.certificates
    make_folder(place)
    html, beside = place / f"{found.name}.html", place / f"{found.name}.json"
    write_atomic(beside, (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode())
    write_atomic(html, page.encode())
    return Certified(found, plain, html, beside)


@contextmanager
def _in_indonesian() -> Iterator[None]:
    """Speak Indonesian for the block, whatever the language of the terminal."""
    before = preferred_language()
    choose_language("id")
    try:
        yield
    finally:
        choose_language(before)
