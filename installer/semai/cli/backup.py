"""`semai backup`: make, list, verify, restore and forget backups, and show their key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import site_of, site_options
from semai.cli.backup_restore import Elsewhere, access, elsewhere_options, repository, restore
from semai.cli.base import Command, Group, Session, after_result, take_over_option
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.ansible import OnEvent
    from semai.core.backups import MadeSets, SetList
    from semai.core.catalog import Wire
    from semai.core.together import Whole
    from semai.operations.drill import Certified
    from semai.operations.probe import Site

MB = 1 << 20
DAY_HOURS = 24

_JSON = click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
_FOLDER = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=N_("Write the certificate into this folder instead of the inventory."),
)
_YES = click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))


@click.group(cls=Group, help=N_("Make, list, verify and restore backups."))
def backup() -> None:
    """Hold the verbs below."""


backup.add_command(restore)
backup.add_command(access)


@backup.command(
    cls=Command,
    help=N_("""Back up the named apps, or all that region.yml does not exclude.

Apps that are linked by contracts are kept together, on several hosts one after the other. Nothing pauses; each set
is read back before it counts."""),
)
@click.argument("apps", nargs=-1, metavar="[APP]...")
@_YES
@_JSON
@take_over_option
@site_options
@click.pass_obj
def create(
    session: Session, apps: tuple[str, ...], yes: bool, as_json: bool, limit: str, vault_password_file: Path | None
) -> None:
    from semai.operations.backup import choose_whole, wholes_made
    from semai.operations.backup import create as make

    site = site_of(session, limit, vault_password_file)
    with site.files.held_for("semai backup create"):
        chosen = choose_whole(site, apps)
        if not as_json:
            for host, names in chosen.items():
                what = ", ".join(names) or translate(N_("every app that is not excluded"))
                console.note(N_("backed up on {host}: {what}"), host=host, what=what)
            _show_disagreeing(site, chosen)
        console.confirm(N_("Go ahead?"), yes=yes)
        with _watched(site, " ".join(["backup create", *apps])) as on_event:
            made = make(site, chosen, on_event)
    if as_json:
        _show_json(made)
    else:
        _show_made(made)
        for whole in wholes_made(site, made):
            _show_whole(whole)


@backup.command("list", cls=Command, help=N_("List the backups that were read back, newest first."))
@_JSON
@elsewhere_options
@site_options
@click.pass_obj
def list_(
    session: Session, as_json: bool, elsewhere: Elsewhere, limit: str, vault_password_file: Path | None
) -> None:
    from semai.operations.backup import wholes_of
    from semai.operations.restore import sets

    site = site_of(session, limit, vault_password_file)
    found = sets(site, repository(elsewhere))
    together = wholes_of(site, found)
    if as_json:
        console.show_json({host: _with_wholes(host, told, together) for host, told in found.items()})
    else:
        _show_sets(found)
        _show_wholes(together)


@backup.command(cls=Command, help=N_("Read a backup, or all of them, to the end; a damaged one counts no longer."))
@click.argument("name", default="", metavar="[SET]")
@_JSON
@take_over_option
@site_options
@click.pass_obj
def verify(session: Session, name: str, as_json: bool, limit: str, vault_password_file: Path | None) -> None:
    from semai.operations.backup import verify as read_to_the_end

    site = site_of(session, limit, vault_password_file)
    with (
        site.files.held_for("semai backup verify"),
        _watched(site, f"backup verify {name}".strip()) as on_event,
    ):
        found = read_to_the_end(site, name, on_event)
    if as_json:
        _show_json(found)
        return
    for host, told in found.items():
        console.done(N_("{host}: {count} backups can be read to the end"), host=host, count=len(told.verified))


@backup.command(cls=Command, help=N_("Delete the backups that outlived the retention in region.yml."))
@_YES
@_JSON
@take_over_option
@site_options
@click.pass_obj
def forget(session: Session, yes: bool, as_json: bool, limit: str, vault_password_file: Path | None) -> None:
    from semai.operations.backup import forget as drop

    site = site_of(session, limit, vault_password_file)
    with site.files.held_for("semai backup forget"):
        kept = site.files.load_region().backup.retention
        if not as_json:
            text = N_("kept are the newest of {daily} days, {weekly} weeks and {monthly} months")
            console.note(text, daily=kept.daily, weekly=kept.weekly, monthly=kept.monthly)
        console.confirm(N_("Go ahead?"), yes=yes)
        with _watched(site, "backup forget") as on_event:
            gone = drop(site, on_event)
    if as_json:
        _show_json(gone)
        return
    for host, told in gone.items():
        console.done(N_("{host}: {count} backups were deleted"), host=host, count=len(told.forgotten))


@backup.command(
    cls=Command,
    help=N_("""Try the newest backup of the named apps, or of all, out and write a certificate.

Each is restored beside the real app, counted, started and logged in to; the real app goes on untouched."""),
)
@click.argument("apps", nargs=-1, metavar="[APP]...")
@click.option("--set", "name", default="", metavar="SET", help=N_("Try this backup instead of the newest."))
@_FOLDER
@_YES
@_JSON
@take_over_option
@site_options
@click.pass_obj
def drill(
    session: Session,
    apps: tuple[str, ...],
    name: str,
    folder: Path | None,
    yes: bool,
    as_json: bool,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    from semai.adapters.state import audited
    from semai.cli.progress import view
    from semai.operations.drill import certify, chosen_hosts
    from semai.operations.drill import drill as perform

    site = site_of(session, limit, vault_password_file)
    with site.files.held_for("semai backup drill"):
        chosen = chosen_hosts(site, name, apps)
        if not as_json:
            for host, task in chosen.items():
                what = ", ".join(task.apps) or task.set or translate(N_("every app that is not excluded"))
                console.note(N_("drilled on {host}: {what}"), host=host, what=what)
        console.confirm(N_("Go ahead?"), yes=yes)
        with audited(site.files.audit, " ".join(["backup drill", name, *apps]).strip(), site.files.lock):
            with view() as shown:
                made = certify(site.files, perform(site, chosen, name, apps, shown.event), folder)
            _show_drill(made, as_json=as_json)
            with after_result():
                made.require_passed()


@backup.command(
    cls=Command,
    help=N_("""Write the certificate of the newest drills, those that servers ran by themselves too.

Nothing is tried out: the certificate says what the hosts kept of their drills, and when those were."""),
)
@_FOLDER
@_JSON
@site_options
@click.pass_obj
def certificate(
    session: Session, folder: Path | None, as_json: bool, limit: str, vault_password_file: Path | None
) -> None:
    from semai.operations.drill import certify, kept

    site = site_of(session, limit, vault_password_file)
    made = certify(site.files, kept(site), folder)
    _show_drill(made, as_json=as_json)
    with after_result():
        made.require_passed()


@backup.command(
    cls=Command,
    help=N_("""Say where the key of the backups is, and show it on request.

Without the key nobody can read a backup, and it lies in the vault of this machine: keep a copy elsewhere."""),
)
@click.option("--show", is_flag=True, help=N_("Write the key to the screen; the audit trail says so."))
@site_options
@click.pass_obj
def key(session: Session, show: bool, limit: str, vault_password_file: Path | None) -> None:
    from semai.operations.backup import require_key
    from semai.operations.backup_key import reveal

    site = site_of(session, limit, vault_password_file)
    if show:
        click.echo(reveal(site))
        console.note(N_("keep it on paper or in a safe, away from the servers and from this machine"))
        return
    require_key(site)
    console.note(
        N_("the key is in {file}; to copy it to a safe place: semai backup key --show"), file=site.files.vault
    )


@contextmanager
def _watched(site: Site, verb: str) -> Iterator[OnEvent]:
    """Show progress and leave one audit line."""
    from semai.adapters.state import audited
    from semai.cli.progress import view

    with audited(site.files.audit, verb, site.files.lock), view() as shown:
        yield shown.event


def _show_json(found: Mapping[str, Wire]) -> None:
    console.show_json({host: told.model_dump(mode="json") for host, told in found.items()})


def _show_drill(made: Certified, *, as_json: bool) -> None:
    if as_json:
        console.show_json({**made.content, "files": [str(made.html), str(made.plain)]})
        return
    from semai.core.drills import reasons

    for host, app in made.drill.apps:
        fields = {"host": host, "app": app.app, "set": app.set or "-"}
        if app.passed:
            console.done(N_("{host}: {app} was restored from {set} and works"), **fields)
            if app.login.result == "not-declared":
                console.note(N_("{app}: login not checked, the app declares no check"), app=app.app)
            continue
        console.warn(N_("{host}: {app} could NOT be restored from {set}"), **fields)
        for reason in reasons(app):
            click.echo(f"  {reason}")
    console.done(N_("the certificate is in {file}"), file=made.html)


def _show_made(made: Mapping[str, MadeSets]) -> None:
    for host, told in made.items():
        for one in told.sets:
            text = N_("{host}: {apps} in {set} ({size} MB, {seconds} s), read back")
            fields = {"apps": ", ".join(one.apps), "set": one.set, "size": f"{one.bytes / MB:.1f}"}
            console.done(text, host=host, seconds=f"{one.seconds:.0f}", **fields)
        if not told.encrypted:
            _warn_of_plain(host)


def _show_sets(found: Mapping[str, SetList]) -> None:
    rows = [
        [host, one.set, ", ".join(one.apps), one.moment, age(one.age_hours), f"{one.bytes / MB:.1f} MB"]
        for host, told in found.items()
        for one in told.sets
    ]
    if rows:
        headings = [N_("host"), N_("backup"), N_("apps"), N_("moment"), N_("age"), N_("size")]
        console.show_table(headings, rows)
    else:
        console.note(N_("there is no backup yet: semai backup create"))
    for host, told in found.items():
        if not told.encrypted:
            _warn_of_plain(host)


def _show_disagreeing(site: Site, chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Say which linked apps are not kept in agreement with each other, and why."""
    from semai.operations.backup import left_apart

    for apps, circle in left_apart(site, chosen):
        if circle:
            text = N_("{apps} are on hosts that read one another: their backups do not make one whole")
        else:
            text = N_("{apps} are backed up in part only: this makes no whole of several hosts")
        console.warn(text, apps=", ".join(apps))


def _with_wholes(host: str, told: SetList, together: Sequence[Whole]) -> dict[str, Any]:
    """Return the host's sets, and the wholes they are a part of, as plain values."""
    parts = [whole for whole in together if host in {part.host for part in whole.parts}]
    return {**told.model_dump(mode="json"), "together": [whole.model_dump(mode="json") for whole in parts]}


def _show_wholes(together: Sequence[Whole]) -> None:
    if not together:
        return
    rows = [[whole.set, ", ".join(whole.apps), whole.moment, _state(whole)] for whole in together]
    console.show_table([N_("whole of several hosts"), N_("apps"), N_("moment"), N_("state")], rows)


def _state(whole: Whole) -> str:
    if whole.missing:
        return translate(N_("INCOMPLETE, missing: {apps}"), apps=", ".join(whole.missing))
    return translate(N_("complete, by the hosts' clocks") if whole.nightly else N_("complete"))


def _show_whole(whole: Whole) -> None:
    fields = {"apps": ", ".join(whole.apps), "set": whole.set}
    if whole.complete:
        console.done(N_("{apps} agree with each other in {set}"), **fields)
    else:
        console.warn(N_("{set} is not complete, missing: {missing}"), missing=", ".join(whole.missing), **fields)


def _warn_of_plain(host: str) -> None:
    text = N_("{host} has no restic: its backups are not encrypted, and passwords of apps are not in them")
    console.warn(text, host=host)


def age(hours: float) -> str:
    """Return an age as people say it: hours up to two days, then days."""
    if hours < 2 * DAY_HOURS:
        return translate(N_("{hours} h"), hours=f"{hours:.0f}")
    return translate(N_("{days} days"), days=f"{hours / DAY_HOURS:.0f}")
