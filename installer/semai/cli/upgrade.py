"""`semai upgrade`: newer releases, hop by hop."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import (
    begin_probe,
    override_option,
    plain_freezes,
    plain_outcome,
    show_applied,
    show_freezes,
    site_of,
    site_options,
)
from semai.cli.base import Command, Session, after_result, take_over_option
from semai.errors import SemaiError
from semai.messages import N_, translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semai.adapters.trusted_catalogs import TrustedCatalog
    from semai.core.freeze import Frozen
    from semai.operations.apply import Applied
    from semai.operations.plan import Outlook
    from semai.operations.probe import Site
    from semai.operations.upgrade import HopResult, Road
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
@click.option("--check", is_flag=True, help=N_("Show the hops, take none, and exit with 6 when there are any."))
@override_option
@click.option("--json", "as_json", is_flag=True, help=N_("Write the hops and the outcome as JSON."))
@take_over_option
@site_options
@click.pass_obj
def upgrade(
    session: Session,
    app: str,
    to: str,
    yes: bool,
    check: bool,
    override: str,
    as_json: bool,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    if to and not app:
        raise click.UsageError(translate(N_("--to needs an APP")))
    site = site_of(session, limit, vault_password_file)
    with nullcontext() if check else site.files.held_for("semai upgrade"):
        asked = begin_probe(site, sizes=True)
        from semai.adapters.trusted_catalogs import read_catalogs
        from semai.operations.freeze import freezes, require_thawed
        from semai.operations.plan import look
        from semai.operations.upgrade_plan import UpgradeRequest, plan_upgrade

        outlook = look(site, asked)
        outlook.probed.require_ready()
        outlook.require_unmoved()
        outlook.require_idle()
        ended: list[HopResult] = []
        road = _road(session, site, read_catalogs(session.state_dir), override, ended, as_json)
        journey = plan_upgrade(site, outlook, road.catalogs, UpgradeRequest(app, to), knows=road.knows)
        periods = freezes(site.files)
        if check or not journey.hops:
            _show_plan(journey, periods, as_json)
            with after_result():
                journey.require_room()
                journey.require_none()
            return
        if not as_json:
            _show_plan(journey, periods, as_json)
        journey.require_room()
        require_thawed(site.files, journey.routine, override)
        console.confirm(N_("Go ahead?"), yes=yes)
        _travel(road, outlook, journey, _Report(journey, periods, ended) if as_json else None)


@dataclass(frozen=True)
class _Report:
    """What --json tells of an upgrade; `ended` grows while hops are taken."""

    journey: Journey
    periods: tuple[Frozen, ...]
    ended: list[HopResult]

    def show(self, log: str = "") -> None:
        console.show_json(as_plain(self.journey, self.periods, self.ended, log))


def _show_plan(journey: Journey, periods: tuple[Frozen, ...], as_json: bool) -> None:
    if as_json:
        console.show_json(as_plain(journey, periods))
    elif journey.hops:
        show_journey(journey)
        show_freezes(periods)
    else:
        console.done(N_("nothing to upgrade: the hosts run the newest releases this machine knows of"))
        console.note(N_("to look for newer ones: semai catalog update"))


def _road(
    session: Session,
    site: Site,
    catalogs: Mapping[str, TrustedCatalog],
    override: str,
    ended: list[HopResult],
    as_json: bool,
) -> Road:
    from semai.cli.progress import view
    from semai.cli.selection import fingerprint_check
    from semai.operations.apply import Watch, perform
    from semai.operations.freeze import spoken_verb
    from semai.operations.upgrade import Road

    def performed(outlook: Outlook) -> Applied:
        with view() as shown:
            applied = perform(site, outlook, Watch(shown.download, shown.event))
        if not as_json:
            show_applied(applied, as_json=False)
        return applied

    spoken_verb("upgrade", override)  # a reason without words is refused before anything is asked
    return Road(site, catalogs, fingerprint_check(session), _tell, ended.append, performed, override)


def _travel(road: Road, outlook: Outlook, journey: Journey, report: _Report | None) -> None:
    """Fetch everything, take the hops, and judge the outcome; with a `report` what came of it is told there."""
    from semai.cli.progress import view
    from semai.operations.upgrade import fetch_all, go

    with view() as shown:
        fetch_all(road.site, journey, outlook.states, shown.download)
    try:
        upgraded = go(road, journey)
    except KeyboardInterrupt:
        console.warn(N_("stopped: what a host had begun it finishes or undoes by itself; semai upgrade continues"))
        raise click.exceptions.Exit(130) from None
    except SemaiError as error:
        if report and report.ended:
            report.show()
            error.follows_result = True
        raise
    if report:
        report.show(upgraded.log)
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


def as_plain(
    journey: Journey, periods: tuple[Frozen, ...], ended: Sequence[HopResult] = (), log: str = ""
) -> dict[str, Any]:
    """Return the hops and what became of each as plain values for --json; one not begun yet is `pending`."""
    told = zip_longest(journey.hops, ended)  # hops end in their order
    return {
        "changed": any(found.outcomes for found in ended),
        "hops": [_plain_hop(hop, found) for hop, found in told],
        "notices": [vars(notice) for notice in journey.notices],
        "rooms": [vars(room) for room in journey.rooms],
        "freezes": plain_freezes(periods),
        "log": log,
    }


def _plain_hop(hop: Hop, ended: HopResult | None) -> dict[str, Any]:
    apps = [
        {
            "mentor": leg.key.mentor,
            "app": leg.key.id,
            "previous": leg.old,
            "version": leg.new,
            "change": leg.release.manifest.lifecycle.change,
            "security": leg.release.manifest.lifecycle.security,
            "minutes": leg.minutes,
        }
        for leg in hop.legs
    ]
    outcomes = [plain_outcome(outcome) for outcome in ended.outcomes] if ended else []
    return {"apps": apps, "result": ended.result if ended else "pending", "outcomes": outcomes}
