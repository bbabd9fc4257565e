"""`semai history`: who changed what when, in the region and on its hosts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semai.cli import console
from semai.cli.apply import site_of, site_options
from semai.cli.base import Command, Session
from semai.messages import N_, translate

if TYPE_CHECKING:
    from datetime import datetime

    from semai.operations.history import Entry


@click.command(
    cls=Command,
    help=N_("""Show who changed what when, of APP or of everything, the oldest first.

The region's own trail and those of its hosts are one list; times are UTC."""),
)
@click.argument("app", metavar="[APP]", required=False, default="")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help=N_("Only from this day (UTC) on: 2026-11-21."),
)
@click.option("--json", "as_json", is_flag=True, help=N_("Write it as JSON."))
@site_options
@click.pass_obj
def history(
    session: Session, app: str, since: datetime | None, as_json: bool, limit: str, vault_password_file: Path | None
) -> None:
    from semai.operations.history import history as told

    site = site_of(session, limit, vault_password_file)
    found = told(site, app.rpartition("/")[2], f"{since:%Y-%m-%dT00:00:00Z}" if since else "")
    if as_json:
        unready = [{"host": e.host, "code": e.code, "message": e.message} for e in found.unready]
        console.show_json({"entries": [asdict(entry) for entry in found.entries], "unready": unready})
        return
    headings = [
        N_("time"),
        N_("host"),
        N_("who"),
        N_("verb"),
        N_("app"),
        N_("version"),
        N_("result"),
        N_("seconds"),
    ]
    console.show_table(headings, [_row(entry) for entry in found.entries])
    for unready_host in found.unready:
        console.warn("{said}", said=unready_host.message)


def _row(entry: Entry) -> list[str]:
    if entry.torn:
        text = translate(N_("a line that was cut while it was written"))
        return [entry.time or "-", entry.host or "-", "-", text, "-", "-", "-", "-"]
    by = f"{entry.by} ({entry.origin})" if entry.origin.startswith("ssh ") else entry.by
    version = f"{entry.old} -> {entry.new}" if entry.old and entry.new else entry.new or entry.old or "-"
    seconds = f"{entry.seconds:g}" if entry.seconds is not None else "-"
    return [entry.time, entry.host or "-", by, entry.verb, entry.app or "-", version, entry.result, seconds]
