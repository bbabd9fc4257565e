"""`semai publish` as a mentor meets it: from keys to a folder an adopter trusts; words, JSON and exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from semai.cli.main import cli, main

from tests.operations.mentor_source import HERE, MentorSource, make_source

WORDS = "root-1: satu dua tiga empat\nroot-2: lima enam tujuh\nroot-3: delapan sembilan\npublish: sepuluh sebelas\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MentorSource:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    (tmp_path / "words").write_text(WORDS)
    (tmp_path / "words").chmod(0o600)
    return make_source(tmp_path, monkeypatch)


@pytest.fixture
def publish(
    source: MentorSource, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", "state", "publish", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return run


def test_source_becomes_a_signed_folder_and_a_second_run_changes_nothing(publish: Callable[..., Ran]) -> None:
    keys = publish("init-keys", "--keys", "keys", "--passphrase-file", "words", "--json")
    fingerprint = json.loads(keys.out)["fingerprint"]
    everything = ("all", "--target", HERE, "--to", "web", "--keys", "keys", "--passphrase-file", "words")
    first = publish(*everything)
    assert first.code == 0, first.err
    assert "published e-planning 2026.11.0" in first.err
    second = publish(*everything, "--json")
    assert json.loads(second.out)["signed_roles"] == []
    assert json.loads(second.out)["new_files"] == 0
    status = json.loads(publish("status", "--to", "web", "--json").out)
    assert status["fingerprint"] == fingerprint
    assert [(r["app"], r["version"]) for r in status["releases"]] == [
        ("e-budgeting", "2026.11.0"),
        ("e-planning", "2026.11.0"),
    ]
    assert {role["role"]: role["version"] for role in status["roles"]} == {
        "root": 1,
        "targets": 1,
        "snapshot": 1,
        "timestamp": 1,
    }


def test_init_keys_prints_ten_groups_and_where_the_keys_are(publish: Callable[..., Ran]) -> None:
    ran = publish("init-keys", "--keys", "keys", "--passphrase-file", "words")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.startswith("fingerprint")]
    assert [len(group) for group in line.split()[1:]] == [4] * 10
    assert "root-3.pem" in ran.out


def test_init_keys_refuses_to_overwrite_before_it_asks_anything(publish: Callable[..., Ran]) -> None:
    publish("init-keys", "--keys", "keys", "--passphrase-file", "words")
    ran = publish("init-keys", "--keys", "keys")
    assert ran.code == 2
    assert "error[keys-exist]" in ran.err


def test_passphrases_are_asked_twice(source: MentorSource) -> None:
    typed = [
        word
        for key in ("satu dua tiga", "empat lima enam", "tujuh delapan", "sembilan sepuluh")
        for word in (key, key)
    ]
    ran = CliRunner().invoke(cli, ["publish", "init-keys", "--keys", "keys"], input="\n".join(typed) + "\n")
    assert ran.exit_code == 0, ran.output
    assert "passphrase of key root-1" in ran.output
    assert "satu dua tiga" not in ran.output
    assert Path("keys/publish.pem").exists()


def test_passphrases_come_from_a_named_variable(
    publish: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publish("init-keys", "--keys", "keys", "--passphrase-env", "SEMAI_WORDS").code == 2
    monkeypatch.setenv("SEMAI_WORDS", WORDS)
    assert publish("init-keys", "--keys", "keys", "--passphrase-env", "SEMAI_WORDS").code == 0


def test_check_lists_every_problem_and_exits_2(publish: Callable[..., Ran], source: MentorSource) -> None:
    source.replace("catalog/catalog.yml", "id: batang", "id: Batang")
    source.replace("catalog/apps/e-planning/app.yml", "summary:", "sumary:")
    ran = publish("check")
    assert ran.code == 2
    assert "catalog/catalog.yml:2: id" in ran.err
    assert "catalog/apps/e-planning/app.yml:4: sumary" in ran.err


def test_check_as_json(publish: Callable[..., Ran]) -> None:
    assert json.loads(publish("check", "--json").out) == {
        "apps": 2,
        "releases": 2,
        "problems": [],
        "remarks": [],
    }


def test_sign_before_build_names_the_command(publish: Callable[..., Ran]) -> None:
    publish("init-keys", "--keys", "keys", "--passphrase-file", "words")
    ran = publish("sign", "--to", "web", "--keys", "keys", "--passphrase-file", "words")
    assert ran.code == 2
    assert "semai publish build" in ran.err
    assert not Path("web").exists()


def test_unknown_target_is_a_usage_error(publish: Callable[..., Ran]) -> None:
    ran = publish("build", "--target", "2.7/x86_64")
    assert ran.code == 2
    assert "error[unknown-target]" in ran.err
