"""`semai mentor`: begin, check and end trust in a mentor region's catalog."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from semai.cli.base import Command, Group, Session
from semai.cli.console import confirm, done, note, show_columns, show_fields, show_json, warn
from semai.core.trust import groups
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.mentor_client import Offer

_AGES = {
    "fresh": N_("valid until {expires}"),
    "soon": N_("expires soon: {expires}"),
    "expired": N_("expired on {expires}"),
    "missing": N_("never fetched"),
}


@click.group(cls=Group, help=N_("Trust a mentor region's catalog."))
def mentor() -> None:
    """Hold the verbs below."""


@mentor.command(
    cls=Command,
    help=N_("""Trust the mentor ID whose catalog is at URL (http, https, file, or a folder such as a USB stick).

The fingerprint is in the mentor's letter: give it with --fingerprint, or type its last 8 characters when asked.
More than one URL: mirrors, tried in this order."""),
)
@click.argument("mentor_id", metavar="ID")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--fingerprint", metavar="HEX", help=N_("Fingerprint from the mentor's letter."))
@click.pass_obj
def add(session: Session, mentor_id: str, urls: tuple[str, ...], fingerprint: str | None) -> None:
    from semai.operations.mentor_trust import add_mentor

    ask = _ask_for_fingerprint if sys.stdin.isatty() else None
    added = add_mentor(session.state_dir, mentor_id, urls, _now(), fingerprint=fingerprint, confirm=ask)
    if added.new:
        done("mentor {mentor} is trusted: {name}", mentor=mentor_id, name=added.record.name)
    else:
        done("mentor {mentor} was trusted already; its addresses were replaced", mentor=mentor_id)
    note("fingerprint {groups}", groups=groups(added.record.fingerprint))
    _fetch_catalog(session, mentor_id)


@mentor.command("list", cls=Command, help=N_("List the mentors trusted on this machine."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    from semai.operations.mentor_list import list_mentors

    rows = list_mentors(session.state_dir, _now())
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    if not rows:
        note("no mentor is trusted yet; next: semai mentor add <id> <address>")
        return
    show_columns(
        [N_("MENTOR"), N_("NAME"), N_("CATALOG"), N_("ADDRESS")],
        [
            (row.id, row.name, translate(_AGES[row.age.state], expires=row.age.expires[:10]), " ".join(row.urls))
            for row in rows
        ],
    )


@mentor.command(
    cls=Command, help=N_("Check what is stored of the mentor ID (or of all), and its fingerprint; no network.")
)
@click.argument("mentor_id", metavar="[ID]", required=False)
@click.option("--fingerprint", metavar="HEX", help=N_("Fingerprint from the mentor's letter."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def verify(session: Session, mentor_id: str | None, fingerprint: str | None, as_json: bool) -> None:
    from semai.operations.mentor_trust import verify_mentors

    checked = verify_mentors(session.state_dir, _now(), mentor=mentor_id, fingerprint=fingerprint)
    if as_json:
        show_json([asdict(item) for item in checked])
        return
    if not checked:
        note("no mentor is trusted yet; next: semai mentor add <id> <address>")
    for item in checked:
        root, timestamp = N_("never fetched"), ""
        if item.trusted:
            root, timestamp = str(item.trusted.root_version), str(item.trusted.timestamp_version)
        fields = [
            (N_("Mentor"), f"{item.record.id} ({item.record.name})".replace("[", r"\[")),
            (N_("Fingerprint"), groups(item.fingerprint)),
            (N_("Root version"), translate(root)),
            (N_("Catalog version"), timestamp),
        ]
        show_fields([field for field in fields if field[1]])
        done("everything stored of mentor {mentor} is intact", mentor=item.record.id)


@mentor.command(cls=Command, help=N_("Stop trusting the mentor ID; what is installed keeps running."))
@click.argument("mentor_id", metavar="ID")
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
@click.pass_obj
def remove(session: Session, mentor_id: str, yes: bool) -> None:
    from semai.adapters.mentor_state import MentorFolder
    from semai.operations.mentor_trust import remove_mentor

    name = MentorFolder(session.state_dir, mentor_id).record().name
    confirm(N_("stop trusting {mentor} ({name})?"), yes=yes, mentor=mentor_id, name=name)
    remove_mentor(session.state_dir, mentor_id)
    done("mentor {mentor} is no longer trusted on this machine", mentor=mentor_id)


def _fetch_catalog(session: Session, mentor_id: str) -> None:
    """Fetch the catalog too, as nothing can be chosen before; when that fails the trust stands all the same."""
    from semai.cli.catalog import show_update
    from semai.operations.catalog_update import update_catalogs

    (update,) = update_catalogs(session.state_dir, _now(), mentor=mentor_id).items
    show_update(update)
    if update.failure is None:
        note("next: semai catalog list")
        return
    why = translate(update.failure.message, **update.failure.fields)
    warn("the mentor is trusted, but its catalog could not be fetched: {why}", why=why)
    note("next: semai catalog update {mentor}", mentor=mentor_id)


def _ask_for_fingerprint(offer: Offer) -> str:
    """Show what is offered, the end of the fingerprint hidden, and return what the user types from the letter."""
    note("mentor       {name} ({mentor})", name=offer.name, mentor=offer.mentor)
    note("address      {url}", url=offer.url)
    note("fingerprint  {groups}", groups=groups(offer.fingerprint, hide_typed=True))
    warn("compare it with the mentor's letter, which must have reached you by another way than this address")
    typed: str = click.prompt(translate(N_("Last 8 characters in the letter")), err=True)
    return typed


def _now() -> datetime:
    return datetime.now(timezone.utc)
