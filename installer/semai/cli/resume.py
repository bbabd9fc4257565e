"""`semai resume` and `semai abort`: what to do after a run that was cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import begin_probe, site_of, site_options
from semai.cli.base import Command, Session, take_over_option
from semai.messages import N_

if TYPE_CHECKING:
    from semai.operations.probe import Site
    from semai.operations.resume import Settled, Unsettled

SETTLED = {
    "finished": N_("{app} on {host}: the {verb} was past the point of no return and was finished"),
    "undone": N_("{app} on {host}: the {verb} was undone"),
    "set-aside": N_("{app} on {host}: its journal was set aside: {said}"),
}


@click.command(
    cls=Command,
    help=N_("""Go on after a run that was cut: of all apps, or of APP.

The hosts finish or undo it, a maintenance page that still stands is taken away, and apply goes on."""),
)
@click.argument("app", required=False, default="")
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@take_over_option
@site_options
@click.pass_obj
def resume(session: Session, app: str, yes: bool, limit: str, vault_password_file: Path | None) -> None:
    from semai.cli.apply import perform as go_on
    from semai.cli.apply import show_plan
    from semai.operations.plan import look
    from semai.operations.resume import of_app
    from semai.operations.resume import resume as settle

    site, name = _site(session, app, limit, vault_password_file)
    with site.files.held_for(f"semai resume {name}".strip()):
        found = _unsettled(site, name)
        _refuse_running(found)
        _show(found)
        if found:
            console.confirm(N_("Have the hosts finish or undo that?"), yes=yes)
            _settle(site, f"resume {name}".strip(), settle, found)
        outlook = of_app(look(site, begin_probe(site)), name)
        outlook.require_possible()
        if not outlook.plan.changes:
            console.done(N_("nothing is left to do"))
            return
        show_plan(outlook)
        console.confirm(N_("Go ahead?"), yes=yes)
        go_on(site, outlook, f"resume {name}".strip(), as_json=False)


@click.command(
    cls=Command,
    help=N_("""Undo a run that was cut, or that goes on: of all apps, or of APP.

A run that is past the point of no return can only be finished, and is."""),
)
@click.argument("app", required=False, default="")
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@take_over_option
@site_options
@click.pass_obj
def abort(
    session: Session, app: str, yes: bool, as_json: bool, limit: str, vault_password_file: Path | None
) -> None:
    from dataclasses import asdict

    from semai.operations.resume import abort as undo

    site, name = _site(session, app, limit, vault_password_file)
    with site.files.held_for(f"semai abort {name}".strip()):
        found = _unsettled(site, name)
        if found:
            _show(found)
            console.confirm(N_("Undo that?"), yes=yes)
        settled = _settle(site, f"abort {name}".strip(), undo, found) if found else ()
    if as_json:
        console.show_json({"changed": bool(found), "settled": [asdict(one) for one in settled]})
    elif not found:
        console.done(N_("nothing was cut and nothing goes on"))
    else:
        console.note(N_("what the region asks for has not changed: semai plan"))


def _site(session: Session, app: str, limit: str, vault_password_file: Path | None) -> tuple[Site, str]:
    from semai.operations.service import selected

    site = site_of(session, limit, vault_password_file)
    return site, selected(site, app).name if app else ""


def _unsettled(site: Site, name: str) -> tuple[Unsettled, ...]:
    from semai.operations.resume import unsettled

    probed = begin_probe(site).finish()
    probed.require_ready()
    return unsettled(probed.states, name)


def _refuse_running(found: tuple[Unsettled, ...]) -> None:
    """A run that goes on needs nobody to resume it."""
    from semai.errors import Locked

    for entry in found:
        if entry.running:
            raise Locked(
                "run-goes-on",
                "the {verb} of {app} on {host} still goes on",
                hint="wait until it ends, or undo it: semai abort {app}",
                verb=entry.verb,
                app=entry.app,
                host=entry.host,
            )


def _show(found: tuple[Unsettled, ...]) -> None:
    for entry in found:
        names = {"app": entry.app, "host": entry.host, "verb": entry.verb}
        if entry.running:
            console.warn(N_("{app} on {host}: the {verb} goes on, at step {step}"), step=entry.step or "-", **names)
        elif entry.verb:
            console.warn(N_("{app} on {host}: the {verb} was cut at step {step}"), step=entry.step or "-", **names)
        elif entry.page:
            console.warn(N_("{app} on {host}: the maintenance page stands"), app=entry.app, host=entry.host)


def _settle(site: Site, verb: str, act: Any, found: tuple[Unsettled, ...]) -> tuple[Settled, ...]:
    """Do it with its progress and an audit line, and say how each run ended."""
    from semai.adapters.state import audited
    from semai.cli.progress import view

    with audited(site.files.audit, verb, site.files.lock), view() as shown:
        settled: tuple[Settled, ...] = act(site, found, shown.event)
    for one in settled:
        if one.outcome in SETTLED:
            console.done(SETTLED[one.outcome], app=one.app, host=one.host, verb=one.verb, said=one.message)
    return settled
