"""`semai export` and `semai import`: carry everything a lock needs to a region without internet."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli import console
from semai.cli.apply import begin_probe, site_of, site_options
from semai.cli.base import Command, Session, take_over_option
from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.debian_packages import Mirrors
    from semai.core.offline import HostKind
    from semai.operations.export import Exported, Shipment
    from semai.operations.import_ import Arrival, Imported
    from semai.operations.probe import Site

LOADS = {
    "catalogs": N_("catalogs of mentors"),
    "artifacts": N_("files of releases"),
    "packages": N_("Debian packages"),
}
MB = 1024**2


@click.command(
    cls=Command,
    help=N_("""Write to FOLDER all that the region's lock needs where there is no internet.

Catalogs, the files of the locked releases, and the Debian packages of the roles, for the systems of the hosts as
they answer, or as --platform names them. What lies there whole already is kept."""),
)
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help=N_("Folder to write to, for example on a USB stick."),
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="RELEASE/MACHINE",
    help=N_("Do not ask the hosts; serve these, for example debian-12/x86_64."),
)
@click.option("--no-packages", is_flag=True, help=N_("Leave the Debian packages out."))
@click.option("--split-at", default="", metavar="SIZE", help=N_("Largest file, for example 2G (default: FAT32's)."))
@click.option(
    "--mirror", default="", metavar="URL", help=N_("Mirror of Debian packages (default: this machine's).")
)
@click.option("--security-mirror", default="", metavar="URL", help=N_("Mirror of security updates."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@take_over_option
@site_options
@click.pass_obj
def export(
    session: Session,
    target: Path,
    platforms: tuple[str, ...],
    no_packages: bool,
    split_at: str,
    mirror: str,
    security_mirror: str,
    yes: bool,
    as_json: bool,
    limit: str,
    vault_password_file: Path | None,
) -> None:
    from semai.adapters.debian_packages import package_list
    from semai.adapters.state import audited
    from semai.core.carrier import FAT_LIMIT, parse_limit
    from semai.operations.export import ExportRequest, Watch, perform, prepare

    site = site_of(session, limit, vault_password_file)
    wanted = not no_packages and (bool(platforms) or site.files.load_hosts().semai_profile == "server")
    size = parse_limit(split_at) if split_at else FAT_LIMIT
    mirrors = _mirrors(mirror, security_mirror)
    with site.files.held_for("semai export"):
        kinds = _kinds(site, platforms)
        request = ExportRequest(target.absolute(), kinds, package_list() if wanted else None, size, mirrors)
        progress = _Progress()
        watch = Watch(progress.download, progress.step, progress.moved)
        shipment = prepare(site.files, site.state, request, watch)
        if not as_json:
            _show_shipment(shipment)
        shipment.require_space()
        console.confirm(N_("Write to {path}?"), yes=yes, path=request.target)
        progress.expect(sum(load.size for load in shipment.loads))
        with audited(site.files.audit, "export", site.files.lock):
            exported = perform(site.files, site.state, shipment, _now(), watch)
        progress.end()
    _show_exported(exported, shipment, as_json)


def _mirrors(main: str, security: str) -> Mirrors | None:
    from semai.adapters.debian_packages import Mirrors

    if bool(main) != bool(security):
        raise InvalidInput(
            "mirror-pair",
            "--mirror and --security-mirror belong together",
            hint="give both; a mirror may serve both at one address",
        )
    for url in filter(None, (main, security)):
        if not url.startswith(("http://", "https://", "file:/")) or any(c in url for c in " \"'[]\n"):
            raise InvalidInput(
                "mirror-url",
                "{url} is no address of a mirror",
                hint="for example: http://mirror.example/debian",
                url=url,
            )
    return Mirrors(main.rstrip("/"), security.rstrip("/")) if main else None


def _kinds(site: Site, platforms: tuple[str, ...]) -> tuple[HostKind, ...]:
    """Return what the hosts are: as named, or as they say themselves."""
    from semai.adapters.debian_packages import package_list
    from semai.core.offline import HostKind, kinds_of

    if platforms:
        return kinds_of(package_list(), platforms)
    probed = begin_probe(site).finish()
    if probed.unready:
        console.note(N_("a host that does not answer can be named instead: --platform debian-12/x86_64"))
    probed.require_ready()
    hosts = [state.host for state in probed.states.values()]
    kinds = {HostKind(f"{host.os.id}-{host.os.version_id}", host.machine, host.python) for host in hosts}
    return tuple(sorted(kinds))


def _show_shipment(shipment: Shipment) -> None:
    headings = [N_("WHAT"), N_("FILES"), N_("SIZE"), N_("TO FETCH"), N_("TO WRITE")]
    rows = [
        (translate(LOADS[load.name]), str(load.files), _mb(load.size), _mb(load.to_fetch), _mb(load.to_write))
        for load in shipment.loads
    ]
    console.show_columns(headings, rows)
    platforms = ", ".join(sorted({str(kind.platform) for kind in shipment.request.kinds}))
    console.note(N_("for hosts of {platforms}"), platforms=platforms)
    console.note(N_("{path} has {free} free"), path=shipment.request.target, free=_mb(shipment.free))


def _show_exported(exported: Exported, shipment: Shipment, as_json: bool) -> None:
    from semai.core.trust import groups

    waybill = exported.waybill
    if as_json:
        console.show_json(
            {
                "path": str(shipment.request.target),
                "key": waybill.key,
                "platforms": list(waybill.platforms),
                "catalogs": list(waybill.catalogs),
                "files": len(waybill.files),
                "loads": [asdict(load) for load in shipment.loads],
                "written": exported.written,
            }
        )
        return
    console.done(
        N_("{path} is complete: {count} files, {size} written now"),
        path=shipment.request.target,
        count=len(waybill.files),
        size=_mb(exported.written),
    )
    console.note(N_("packages key {groups}"), groups=groups(waybill.key))
    if exported.key_is_new:
        console.note(
            N_("a new packages key was made; its private half stays in the state folder, keep a backup of it")
        )
    console.note(N_("next, on the controller without internet: semai import DIR"))


@click.command(
    "import",
    cls=Command,
    help=N_("""Take in what semai export wrote to FOLDER.

Everything is verified first. The region's inventory must be here; the packages key is known from it, or by
--fingerprint as semai export showed it."""),
)
@click.argument("source", type=click.Path(file_okay=False, path_type=Path))
@click.option("--fingerprint", metavar="HEX", help=N_("Fingerprint of the packages key, from semai export."))
@click.option(
    "--accept-stale",
    metavar="DAYS",
    help=N_("Forgive an expiry of up to e.g. 90d; versions and keys are checked as ever."),
)
@click.option("--reason", default="", help=N_("Why a stale catalog is accepted; kept with it."))
@click.option("-y", "--yes", is_flag=True, help=N_("Go ahead without a question."))
@click.option("--json", "as_json", is_flag=True, help=N_("Write the outcome as JSON."))
@take_over_option
@click.pass_obj
def import_(
    session: Session,
    source: Path,
    fingerprint: str | None,
    accept_stale: str | None,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    from semai.adapters.state import State, audited
    from semai.core.trust import parse_stale
    from semai.operations.import_ import ImportRequest, perform, prepare

    stale = parse_stale(accept_stale, reason) if accept_stale is not None else None
    files, state = session.files, State(session.state_dir)
    confirm = _ask_for_key if sys.stdin.isatty() else None
    with files.held_for("semai import"):
        arrival = prepare(files, state, ImportRequest(source.absolute(), fingerprint, confirm, stale))
        if not as_json:
            _show_arrival(arrival)
        console.confirm(N_("Take it in?"), yes=yes)
        progress = _Progress()
        progress.expect(arrival.size)
        with audited(files.audit, "import", files.lock):
            imported = perform(files, state, arrival, _now(), progress.moved)
        progress.end()
    _show_imported(imported, as_json)


def _ask_for_key(fingerprint: str) -> str:
    from semai.core.trust import groups

    console.note(N_("fingerprint  {groups}"), groups=groups(fingerprint, hide_typed=True))
    console.warn(N_("compare it with what semai export showed, which must have reached you by another way"))
    typed: str = click.prompt(translate(N_("Last 8 characters shown by semai export")), err=True)
    return typed


def _show_arrival(arrival: Arrival) -> None:
    waybill = arrival.waybill
    console.note(
        N_("carrier of {region}, written {created}: {count} files; to be read: {size}"),
        region=waybill.region,
        created=waybill.created,
        count=len(waybill.files),
        size=_mb(arrival.size),
    )


def _show_imported(imported: Imported, as_json: bool) -> None:
    if as_json:
        outcome: dict[str, Any] = {
            "region": imported.waybill.region,
            "created": imported.waybill.created,
            "mentors": list(imported.mentors),
            "artifacts": imported.artifacts,
            "platforms": list(imported.platforms),
            "passed_over": list(imported.passed_over),
            "other_lock": imported.other_lock,
        }
        console.show_json(outcome)
        return
    for mentor in imported.passed_over:
        console.note(N_("catalog of {mentor} left: apps.yml does not name that mentor"), mentor=mentor)
    if imported.other_lock:
        console.warn(N_("the carrier was written for another semai.lock than the one here; files may be missing"))
    console.done(
        N_("imported: {mentors} catalogs, {artifacts} new files of releases, packages for {platforms}"),
        mentors=len(imported.mentors),
        artifacts=imported.artifacts,
        platforms=", ".join(imported.platforms) or "-",
    )
    console.note(N_("next: semai plan"))


def _mb(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB else f"{size / 1024:.1f} kB"


def _now() -> datetime:
    return datetime.now(timezone.utc)


class _Progress:
    """What is going on, on stderr: one line that is rewritten on a terminal, one line per step otherwise."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._size, self._moved, self._shown = 0, 0, -1
        self._fetched: set[str] = set()

    def expect(self, size: int) -> None:
        """Say how many bytes will be moved in all."""
        self._size = size

    def step(self, text: str) -> None:
        """Name what begins; its first word may be a sort of load."""
        word, space, rest = text.partition(" ")
        text = translate(LOADS.get(word, word)) + space + rest
        click.echo(f"\r\x1b[K{text}" if self._live else text, err=True, nl=not self._live)

    def download(self, file: str, received: int, size: int) -> None:
        """Name a file that is being fetched once it is here."""
        if received >= size and file not in self._fetched:
            self._fetched.add(file)
            self.step(translate(N_("fetched {file}"), file=file))

    def moved(self, path: str, count: int) -> None:
        """Count bytes that were copied or found in place."""
        self._moved += count
        percent = min(100, 100 * self._moved // max(self._size, 1))
        if self._live and percent != self._shown:
            self._shown = percent
            click.echo(f"\r\x1b[K{percent:3} %  {path[:90]}", err=True, nl=False)

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)
