"""`semai demo`: the reference apps on this machine, by the very commands a mentor and a region use.

Everything lives in one folder (default `.demo`): keys, catalog, state, inventory, apps. Each command is shown
before it runs, so that the demo is also a lesson; a command whose work is done already says so and changes nothing.
"""

from __future__ import annotations

import secrets
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semai.cli import console
from semai.cli.base import Command, Group
from semai.errors import InvalidInput, OperationFailed
from semai.messages import N_

if TYPE_CHECKING:
    from semai.operations.open_app import Opening

MENTOR, REGION, CODE = "batang", "manggarai", "53.10"
APPS = ("e-planning", "e-budgeting", "e-sakip", "e-hibah")

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    help=N_("Folder for everything the demo makes (default: .demo)."),
)


@dataclass(frozen=True)
class Place:
    """Where the demo keeps what it makes, and the checkout it is made from."""

    folder: Path
    checkout: Path

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def passphrase(self) -> Path:
        return self.folder / "keys-passphrase"

    @property
    def catalog(self) -> Path:
        return self.folder / "catalog"

    @property
    def inventories(self) -> Path:
        return self.folder / "inventories"

    @property
    def inventory(self) -> Path:
        return self.inventories / REGION

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def root(self) -> Path:
        return self.folder / "root"


@click.group(cls=Group, help=N_("Try the reference apps on this machine."))
def demo() -> None:
    """Hold the verbs below."""


@demo.command(cls=Command, help=N_("Build, sign, adopt and start the reference apps; no root needed."))
@_FOLDER
def up(folder: Path) -> None:
    place = _place(folder)
    _make_keys(place)
    _publish(place)
    for words in _adoption(place):
        _run(place, *words)
    for opening in _openings(place):
        _show(opening)
    console.note("stop it all and remove it: make demo-down   (only stop: semai service stop APP)")


@demo.command(cls=Command, help=N_("Stop the demo's apps and remove everything it made."))
@_FOLDER
def down(folder: Path) -> None:
    place = _place(folder)
    if not place.folder.exists():
        console.note("there is no demo in {folder}", folder=place.folder)
        return
    if not place.keys.exists():
        raise InvalidInput("not-a-demo", "{folder} was not made by semai demo", folder=place.folder)
    if place.root.exists():
        _stop(place)
    shutil.rmtree(place.folder)
    console.done("the demo in {folder} is gone", folder=place.folder)


def _place(folder: Path) -> Place:
    import semai

    checkout = Path(semai.__file__).resolve().parents[2]
    if not (checkout / "bundle").is_dir():
        raise OperationFailed(
            "checkout-needed",
            "the demo builds the reference apps from their source, which an installed semai does not carry",
            hint="git clone the project and run there: make demo",
        )
    return Place(folder.absolute(), checkout)


def _make_keys(place: Place) -> None:
    if place.keys.exists():
        return
    place.folder.mkdir(parents=True, exist_ok=True)
    place.passphrase.touch(mode=0o600)
    place.passphrase.write_text(secrets.token_urlsafe(24), encoding="ascii")
    _run(place, "publish", "init-keys", "--keys", str(place.keys), "--passphrase-file", str(place.passphrase))


def _publish(place: Place) -> None:
    try:
        _run(place, "publish", "all", *_publishing(place))
    except InvalidInput as error:
        if error.code == "release-changed":
            error.hint = N_("the source was edited since this demo was made; begin anew: make demo-down demo")
        raise


def _publishing(place: Place) -> tuple[str, ...]:
    from semai.adapters.building import this_machine

    where = ("--source", str(place.checkout / "catalog"), "--to", str(place.catalog))
    signed_by = ("--keys", str(place.keys), "--passphrase-file", str(place.passphrase))
    return (*where, *signed_by, "--target", str(this_machine()))


def _adoption(place: Place) -> Iterator[tuple[str, ...]]:
    """Yield what the region's IT staff type, in order; looks at what is there only when its turn comes."""
    from semai.operations.publish_status import publish_status

    fingerprint = publish_status(place.catalog, datetime.now(timezone.utc)).fingerprint
    yield "mentor", "add", MENTOR, str(place.catalog), "--fingerprint", fingerprint
    yield "catalog", "update"
    if not place.inventory.exists():
        yield "region", "new", REGION, "--code", CODE, "--defaults", "--root", str(place.root)
        _describe_region(place)
    yield "region", "check"
    for app in APPS:
        yield "add", app, "--sample-data", "--yes"
    yield ("lock",)
    yield "apply", "--yes"


def _describe_region(place: Place) -> None:
    """Give the new region the identity of the example: its OPD list, its logo."""
    example = place.checkout / "inventories" / REGION
    console.note("(the region's OPD list and logo are copied from {folder})", folder=example)
    for name in ("group_vars/all/region.yml", "logo.svg"):
        shutil.copyfile(example / name, place.inventory / name)


def _run(place: Place, *words: str) -> None:
    """Show a command and run it as the command line would."""
    from semai.cli.main import cli

    console.note("")
    console.note("$ semai {words}", words=_shown(place, words))
    options = ("--state", str(place.state), "--inventories", str(place.inventories), "--region", REGION)
    cli.main([*options, *words], prog_name="semai", standalone_mode=False)


def _shown(place: Place, words: tuple[str, ...]) -> str:
    return shlex.join(word.replace(str(place.folder), place.folder.name) for word in words)


def _openings(place: Place) -> Iterator[Opening]:
    from semai.cli.apply import site_of
    from semai.cli.base import Session
    from semai.operations.open_app import opening

    site = site_of(Session(REGION, place.inventories, place.state), "", None)
    for app in APPS:
        yield opening(site, app, show_login=True)


def _show(opening: Opening) -> None:
    assert opening.login is not None
    console.note("")
    fields = [
        (opening.app, opening.address),
        (N_("administrator"), f"{opening.login.name} / {opening.login.password}"),
        (N_("sample people"), f"{', '.join(opening.login.sample_names)} / {opening.login.sample_password}"),
    ]
    console.show_fields(fields)


def _stop(place: Place) -> None:
    """Have the roles remove the apps and the process keeper, however far the demo had come."""
    from semai.cli.apply import site_of
    from semai.cli.base import Session

    console.note("removing {apps} …", apps=", ".join(APPS))
    site = site_of(Session(REGION, place.inventories, place.state), "", None)
    gone = [{"name": app, "state": "absent", "purge": True} for app in reversed(APPS)]
    result = site.ansible("demo-down").run("site", variables={"semai_apps": gone})
    if result.exit_code:
        raise OperationFailed(
            "demo-not-stopped",
            "the demo's apps could not be stopped, so {folder} was left as it is",
            hint="end what still runs there, then: rm -r {folder}",
            details=result.output[-5:],
            folder=place.folder,
        )
