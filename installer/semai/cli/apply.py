"""`semai plan` and `semai apply`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.base import Command, Session, after_result, take_over_option
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.freeze import Frozen
    from semai.core.plan import Reason, Step
    from semai.operations.apply import Applied, Failure
    from semai.operations.plan import Outlook
    from semai.operations.probe import Probe, Site
    from semai.operations.withdrawals import Withdrawn

KINDS = {
    "server": N_("set up"),
    "install": N_("install"),
    "upgrade": N_("upgrade"),
    "configure": N_("configure"),
    "start": N_("start"),
    "remove": N_("remove"),
    "recover": N_("recover"),
    "unchanged": N_("unchanged"),
}
COLOURS = {"server": "green", "install": "green", "upgrade": "green", "remove": "red", "unchanged": "dim"}

Decorated = Callable[..., Any]


def site_options(function: Decorated) -> Decorated:
    """Add the options every verb on hosts has."""
    password = click.option(
        "--vault-password-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=N_("File with the region's vault password (default: the one semai made)."),
    )
    limit = click.option("--limit", default="", metavar="HOST", help=N_("Only these hosts (an Ansible pattern)."))
    return password(limit(function))


def overwrite_option(function: Decorated) -> Decorated:
    """Add the option that names files whose edits on hosts are given up."""
    text = N_("Write this file though it was edited on the host; may be given more than once.")
    return click.option("--overwrite", multiple=True, metavar=N_("APP/FILE"), help=text)(function)


def site_of(session: Session, limit: str, vault_password_file: Path | None) -> Site:
    """Return what verbs on hosts work with.

    A password that was named must open the vault, also where nothing needs it: hosts may be asked without Ansible.
    """
    from semai.adapters import resources
    from semai.adapters.state import State
    from semai.adapters.vault import password_file
    from semai.operations.probe import Site

    files, state = session.files, State(session.state_dir)
    password = password_file(vault_password_file, state.vault_password(files.name))
    site = Site(files, state, resources.find(), password, limit)
    if vault_password_file is not None:
        site.vault.read()
    return site


override_option = click.option(
    "--override", default="", metavar="REASON", help=N_("Go ahead during a freeze period all the same.")
)


def begin_probe(site: Site, *, sizes: bool = False) -> Probe:
    """Start asking the hosts; what the answer is compared with is imported while Ansible starts (0.5 s saved)."""
    from semai.operations.probe import begin

    return begin(site, sizes=sizes)


@click.command(cls=Command, help=N_("Show what apply would change, without changing anything."))
@click.option("--check", is_flag=True, help=N_("Exit with 6 when something would change (also drift)."))
@click.option("--diff", is_flag=True, help=N_("Show the lines of managed files that would change."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the plan as JSON."))
@overwrite_option
@site_options
@click.pass_obj
def plan(
    session: Session,
    check: bool,
    diff: bool,
    as_json: bool,
    overwrite: tuple[str, ...],
    limit: str,
    vault_password_file: Path | None,
) -> None:
    site = site_of(session, limit, vault_password_file)
    asked = begin_probe(site)
    from semai.operations.freeze import freezes
    from semai.operations.plan import differences, look

    outlook = look(site, asked, overwrite=overwrite)
    found = differences(site, outlook) if diff else ()
    periods = freezes(site.files)
    if as_json:
        more = {"diff": list(found)} if diff else {}
        console.show_json({**as_plain(outlook), "freezes": plain_freezes(periods), **more})
    else:
        show_plan(outlook)
        show_freezes(periods)
        _show_withdrawn(site)
        _show_conflicts(site)
        for line in found:
            click.echo(line)
    with after_result():
        outlook.probed.require_ready()
        outlook.require_unmoved()
        outlook.require_reachable()
        outlook.require_edited()
        if check:
            outlook.require_unchanged()


@click.command(cls=Command, help=N_("Bring the hosts to what the lock says."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option(
    "--accept-withdrawn", default="", metavar="REASON", help=N_("Install a withdrawn release all the same.")
)
@override_option
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@overwrite_option
@take_over_option
@site_options
@click.pass_obj
def apply(
    session: Session,
    yes: bool,
    accept_withdrawn: str,
    override: str,
    as_json: bool,
    overwrite: tuple[str, ...],
    limit: str,
    vault_password_file: Path | None,
) -> None:
    site = site_of(session, limit, vault_password_file)
    with site.files.held_for("semai apply"):
        asked = begin_probe(site)
        from semai.operations.freeze import require_thawed, routine_changes, spoken_verb
        from semai.operations.plan import forget_gone, look
        from semai.operations.withdrawals import refuse_withdrawn

        outlook = look(site, asked, overwrite=overwrite)
        if outlook.machines and outlook.probed.bare:
            _install_python(site, outlook.probed.bare, yes=yes)
            outlook = look(site, begin_probe(site), overwrite=overwrite)
        outlook.probed.require_ready()
        outlook.require_edited()
        if not outlook.plan.changes:
            forget_gone(site, outlook)
            _say_nothing_to_do(outlook, as_json)
            return
        outlook.require_possible()
        if not as_json:
            show_plan(outlook)
            _show_conflicts(site)
        withdrawn = _show_withdrawn(site)
        refuse_withdrawn(outlook, withdrawn, accept_withdrawn)
        require_thawed(site.files, routine_changes(outlook.plan, site.files.load_lock()), override)
        console.confirm(N_("Go ahead?"), yes=yes)
        verb = f"apply (withdrawn: {accept_withdrawn})" if accept_withdrawn else "apply"
        perform(site, outlook, spoken_verb(verb, override), as_json)


def show_freezes(periods: tuple[Frozen, ...]) -> None:
    """Warn of periods without routine changes that are running or coming."""
    for period in periods:
        text = (
            N_("freeze until {last} ({apps}): {why}")
            if period.running
            else N_("freeze from {first} to {last} ({apps}): {why}")
        )
        apps = ", ".join(period.apps) or translate(N_("all apps"))
        console.warn(text, first=period.first, last=period.last, apps=apps, why=period.reason)


def plain_freezes(periods: tuple[Frozen, ...]) -> list[dict[str, Any]]:
    """Return freeze periods as plain values for --json."""
    return [
        {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "apps": list(period.apps),
            "reason": period.reason,
            "running": period.running,
        }
        for period in periods
    ]


def _install_python(site: Site, hosts: tuple[str, ...], *, yes: bool) -> None:
    from semai.operations.bootstrap import install_python

    console.warn(N_("no complete Python 3 on: {hosts}"), hosts=", ".join(hosts))
    console.confirm(N_("Install it first?"), yes=yes)
    install_python(site, hosts)


def _show_withdrawn(site: Site) -> tuple[Withdrawn, ...]:
    """Warn of every locked release that its mentor withdrew."""
    from semai.operations.withdrawals import look_up

    found = look_up(site)
    for entry in found:
        console.warn(
            N_("{app} {version} was withdrawn by its mentor: {reason}"),
            app=entry.app,
            version=entry.version,
            reason=entry.reason or "-",
        )
    return found


def _show_conflicts(site: Site) -> None:
    """Show three-way where a release changed what the region overrides; the region's word is what goes out."""
    from semai.operations.deployment import override_conflicts

    for conflict in override_conflicts(site.files):
        console.warn(
            N_("overrides/{app}/{path} stays, but the release says something else there than it did"),
            app=conflict.app,
            path=conflict.path,
        )
        for line in conflict.lines():
            click.echo(line, err=True)


def perform(site: Site, outlook: Outlook, verb: str, as_json: bool) -> None:
    """Do it, show what came of it, and leave one audit line that tells of a failed app too."""
    from semai.adapters.state import audited
    from semai.cli.progress import view
    from semai.operations.apply import Watch
    from semai.operations.apply import perform as bring

    try:
        with audited(site.files.audit, verb, site.files.lock):
            with view() as shown:
                applied = bring(site, outlook, Watch(shown.download, shown.event))
            show_applied(applied, as_json)
            with after_result():
                applied.require_done()
    except KeyboardInterrupt:
        console.warn(N_("stopped: what a host had begun it finishes or undoes by itself; semai apply continues"))
        raise click.exceptions.Exit(130) from None


def _say_nothing_to_do(outlook: Outlook, as_json: bool) -> None:
    if as_json:
        console.show_json({"changed": False, "outcomes": []})
    else:
        console.done(N_("nothing to do: {count} apps are as the lock says"), count=_apps(outlook))
    _note_unknown(outlook)


def _apps(outlook: Outlook) -> int:
    return sum(not step.role for step in outlook.plan.steps)


def show_plan(outlook: Outlook) -> None:
    """Show steps as a table and what else a person should know."""
    rows = [_row(step) for step in outlook.plan.steps]
    if rows:
        headings = [N_("host"), N_("app"), N_("step"), N_("version"), N_("why")]
        console.show_table(headings, rows)
    else:
        console.note(N_("no app is selected and none is installed"))
    for shortage in outlook.shortages():
        fields = {"host": shortage.host, "needed": shortage.needed, "found": shortage.found, "path": shortage.path}
        console.warn(shortage.text, **fields)
    for unready in outlook.probed.unready:
        console.warn("{said}", said=unready.message)
    _note_unknown(outlook)
    if rows and not outlook.plan.changes:
        console.done(N_("nothing to do: {count} apps are as the lock says"), count=_apps(outlook))


def _row(step: Step) -> list[str]:
    arrow = f"{step.previous} -> {step.version}" if step.previous not in ("", step.version) else ""
    version = arrow if arrow and step.version else step.version or step.previous
    why = "; ".join(_told(reason) for reason in step.reasons)
    colour = COLOURS.get(step.kind.value, "yellow")
    return [
        step.host,
        step.app or step.role,
        f"[{colour}]{translate(KINDS[step.kind.value])}[/{colour}]",
        version,
        why,
    ]


def _told(reason: Reason) -> str:
    from semai.core.host_words import spoken

    fields = {name: spoken(value) if name in ("detail", "why") else value for name, value in reason.fields.items()}
    return translate(reason.text, **fields)


def _note_unknown(outlook: Outlook) -> None:
    text = N_("{app} runs on {host} but this region never selected it; it is left alone")
    for host, app in outlook.plan.unknown:
        console.note(text, app=app, host=host)


def as_plain(outlook: Outlook) -> dict[str, Any]:
    """Return a plan as plain values for --json."""
    return {
        "changes": len(outlook.plan.changes),
        "drift": sum(step.drifted for step in outlook.plan.changes),
        "steps": [_plain_step(step) for step in outlook.plan.steps],
        "unknown": [{"host": host, "app": app} for host, app in outlook.plan.unknown],
        "shortages": [vars(shortage) for shortage in outlook.shortages()],
        "unready": [
            {"host": entry.host, "code": entry.code, "message": entry.message} for entry in outlook.probed.unready
        ],
    }


def _plain_step(step: Step) -> dict[str, Any]:
    return {
        "host": step.host,
        "app": step.app,
        **({"role": step.role} if step.role else {}),
        "step": step.kind.value,
        "version": step.version,
        "previous": step.previous,
        "reasons": [{"code": reason.code, **reason.fields} for reason in step.reasons],
    }


def show_applied(applied: Applied, as_json: bool) -> None:
    """Say per app what became of it, and what serves now where it failed."""
    from semai.operations.apply import removed_data

    if as_json:
        outcomes = [plain_outcome(outcome) for outcome in applied.outcomes]
        console.show_json({"changed": True, "log": applied.log, "outcomes": outcomes})
        return
    for outcome in applied.outcomes:
        step, failure = outcome.step, outcome.failure
        names = {"app": step.app, "host": step.host, "version": outcome.serving}
        if step.role:
            _show_role(step, failure)
        elif failure is None and (kept := removed_data(outcome)):
            console.done(N_("{app} on {host} was removed; its data is in {kept}"), kept=kept, **names)
        elif failure is None and step.kind.value == "remove":
            console.done(N_("{app} on {host} was removed"), **names)
        elif failure is None:
            console.done(N_("{app} {version} on {host}"), **names)
        elif outcome.serving:
            console.warn(N_("{app} on {host}: {said}; {version} serves now"), said=failure.message, **names)
        else:
            console.warn(N_("{app} on {host}: {said}; it is not installed"), said=failure.message, **names)


def _show_role(step: Step, failure: Failure | None) -> None:
    if failure is None:
        console.done(N_("{role} on {host} is set up"), role=step.role, host=step.host)
    else:
        console.warn(N_("{role} on {host}: {said}"), role=step.role, host=step.host, said=failure.message)


def plain_outcome(outcome: Any) -> dict[str, Any]:
    """Return what became of one step as plain values for --json."""
    failure = outcome.failure
    return {
        **_plain_step(outcome.step),
        "result": outcome.result,
        "serving": outcome.serving,
        "report": outcome.report,
        "error": {"code": failure.code, "message": failure.message, "hint": failure.hint} if failure else None,
    }
