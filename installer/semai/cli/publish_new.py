"""`semai publish new`: what semai saw in a tree of PHP, and what the mentor must decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semai.cli.base import Command
from semai.cli.console import done, note, show_json, show_table
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.php_draft import Seen

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    "new", cls=Command, help=N_("Draft the description of an existing PHP app by looking through its folder.")
)
@click.argument("app_id", metavar="ID")
@click.option(
    "--from", "folder", type=_FOLDER, required=True, help=N_("Folder of the app's source; it is only read.")
)
@click.option(
    "--source", type=_FOLDER, default=Path("catalog"), help=N_("Folder of catalog.yml (default: catalog).")
)
@click.option(
    "--release", "version", default="", help=N_("Version of the first release (default: this year and month).")
)
@click.option("--json", "as_json", is_flag=True, help=N_("Print the result as JSON."))
def new(app_id: str, folder: Path, source: Path, version: str, as_json: bool) -> None:
    from semai.operations.publish_new import draft

    drafted = draft(source, app_id, folder, datetime.now(timezone.utc), version)
    found, decide = drafted.inspection.found, drafted.inspection.decide
    if as_json:
        show_json(
            {
                "framework": drafted.inspection.framework,
                "files": [str(path) for path in drafted.files],
                "found": [{"place": seen.place, "text": _words(seen)} for seen in found],
                "decide": [{"place": seen.place, "text": _words(seen)} for seen in decide],
            }
        )
        return
    show_table([N_("Found"), N_("Where")], _rows(found))
    if decide:
        show_table([N_("You decide"), N_("Where")], _rows(decide))
    for path in drafted.files:
        done(N_("wrote {file}"), file=path)
    note(N_("Complete the lines marked `decide` in these files, then run: semai publish check"))


def _rows(seen: Iterable[Seen]) -> list[tuple[str, str]]:
    return [(_words(one), one.place) for one in seen]


def _words(seen: Seen) -> str:
    return translate(seen.message, **seen.fields).strip()
