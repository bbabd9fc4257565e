"""Click classes that keep start-up lazy and translate help and errors; every command uses them."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from semai.errors import SemaiError
from semai.messages import translate


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        original = self.help
        self.help = translate(original) if original else original
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = original

    def get_short_help_str(self, limit: int = 45) -> str:
        return translate(self.short_help or (self.help or "").strip().split("\n")[0])

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        params = super().get_params(ctx)
        for param in params:
            if isinstance(param, click.Option) and param.help:
                param.help = translate(param.help)
        return params


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

    @property
    def inventory(self) -> Path:
        """Return the folder of the chosen region.

        Raises InvalidInput (`no-region`, `region-ambiguous`, `unknown-region`).
        """
        from semai.adapters.region_files import choose_inventory

        return choose_inventory(self.inventories_dir, self.region)


def _default_state_dir() -> Path:
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "semai"
    return Path.home() / ".local" / "state" / "semai"


def show_error(error: SemaiError) -> None:
    """Write `error: …`, its details and `hint: …` to stderr; as one JSON object when stdout is asked for JSON."""
    text = translate(error.message, **error.fields)
    if "--json" in sys.argv:
        payload = {"error": {"code": error.code, "message": text, "details": list(error.details)}}
        if error.hint:
            payload["error"]["hint"] = translate(error.hint, **error.fields)
        click.echo(json.dumps(payload, ensure_ascii=False))
    click.echo(click.style("error", fg="red", bold=True) + f"[{error.code}]: {text}", err=True)
    for line in error.details:
        click.echo(f"  {line}", err=True)
    if error.hint:
        hint = translate(error.hint, **error.fields)
        click.echo(click.style("hint", fg="cyan", bold=True) + f": {hint}", err=True)
