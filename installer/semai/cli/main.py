"""The `semai` command: global options and the table of commands; each module is imported only when it is run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from semai.cli.base import LazyGroup, Session, show_error
from semai.errors import SemaiError
from semai.messages import LANGUAGES, N_, choose_language, translate

COMMANDS = {
    "region": ("semai.cli.region:region", N_("Create and check a region's inventory")),
    "mentor": ("semai.cli.mentor:mentor", N_("Trust a mentor region's catalog")),
    "catalog": ("semai.cli.catalog:catalog", N_("Refresh and read the catalogs of trusted mentors")),
    "add": ("semai.cli.selection:add", N_("Select an app for the region")),
    "remove": (
        "semai.cli.selection:remove",
        N_("Remove an app from the region; its data stays unless --purge"),
    ),
    "assess": ("semai.cli.assess:assess", N_("Say whether the hosts are ready for the apps")),
    "lock": ("semai.cli.lock:lock", N_("Fix exact releases and digests in semai.lock")),
    "plan": ("semai.cli.apply:plan", N_("Show what apply would change")),
    "apply": ("semai.cli.apply:apply", N_("Bring the hosts to what the lock says")),
    "upgrade": ("semai.cli.upgrade:upgrade", N_("Upgrade apps to newer releases, hop by hop")),
    "rollback": ("semai.cli.rollback:rollback", N_("Bring an app back to a restore point")),
    "resume": ("semai.cli.resume:resume", N_("Go on after a run that was cut")),
    "abort": ("semai.cli.resume:abort", N_("Undo a run that was cut or goes on")),
    "backup": ("semai.cli.backup:backup", N_("Make, list, verify and restore backups")),
    "status": ("semai.cli.hosts:status", N_("Show what runs where, and how it feels")),
    "history": ("semai.cli.history:history", N_("Show who changed what when")),
    "doctor": ("semai.cli.hosts:doctor", N_("Examine this machine and the region's hosts")),
    "logs": ("semai.cli.hosts:logs", N_("Show an app's log")),
    "open": ("semai.cli.hosts:open_app", N_("Show an app's address and first login")),
    "service": ("semai.cli.hosts:service", N_("Start, stop or restart an app")),
    "export": ("semai.cli.offline:export", N_("Write all a region without internet needs to a folder")),
    "import": ("semai.cli.offline:import_", N_("Take in what semai export wrote")),
    "publish": ("semai.cli.publish:publish", N_("Mentor: build and sign a catalog")),
    "demo": ("semai.cli.demo:demo", N_("Try the reference apps on this machine")),
}


def _show_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"semai {version('semai')}")
        ctx.exit()


def _speak(_ctx: click.Context, _param: click.Parameter, language: str | None) -> None:
    if language:
        choose_language(language)


@click.group(
    cls=LazyGroup,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_("Adopt the e-government apps of a mentor region on your own servers."),
)
@click.option("-r", "--region", envvar="SEMAI_REGION", metavar="NAME", help=N_("Region to work on."))
@click.option(
    "--inventories",
    envvar="SEMAI_INVENTORIES",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("inventories"),
    help=N_("Folder of region inventories (default: inventories)."),
)
@click.option(
    "--state",
    envvar="SEMAI_STATE",
    type=click.Path(file_okay=False, path_type=Path),
    help=N_("Folder for trust anchors, artifacts and run logs."),
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    is_eager=True,  # before --help, and before an unknown command is refused
    expose_value=False,
    callback=_speak,
    help=N_("Language of messages."),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=N_("Show the version and exit."),
)
@click.pass_context
def cli(ctx: click.Context, region: str | None, inventories: Path, state: Path | None) -> None:
    ctx.obj = Session(region, inventories, state)


def main() -> None:
    """Run the command line; the only place that turns an error into an exit code."""
    choose_language()
    try:
        sys.exit(cli.main(prog_name="semai", standalone_mode=False) or 0)
    except SemaiError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(translate("stopped; nothing more was changed"), err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
