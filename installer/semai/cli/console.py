"""How things look: tables, key-value lists, questions, progress. Data goes to stdout, everything else to stderr.

The only module that imports rich; commands call it with plain values, already translated headings included.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from semai.errors import InvalidInput
from semai.messages import N_, translate

if TYPE_CHECKING:
    from rich.console import Console

YES = ("y", "ya", "yes")
NO = ("n", "t", "tidak", "no", "")

_UNBROKEN = 400  # characters: no table of ours is wider


def stdout() -> Console:
    """Return a console for results; where stdout is no terminal, lines are long rather than broken."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=_UNBROKEN)


def stderr() -> Console:
    """Return a console for progress and notes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def show_json(value: Any) -> None:
    """Write `value` (plain lists, dicts and scalars) as indented JSON to stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False))


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Show rows under translated `headings`; columns are separated by two spaces, without borders."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, title=title or None, title_justify="left")
    for heading in headings:
        table.add_column(translate(heading), overflow="fold")
    for row in rows:
        table.add_row(*row)
    stdout().print(table)


def show_columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows under translated `headings` as aligned text, without rich: for listings that must start at once.

    On a terminal the last column is cut to what fits; in a pipe everything is written.
    """
    lines = [tuple(translate(heading) for heading in headings), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings) - 1)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, line in enumerate(lines):
        start = "".join(f"{cell:<{width}}  " for cell, width in zip(line, widths, strict=False))
        text = (start + line[-1])[:room].rstrip()
        click.echo(click.style(text, bold=True) if number == 0 else text)


def show_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Show `name  value` lines with translated names."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in fields:
        table.add_row(f"[bold]{translate(name)}[/bold]", value)
    stdout().print(table)


def note(text: str, /, **fields: object) -> None:
    """Write one translated line to stderr."""
    click.echo(translate(text, **fields), err=True)


def done(text: str, /, **fields: object) -> None:
    """Write one translated line that says something succeeded, to stderr."""
    click.echo(click.style("✓ ", fg="green") + translate(text, **fields), err=True)


def warn(text: str, /, **fields: object) -> None:
    """Write one translated warning to stderr."""
    click.echo(click.style("! ", fg="yellow", bold=True) + translate(text, **fields), err=True)


def confirm(question: str, /, *, yes: bool, **fields: object) -> None:
    """Ask before a change unless `yes`; raise click.Abort on no, InvalidInput when nobody can answer."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(
            "confirmation-needed",
            "this changes things and nobody is here to confirm it",
            hint="add --yes to go ahead without a question",
        )
    text = translate(question, **fields)
    if not click.prompt(
        text, default="", prompt_suffix=" [y/N]: ", show_default=False, value_proc=_agreed, err=True
    ):
        raise click.Abort


def _agreed(typed: str) -> bool:
    """Understand a yes or no of either language; an empty answer is no."""
    answer = typed.strip().lower()
    if answer not in (*YES, *NO):
        raise click.UsageError(translate(N_("answer y (yes) or n (no)")))
    return answer in YES
