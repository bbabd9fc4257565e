"""`semai lock`: fix exact releases in semai.lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli.base import Command, Session, take_over_option
from semai.cli.console import done, note, show_columns, show_json, warn
from semai.messages import N_, retell, translate

if TYPE_CHECKING:
    from semai.operations.lock import LockResult


@click.command(
    cls=Command,
    help=N_("""Fix exact releases and digests in semai.lock.

What the region selected is resolved in the trusted catalogs; locked versions are kept. --upgrade takes the newest
that fit: of all apps, or of APP only."""),
)
@click.argument("apps", metavar="[APP]...", nargs=-1)
@click.option("--upgrade", is_flag=True, help=N_("Leave the locked versions for the newest that fit."))
@click.option("--allow-downgrade", is_flag=True, help=N_("Accept lower versions than those locked."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the region's vault password (default: the one semai made)."),
)
@take_over_option
@click.pass_obj
def lock(
    session: Session,
    apps: tuple[str, ...],
    upgrade: bool,
    allow_downgrade: bool,
    as_json: bool,
    vault_password_file: Path | None,
) -> None:
    from semai.adapters.trusted_catalogs import read_catalogs
    from semai.cli.selection import fingerprint_check, vault_of
    from semai.operations.lock import LockRequest, lock_region

    if apps and not upgrade:
        raise click.UsageError(translate(N_("name apps only together with --upgrade")))
    result = lock_region(
        session.files,
        read_catalogs(session.state_dir),
        vault_of(session, vault_password_file),
        LockRequest(upgrade, apps, allow_downgrade),
        knows=fingerprint_check(session),
    )
    if as_json:
        show_json(_plain(result))
    else:
        _show(result)


def _show(result: LockResult) -> None:
    from semai.core.resolver import BECAUSE

    if result.changes:
        headings = [N_("APP"), N_("WAS"), N_("NOW"), N_("WHY")]
        rows = [
            (c.app, c.old or "-", c.new or "-", ", ".join(retell(why, BECAUSE) for why in c.because) or "-")
            for c in result.changes
        ]
        show_columns(headings, rows)
    for name in result.removing:
        warn("{app} is to be removed from the hosts", app=name)
    if not result.written:
        done("nothing changed: {count} apps are locked", count=len(result.lock.apps))
        return
    if result.vault_made:
        note("a new vault with new secrets was made")
    if result.backup_key_made:
        warn("a key for backups was made; without it no backup can be read: semai backup key --show")
    done("written: {files}", files=", ".join(result.written))
    note("next: semai plan")


def _plain(result: LockResult) -> dict[str, Any]:
    return {
        "changed": bool(result.written),
        "written": list(result.written),
        "digest": result.lock.digest,
        "apps": {key: app.version for key, app in result.lock.apps.items()},
        "changes": [
            {"app": c.app, "old": c.old or None, "new": c.new or None, "because": list(c.because)}
            for c in result.changes
        ],
        "removing": list(result.removing),
    }
