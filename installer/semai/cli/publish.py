"""`semai publish`: the mentor's verbs, from keys to a signed folder that any web server or USB stick can carry."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from semai.cli.base import Command, Group, Session
from semai.cli.console import done, note, show_fields, show_json, show_table, warn
from semai.cli.publish_new import new
from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.operations.publish_build import Built
    from semai.operations.publish_check import Checked
    from semai.operations.publish_sign import Signed

Function = TypeVar("Function", bound=Callable[..., Any])

_FOLDER = click.Path(file_okay=False, path_type=Path)

_SOURCE = click.option(
    "--source", type=_FOLDER, default=Path("catalog"), help=N_("Folder of catalog.yml (default: catalog).")
)
_TO = click.option("--to", "web_root", type=_FOLDER, required=True, help=N_("Folder to publish into."))
_KEYS = click.option("--keys", type=_FOLDER, required=True, help=N_("Folder of the mentor's keys."))
_BUILD = click.option(
    "--build", "build_folder", type=_FOLDER, help=N_("Folder for what is built (default: below the state folder).")
)
_TARGET = click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="PYTHON/MACHINE",
    help=N_("Build for these hosts only, such as 3.11/x86_64; may be given several times."),
)
_REFRESH = click.option(
    "--refresh", is_flag=True, help=N_("Sign again although nothing changed, for a later expiry.")
)
_JSON = click.option("--json", "as_json", is_flag=True, help=N_("Print the result as JSON."))


def _passphrase_options(function: Function) -> Function:
    for option in (
        click.option(
            "--passphrase-env", metavar="NAME", help=N_("Environment variable that holds the passphrases.")
        ),
        click.option(
            "--passphrase-file",
            type=click.Path(dir_okay=False, path_type=Path),
            help=N_("File with lines 'root-1: words', or one line for all keys; mode 0600."),
        ),
    ):
        function = option(function)
    return function


@click.group(cls=Group, help=N_("Mentor: build and sign a catalog of apps."))
def publish() -> None:
    pass


@publish.command(
    "init-keys", cls=Command, help=N_("Make the mentor's keys: three root keys and one to publish with.")
)
@_KEYS
@_passphrase_options
@_JSON
def init_keys(keys: Path, passphrase_file: Path | None, passphrase_env: str | None, as_json: bool) -> None:
    from semai.adapters.keys import refuse_existing
    from semai.core.trust import groups
    from semai.operations.publish_keys import init_keys as perform

    refuse_existing(keys)
    made = perform(keys, _passphrases(passphrase_file, passphrase_env, confirm=True), _now())
    if as_json:
        show_json(
            {
                "fingerprint": made.fingerprint,
                "root_keys": [str(path) for path in made.root_keys],
                "publish_key": str(made.publish_key),
            }
        )
        return
    show_fields(
        [
            (N_("fingerprint"), groups(made.fingerprint)),
            (N_("root keys"), "\n".join(map(str, made.root_keys))),
            (N_("publish key"), str(made.publish_key)),
        ]
    )
    note(N_("Keep the root keys at three places, off this machine; two of them replace a lost publish key."))
    note(N_("Print the fingerprint in the letter to adopting regions."))


publish.add_command(new)


@publish.command(cls=Command, help=N_("Check the catalog's source; lists every problem at once."))
@_SOURCE
@_JSON
def check(source: Path, as_json: bool) -> None:
    checked = _check(source)
    if as_json:
        found = {"apps": len(checked.source.apps), "releases": checked.releases, "problems": []}
        show_json({**found, "remarks": list(checked.remarks)})


@publish.command(cls=Command, help=N_("Build the newest release of every app."))
@_SOURCE
@_BUILD
@_TARGET
@_JSON
@click.pass_obj
def build(
    session: Session, source: Path, build_folder: Path | None, targets: tuple[str, ...], as_json: bool
) -> None:
    built = _build(_check(source), _folder(session, build_folder), targets)
    if as_json:
        show_json(
            {
                "mentor": built.catalog.mentor,
                "targets": [str(target) for target in built.targets],
                "releases": {
                    f"{app.page.id} {app.release.manifest.version}": app.release.digest
                    for app in built.catalog.apps
                },
                "files": built.files,
                "bytes": built.size,
            }
        )


@publish.command(cls=Command, help=N_("Put what was built into the published folder and sign it."))
@_SOURCE
@_BUILD
@_TO
@_KEYS
@_passphrase_options
@_REFRESH
@_JSON
@click.pass_obj
def sign(
    session: Session,
    source: Path,
    build_folder: Path | None,
    web_root: Path,
    keys: Path,
    passphrase_file: Path | None,
    passphrase_env: str | None,
    refresh: bool,
    as_json: bool,
) -> None:
    from semai.adapters.catalog_source import read_catalog

    mentor = read_catalog(source).file.id
    passphrase = _passphrases(passphrase_file, passphrase_env)
    _show_signed(
        _sign(_folder(session, build_folder), mentor, web_root, keys, passphrase, refresh), web_root, as_json
    )


@publish.command("all", cls=Command, help=N_("Check, build and sign in one go."))
@_SOURCE
@_BUILD
@_TARGET
@_TO
@_KEYS
@_passphrase_options
@_REFRESH
@_JSON
@click.pass_obj
def publish_all(
    session: Session,
    source: Path,
    build_folder: Path | None,
    targets: tuple[str, ...],
    web_root: Path,
    keys: Path,
    passphrase_file: Path | None,
    passphrase_env: str | None,
    refresh: bool,
    as_json: bool,
) -> None:
    folder = _folder(session, build_folder)
    passphrase = _passphrases(passphrase_file, passphrase_env)
    built = _build(_check(source), folder, targets)
    signed = _sign(folder, built.catalog.mentor, web_root, keys, passphrase, refresh)
    _show_signed(signed, web_root, as_json)


@publish.command(cls=Command, help=N_("Show what a published folder offers and when its signatures end."))
@_TO
@_JSON
def status(web_root: Path, as_json: bool) -> None:
    from semai.core.listing import STATUS_WORDS
    from semai.core.trust import groups, show_time
    from semai.operations.publish_status import publish_status

    found = publish_status(web_root, _now())
    if as_json:
        show_json(
            {
                "mentor": found.mentor,
                "name": found.name,
                "fingerprint": found.fingerprint,
                "index_sha256": found.index_sha256,
                "roles": [
                    {
                        "role": r.role,
                        "version": r.version,
                        "expires": show_time(r.expires),
                        "days_left": r.days_left,
                    }
                    for r in found.roles
                ],
                "releases": [
                    {"app": r.app, "version": r.version, "status": r.status, "files": r.files, "bytes": r.size}
                    for r in found.releases
                ],
            }
        )
        return
    show_fields([(N_("mentor"), f"{found.name} ({found.mentor})"), (N_("fingerprint"), groups(found.fingerprint))])
    show_table(
        [N_("Role"), N_("Version"), N_("Expires"), N_("Days left")],
        [(r.role, str(r.version), show_time(r.expires), str(r.days_left)) for r in found.roles],
    )
    show_table(
        [N_("App"), N_("Release"), N_("Status"), N_("Files"), N_("Size")],
        [
            (r.app, r.version, translate(STATUS_WORDS[r.status]), str(r.files), _megabytes(r.size))
            for r in found.releases
        ],
    )
    for role in found.roles:
        if role.warn:
            warn(N_("{role} expires in {days} days"), role=role.role, days=role.days_left)


def _check(source: Path) -> Checked:
    from semai.operations.publish_check import check as perform

    checked = perform(source)
    for remark in checked.remarks:
        warn(remark)
    done(N_("{apps} apps with {releases} releases can be published"), apps=len(checked.source.apps),
         releases=checked.releases)  # fmt: skip
    return checked


def _build(checked: Checked, folder: Path, targets: tuple[str, ...]) -> Built:
    from semai.operations.publish_build import build as perform
    from semai.operations.publish_build import parse_targets

    built = perform(checked.source, folder, parse_targets(targets), note)
    done(N_("{files} files built, {size} in all"), files=built.files, size=_megabytes(built.size))
    return built


def _sign(
    folder: Path, mentor: str, web_root: Path, keys: Path, passphrase: Callable[[str], str], refresh: bool
) -> Signed:
    from semai.operations.publish_sign import sign as perform

    return perform(folder, mentor, web_root, keys, passphrase, _now(), refresh=refresh)


def _show_signed(signed: Signed, web_root: Path, as_json: bool) -> None:
    from semai.core.trust import groups, show_time

    if as_json:
        show_json(
            {
                "fingerprint": signed.fingerprint,
                "index_sha256": signed.index_sha256,
                "index_changed": signed.index_changed,
                "signed_roles": list(signed.signing.roles),
                "timestamp_version": signed.signing.timestamp_version,
                "expires": show_time(signed.signing.expires),
                "new_releases": list(signed.new_releases),
                "new_files": signed.new_files,
                "removed": list(signed.removed),
            }
        )
        return
    for release in signed.new_releases:
        done(N_("published {release}"), release=release)
    if not signed.signing.roles:
        done(N_("nothing changed; {folder} is up to date"), folder=web_root)
    else:
        until = show_time(signed.signing.expires)
        done(N_("signed {roles}, valid until {until}"), roles=", ".join(signed.signing.roles), until=until)
    show_fields([(N_("fingerprint"), groups(signed.fingerprint)), (N_("address"), web_root.absolute().as_uri())])


def _passphrases(file: Path | None, variable: str | None, *, confirm: bool = False) -> Callable[[str], str]:
    """Return where passphrases come from: a file, an environment variable, or the person at the terminal."""
    from semai.adapters.keys import parse_passphrases, read_passphrases

    if file is not None and variable is not None:
        raise InvalidInput("passphrase-source", "give --passphrase-file or --passphrase-env, not both")
    if file is not None:
        return read_passphrases(file)
    if variable is not None:
        if variable not in os.environ:
            raise InvalidInput("passphrase-source", "the environment has no variable {name}", name=variable)
        return parse_passphrases(os.environ[variable], variable)

    def ask(name: str) -> str:
        question = translate(N_("passphrase of key {key}"), key=name)
        return str(click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True))

    return ask


def _folder(session: Session, given: Path | None) -> Path:
    return (given or session.state_dir / "publish").absolute()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _now() -> datetime:
    return datetime.now(timezone.utc)
