"""`semai assess`: whether the hosts are ready, before anything is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from semai.cli import console
from semai.cli.apply import site_of, site_options
from semai.cli.base import Command, Session, after_result
from semai.messages import N_, choose_language, preferred_language, translate

if TYPE_CHECKING:
    from semai.core.assessment.assessing import AppReport, Assessment, HostReport
    from semai.core.assessment.finding import Verdict
    from semai.operations.assess import Looked
    from semai.operations.probe import Site

COLOURS = {"ready": "green", "conditions": "yellow", "not-ready": "red"}
SIGNS = {"bad": ("red", "✗"), "warn": ("yellow", "!"), "note": ("blue", "·")}


@click.command(
    cls=Command,
    help=N_(
        "Measure the hosts and say whether the apps can be installed there: ready, ready with conditions, or not "
        "ready. Changes nothing and needs no lock."
    ),
)
@click.option("--app", "apps", multiple=True, metavar="APP", help=N_("Judge this app instead (several times)."))
@click.option(
    "--users",
    default=50,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help=N_("How many people will use each app."),
)
@click.option("--json", "as_json", is_flag=True, help=N_("Write measures, findings and verdicts as JSON."))
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Also write a report to print and sign (one HTML file, in Indonesian)."),
)
@site_options
@click.pass_obj
def assess(
    session: Session,
    apps: tuple[str, ...],
    users: int,
    as_json: bool,
    report: Path | None,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    site = site_of(session, limit, vault_password_file)
    from semai.core.assessment.wording import as_plain
    from semai.operations.assess import look, require_ready

    looked = look(site, apps, users)
    assessment = looked.judge()
    if as_json:
        console.show_json(as_plain(assessment))
    else:
        _show(assessment)
    if report is not None:
        _write_report(site, looked, report)
    with after_result():
        require_ready(assessment)


def _write_report(site: Site, looked: Looked, path: Path) -> None:
    """Write the report in Indonesian, whatever the language of the terminal."""
    from semai.operations.assess_report import write_report

    spoken = preferred_language()
    choose_language("id")
    try:
        write_report(site.files, looked.judge(), path)
    finally:
        choose_language(spoken)
    console.done(N_("the report is in {file}"), file=path)


def _show(assessment: Assessment) -> None:
    if assessment.hosts:
        headings = [
            N_("host"),
            N_("for"),
            N_("system"),
            "CPU",
            N_("memory"),
            N_("disk free"),
            N_("line"),
            N_("verdict"),
        ]
        console.show_table(headings, [_host_row(host) for host in assessment.hosts])
    if assessment.apps:
        click.echo()
        users = str(assessment.question.users)
        headings = [
            N_("app"),
            N_("version"),
            N_("goes to"),
            N_("memory at start"),
            translate(N_("memory, {users} users"), users=users),
            N_("disk at start"),
            N_("disk in a year"),
            N_("verdict"),
        ]
        console.show_table(headings, [_app_row(app) for app in assessment.apps])
    _show_findings(assessment)
    click.echo()
    said = translate(
        N_("{region}: {verdict}"), region=assessment.question.region, verdict=_spoken(assessment.verdict)
    )
    click.echo(click.style(said, fg=COLOURS[assessment.verdict.value], bold=True))


def _spoken(verdict: Verdict) -> str:
    from semai.core.assessment.wording import VERDICTS

    return translate(VERDICTS[verdict])


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict.value]}]{_spoken(verdict)}[/]"


def _host_row(host: HostReport) -> list[str]:
    from semai.core.assessment.wording import PARTS, size

    found = host.measured
    parts = ", ".join(translate(PARTS[part]) for part in host.parts) or "-"
    if not found.measured:
        return [host.name, parts, "-", "-", "-", "-", "-", _coloured(host.verdict)]
    place = found.below(found.inventory.root)
    line = f"{found.line.latency_ms:.0f} ms, {found.line.upload_mb_s:.1f} MB/s" if found.line else "-"
    disk = size(place.free_mb) if place else "-"
    system = found.os.name or "-"
    return [host.name, parts, system, str(found.cpus), size(found.memory_mb), disk, line, _coloured(host.verdict)]


def _app_row(app: AppReport) -> list[str]:
    from semai.core.assessment.wording import size

    head = [app.app.key, app.app.version or "-", app.host or "-"]
    taken = app.estimate
    if taken is None:
        return [*head, "-", "-", "-", "-", _coloured(app.verdict)]
    sizes = (taken.memory_start_mb, taken.memory_mb, taken.disk_start_mb, taken.disk_year_mb)
    return [*head, *(size(each) for each in sizes), _coloured(app.verdict)]


def _show_findings(assessment: Assessment) -> None:
    """Show each finding: what, what it means, what to do; the gravest first."""
    from semai.core.assessment.wording import told

    for finding in assessment.all_findings:
        words = told(finding)
        colour, sign = SIGNS[words.severity]
        about = f"{words.about}: " if words.about else ""
        click.echo()
        click.echo(click.style(sign, fg=colour, bold=True) + f" {about}{words.text}")
        click.echo(click.style(f"  {words.meaning}", dim=True))
        click.echo(f"  → {words.fix}")
