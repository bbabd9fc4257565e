"""`semai upgrade`: newer releases, hop by hop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from semai.cli import console
from semai.cli.apply import begin_probe, override_option, show_applied, show_freezes, site_of
from semai.cli.base import Command, Session, after_result, take_over_option
from semai.messages import N_, translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semai.adapters.trusted_catalogs import TrustedCatalog
    from semai.operations.apply import Applied
    from semai.operations.plan import Outlook
    from semai.operations.probe import Site
    from semai.operations.upgrade import Road
    from semai.operations.upgrade_plan import Hop, Journey, Leg

CHANGES = {
    "code": N_("code only"),
    "config": N_("configuration"),
    "migrate": N_("data"),
}


@click.command(
    cls=Command,
    help=N_("""Upgrade APP, or all apps, to the newest releases that fit.

Releases that must be passed through are passed through, one after the other. What fails is undone on its host and
stops the apps that read from it, no others; run it again to go on."""),
)
@click.argument("app", metavar="[APP]", required=False, default="")
@click.option("--to", metavar="VERSION", default="", help=N_("Go to this version instead of the newest."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@override_option
@click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the region's vault password (default: the one semai made)."),
)
@take_over_option
@click.pass_obj
def upgrade(
    session: Session, app: str, to: str, yes: bool, override: str, vault_password_file: Path | None
) -> None:
    if to and not app:
        raise click.UsageError(translate(N_("--to needs an APP")))
    site = site_of(session, "", vault_password_file)
    with site.files.held_for("semai upgrade"):
        asked = begin_probe(site, sizes=True)
        from semai.adapters.trusted_catalogs import read_catalogs
        from semai.operations.freeze import freezes, require_thawed
        from semai.operations.plan import look
        from semai.operations.upgrade_plan import UpgradeRequest, plan_upgrade

        outlook = look(site, asked)
        outlook.probed.require_ready()
        outlook.require_unmoved()
        outlook.require_idle()
        road = _road(session, site, read_catalogs(session.state_dir), override)
        journey = plan_upgrade(site, outlook, road.catalogs, UpgradeRequest(app, to), knows=road.knows)
        if not journey.hops:
            console.done(N_("nothing to upgrade: the hosts run the newest releases this machine knows of"))
            console.note(N_("to look for newer ones: semai catalog update"))
            return
        show_journey(journey)
        show_freezes(freezes(site.files))
        journey.require_room()
        require_thawed(site.files, journey.routine, override)
        console.confirm(N_("Go ahead?"), yes=yes)
        _travel(road, outlook, journey)


def _road(session: Session, site: Site, catalogs: Mapping[str, TrustedCatalog], override: str) -> Road:
    from semai.cli.progress import view
    from semai.cli.selection import fingerprint_check
    from semai.operations.apply import Watch, perform
    from semai.operations.freeze import spoken_verb
    from semai.operations.upgrade import Road

    def performed(outlook: Outlook) -> Applied:
        with view() as shown:
            applied = perform(site, outlook, Watch(shown.download, shown.event))
        show_applied(applied, as_json=False)
        return applied

    spoken_verb("upgrade", override)  # a reason without words is refused before anything is asked
    return Road(site, catalogs, fingerprint_check(session), _tell, performed, override)


def _travel(road: Road, outlook: Outlook, journey: Journey) -> None:
    """Fetch everything, take the hops, and judge the outcome."""
    from semai.cli.progress import view
    from semai.operations.upgrade import fetch_all, go

    with view() as shown:
        fetch_all(road.site, journey, outlook.states, shown.download)
    try:
        upgraded = go(road, journey)
    except KeyboardInterrupt:
        console.warn(N_("stopped: what a host had begun it finishes or undoes by itself; semai upgrade continues"))
        raise click.exceptions.Exit(130) from None
    for hop in upgraded.left_out:
        console.warn(N_("not taken: {hop}"), hop=_said(hop))
    with after_result():
        upgraded.require_done()


def _tell(hop: Hop) -> None:
    console.note(N_("next hop: {hop}"), hop=_said(hop))


def _said(hop: Hop) -> str:
    return ", ".join(f"{leg.key.id} {leg.old} -> {leg.new}" for leg in hop.legs)


def show_journey(journey: Journey) -> None:
    """Show every hop, what the releases on the way tell, and the room they take."""
    headings = [N_("hop"), N_("app"), N_("version"), N_("changes"), N_("maintenance page")]
    rows = [_row(number, leg) for number, hop in enumerate(journey.hops, 1) for leg in hop.legs]
    console.show_table(headings, rows)
    for notice in journey.notices:
        console.warn(N_("{app} {version}: {text}"), app=notice.app, version=notice.version, text=notice.text)
    for room in journey.rooms:
        text = N_("{host}: at most {needed} MB arrive on {path}, {free} MB are free")
        console.note(text, host=room.host, needed=room.needed_mb, path=room.path, free=room.free_mb)


def _row(number: int, leg: Leg) -> list[str]:
    pause = translate(N_("about {minutes} min"), minutes=leg.minutes) if leg.minutes else translate(N_("none"))
    change = translate(CHANGES[leg.release.manifest.lifecycle.change])
    return [str(number), leg.key.id, f"{leg.old} -> {leg.new}", change, pause]
