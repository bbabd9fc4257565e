"""`semai backup restore` and `semai backup access`: bring a backup back; what opens the way to those elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import override_option, site_of, site_options
from semai.cli.base import Command, Session, take_over_option
from semai.cli.rollback import show_losses
from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.restores import AppReturn, OtherRepository, RestoredSet
    from semai.operations.probe import Site
    from semai.operations.restore import Way

MB = 1 << 20


@dataclass(frozen=True)
class Elsewhere:
    """What the command line says of another repository."""

    location: str
    kind: str
    key_file: Path | None
    host_key: str
    port: int


def elsewhere_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name another repository; they arrive as one `elsewhere`."""
    options = (
        click.option("--from", "location", default="", metavar="PLACE", help=N_("Another region's repository.")),
        click.option(
            "--kind",
            type=click.Choice(["local", "usb", "sftp", "s3"]),
            default="local",
            show_default=True,
            help=N_("What --from is."),
        ),
        click.option(
            "--key-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help=N_("File with the key of --from; without it you are asked."),
        ),
        click.option("--host-key", default="", metavar="LINE", help=N_("With sftp: the host key of --from.")),
        click.option("--port", type=click.IntRange(1, 65535), default=22, help=N_("With sftp: the port of SSH.")),
    )

    @wraps(command)
    def gathered(*words: Any, **given: Any) -> Any:
        parts = {field.name: given.pop(field.name) for field in fields(Elsewhere)}
        return command(*words, elsewhere=Elsewhere(**parts), **given)

    made: Callable[..., Any] = gathered
    for option in options:
        made = option(made)
    return made


def repository(elsewhere: Elsewhere) -> OtherRepository | None:
    """Return the other repository with its keys, asked for where no file has them; None: the region's own."""
    from semai.core.restores import REPOSITORY_KEY, S3_KEYS, keys_in, other_repository

    if not elsewhere.location:
        if elsewhere.key_file or elsewhere.host_key:
            raise InvalidInput("from-missing", "--key-file and --host-key go with --from")
        return None
    if elsewhere.key_file:
        keys = keys_in(elsewhere.key_file.read_text(encoding="utf-8"), elsewhere.kind)
    elif sys.stdin.isatty():
        questions = {REPOSITORY_KEY: N_("Key of the other repository")}
        if elsewhere.kind == "s3":
            questions |= dict(zip(S3_KEYS, (N_("Access key"), N_("Secret key")), strict=True))
        keys = {name: _hidden(question) for name, question in questions.items()}
    else:
        raise InvalidInput(
            "key-file-missing", "nobody is here to be asked for the key", hint="give it with --key-file FILE"
        )
    return other_repository(
        elsewhere.kind, elsewhere.location, keys, port=elsewhere.port, host_key=elsewhere.host_key
    )


def _hidden(question: str) -> str:
    return str(click.prompt(translate(question), default="", show_default=False, hide_input=True, err=True))


@click.command(
    cls=Command,
    help=N_("""Bring the data of a backup back: of the set SET, or of the latest one.

What will be lost is shown first. Programs and configuration stay those of now. The data of now become a restore
point, so a restore can be undone: semai rollback APP."""),
)
@click.argument("name", default="latest", metavar="[SET]")
@click.option("--app", "apps", multiple=True, metavar="APP", help=N_("Only this app; may be given several times."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@elsewhere_options
@override_option
@take_over_option
@site_options
@click.pass_obj
def restore(
    session: Session,
    name: str,
    apps: tuple[str, ...],
    yes: bool,
    as_json: bool,
    elsewhere: Elsewhere,
    override: str,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    from semai.operations.freeze import require_thawed, spoken_verb
    from semai.operations.restore import find

    site, other = site_of(session, limit, vault_password_file), repository(elsewhere)
    with site.files.held_for("semai backup restore"):
        ways = find(site, name, apps, other)
        restoring = [app for way in ways for app in way.apps]
        if not as_json:
            _show_ways(ways)
        require_thawed(site.files, restoring, override)
        _confirm(site, yes)
        told = ways[0].plan.set if len(ways) == 1 else name
        verb = spoken_verb(f"backup restore {told} {' '.join(restoring)}", override)
        restored = _perform(site, ways, verb)
    if as_json:
        console.show_json({host: found.model_dump(mode="json") for host, found in restored.items()})
        return
    for way in ways:
        _show_restored(way, restored[way.host])


def _confirm(site: Site, yes: bool) -> None:
    """Have the region's name typed: this takes the place of what people entered since."""
    if yes:
        return
    if not sys.stdin.isatty():
        console.confirm(N_("Go ahead?"), yes=yes)
    question = translate(N_("Type the name of the region, {region}, to go ahead"), region=site.files.name)
    if str(click.prompt(question, err=True)).strip() != site.files.name:
        raise InvalidInput(
            "restore-not-confirmed",
            "nothing was restored: the name of the region was not typed",
            hint="semai backup restore",
        )


def _perform(site: Site, ways: Sequence[Way], verb: str) -> Mapping[str, RestoredSet]:
    from semai.adapters.state import audited
    from semai.cli.progress import view
    from semai.operations.restore import perform_all

    try:
        with audited(site.files.audit, verb, site.files.lock), view() as shown:
            return perform_all(site, ways, shown.event)
    except KeyboardInterrupt:
        text = N_("stopped: what the host had begun it finishes or undoes by itself; then: semai resume {app}")
        console.warn(text, app=ways[0].apps[0])
        raise click.exceptions.Exit(130) from None


def _show_ways(ways: Sequence[Way]) -> None:
    for way in ways:
        _show_way(way)
    for way in ways[:-1]:
        for app in way.apps:
            console.note(
                N_("{app} shows the maintenance page until {host} has its data"), app=app, host=ways[-1].host
            )
    if len(ways) > 1:
        console.note(N_("each host takes its part or stays as it is; the hosts come one after the other"))


def _show_way(way: Way) -> None:
    plan = way.plan
    told = {"set": plan.set, "moment": plan.moment, "hours": f"{plan.age_hours:.0f}", "host": way.host}
    console.note(N_("{host} takes the data of {set}, as of {moment} ({hours} hours ago)"), **told)
    for entry in plan.apps:
        _show_app(entry)
    for app, hosts in way.followers.items():
        for host in hosts:
            console.note(N_("{app} on {host} shows the maintenance page meanwhile"), app=app, host=host)
    for app in plan.elsewhere:
        console.note(N_("{app} is in the backup too and is not installed on {host}"), app=app, host=way.host)
    console.warn(N_("entries and changes after {moment} are lost"), moment=plan.moment)
    console.note(N_("accounts and passwords in the apps are those of the backup"))
    console.note(N_("the data of now are kept as a restore point"))


def _show_app(entry: AppReturn) -> None:
    told = {"app": entry.app, "then": entry.set_version, "now": entry.version, "size": f"{entry.bytes / MB:.1f}"}
    console.note(N_("{app}: data of version {then} ({size} MB) into version {now}"), **told)
    show_losses(entry.differences, entry.compared)


def _show_restored(way: Way, restored: RestoredSet) -> None:
    for note in restored.notes:
        console.note("{note}", note=note)
    for app, told in restored.apps.items():
        text = N_("{app} on {host} serves {version} with the data of {set}")
        console.done(text, app=app, host=way.host, version=told.version, set=restored.set)
        if told.restore_point:
            console.note(N_("to undo this: semai rollback {app}"), app=app)


@click.command(
    cls=Command,
    help=N_("""Open the way to backups on another machine.

sftp: makes an SSH key in the vault and shows its public line, for authorized_keys there.
s3: keeps the key pair of the store in the vault; asked for, or two lines of a file."""),
)
@click.argument("kind", type=click.Choice(["sftp", "s3"]))
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("With s3: a file with the access key and the secret key, each in a line."),
)
@take_over_option
@site_options
@click.pass_obj
def access(session: Session, kind: str, file: Path | None, limit: str, vault_password_file: Path | None) -> None:
    from semai.operations.backup_access import ssh_line, store_s3

    site = site_of(session, limit, vault_password_file)
    with site.files.held_for("semai backup access"):
        if kind == "sftp":
            click.echo(ssh_line(site))
            console.note(N_("add this line to authorized_keys of the user who keeps the backups there"))
            return
        key_id, secret = _pair(file)
        changed = store_s3(site, key_id, secret)
    if changed:
        console.done(N_("the key pair is in {file}; now: semai lock, then semai apply"), file=site.files.vault)
    else:
        console.note(N_("the vault has this key pair already"))


def _pair(file: Path | None) -> tuple[str, str]:
    if file is None and not sys.stdin.isatty():
        raise InvalidInput(
            "key-file-missing", "nobody is here to be asked for the key", hint="semai backup access s3 --file FILE"
        )
    if file is None:
        return _hidden(N_("Access key")), _hidden(N_("Secret key"))
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(lines) != 2:
        raise InvalidInput("key-file-form", "the file must hold {what}", what=translate(N_("two lines")))
    return lines[0], lines[1]
