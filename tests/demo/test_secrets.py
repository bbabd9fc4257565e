"""Where secrets may lie: the vault, the app's own environment file, nowhere else; and never in an argument list."""

from __future__ import annotations

import contextlib
import itertools
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.demo.conftest import APPS, Demo
from tests.demo.ground import Ground, files_below, run

pytestmark = pytest.mark.demo

SHORTEST = 16


class VaultLoader(yaml.SafeLoader):
    """Reads the tag that keeps Ansible from rendering a secret."""


VaultLoader.add_constructor("!unsafe", lambda loader, node: str(node.value))


@pytest.fixture(scope="module")
def secrets(demo: Demo) -> set[str]:
    """Every value of the vault, as Ansible's own program shows it."""
    vault = demo.ground.inventory / "group_vars" / "all" / "vault.yml"
    view = [sys.executable, "-m", "ansible", "vault", "view"]
    opened = run([*view, "--vault-password-file", str(demo.ground.vault_password), str(vault)])
    found = set(_texts(yaml.load(opened.stdout, VaultLoader)))
    said = "three secrets for each of four apps, four tokens of contracts, the keys of the backups and of the marks"
    assert len(found) == 18, said
    assert min(map(len, found)) >= SHORTEST
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, str):
        yield value


def holding(folder: Path, secrets: set[str]) -> set[Path]:
    """Return the files below a folder that hold a secret in plain text; built code is left out."""
    sought = [secret.encode() for secret in secrets]
    found = set()
    for path, status in files_below(folder):
        built = {"releases", "store", "uv-cache", "targets"} & set(path.parts)
        if stat.S_ISREG(status.st_mode) and not built and any(secret in path.read_bytes() for secret in sought):
            found.add(path)
    return found


def test_secrets_lie_in_the_environment_of_their_app_and_nowhere_else(demo: Demo, secrets: set[str]) -> None:
    found = holding(demo.ground.folder, secrets)
    apps = demo.ground.root / "apps"
    assert {apps / app / "shared" / "env" for app in APPS} <= found
    strangers = {path for path in found if not (path.name == "env" or path.parent.name == "kept")}
    assert strangers == set()
    assert {f"{path.stat().st_mode & 0o777:o}" for path in found} == {"600"}
    own = {path for path in found if apps in path.parents}
    assert found - own == {demo.ground.root / "backup" / "env"}
    assert {path.parts[len(apps.parts)] for path in own} == set(APPS)
    assert list(files_below(demo.ground.state / "runs")), "there are logs to look into"
    assert list(files_below(demo.ground.root / "logs")), "there are logs to look into"


def test_secrets_of_one_app_are_not_given_to_the_other(demo: Demo) -> None:
    env = {app: (demo.ground.root / "apps" / app / "shared" / "env").read_text() for app in APPS}
    for app, other in itertools.permutations(APPS, 2):
        login = demo.openings[app]["login"]
        assert login["password"] in env[app]
        assert login["password"] not in env[other]
        assert login["sample_password"] not in env[other]


def test_no_secret_is_in_an_argument_list_or_in_what_apply_says(demo: Demo, secrets: set[str]) -> None:
    demo.ground.edit_region("Nama Keempat")
    with every_argument_list() as seen:
        ran = demo.ground.semai("apply", "--yes")
    texts = "\n".join(seen)
    assert "ansible" in texts
    assert "semai-host" in texts
    assert "semai-e-planning" in texts
    assert [secret for secret in secrets if secret in texts + ran.out + ran.err] == []
    assert holding(demo.ground.state / "runs", secrets) == set()


@contextlib.contextmanager
def every_argument_list() -> Iterator[set[str]]:
    """Collect the argument lists of all processes of this machine during the block, as any user could."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.002):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    with contextlib.suppress(OSError):
                        seen.add((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_plain_ground_of_the_region_names_secrets_only_by_reference(demo: Demo) -> None:
    text = _deployment(demo.ground)
    assert "@secret(apps.e-planning.secret_key)" in text
    assert "@secret(contracts.e-planning.planning.work-plan.e-budgeting)" in text


def _deployment(ground: Ground) -> str:
    return (ground.inventory / "group_vars" / "all" / "deployment.yml").read_text(encoding="utf-8")
