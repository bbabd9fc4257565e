"""`semai backup` on this machine with small real apps: made, listed, verified, forgotten, refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from semai.core.catalog import digest_of

from tests.roles.region import GreeterRegion, region

pytestmark = pytest.mark.slow
RESTIC = os.access("/usr/bin/restic", os.X_OK)


@pytest.fixture(scope="module")
def greeters() -> Iterator[GreeterRegion]:
    """Two apps, one of which reads the other's contract, and a third; the vault has a key for backups."""
    with region() as made:
        first = made.greeter()
        second = made.greeter(name="reader", provider="greeter")
        other = made.greeter(name="other")
        made.trust(first, second, other)
        made.lock(first, second, other, keyed=False)
        said = made.semai("lock").stderr
        assert "semai backup key --show" in said
        applied = made.semai("apply", "--yes")
        assert applied.returncode == 0, applied.stderr
        yield made


def settle(greeters: GreeterRegion, **backup: Any) -> None:
    """Let region.yml say this of backups."""
    text = re.sub(r"(?m)^  backup: .*\n", "", greeters.files.region.read_text())
    greeters.files.region.write_text(text.rstrip("\n") + "\n  backup: " + json.dumps(backup) + "\n")


def told(greeters: GreeterRegion, *words: str) -> Any:
    ran = greeters.semai("backup", *words, "--json")
    assert ran.returncode == 0, ran.stderr
    (host,) = json.loads(ran.stdout).values()
    return host


def code(run: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    line = next((line for line in run.stderr.splitlines() if line.startswith("error[")), "")
    return run.returncode, line.partition("[")[2].partition("]")[0]


def verbs(greeters: GreeterRegion) -> list[str]:
    return [json.loads(line)["verb"] for line in greeters.files.audit.read_text().splitlines()]


def host_writes(greeters: GreeterRegion) -> dict[str, bytes]:
    """Return the files below the root but those a run leaves to be followed by."""
    return {path: content for path, content in greeters.on_host().items() if "/journal/" not in path}


def test_linked_apps_are_one_set_and_every_step_is_told(greeters: GreeterRegion) -> None:
    settle(greeters)
    made = greeters.semai("backup", "create", "--yes")
    assert made.returncode == 0, made.stderr
    assert "reading the backup back" in made.stderr
    listed = told(greeters, "list")
    assert sorted(found["apps"] for found in listed["sets"]) == [["greeter", "reader"], ["other"]]
    assert listed["engine"] == ("restic" if RESTIC else "archive")
    assert ("not encrypted" in made.stderr) == (not RESTIC)
    names = [found["set"] for found in listed["sets"]]
    assert sorted(told(greeters, "verify")["verified"]) == sorted(names)
    assert told(greeters, "verify", names[0])["verified"] == names[:1]
    assert told(greeters, "forget", "--yes")["forgotten"] == []
    assert verbs(greeters)[-4:] == ["backup create", "backup verify", f"backup verify {names[0]}", "backup forget"]
    status = json.loads(greeters.semai("status", "--json").stdout)
    assert {app["backup"] for app in status["apps"]} == {found["moment"] for found in listed["sets"]}
    assert "backups of" not in greeters.semai("doctor").stderr


@pytest.mark.thorough
def test_files_on_the_host_are_for_their_owner_alone_and_the_key_is_in_no_log(greeters: GreeterRegion) -> None:
    settle(greeters)
    told(greeters, "create", "--yes")
    folder = greeters.root / "backup"
    assert {path.name: path.stat().st_mode & 0o777 for path in (folder / "backup.json", folder / "env")} == {
        "backup.json": 0o600,
        "env": 0o600,
    }
    key = greeters.semai("backup", "key", "--show").stdout.strip()
    assert len(key) >= 40
    assert verbs(greeters)[-1] == "backup key --show"
    logs = [path for path in greeters.state.folder.rglob("*.log")]
    shown = [*logs, *greeters.files.folder.rglob("*"), *(greeters.root / "journal").rglob("*")]
    assert [path for path in shown if path.is_file() and key.encode() in path.read_bytes()] == []
    assert key not in greeters.semai("backup", "key").stdout


@pytest.mark.thorough
def test_excluded_app_is_kept_only_when_it_is_named(greeters: GreeterRegion) -> None:
    settle(greeters, excluded=["other"])
    before = {found["set"] for found in told(greeters, "list")["sets"]}
    made = told(greeters, "create", "--yes")["sets"]
    assert [found["apps"] for found in made] == [["greeter", "reader"]]
    assert [found["apps"] for found in told(greeters, "create", "other", "--yes")["sets"]] == [["other"]]
    assert len({found["set"] for found in told(greeters, "list")["sets"]} - before) == 2


def test_damaged_backup_is_refused_by_verify_and_counts_no_longer(greeters: GreeterRegion) -> None:
    settle(greeters, location=str(greeters.root / "backups" / "second"))
    made = told(greeters, "create", "other", "--yes")["sets"][0]
    assert told(greeters, "list")["sets"]
    repository = greeters.root / "backups" / "second"
    files = [
        path for path in repository.rglob("*") if path.is_file() and "data" in str(path.relative_to(repository))
    ]
    largest = max(files or repository.glob("*.tar*"), key=lambda path: path.stat().st_size)
    largest.chmod(0o600)
    largest.write_bytes(largest.read_bytes()[:-100])
    assert code(greeters.semai("backup", "verify", made["set"]))[0] in (1, 7)
    assert told(greeters, "list")["sets"] == []
    status = json.loads(greeters.semai("status", "--json").stdout)
    assert {app["app"]: app["backup"] for app in status["apps"]}["other"] == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("create", "stranger", "--yes"), (2, "app-not-selected")),
        (("create",), (2, "confirmation-needed")),
        (("verify", "20200101T000000Z-greeter-aaaaaa"), (2, "no-such-set")),
        (("drill", "stranger", "--yes"), (2, "app-not-selected")),
        (("drill", "other", "--yes", "--limit", "nobody"), (2, "no-such-host")),
        (("certificate",), (2, "never-drilled")),
        (("drill",), (2, "confirmation-needed")),
        (("drill", "--set", "20200101T000000Z-greeter-aaaaaa", "--yes"), (2, "no-such-set")),
    ],
)
def test_refused_verbs_leave_every_file_as_it_was(
    greeters: GreeterRegion, words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    settle(greeters)
    told(greeters, "create", "other", "--yes")
    before = host_writes(greeters)
    assert code(greeters.semai("backup", *words)) == expected
    assert host_writes(greeters) == before


def test_region_files_that_cannot_be_are_refused_with_their_lines(greeters: GreeterRegion) -> None:
    for wrong, said in (
        ({"kind": "usb"}, "needs its folder"),
        ({"location": "../x"}, "must be an absolute folder"),
        ({"retention": {"daily": 0, "weekly": 0, "monthly": 0}}, "keeps no backup at all"),
        ({"calender": "daily"}, "calendar"),
    ):
        settle(greeters, **wrong)
        ran = greeters.semai("backup", "create", "--yes")
        assert code(ran)[0] == 2, (wrong, ran.stderr)
        assert said in ran.stderr, (wrong, ran.stderr)
    settle(greeters, location=str(greeters.root / "apps"))
    assert code(greeters.semai("backup", "create", "--yes")) == (2, "backup-location")


@pytest.mark.thorough
def test_vault_without_a_key_is_told_what_to_run(greeters: GreeterRegion, tmp_path: Path) -> None:
    settle(greeters)
    kept = greeters.files.vault.read_bytes()
    from semai.adapters.vault import VaultFile

    vault = VaultFile(greeters.files.vault, greeters.password)
    vault.write(vault.read().model_copy(update={"backup": None}))
    try:
        ran = greeters.semai("backup", "create", "--yes")
        assert code(ran) == (2, "backup-key-missing")
        assert "semai lock" in ran.stderr
    finally:
        greeters.files.vault.write_bytes(kept)


def test_drill_writes_a_sealed_certificate_and_status_and_doctor_know_of_it(
    greeters: GreeterRegion, tmp_path: Path
) -> None:
    settle(greeters)
    told(greeters, "create", "--yes")
    assert "was never drilled" in greeters.semai("doctor").stdout
    ran = greeters.semai("backup", "drill", "--yes", "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    html, plain = map(Path, said["files"])
    assert (html.parent, html.stat().st_mode & 0o777) == (greeters.files.certificates, 0o644)
    written = json.loads(plain.read_text())
    assert written == {key: value for key, value in said.items() if key != "files"}
    assert written["digest"] == digest_of({key: value for key, value in written.items() if key != "digest"})
    assert written["digest"] in html.read_text()
    assert (written["verdict"], written["region"]["inventory"]) == ("passed", greeters.files.name)
    assert {app["app"]: (app["verdict"], app["login"]["result"]) for app in written["apps"]} == {
        "greeter": ("passed", "not-declared"),
        "reader": ("passed", "not-declared"),
        "other": ("passed", "not-declared"),
    }
    assert verbs(greeters)[-1] == "backup drill"
    assert not (greeters.root / "drill").exists()
    status = json.loads(greeters.semai("status", "--json").stdout)
    assert {app["drill"][:10] for app in status["apps"]} == {written["moment"][:10]}
    assert "was never drilled" not in greeters.semai("doctor").stdout
    assert greeters.semai("plan", "--check").returncode == 0  # certificates are no inventory

    again = greeters.semai("backup", "certificate", "--to", str(tmp_path / "kept"), "--json")
    assert again.returncode == 0, again.stderr
    kept = json.loads(again.stdout)
    assert (kept["apps"], kept["verdict"]) == (written["apps"], "passed")
    assert (kept["by"], kept["lock"]) == (written["by"], "")
    assert html.name != Path(kept["files"][0]).name

    named = greeters.semai("backup", "drill", "other", "--to", str(tmp_path / "new"), "--yes")
    assert named.returncode == 0, named.stderr
    assert "the app declares no check" in named.stderr
    assert sorted(path.suffix for path in (tmp_path / "new").iterdir()) == [".html", ".json"]


def test_failed_drill_leaves_a_certificate_that_says_so_and_exits_7(
    greeters: GreeterRegion, tmp_path: Path
) -> None:
    settle(greeters, location=str(greeters.root / "backups" / "third"))
    made = told(greeters, "create", "other", "--yes")["sets"][0]["set"]
    repository = greeters.root / "backups" / "third"
    files = [path for path in repository.rglob("*") if path.is_file() and "/data/" in str(path)]
    for path in files or repository.glob("*.tar"):
        path.chmod(0o600)
        path.write_bytes(bytes(len(path.read_bytes())))
    ran = greeters.semai("backup", "drill", "--set", made, "--to", str(tmp_path), "--yes", "--json")
    assert code(ran) == (7, "drill-failed"), ran.stderr
    (html,) = tmp_path.glob("*.html")
    assert "<strong>Gagal</strong>" in html.read_text()
    (app,) = json.loads(ran.stdout)["apps"]
    assert (app["app"], app["set"], app["verdict"]) == ("other", made, "failed")
    last = json.loads(greeters.files.audit.read_text().splitlines()[-1])
    assert (last["verb"], last["result"]) == (f"backup drill {made}", "drill-failed")
    assert "the drill of its backup" in greeters.semai("doctor").stdout
