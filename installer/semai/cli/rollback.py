"""`semai rollback`: back to a restore point, after saying plainly what that undoes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import begin_probe, override_option, site_of, site_options
from semai.cli.base import Command, Session, take_over_option
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.points import Loss, Point
    from semai.operations.probe import Site
    from semai.operations.rollback import Found, Return, Returned, Wishes

KINDS = {"rows": N_("rows of {of}"), "files": N_("files in {of}")}
MB = 1 << 20


@click.command(
    cls=Command,
    help=N_("""Bring an app back to a restore point: its code and configuration, and its data where they changed.

What will be undone is shown first. The data of now become a restore point too, so a rollback can be undone."""),
)
@click.argument("app")
@click.option("--to", default="", metavar="POINT", help=N_("The restore point (default: the newest)."))
@click.option("--list", "only_list", is_flag=True, help=N_("Show the restore points and change nothing."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@override_option
@take_over_option
@site_options
@click.pass_obj
def rollback(
    session: Session,
    app: str,
    to: str,
    only_list: bool,
    yes: bool,
    as_json: bool,
    override: str,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    from semai.operations.rollback import ask

    site = site_of(session, limit, vault_password_file)
    if only_list:
        _show_points(ask(site, app), as_json)
        return
    from semai.adapters.trusted_catalogs import read_catalogs
    from semai.cli.selection import fingerprint_check
    from semai.operations.freeze import require_thawed, spoken_verb
    from semai.operations.rollback import choose, wishes

    with site.files.held_for(f"semai rollback {app}"):
        back = choose(ask(site, app), to)
        wished = wishes(site, back, read_catalogs(session.state_dir), knows=fingerprint_check(session))
        if not as_json:
            _show_return(back, wished)
        verb = spoken_verb(f"rollback {back.app.name} {back.present} -> {back.point.version}", override)
        require_thawed(site.files, [back.app.name], override)
        console.confirm(N_("Go ahead?"), yes=yes)
        returned = _perform(site, back, wished, f"{verb} ({back.point.name})")
    _show_returned(site, back, returned, as_json)


def _perform(site: Site, back: Return, wished: Wishes, verb: str) -> Returned:
    """Do it, show its progress, and leave one audit line."""
    from semai.adapters.state import audited
    from semai.cli.progress import view
    from semai.operations.rollback import perform

    try:
        with audited(site.files.audit, verb, site.files.lock), view() as shown:
            return perform(site, back, wished, shown.event)
    except KeyboardInterrupt:
        text = N_("stopped: what the host had begun it finishes or undoes by itself; then: semai resume {app}")
        console.warn(text, app=back.app.name)
        raise click.exceptions.Exit(130) from None


def _show_points(found: Found, as_json: bool) -> None:
    if as_json:
        console.show_json({host: told.model_dump(mode="json") for host, told in found.hosts.items()})
        return
    rows = [_row(host, point) for host, told in found.hosts.items() for point in told.points]
    if not rows:
        console.note(N_("{app} has no restore point yet"), app=found.app.name)
        return
    headings = [N_("host"), N_("restore point"), N_("moment"), N_("version"), N_("size"), N_("going back undoes")]
    console.show_table(headings, rows)
    for host, told in found.hosts.items():
        for name in told.damaged:
            console.warn(N_("{name} on {host} is damaged and cannot be used"), name=name, host=host)


def _row(host: str, point: Point) -> list[str]:
    return [host, point.name, point.moment, point.version or "-", f"{point.bytes / MB:.1f} MB", _undone(point)]


def _undone(point: Point) -> str:
    """Say in one line what going back to a point undoes."""
    from semai.core.host_words import spoken

    if not point.possible:
        return translate(N_("not possible: {said}"), said=spoken(point.why.message) if point.why else "?")
    if point.undoes_data:
        return translate(N_("entries after {moment}"), moment=point.lost_after)
    if point.seconds is None:
        return translate(N_("nothing but the code"))
    return translate(N_("nothing but the code (about {seconds} s)"), seconds=f"{point.seconds:.0f}")


def show_losses(differences: Iterable[Loss], compared: str) -> None:
    """Show what there is more or less of then; `compared` says why something was not counted."""
    from semai.core.host_words import spoken

    for loss in differences:
        of = translate(KINDS[loss.kind], of=loss.of)
        console.note(N_("  {of}: {now} now, {then} then"), of=of, now=loss.now, then=loss.then)
    if compared:
        console.warn(N_("nothing could be counted: {said}"), said=spoken(compared))


def _show_return(back: Return, wished: Wishes) -> None:
    point, names = back.point, {"app": back.app.name, "host": back.host}
    text = N_("{app} on {host} goes back from {present} to {version}, as of {moment}")
    console.note(text, present=back.present, version=point.version, moment=point.moment, **names)
    for host in (host for host, theirs in back.followers.items() if theirs is not None):
        console.note(N_("{app} on {host} goes back with it"), app=back.app.name, host=host)
    if point.undoes_data:
        console.warn(N_("entries and changes after {moment} are lost"), moment=point.lost_after)
        show_losses(point.differences, point.compared)
        console.note(N_("the data of now are kept as a restore point"))
    else:
        console.note("{undone}", undone=translate(N_("undone is {what}"), what=_undone(point)))
    if wished.prepared is not None:
        console.note(N_("apps.yml and semai.lock will ask for exactly {version}"), version=point.version)
    elif wished.because:
        text = N_("apps.yml and semai.lock stay as they are, and the next apply leaves {version} again: {reason}")
        console.warn(text, version=point.version, reason=wished.because)


def _show_returned(site: Site, back: Return, returned: Returned, as_json: bool) -> None:
    report: Any = returned.reports[back.host]
    if as_json:
        console.show_json({"changed": True, "written": list(returned.written), "hosts": dict(returned.reports)})
        return
    for note in report.get("notes") or ():
        console.note("{note}", note=note)
    names = {"app": back.app.name, "host": back.host}
    console.done(N_("{app} on {host} serves {version} again"), version=back.point.version, **names)
    if report.get("restore_point"):
        console.note(N_("to undo this: semai rollback {app}"), app=back.app.name)
    _say_what_is_left(site, back)


def _say_what_is_left(site: Site, back: Return) -> None:
    """Tell when the region's files ask for something else than runs now, for example a later configuration."""
    from semai.operations.plan import look

    steps = [step for step in look(site, begin_probe(site)).plan.changes if step.app == back.app.name]
    if steps:
        console.warn(N_("the region asks for something else than {app} runs now: semai plan"), app=back.app.name)
