"""`semai add` and `semai remove`: what the region asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli.apply import override_option, site_of
from semai.cli.base import Command, Session, take_over_option
from semai.cli.console import confirm, done, note, show_fields, warn
from semai.errors import InvalidInput
from semai.messages import N_, retell, translate

if TYPE_CHECKING:
    from semai.adapters.vault import VaultFile
    from semai.core.catalog import Question
    from semai.operations.add import Proposal

_PASSWORD = click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the region's vault password (default: the one semai made)."),
)
_RELATIONS = {
    "feeds": N_("{app} feeds {national}"),
    "reads": N_("{app} reads from {national}"),
    "replaces": N_("{app} does what the compulsory {national} does; do not keep two truths"),
    "complements": N_("{app} overlaps the compulsory {national} and complements it"),
}


@click.command(
    cls=Command,
    help=N_("""Select an app of a trusted mentor for the region.

APP is e-planning, batang/e-planning, e-planning==2026.11.0 or 'e-planning>=2026'. An app that is selected already
takes the new version, port and answers."""),
)
@click.argument("app", metavar="APP")
@click.option("--answer", "answers", multiple=True, metavar="KEY=VALUE", help=N_("Answer a question of the app."))
@click.option("--sample-data", is_flag=True, help=N_("Fill the app with a fictitious region's data, to try it."))
@click.option("--port", type=int, metavar="N", help=N_("Port on this machine (default: the first free from 8101)."))
@click.option("-y", "--yes", is_flag=True, help=N_("Accept the terms and go ahead without a question."))
@_PASSWORD
@take_over_option
@click.pass_obj
def add(
    session: Session,
    app: str,
    answers: tuple[str, ...],
    sample_data: bool,
    port: int | None,
    yes: bool,
    vault_password_file: Path | None,
) -> None:
    from semai.adapters.ports import is_free
    from semai.adapters.trusted_catalogs import read_catalogs
    from semai.core.resolver import BECAUSE
    from semai.operations.add import Asked, perform, propose

    files = session.files
    vault = vault_of(session, vault_password_file)
    catalogs = read_catalogs(session.state_dir)
    asked = Asked(app, _pairs(answers), sample_data, port)
    proposal = propose(files, catalogs, vault, asked, port_is_free=is_free)
    _show_terms(proposal)
    further = {name: _ask(question) for name, question in proposal.unanswered.items()} if sys.stdin.isatty() else {}
    if not proposal.unanswered or further:
        confirm(N_("Add {app} under these terms?"), yes=yes, app=proposal.key)
    added = perform(files, catalogs, vault, proposal, further, knows=fingerprint_check(session))
    _say_comments(added.comments_kept)
    text = (
        N_("{app} is selected again, port {port}")
        if proposal.selected_before
        else N_("{app} is selected, port {port}")
    )
    done(text, app=added.key, port=added.selected.port)
    for key, why in proposal.also_needed:
        note("it needs another app ({why}); next: semai add {app}", app=key, why=retell(why, BECAUSE))
    if not proposal.also_needed:
        note("next: semai lock")


@click.command(
    cls=Command,
    help=N_("""Take an app out of the region. Hosts let go of it at the next semai lock and semai apply.

Its data stays on the host, and apply says where; --purge deletes it for good, which needs a verified backup of the
last 24 hours."""),
)
@click.argument("app", metavar="APP")
@click.option("--purge", is_flag=True, help=N_("Delete its data and secrets too; asks for the app's name."))
@click.option(
    "--confirm", "confirmed", metavar="NAME", help=N_("Confirm --purge without a question by the app's name.")
)
@click.option("--without-backup", default="", metavar="REASON", help=N_("Purge without a backup all the same."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@override_option
@_PASSWORD
@take_over_option
@click.pass_obj
def remove(
    session: Session,
    app: str,
    purge: bool,
    confirmed: str | None,
    without_backup: str,
    yes: bool,
    override: str,
    vault_password_file: Path | None,
) -> None:
    from semai.operations.freeze import require_reason, require_thawed
    from semai.operations.remove_selection import check_removable, remove, require_backup

    site = site_of(session, "", vault_password_file)
    reasons = {"override": require_reason("--override", override)}
    reasons["without backup"] = require_reason("--without-backup", without_backup)
    with site.files.held_for("semai remove"):
        key = check_removable(site.files, app)
        require_thawed(site.files, [key.id], override)
        if purge:
            _confirm_purge(key.id, confirmed)
            if not without_backup:
                require_backup(site, key)
        else:
            confirm(N_("Remove {app}? Its data stays."), yes=yes, app=key)
        why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if reason)
        removed = remove(site.files, vault_of(session, vault_password_file), key, purge=purge, why=why)
    _say_comments(removed.comments_kept)
    if not removed.installed:
        done("{app} is no longer selected; it was never locked", app=key)
        return
    text = (
        N_("{app} is no longer selected; apply deletes its data")
        if removed.purge
        else N_("{app} is no longer selected; apply stops it and keeps its data")
    )
    done(text, app=key)
    note("next: semai lock, then semai apply")


def vault_of(session: Session, given: Path | None) -> VaultFile:
    """Return the region's vault; when it has none yet, a password for it is made."""
    from semai.adapters.region_files import RegionFiles
    from semai.adapters.state import State
    from semai.adapters.vault import VaultFile, ensure_password, password_file

    files = RegionFiles(session.inventory)
    generated = State(session.state_dir).vault_password(files.name)
    password = password_file(given, generated)
    if password == generated and not files.vault.exists() and ensure_password(password):
        note("vault password: {file} (keep a copy in a safe place; without it the secrets are lost)", file=password)
    return VaultFile(files.vault, password)


def fingerprint_check(session: Session) -> Any:
    """Return what tells whether a fingerprint belongs to a mentor's chain of roots; asked only when it differs."""

    def knows(mentor: str, fingerprint: str) -> bool:
        from semai.adapters.mentor_client import MentorClient

        return MentorClient(session.state_dir, mentor).knows(fingerprint)

    return knows


def _pairs(answers: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in answers:
        name, equals, value = text.partition("=")
        if not equals or not name or name in pairs:
            raise InvalidInput(
                "answer-form",
                "--answer {given} is not KEY=VALUE, or the key was given twice",
                hint="for example: --answer fiscal_year=2027",
                given=repr(text.partition("=")[0] if equals else text),
            )
        pairs[name] = value
    return pairs


def _show_terms(proposal: Proposal) -> None:
    page, terms = proposal.page, proposal.page.terms
    allowed = [
        N_("government use only") if terms.government_use_only else "",
        "" if terms.onward_sharing else N_("no onward sharing"),
        "" if terms.sale else N_("no sale"),
        N_("name and logo of the owner stay visible") if terms.keep_attribution else "",
    ]
    needs = proposal.release.manifest.needs
    fields = [
        (N_("app"), f"{proposal.key} {proposal.release.manifest.version}"),
        (N_("name"), f"{page.name}: {page.summary}" if page.summary else page.name),
        (N_("owner"), page.owner),
        (N_("terms"), "; ".join([terms.licence, *(translate(text) for text in allowed if text)])),
        (N_("needs"), f"{needs.ram_mb} MB RAM, {needs.disk_mb} MB"),
    ]
    show_fields([*fields, *([(N_("note"), terms.note)] if terms.note else [])])
    for overlap in page.overlaps:
        warn(_RELATIONS[overlap.relation], app=page.name, national=overlap.national)


def _ask(question: Question) -> Any:
    """Ask until the answer fits; a secret is not echoed."""
    from semai.core.questions import Refused, parse_answer

    if question.help:
        note("{help}", help=question.help)
    choices = f" ({'/'.join(question.choices)})" if question.choices else ""
    while True:
        text = click.prompt(question.title + choices, hide_input=question.secret, err=True)
        try:
            return parse_answer(question, str(text))
        except Refused as refused:
            warn("{problem}", problem=str(refused))


def _confirm_purge(name: str, given: str | None) -> None:
    if given is None and sys.stdin.isatty():
        question = translate(N_("This deletes all data of {app} for good. Type its name to go ahead"), app=name)
        given = str(click.prompt(question, err=True))
    if given != name:
        raise InvalidInput(
            "purge-not-confirmed",
            "nothing was removed: purging {app} must be confirmed by its name",
            hint="semai remove {app} --purge --confirm {app}",
            app=name,
        )


def _say_comments(kept: bool) -> None:
    if not kept:
        warn("apps.yml was written anew because of its layout; comments in it were lost (git has them)")
