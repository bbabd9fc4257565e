"""`semai status`, `doctor`, `logs`, `open` and `service`: looking at what runs, and starting or stopping it."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import begin_probe, plain_freezes, show_freezes, site_of, site_options
from semai.cli.base import Command, Group, Session, after_result, take_over_option
from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.doctor import Finding
    from semai.operations.doctor import Diagnosis
    from semai.operations.probe import Site
    from semai.operations.status import AppStatus

SERVICES = {
    "running": N_("running"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "absent": N_("absent"),
    "starting": N_("starting"),
    "maintenance": N_("maintenance"),
    "unknown": N_("unknown"),
}
HEALTH = {"ok": N_("well"), "failing": N_("failing"), "unreachable": N_("unreachable"), "unknown": "-"}
FLOWS = {"ok": N_("ok"), "stale": N_("stale"), "down": N_("down"), "unused": N_("unused")}
MEANING_WIDTH = 96
SEVERITIES = {
    "ok": ("green", "✓"),
    "warn": ("yellow", "!"),
    "bad": ("red", "✗"),
}


@click.command(cls=Command, help=N_("Show what runs where, and how it feels."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write it as JSON."))
@site_options
@click.pass_obj
def status(session: Session, as_json: bool, limit: str, vault_password_file: Path | None) -> None:
    site = site_of(session, limit, vault_password_file)
    asked = begin_probe(site, sizes=as_json)  # only JSON shows what apps take on disk
    from semai.operations.freeze import freezes
    from semai.operations.plan import look
    from semai.operations.status import status as statuses

    outlook = look(site, asked, refresh=False)
    found = statuses(outlook)
    periods = freezes(site.files, lenient=True)
    if as_json:
        unready = [{"host": e.host, "code": e.code, "message": e.message} for e in outlook.probed.unready]
        apps = [{**asdict(app), "well": app.well} for app in found]
        console.show_json({"apps": apps, "freezes": plain_freezes(periods), "unready": unready})
    else:
        _show_status(found)
        show_freezes(periods)
    with after_result():
        outlook.probed.require_ready()


def _show_status(found: tuple[AppStatus, ...]) -> None:
    if not found:
        console.note(N_("no app is selected and none is installed"))
        return
    headings = [N_("host"), N_("app"), N_("version"), N_("service"), N_("health"), N_("memory"), N_("backup")]
    console.show_table([*headings, N_("drill"), N_("address")], [_status_row(app) for app in found])
    for app in found:
        names = {"app": app.app, "host": app.host}
        if app.receipt_error:
            console.warn(N_("{app} on {host}: its receipt cannot be read: {why}"), why=app.receipt_error, **names)
        if app.drift:
            console.warn(N_("{app} on {host}: edited there: {paths}"), paths=", ".join(app.drift), **names)
        if app.edited:
            text = N_("{app} on {host}: kept as edited there: {paths}")
            console.note(text, paths=", ".join(app.edited), **names)
        if app.health in ("failing", "unreachable") and app.detail:
            console.warn(N_("{app} on {host}: {detail}"), detail=app.detail, **names)
        if app.ill_since:
            console.note(N_("{app} on {host}: not well since {time}"), time=app.ill_since, **names)
        for contract, state in app.flows.items():
            console.note(
                N_("{app} reads {contract}: {state}"), contract=contract, state=FLOWS.get(state, state), **names
            )


def _status_row(app: AppStatus) -> list[str]:
    version = f"{app.version} -> {app.expected}" if app.expected not in ("", app.version) else app.version
    memory = f"{app.rss_mb:.0f} MB" if app.rss_mb else "-"
    health = translate(HEALTH[app.health])
    service, backup = translate(SERVICES[app.service]), app.backup or "-"
    drill = app.drill[:10] or "-"
    return [app.host, app.app, version or "-", service, health, memory, backup, drill, app.address]


@click.command(cls=Command, help=N_("Examine this machine and the region's hosts."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the findings as JSON."))
@site_options
@click.pass_obj
def doctor(session: Session, as_json: bool, limit: str, vault_password_file: Path | None) -> None:
    from semai.operations.doctor import doctor as examine

    diagnosis = examine(session.state_dir, _site_if_any(session, limit, vault_password_file))
    if as_json:
        console.show_json({"findings": [_plain(finding) for finding in diagnosis.findings]})
    else:
        _show_findings(diagnosis)
    with after_result():
        diagnosis.require_well()


def _site_if_any(session: Session, limit: str, vault_password_file: Path | None) -> Site | None:
    try:
        return site_of(session, limit, vault_password_file)
    except InvalidInput as error:
        if error.code != "no-region":
            raise
        return None


def _show_findings(diagnosis: Diagnosis) -> None:
    for finding in diagnosis.findings:
        colour, sign = SEVERITIES[finding.severity]
        line = click.style(sign, fg=colour, bold=True) + " " + _message(finding)
        click.echo(line + (f"  ({_command(finding)})" if finding.command else ""))
        if finding.meaning:
            click.echo(textwrap.indent(textwrap.fill(translate(finding.meaning), MEANING_WIDTH), "    "))


def _plain(finding: Finding) -> dict[str, Any]:
    meaning = translate(finding.meaning) if finding.meaning else ""
    return {**asdict(finding), "message": _message(finding), "meaning": meaning}


def _message(finding: Finding) -> str:
    return translate(finding.text, **finding.fields)


def _command(finding: Finding) -> str:
    if not finding.there:
        return finding.command
    return translate(N_("on {host}: {command}"), host=finding.fields["host"], command=finding.command)


@click.command(cls=Command, help=N_("Show an app's log."))
@click.argument("app")
@click.option("-n", "--lines", default=100, show_default=True, type=click.IntRange(1, 5000), help=N_("How many."))
@click.option("-f", "--follow", is_flag=True, help=N_("Go on with new lines until Ctrl-C."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the lines as JSON."))
@site_options
@click.pass_obj
def logs(
    session: Session,
    app: str,
    lines: int,
    follow: bool,
    as_json: bool,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    from semai.operations.logs import follow as follow_log
    from semai.operations.logs import logs as last_lines

    site = site_of(session, limit, vault_password_file)
    if follow:
        try:
            follow_log(site, app, lines, lambda host, text: click.echo(text))
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        return
    excerpts = last_lines(site, app, lines)
    if as_json:
        console.show_json([asdict(excerpt) for excerpt in excerpts])
        return
    for excerpt in excerpts:
        prefix = f"{excerpt.host}: " if len(excerpts) > 1 else ""
        for line in excerpt.lines:
            click.echo(prefix + line)


@click.command(cls=Command, help=N_("Show an app's address; with --show-login also the first logins."))
@click.argument("app")
@click.option("--show-login", is_flag=True, help=N_("Show the administrator's first password from the vault."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write it as JSON."))
@site_options
@click.pass_obj
def open_app(
    session: Session, app: str, show_login: bool, as_json: bool, limit: str, vault_password_file: Path | None
) -> None:
    from semai.operations.open_app import opening

    found = opening(site_of(session, limit, vault_password_file), app, show_login=show_login)
    if as_json:
        console.show_json(asdict(found))
        return
    click.echo(found.address)
    if found.login is None:
        console.note(N_("first login: semai open {app} --show-login"), app=found.app)
        return
    fields = [(N_("name"), found.login.name), (N_("password"), found.login.password)]
    if found.login.sample_password:
        fields.append((N_("sample people"), ", ".join(found.login.sample_names)))
        fields.append((N_("their password"), found.login.sample_password))
    console.show_fields(fields)


@click.group(cls=Group, help=N_("Start, stop or restart an app."))
def service() -> None:
    """Hold the verbs below."""


def _verb(name: str, text: str, said: str) -> None:
    @service.command(name, cls=Command, help=text)
    @click.argument("app")
    @click.option("--json", "as_json", is_flag=True, help=N_("Write the hosts' answers as JSON."))
    @take_over_option
    @site_options
    @click.pass_obj
    def run(session: Session, app: str, as_json: bool, limit: str, vault_password_file: Path | None) -> None:
        from semai.operations.service import service as perform

        reports: Any = perform(site_of(session, limit, vault_password_file), name, app)
        if as_json:
            console.show_json(reports)
            return
        for host in reports:
            console.done(said, app=app.rpartition("/")[2], host=host)


_verb("start", N_("Start an app."), N_("{app} runs on {host}"))
_verb("stop", N_("Stop an app; it stays stopped until it is started again."), N_("{app} is stopped on {host}"))
_verb("restart", N_("Restart an app."), N_("{app} was restarted on {host}"))
