"""What a run refuses before it touches anything: exit 7, the fact found, one thing to do, everything as before."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess

import pytest

from tests.host.rig import TOOL_PYTHON, free_port


@pytest.fixture(scope="module")
def standing(host):
    app = "standing"
    host.activate(host.request(app, "2026.2.0", schema=2))
    return app


@pytest.fixture
def installed(host, standing):
    """Return an app that runs 2026.2.0; afterwards it must still, untouched."""
    app = standing
    before = host.state()["apps"][app]
    yield app
    after = host.state()["apps"][app]
    assert (after["receipt"], after["files"], after["service"]["pid"]) == (
        before["receipt"],
        before["files"],
        before["service"]["pid"],
    )
    assert host.serves(app) == "2026.2.0"
    assert host.leftovers() == []


def refusal(host, request: dict, verb: str = "activate") -> dict:
    return host.activate(request, expect=7, verb=verb)["error"]


def test_older_release(host, installed):
    error = refusal(host, host.request(installed, "2026.1.0"))
    assert (error["code"], "2026.2.0, which is newer" in error["message"]) == ("downgrade-refused", True)


def test_release_that_does_not_upgrade_from_what_runs(host, installed):
    error = refusal(host, host.request(installed, "2027.1.0", upgrade_from=[">=2026.5,<2027", "==2026.4.*"]))
    assert error["code"] == "upgrade-path"
    assert ">=2026.5,<2027 or ==2026.4.*, this host runs 2026.2.0" in error["message"]


def test_same_version_with_other_content(host, installed):
    assert refusal(host, host.request(installed, "2026.2.0", schema=3))["code"] == "release-changed"


def test_missing_artifact(host, installed):
    request = host.request(installed, "2026.3.0")
    (host.root / "store" / request["artifacts"][1]["sha256"]).unlink()
    error = refusal(host, request)
    assert (error["code"], "canary-2026.3.0" in error["message"]) == ("artifact-missing", True)


def test_artifact_cut_short(host, installed):
    request = host.request(installed, "2026.3.0", schema=33)
    path = host.root / "store" / request["artifacts"][1]["sha256"]
    path.write_bytes(path.read_bytes()[:100])
    assert "has 100 bytes instead of" in refusal(host, request)["message"]


def test_release_without_requirements(host, installed):
    request = host.request(installed, "2026.3.0")
    request["artifacts"] = request["artifacts"][:2]
    assert refusal(host, request)["code"] == "artifacts-incomplete"


def test_configuration_that_was_never_written(host, installed):
    request = host.request(installed, "2026.3.0")
    request["files"]["shared/env"]["sha256"] = "0" * 64
    error = refusal(host, request)
    assert (error["code"], "shared/env" in error["message"]) == ("file-missing", True)


def test_python_that_is_not_there(host, installed):
    error = refusal(host, host.request(installed, "2026.3.0", python="/usr/bin/no-python"))
    assert error["code"] == "python-missing"


def test_disk_too_small_names_the_place_and_both_figures(host, installed):
    other = host.request(installed + "-big", "2026.1.0", needs={"disk_mb": 1 << 30})
    error = refusal(host, other)
    assert error["code"] == "disk-space"
    assert " MB free, this needs 10737" in error["message"]
    assert "first data 1073741824 MB" in error["message"]


def test_port_held_by_a_stranger_is_named(host, app):
    request = host.request(app, "2026.1.0")
    with socket.create_server(("127.0.0.1", host.port(app))):
        error = refusal(host, request)
    assert (error["code"], f"(pid {os.getpid()})" in error["message"]) == ("port-taken", True)
    assert not (host.root / "apps" / app / "releases").exists()


def test_port_of_another_app_is_named_even_while_that_app_is_stopped(host, installed):
    other = installed + "-other"
    host.ports[other] = host.port(installed)
    error = refusal(host, host.request(other, "2026.1.0"))
    assert error["message"] == f"port {host.port(installed)} belongs to the app {installed} on this host"


def test_app_in_maintenance(host, app):
    host.activate(host.request(app, "2026.1.0"))
    host.call("maintenance", "on", app)
    error = refusal(host, host.request(app, "2026.2.0", schema=2))
    assert (error["code"], error["hint"]) == ("in-maintenance", f"semai resume {app}")
    host.call("maintenance", "off", app)
    assert host.serves(app) == "2026.1.0"


def test_supervisor_that_is_down(own_host):
    own_host.stop_supervisor()
    error = refusal(own_host, own_host.request("canary", "2026.1.0"))
    assert error["code"] == "supervisor-down"
    assert not (own_host.root / "apps" / "canary" / "releases").exists()


def test_host_without_the_installed_tool(own_host):
    own_host.tool.unlink()
    assert refusal(own_host, own_host.request("canary", "2026.1.0"))["code"] == "tool-missing"


@pytest.mark.parametrize("place", ["journal", "apps", "."])
def test_no_write_permission_is_told_with_path_and_user(own_host, place):
    """As root the right to ignore permissions is given up, so that the folder's mode counts."""
    request = own_host.write(own_host.request("canary", "2026.1.0"))
    own_host.call("recover")
    (own_host.root / "lock").unlink()
    folder = own_host.root / place
    less = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    give_up = less if os.geteuid() == 0 else []
    folder.chmod(0o555)
    try:
        run = subprocess.run(
            [*give_up, TOOL_PYTHON, str(own_host.tool), "--root", str(own_host.root), "activate", request],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        folder.chmod(0o755)
    error = json.loads(run.stdout)["error"]
    assert (run.returncode, error["code"]) == (7, "no-write-permission")
    assert str(folder) in error["message"] or f"{own_host.root}/lock" in error["message"]
    assert "uid" in error["message"]


HOSTILE = {
    "app that climbs": {"name": "../../etc"},
    "app with a slash": {"name": "a/b"},
    "app with a line break": {"name": "a\n"},
    "app that is no text": {"name": 7},
    "version that climbs": {"version": "../1.0"},
    "version of an archive": {"version": "1.0.partial"},
    "digest in capitals": {"release": "A" * 64},
    "managed file outside": {"files": {"shared/../../../x": {"sha256": "0" * 64, "mode": "0600"}}},
    "absolute managed file": {"files": {"/etc/passwd": {"sha256": "0" * 64, "mode": "0600"}}},
    "managed file beside shared": {"files": {"current": {"sha256": "0" * 64, "mode": "0600"}}},
    "managed file with NUL": {"files": {"shared/a\0b": {"sha256": "0" * 64, "mode": "0600"}}},
    "file everybody may write": {"files": {"shared/env": {"sha256": "0" * 64, "mode": "0666"}}},
    "set-uid file": {"files": {"shared/env": {"sha256": "0" * 64, "mode": "4755"}}},
    "database outside": {"database": {"driver": "sqlite", "path": "../../x.sqlite3"}},
    "unknown database": {"database": {"driver": "oracle", "path": "shared/x"}},
    "health of another machine": {"health": {"url": "http://10.0.0.1:80/"}},
    "health of a file": {"health": {"url": "file:///etc/passwd"}},
    "command with a path": {"commands": {"serve": ["/bin/sh", "-c", "true"]}},
    "command that climbs": {"commands": {"serve": ["../../../bin/sh"]}},
    "empty command": {"commands": {"serve": []}},
    "command as one text": {"commands": {"serve": "canary serve"}},
    "bind of a name": {"bind": "localhost:80"},
    "bind beyond ports": {"bind": "127.0.0.1:70000"},
    "artifact name that climbs": {"artifacts": [{"sha256": "0" * 64, "size": 1, "kind": "wheel", "file": "../x"}]},
    "artifact of unknown kind": {"artifacts": [{"sha256": "0" * 64, "size": 1, "kind": "shell", "file": "x"}]},
    "size that is no number": {"artifacts": [{"sha256": "0" * 64, "size": "1", "kind": "wheel", "file": "x"}]},
    "endless timeout": {"health": {"url": "http://127.0.0.1:8101/", "timeout_seconds": 1e9}},
    "truth that is a number": {"sample_data": 1},
    "python with a quote": {"python": '/usr/bin/python3" -c'},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_request(host, case):
    request = {**host.request("victim", "2026.1.0"), **HOSTILE[case]}
    path = host.root / "hostile.json"
    path.write_text(json.dumps(request))
    before = everything_below(host.root)
    error = host.call("activate", str(path), expect=7)["error"]
    assert error["code"] == "request-invalid"
    assert everything_below(host.root) == before


MOVING = ("logs", "apps", "tools", "supervisor")


def everything_below(root) -> set:
    """Return all paths but the running of other apps."""
    return {path for path in root.rglob("*") if path.parts[len(root.parts)] not in MOVING}


@pytest.mark.parametrize("text", ["", "[", "[" * 20000, "null", "[]", '{"name": "x"}', "\ufeff{}"])
def test_request_that_is_no_request(host, text):
    path = host.root / "odd.json"
    path.write_text(text)
    assert host.call("activate", str(path), expect=7)["error"]["code"] == "request-invalid"
    path.unlink()
    assert host.call("activate", str(path), expect=7)["error"]["code"] == "request-unreadable"


def test_link_that_leads_out_of_the_app_is_not_followed(host, app, tmp_path):
    request = host.request(app, "2026.1.0")
    (host.root / "apps" / app / "shared").symlink_to(tmp_path)
    error = refusal(host, request)
    assert error["code"] == "path-leaves-app"
    assert list(tmp_path.iterdir()) == []


def test_verbs_for_an_unknown_app(host):
    for arguments in (
        ("remove", "nobody"),
        ("service", "start", "nobody"),
        ("maintenance", "on", "nobody"),
        ("receipt", "nobody"),
        ("logs", "nobody"),
        ("exec", "nobody", "--", "x"),
    ):
        assert host.call(*arguments, expect=7)["error"]["code"] == "unknown-app"


def test_bind_is_free_again_after_the_checks(host):
    """The probe of a port must not keep it."""
    port = free_port()
    host.ports["probe"] = port
    host.activate(host.request("probe", "2026.1.0"), expect=0)
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), timeout=5)):
        pass
    assert stat.S_IMODE((host.root / "apps" / "probe" / "shared" / "env").stat().st_mode) == 0o600
