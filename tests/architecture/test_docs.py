"""Every `semai …` command that a page shows can be typed: the verb exists, and so do its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from semai.cli.main import cli

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "README.id.md", *sorted((PROJECT / "docs").glob("*.md"))]
GENERATED = ("errors.md", "errors.id.md")  # hints there leave options out


def _commands(page: Path) -> Iterator[str]:
    """Yield the commands of shell blocks, and those between backticks in the text."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from (line for line in block.splitlines() if line.startswith("semai "))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (found for found in re.findall(r"`(semai [^`]+)`", prose) if "…" not in found)


def _mistake(line: str) -> str:
    """Parse as Click would, without running anything; return what it objects to, empty when nothing."""
    try:
        _parse(line)
    except click.UsageError as error:
        return error.format_message()
    return ""


def _parse(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="semai")
    while isinstance(command, click.Group):
        _, words, _ = command.make_parser(context).parse_args(list(words))
        if not words:
            return
        name, words = words[0], words[1:]
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no verb {name}")
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.make_parser(context).parse_args(list(words))


@pytest.mark.parametrize(
    ("page", "line"),
    [(page.name, line) for page in PAGES if page.name not in GENERATED for line in _commands(page)],
)
def test_command_of_a_page_can_be_typed(page: str, line: str) -> None:
    assert _mistake(line) == "", f"{page}: {line}"


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("semai nothing", "no verb nothing"),
        ("semai region make x", "no verb make"),
        ("semai plan --nothing", "No such option"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line: str, mistake: str) -> None:
    assert mistake in _mistake(line)


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
