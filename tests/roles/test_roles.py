"""The real roles on this machine in a scratch root, driven by plain ansible-playbook as an Ansible person would."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.roles.greeter import Greeter, Nursery

pytestmark = pytest.mark.slow


def changed(output: str) -> int:
    found = re.search(r"localhost\s*: ok=\d+\s+changed=(\d+)", output)
    assert found, output
    return int(found.group(1))


def ask(app: Greeter, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{app.port}{path}", timeout=5) as answer:
        return json.load(answer)


def receipt(nursery: Nursery) -> Any:
    return json.loads((nursery.root / "receipts" / "greeter.json").read_text())


def test_check_mode_on_a_first_run_changes_nothing_and_shows_what_would_come(nursery: Nursery) -> None:
    nursery.deploy(nursery.greeter().item())
    output = nursery.play("site", "--check", "--diff").stdout
    assert changed(output) == 5
    assert 'GREETING="selamat pagi"' in output
    assert not nursery.root.exists()


def test_an_app_is_installed_once_reconfigured_upgraded_and_removed_with_its_data_kept(nursery: Nursery) -> None:
    app = nursery.greeter()
    nursery.deploy(app.item())
    first = nursery.play("site").stdout
    assert ask(app, "/greeting") == {"greeting": "selamat pagi", "region": {"name": "Kabupaten Manggarai"}}
    assert "health done" in first

    assert changed(nursery.play("site").stdout) == 0
    assert changed(nursery.play("site", "--check").stdout) == 0

    app = app.but(greeting='selamat "siang" $x')
    nursery.deploy(app.item())
    nursery.play("site")
    assert ask(app, "/greeting")["greeting"] == 'selamat "siang" $x'

    app = app.but(version="2026.2.0")
    nursery.deploy(app.item())
    nursery.play("site")
    assert (receipt(nursery)["version"], receipt(nursery)["previous"]) == ("2026.2.0", "2026.1.0")
    assert ask(app, "/healthz")["release"] == "2026.2.0"

    nursery.deploy({"name": "greeter", "state": "absent", "purge": False})
    nursery.play("site")
    assert not (nursery.root / "receipts" / "greeter.json").exists()
    assert any((nursery.root / "apps" / "greeter" / "restore-points").iterdir())
    assert changed(nursery.play("site").stdout) == 0


@pytest.mark.thorough
def test_an_edited_file_on_the_host_stays_until_it_is_overwritten(nursery: Nursery) -> None:
    app = nursery.greeter()
    nursery.deploy(app.item())
    nursery.play("site")
    env = nursery.root / "apps" / "greeter" / "shared" / "env"
    good = env.read_text()
    env.write_text(good.replace("selamat pagi", "diubah orang"))
    assert "diubah orang" in nursery.play("site", "--check", "--diff").stdout
    nursery.play("site")
    assert ask(app, "/greeting")["greeting"] == "diubah orang"
    assert env.with_name("env.semai-new").read_text() == good
    assert changed(nursery.play("site").stdout) == 0
    nursery.play("site", "-e", '{"semai_overwrite": ["greeter/shared/env"]}')
    assert env.read_text() == good
    assert changed(nursery.play("site").stdout) == 0


@pytest.mark.thorough
def test_purge_deletes_data_and_restore_points(nursery: Nursery) -> None:
    nursery.deploy(nursery.greeter().item())
    nursery.play("site")
    nursery.deploy({"name": "greeter", "state": "absent", "purge": True})
    nursery.play("site")
    assert not (nursery.root / "apps" / "greeter").exists()


@pytest.mark.thorough
def test_a_failed_upgrade_is_put_back_and_stops_only_apps_that_read_its_contracts(nursery: Nursery) -> None:
    provider = nursery.greeter()
    nursery.deploy(provider.item())
    nursery.play("site")
    before = receipt(nursery)

    broken = provider.but(version="2026.2.0", migrate=("greeter", "fail"))
    reader = nursery.greeter(name="reader", provider="greeter")
    stranger = nursery.greeter(name="stranger")
    nursery.deploy(broken.item(), reader.item(), stranger.item())
    result = nursery.play("site", check=False)

    assert result.returncode == 2
    assert "failed: greeter" in result.stdout
    assert receipt(nursery) == before
    assert ask(provider, "/healthz")["release"] == "2026.1.0"
    assert ask(stranger, "/healthz")["release"] == "2026.1.0"
    assert not (nursery.root / "receipts" / "reader.json").exists()


def test_secrets_reach_the_app_and_appear_in_no_output(nursery: Nursery) -> None:
    nursery.deploy(nursery.greeter().item())
    output = nursery.play("site", "--diff", "-vvv").stdout
    env = nursery.root / "apps" / "greeter" / "shared" / "env"
    assert 'SECRET_KEY="kunci-greeter-0123456789"' in env.read_text()
    assert env.stat().st_mode & 0o777 == 0o600
    assert "kunci-greeter" not in output


def test_a_secret_that_the_vault_lacks_is_named(nursery: Nursery) -> None:
    nursery.deploy(nursery.greeter().item())
    nursery.write_vault({"apps": {}, "contracts": {}})
    result = nursery.play("site", check=False)
    assert "the vault has no secret apps.greeter.secret_key" in result.stdout
    assert not (nursery.root / "apps" / "greeter" / "releases").exists()


def test_a_damaged_artifact_is_refused_by_its_digest(nursery: Nursery) -> None:
    item = nursery.greeter().item()
    nursery.deploy(item)
    wheel = next(entry for entry in item["artifacts"] if entry["kind"] == "wheel")
    path = nursery.artifacts.folder / "sha256" / wheel["sha256"][:2] / wheel["sha256"]
    path.write_bytes(bytes(wheel["size"]))
    result = nursery.play("site", check=False)
    assert "is damaged" in result.stdout
    assert not (nursery.root / "store" / str(wheel["sha256"])).exists()


@pytest.mark.thorough
def test_a_refused_install_leaves_nothing_staged(nursery: Nursery) -> None:
    app = nursery.greeter()
    nursery.deploy(app.item())
    with socket.create_server(("127.0.0.1", app.port)):
        result = nursery.play("site", check=False)
    assert f"port {app.port} is held by" in result.stdout
    assert not (nursery.root / "apps" / "greeter").exists()


@pytest.mark.thorough
def test_supervisord_outlives_ansible_and_stops_when_asked(nursery: Nursery) -> None:
    app = nursery.greeter()
    nursery.deploy(app.item())
    nursery.play("site")
    pid = int((nursery.root / "supervisor" / "supervisord.pid").read_text())
    nursery.play("site")
    assert int((nursery.root / "supervisor" / "supervisord.pid").read_text()) == pid
    nursery.play("stop")
    assert not Path(f"/proc/{pid}").exists()
    nursery.play("site")
    assert ask(app, "/healthz")["database"] == "ok"
