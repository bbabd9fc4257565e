"""`semai region`: create, list, show and check a region's inventory."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.cli.base import Command, Group, Session
from semai.cli.console import done, note, show_columns, show_fields, show_json, warn
from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.region_codes import OfficialRegion
    from semai.operations.region_new import Server
    from semai.operations.region_read import RegionView


@click.group(cls=Group, help=N_("Create and check a region's inventory."))
def region() -> None:
    """Hold the verbs below."""


@region.command(
    cls=Command,
    help=N_("""Create the inventory of region NAME, for example manggarai.

Official code, names, time zone, titles, districts and villages are looked up; the rest is asked, or taken from the
options. With --defaults nothing is asked."""),
)
@click.argument("name", metavar="NAME")
@click.option("--code", metavar="CODE", help=N_("Kemendagri code, for example 53.10, or the official name."))
@click.option("--defaults", is_flag=True, help=N_("Ask nothing: take proposals where no option is given."))
@click.option("--fiscal-year", type=int, metavar="YEAR", help=N_("Year being planned and budgeted."))
@click.option("--head-name", metavar="TEXT", help=N_("Name of the head of the region."))
@click.option("--domain", metavar="DOMAIN", help=N_("Domain of the region, for example manggaraikab.go.id."))
@click.option("--address", metavar="TEXT", help=N_("Postal address for letterheads."))
@click.option(
    "--root", metavar="FOLDER", help=N_("Folder for the apps on this machine, or with --server on the server.")
)
@click.option("--server", is_flag=True, help=N_("For servers reached over ssh, instead of this machine."))
@click.option("--host", default="", metavar="ADDRESS", help=N_("With --server: the server's address."))
@click.option("--user", default="", metavar="USER", help=N_("With --server: whom to log in as; needs sudo."))
@click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the vault password (default: one is made and kept below the state folder)."),
)
@click.pass_obj
def new(
    session: Session, /, name: str, code: str | None, defaults: bool, vault_password_file: Path | None, **given: Any
) -> None:
    from semai.adapters.state import State
    from semai.adapters.yaml_files import shown_path
    from semai.operations.region_new import SERVER_ROOT, check_name, create_region, find_official, proposed

    server = _server(given.pop("server"), given.pop("host"), given.pop("user"))
    check_name(name)
    official = _official(find_official(code or name), name, ask=not defaults)
    values = proposed(official, _next_year())
    root = given.pop("root") or (SERVER_ROOT if server else _default_root(name))
    values.update({key: value for key, value in given.items() if value is not None})
    if not defaults:
        root = _ask_rest(values, given, root, server=server is not None)
    generated = State(session.state_dir).vault_password(name)
    password = vault_password_file or generated
    created = create_region(
        session.inventories_dir,
        name,
        values,
        str(Path(root).expanduser().absolute()),
        password,
        make_password=vault_password_file is None,
        server=server,
    )
    done(
        "{region} ({code}) is in {folder}",
        region=created.region.name,
        code=official.code,
        folder=shown_path(created.files.folder),
    )
    if created.password_made:
        note("vault password: {file} (keep a copy in a safe place; without it the secrets are lost)", file=password)
    if server and not server.address:
        note("write the server's address into {file}", file=shown_path(created.files.hosts))
    note("next: look through {file}, then: semai add APP", file=shown_path(created.files.region))


def _server(wanted: bool, address: str, user: str) -> Server | None:
    """Return the first server when one is asked for; raises UsageError for --host and --user without it."""
    from semai.operations.region_new import Server

    if not wanted and (address or user):
        raise click.UsageError(translate(N_("--host and --user belong to --server")))
    return Server(address, user) if wanted else None


@region.command("list", cls=Command, help=N_("List the regions here."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    from dataclasses import asdict

    from semai.operations.region_read import list_regions

    rows = list_regions(session.inventories_dir)
    if as_json:
        show_json([asdict(row) for row in rows])
    elif not rows:
        note("no region here yet; next: semai region new NAME")
    else:
        headings = [N_("REGION"), N_("CODE"), N_("NAME"), N_("APPS")]
        lines = [(r.name, r.code, r.title, r.problem or ", ".join(r.apps) or "-") for r in rows]
        show_columns(headings, lines)


@region.command(cls=Command, help=N_("Show the region's identity, hosts and selection."))
@click.option("--dns", is_flag=True, help=N_("Show the DNS records to create and the region's own CA certificate."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the region's vault password (default: the one semai made)."),
)
@click.pass_obj
def show(session: Session, dns: bool, as_json: bool, vault_password_file: Path | None) -> None:
    from semai.adapters.region_files import RegionFiles
    from semai.cli.selection import vault_of
    from semai.operations.region_read import show_region

    view = show_region(RegionFiles(session.inventory))
    if dns:
        from semai.cli.region_dns import show_names
        from semai.operations.region_names import region_names

        show_names(region_names(view, vault_of(session, vault_password_file)), as_json=as_json)
    elif as_json:
        show_json(_plain(view))
    else:
        _show(view)


def _plain(view: RegionView) -> dict[str, Any]:
    return {
        "name": view.name,
        "folder": str(view.folder),
        "region": view.region.model_dump(mode="json"),
        "profile": view.hosts.semai_profile,
        "root": view.hosts.semai_root,
        "hosts": [
            {
                "name": host.name,
                "groups": sorted(host.groups),
                "ansible_host": host.reached,
                "address": host.address,
                "public_address": host.public,
                "carries": list(host.carries) if host.carries is not None else None,
            }
            for host in view.hosts.machines
        ],
        "certificate": view.hosts.vars.semai_certificate,
        "selection": view.selection.model_dump(mode="json"),
        "locked": view.locked,
    }


def _show(view: RegionView) -> None:
    identity, villages = view.region, sum(len(d.villages) for d in view.region.districts)
    show_fields(
        [
            (N_("name"), f"{identity.name} ({identity.code}), {identity.province}"),
            (N_("head"), f"{identity.head_title} {identity.head_name}".strip()),
            (N_("time zone"), identity.time_zone),
            (N_("domain"), identity.domain),
            (N_("fiscal year"), str(identity.fiscal_year)),
            (N_("agencies"), str(len(identity.agencies))),
            (N_("districts"), f"{len(identity.districts)} ({villages} {translate(N_('villages'))})"),
            (N_("folder"), str(view.folder)),
            (N_("profile"), view.hosts.semai_profile),
            (N_("root"), view.hosts.semai_root),
            *([(N_("certificates"), view.hosts.vars.semai_certificate)] if view.hosts.server else []),
        ]
    )
    if view.hosts.server:
        headings = [N_("HOST"), N_("GROUPS"), N_("REACHED AT"), N_("ADDRESS"), N_("CARRIES")]
        everything = translate(N_("every app"))
        rows = [
            (
                host.name,
                ", ".join(sorted(host.groups)),
                host.reached,
                host.address,
                ("-" if "app" not in host.groups else everything)
                if host.carries is None
                else ", ".join(host.carries) or "-",
            )
            for host in view.hosts.machines
        ]
        show_columns(headings, rows)
    if view.selection.apps:
        headings = [N_("APP"), N_("ASKED FOR"), N_("LOCKED"), N_("PORT")]
        apps = view.selection.apps.items()
        show_columns(headings, [(k, a.version or "*", view.locked.get(k, "-"), str(a.port)) for k, a in apps])


@region.command(cls=Command, help=N_("Check every file of the region and report all errors at once."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.option(
    "--vault-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("File with the region's vault password (default: the one semai made)."),
)
@click.pass_obj
def check(session: Session, as_json: bool, vault_password_file: Path | None) -> None:
    from semai.adapters.region_codes import official_name
    from semai.adapters.region_files import RegionFiles
    from semai.adapters.state import State
    from semai.adapters.vault import VaultFile, password_file
    from semai.operations.region_read import check_region

    files = RegionFiles(session.inventory)
    password = password_file(vault_password_file, State(session.state_dir).vault_password(files.name))
    checked = check_region(files, VaultFile(files.vault, password), official_name)
    if as_json:
        show_json(
            {"valid": True, "files": [str(p) for p in checked.files], "absent": [str(p) for p in checked.skipped]}
        )
        return
    done("{region}: {count} files are right", region=files.name, count=len(checked.files))
    for path in checked.skipped:
        warn("{file} is not there yet", file=path.name)


def _official(found: list[OfficialRegion], name: str, *, ask: bool) -> OfficialRegion:
    from semai.operations.region_new import the_one

    if len(found) == 1 or not ask or not sys.stdin.isatty():
        return the_one(found, name)
    for number, official in enumerate(found, 1):
        note("{number}  {code}  {name}", number=number, code=official.code, name=official.name)
    question = translate(N_("Which one"))
    return found[click.prompt(question, type=click.IntRange(1, len(found)), err=True) - 1]


def _ask_rest(values: dict[str, Any], given: dict[str, Any], root: str, *, server: bool) -> str:
    """Ask what no option gave; return the root. Without a terminal, name the first option that is missing."""
    questions = {
        "head_name": N_("Name of the {title}"),
        "domain": N_("Domain"),
        "address": N_("Address for letterheads"),
        "fiscal_year": N_("Fiscal year being planned"),
    }
    missing = [key for key in questions if given.get(key) is None]
    if missing and not sys.stdin.isatty():
        raise InvalidInput(
            "answer-missing",
            "nobody is here to answer what the region needs",
            hint="add --defaults to take the proposals, or give {option}",
            details=[f"--{key.replace('_', '-')}" for key in missing],
            option=f"--{missing[0].replace('_', '-')}",
        )
    for key in missing:
        text = translate(questions[key], title=values["head_title"])
        kind = int if key == "fiscal_year" else str
        values[key] = click.prompt(text, default=values[key], type=kind, err=True, show_default=bool(values[key]))
    if server:
        return root
    return (
        str(click.prompt(translate(N_("Folder for the apps on this machine")), default=root, err=True)).strip()
        if missing
        else root
    )


def _next_year() -> int:
    from datetime import date

    return date.today().year + 1  # year n+1 is planned and budgeted during year n


def _default_root(name: str) -> str:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(base) / "semai" / name)
