"""`semai publish new` and `check` of a PHP app as a mentor meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from semai.cli.main import main

from tests.operations.php_source import PLAIN, complete, write_catalog, write_tree


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    write_catalog(tmp_path)
    write_tree(tmp_path / "buku-tamu", PLAIN)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", "state", "publish", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return run


def test_draft_is_shown_and_named(publish: Callable[..., Ran]) -> None:
    ran = publish("new", "buku-tamu", "--from", "buku-tamu")
    assert ran.code == 0, ran.err
    assert "You decide" in ran.out
    assert "simpan.php:1" in ran.out
    assert "wrote catalog/apps/buku-tamu/koneksi.php.j2" in ran.err


def test_draft_as_json(publish: Callable[..., Ran]) -> None:
    found = json.loads(publish("new", "buku-tamu", "--from", "buku-tamu", "--release", "1.0", "--json").out)
    assert found["framework"] == "plain"
    assert "catalog/apps/buku-tamu/1.0.yml" in found["files"]
    assert {"place": "simpan.php:1", "text": "writable: foto"} in found["found"]


def test_second_draft_is_refused(publish: Callable[..., Ran]) -> None:
    publish("new", "buku-tamu", "--from", "buku-tamu")
    again = publish("new", "buku-tamu", "--from", "buku-tamu")
    assert again.code == 2
    assert "already-there" in again.err


def test_remarks_are_shown_and_stop_nothing(publish: Callable[..., Ran], tmp_path: Path) -> None:
    publish("new", "buku-tamu", "--from", "buku-tamu")
    complete(tmp_path / "catalog/apps/buku-tamu")
    write_tree(tmp_path / "buku-tamu", {"laporan.xlsx": "x"})
    ran = publish("check", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["remarks"] == [
        "buku-tamu/laporan.xlsx:1: cannot be looked through; make sure that it names no people"
    ]
