"""Click classes that keep start-up lazy and translate help and errors; every command uses them."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semai.errors import SemaiError
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.locking import Holder
    from semai.adapters.region_files import RegionFiles


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._written = [(p, p.metavar or _metavar(p), getattr(p, "help", None)) for p in self.params]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        original = self.help
        self.help = translate(original) if original else original
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = original

    def get_short_help_str(self, limit: int = 45) -> str:
        return translate(self.short_help or self.help or "").strip().split("\n")[0]

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        for param, metavar, text in self._written:
            param.metavar = translate(metavar) if metavar else None
            if isinstance(param, click.Option):
                param.help = translate(text) if text else None
        return super().get_params(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:  # Click makes it once, perhaps before --lang was read
            option.help = translate(N_("Show this message and exit."))
        return option

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [translate(piece) for piece in super().collect_usage_pieces(ctx)]


def _metavar(param: click.Parameter) -> str | None:
    """Return the word for a value where Click would take its type's name, which no catalogue knows."""
    if isinstance(param.type, click.Path):
        return N_("FILE") if param.type.file_okay else N_("FOLDER")
    if isinstance(param.type, click.IntRange):
        return "N"
    return N_("APP") if isinstance(param, click.Argument) and param.name == "app" else None


class LazyGroup(Command, click.Group):
    """A group that knows its commands by name and one line, and imports a command only to run it.

    `commands_at` maps a command name to ("module:attribute", "short help").
    """

    command_class = Command

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.commands_at:
            return None
        module, attribute = self.commands_at[name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, translate(entry[1])) for name, entry in self.commands_at.items()]
        with formatter.section(translate("Commands")):
            formatter.write_dl(rows)


class Group(Command, click.Group):
    """A group of one noun's verbs, all in one module."""

    command_class = Command
    group_class = type


class Session:
    """What the global options say; made once per invocation and passed to every command.

    Paths: `state_dir` holds trust anchors, the artifact store and run logs (never in git); `inventory` is the
    region's folder, chosen by --region, SEMAI_REGION, or because it is the only one below `inventories_dir`.
    """

    def __init__(self, region: str | None, inventories: Path, state: Path | None) -> None:
        self.region = region
        self.inventories_dir = inventories.absolute()
        self.state_dir = (state or _default_state_dir()).absolute()
        self.take_over = ""  # why a lock of the region may be taken over

    @property
    def inventory(self) -> Path:
        """Return the folder of the chosen region.

        Raises InvalidInput (`no-region`, `region-ambiguous`, `unknown-region`).
        """
        from semai.adapters.region_files import choose_inventory

        return choose_inventory(self.inventories_dir, self.region)

    @property
    def files(self) -> RegionFiles:
        """Return the chosen region's files, with the claim to its lock that --take-over made."""
        from semai.adapters.locking import Claim
        from semai.adapters.region_files import RegionFiles

        return RegionFiles(self.inventory, Claim(self.take_over, _insists) if self.take_over else None)


def take_over_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --take-over to a verb that holds the region's lock; `Session.files` then carries the claim."""
    return click.option(
        "--take-over",
        metavar="REASON",
        expose_value=False,
        callback=_claim,
        help=N_("Take the region's lock from a semai that does not run here any more."),
    )(function)


def _claim(ctx: click.Context, _param: click.Parameter, reason: str | None) -> None:
    if reason is None:
        return
    if not reason.strip():
        raise click.UsageError(translate(N_("--take-over needs a reason, which is written to the audit trail")))
    ctx.find_object(Session).take_over = " ".join(reason.split())  # type: ignore[union-attr]


def _insists(holder: Holder) -> bool:
    """Ask whether a lock shall be taken from a process that still runs; without a terminal: no."""
    if not sys.stdin.isatty():
        return False
    text = N_("{verb} of {user} still runs here (process {pid}) and goes on. Take over all the same?")
    question = translate(text, verb=holder.verb, user=holder.user, pid=holder.pid)
    return click.confirm(question, default=False, err=True)


def _default_state_dir() -> Path:
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "semai"
    return Path.home() / ".local" / "state" / "semai"


@contextmanager
def after_result() -> Iterator[None]:
    """Judge what was just shown: an error of the block follows a result on stdout."""
    try:
        yield
    except SemaiError as error:
        error.follows_result = True
        raise


def show_error(error: SemaiError) -> None:
    """Write `error: …`, its details and `hint: …` to stderr; as one JSON object when stdout is asked for JSON."""
    text, hint = translate(error.message, **error.fields), translate(error.hint, **error.fields)
    if "--json" in sys.argv and not error.follows_result:
        import json

        payload = {"error": {"code": error.code, "message": text, "details": list(error.details)}}
        if hint:
            payload["error"]["hint"] = hint
        click.echo(json.dumps(payload, ensure_ascii=False))
    click.echo(click.style(translate(N_("error")), fg="red", bold=True) + f"[{error.code}]: {text}", err=True)
    for line in error.details:
        click.echo(f"  {line}", err=True)
    if hint:
        click.echo(click.style(translate(N_("hint")), fg="cyan", bold=True) + f": {hint}", err=True)
