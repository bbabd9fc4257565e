"""`semai export` and `semai import` as a user meets them: words, questions and exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from semai.cli.main import main

from tests.operations.offline_world import Offline, offline

__all__ = ["offline"]

TO_THE_STICK = ("--platform", "debian-12/x86_64", "--no-packages")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Semai = Callable[..., Ran]


@pytest.fixture
def semai(offline: Offline, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Semai:
    """Run a verb: export on the online controller, import on the other."""
    monkeypatch.setenv("SEMAI_LANG", "en")

    def run(*arguments: str) -> Ran:
        away = arguments[0] == "import"
        inventories = offline.away.folder.parent if away else offline.online.inventories
        state = offline.away_state.folder if away else offline.online.state
        words = ["semai", "--inventories", str(inventories), "--state", str(state), *arguments]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return run


def test_sizes_are_shown_and_nothing_is_written_without_a_yes(semai: Semai, offline: Offline) -> None:
    ran = semai("export", "--to", str(offline.stick), *TO_THE_STICK)
    assert ran.code == 2
    assert "files of releases" in ran.out
    assert "add --yes" in ran.err
    assert not offline.stick.exists()


def test_export_and_import_say_what_they_did(semai: Semai, offline: Offline) -> None:
    written = semai("export", "--to", str(offline.stick), *TO_THE_STICK, "--yes")
    assert (written.code, "is complete: 8 files" in written.err) == (0, True), written.err
    assert "packages key" in written.err
    taken = semai("import", str(offline.stick), "--fingerprint", offline.fingerprint(), "--yes")
    assert taken.code == 0
    assert "imported: 1 catalogs, 2 new files of releases, packages for -" in taken.err
    verbs = [json.loads(line)["verb"] for line in offline.away.audit.read_text().splitlines()]
    assert verbs[-1] == "import"


def test_outcomes_as_json_name_what_was_carried(semai: Semai, offline: Offline) -> None:
    written = json.loads(semai("export", "--to", str(offline.stick), *TO_THE_STICK, "--yes", "--json").out)
    assert (written["catalogs"], written["files"]) == (["batang"], 8)
    taken = semai("import", str(offline.stick), "--fingerprint", written["key"], "--yes", "--json")
    assert json.loads(taken.out)["artifacts"] == 2


def test_damage_ends_with_three_and_names_the_file(semai: Semai, offline: Offline) -> None:
    semai("export", "--to", str(offline.stick), *TO_THE_STICK, "--yes")
    [index] = offline.stick.glob("catalogs/batang/targets/*")
    index.write_bytes(b"")
    ran = semai("import", str(offline.stick), "--fingerprint", offline.fingerprint(), "--yes")
    assert ran.code == 3
    assert f"{index.relative_to(offline.stick)}: has 0 bytes instead of" in ran.err


@pytest.mark.parametrize(
    "options",
    [
        ("--platform", "debian-11/x86_64"),
        (*TO_THE_STICK, "--split-at", "5"),
        (*TO_THE_STICK, "--mirror", "http://x"),
        (*TO_THE_STICK, "--mirror", "x y", "--security-mirror", "http://x"),
    ],
)
def test_wrong_options_end_with_two(semai: Semai, offline: Offline, options: tuple[str, ...]) -> None:
    assert semai("export", "--to", str(offline.stick), *options, "--yes").code == 2
    assert not offline.stick.exists()


def test_a_folder_that_is_not_there_ends_with_two(semai: Semai, tmp_path: Path) -> None:
    assert semai("import", str(tmp_path / "nowhere"), "--yes").code == 2


def test_a_machine_without_apt_is_told_what_to_do(
    semai: Semai, offline: Offline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("gpg", "gpgv"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        os.symlink(f"/usr/bin/{name}", tmp_path / "bin" / name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ran = semai("export", "--to", str(offline.stick), "--platform", "debian-12/x86_64", "--yes")
    assert ran.code == 2
    assert "lacks apt-get, apt-cache, apt-config" in ran.err
    assert "--no-packages" in ran.err
