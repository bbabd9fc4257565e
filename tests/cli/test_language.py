"""The command line in Indonesian: Click's own words included, whatever order the options come in."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from semai.cli import console
from semai.cli.foreign_words import CLICK, SYSTEM
from semai.cli.main import COMMANDS, main
from semai.messages import translate

RESOLVER = {
    "Name or service not known",
    "Temporary failure in name resolution",
}  # of getaddrinfo, which has no list


@pytest.fixture
def semai(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    for name in ("SEMAI_LANG", "LANGUAGE"):  # set by main itself: put back afterwards
        monkeypatch.setenv(name, "en")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", str(tmp_path / "state"), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return run


def test_words_are_those_of_the_installed_click() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(click.__file__).parent.glob("*.py")))
    joined = re.sub(r'"\s*\n\s*"', "", sources)
    assert [words for words in CLICK if f'"{words}"' not in joined] == []


def test_words_of_the_system_are_those_it_says() -> None:
    names = [getattr(errno, name) for name in dir(errno) if name.startswith("E")]
    said = {os.strerror(number) for number in names} | RESOLVER
    assert set(SYSTEM) - said == set()


def test_help_of_every_command_is_indonesian(semai: Callable[..., tuple[int, str]]) -> None:
    for command in COMMANDS:
        code, said = semai("--lang", "id", command, "--help")
        assert code == 0
        assert "Pemakaian: semai" in said
        assert "Tampilkan pesan ini lalu keluar." in said
        assert not re.search(r"Usage|Options|Show this|\[default|COMMAND", said)


def test_language_holds_for_help_and_for_an_unknown_command(semai: Callable[..., tuple[int, str]]) -> None:
    assert "Tampilkan pesan ini lalu keluar." in semai("--lang", "id", "--help")[1]
    assert semai("--lang", "id", "regio") == (
        2,
        "Pemakaian: semai [OPSI] PERINTAH [ARGUMEN]...\nCoba 'semai --help' untuk bantuan.\n\n"
        "Kesalahan: Perintah 'regio' tidak ada.\n",
    )


def test_english_comes_back_after_indonesian(semai: Callable[..., tuple[int, str]]) -> None:
    assert "[OPSI] NAMA" in semai("--lang", "id", "region", "new", "--help")[1]
    said = semai("--lang", "en", "region", "new", "--help")[1]
    assert "Usage: semai region new [OPTIONS] NAME" in said
    assert "--code CODE" in said
    assert "Ask nothing" in said


def test_singular_and_plural_of_click_share_a_wording(semai: Callable[..., tuple[int, str]]) -> None:
    assert "Argumen berlebih (x)" in semai("--lang", "id", "region", "list", "x")[1]
    assert "Argumen berlebih (x y)" in semai("--lang", "id", "region", "list", "x", "y")[1]


def test_errors_and_hints_are_named_in_indonesian(semai: Callable[..., tuple[int, str]]) -> None:
    code, said = semai("--lang", "id", "region", "show")
    assert code == 2
    assert said.startswith("kesalahan[no-region]: belum ada daerah di ")
    assert said.endswith("saran: semai region new NAMA\n")


@pytest.mark.parametrize(("typed", "agreed"), [("ya", True), ("Y", True), ("t", False), ("", False), ("no", False)])
def test_yes_and_no_are_understood_in_both_languages(typed: str, agreed: bool) -> None:
    assert console._agreed(typed) is agreed


def test_another_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "id")
    with pytest.raises(click.UsageError, match=re.escape("jawab y (ya) atau t (tidak)")):
        console._agreed("mungkin")
    assert translate("Go ahead?") == "Lanjutkan?"
