"""Requests survive their own form, and names become paths only when they match in full."""

from __future__ import annotations

import json

import pytest
from semai_host.errors import Refused
from semai_host.layout import Layout
from semai_host.request import Request, parse_bind

WHOLE = {
    "name": "e-planning",
    "mentor": "batang",
    "version": "2026.11.0",
    "release": "a" * 64,
    "config": "b" * 64,
    "python": "/usr/bin/python3",
    "bind": "[::1]:8101",
    "change": "code",
    "upgrade_from": [">=2026.1"],
    "health": {"url": "http://127.0.0.1:8101/healthz", "timeout_seconds": 5},
    "commands": {"serve": ["x", "serve"], "migrate": ["x", "migrate"], "after_install": [["x", "a"], ["x", "b"]]},
    "database": {"driver": "sqlite", "path": "shared/data/db.sqlite3"},
    "needs": {"disk_mb": 7, "ram_mb": 1},
    "files": {"shared/env": {"sha256": "c" * 64, "mode": "0600"}},
    "sample_data": True,
    "state": "present",
    "artifacts": [
        {
            "sha256": "d" * 64,
            "size": 3,
            "kind": "wheel",
            "file": "x-1-py3-none-any.whl",
            "when": [{"python": "3.11", "machine": ""}],
        }
    ],
}


def test_request_survives_its_own_json():
    request = Request.parse(WHOLE)
    assert Request.parse(json.loads(json.dumps(request.as_dict()))) == request


def test_artifact_suits_only_the_hosts_it_names():
    artifact = Request.parse(WHOLE).artifacts[0]
    assert (artifact.suits("3.11", "aarch64"), artifact.suits("3.12", "x86_64")) == (True, False)


@pytest.mark.parametrize("key", ["name", "mentor", "version", "release", "config", "bind", "health", "commands"])
def test_missing_part_is_named(key):
    rest = {name: value for name, value in WHOLE.items() if name != key}
    with pytest.raises(Refused, match=key):
        Request.parse(rest)


@pytest.mark.parametrize(
    ("bind", "expected"),
    [("127.0.0.1:1", ("127.0.0.1", 1)), ("[::1]:65535", ("::1", 65535)), ("0.0.0.0:80", ("0.0.0.0", 80))],
)
def test_bind_is_split(bind, expected):
    assert parse_bind(bind) == expected


ODD_BINDS = ["", ":80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:+1", "::1:80:", "127.0.0.1:\u0663", "a:1"]


@pytest.mark.parametrize("bind", ODD_BINDS)
def test_odd_bind_is_refused(bind):
    with pytest.raises(Refused):
        parse_bind(bind)


@pytest.mark.parametrize("root", ["", "relative", "/a/../b", "/a\nb", '/a"b', "/a;b", "/a\\b"])
def test_root_that_would_confuse_a_configuration_is_refused(root):
    with pytest.raises(Refused):
        Layout(root)


ODD_PATHS = [
    "shared",
    "shared/",
    "shared/.env",
    "shared/a//b",
    "shared/a/../b",
    "shared/a\n",
    "env",
    "shared/a b",
    "shared/a..b",
    "shared/" + "a/" * 6 + "b",
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_managed_path_outside_the_pattern_is_refused(tmp_path, path):
    with pytest.raises(Refused):
        Layout(str(tmp_path)).app("x").managed(path)


SERVER = {
    **WHOLE,
    "bind": "10.77.0.11:8101",
    "health": {"url": "http://10.77.0.11:8101/healthz", "path": "/healthz", "timeout_seconds": 9, "status": 200},
    "database": {
        "driver": "postgresql",
        "name": "semai_x",
        "user": "semai_x",
        "host": "/run/postgresql",
        "port": 5433,
    },
    "limits": {"memory_mb": 512, "cpu_percent": 150},
    "timers": [{"name": "cron", "command": ["x", "tick"], "calendar": "*:0/1"}],
    "workers": [{"name": "queue", "command": ["x", "work"]}],
    "leader": False,
}
TREE = {
    **SERVER,
    "runtime": "php",
    "bind": "/run/semai/e-planning.sock",
    "health": {"path": "/wp-login.php", "status": 302, "text": "Selamat datang", "timeout_seconds": 5},
    "commands": {"migrate": ["php", "artisan", "migrate"]},
    "database": {"driver": "mariadb", "name": "semai_x", "user": "semai_x", "host": "/run/mysqld/mysqld.sock"},
    "php": {
        "root": "public",
        "extensions": ["mysqli", "gd"],
        "version": ">=8.1,<8.4",
        "writable": ["storage", "wp-content/uploads"],
        "workers": 6,
        "settings": {"upload_max_filesize": "20M"},
    },
    "files": {"shared/config/env": {"sha256": "c" * 64, "mode": "0640", "place": ".env"}},
}


def test_request_of_a_server_survives_its_own_json():
    for raw in (SERVER, TREE):
        request = Request.parse(raw)
        assert Request.parse(json.loads(json.dumps(request.as_dict()))) == request


def test_parts_of_a_server_are_read():
    request = Request.parse(SERVER)
    assert (request.database.driver, request.database.host, request.database.port) == (
        "postgresql",
        "/run/postgresql",
        5433,
    )
    assert (request.limits.memory_mb, request.limits.cpu_percent, request.leader) == (512, 150, False)
    assert (request.timers[0].calendar, request.workers[0].command, request.socket) == (
        "*:0/1",
        ("x", "work"),
        None,
    )


def test_parts_of_a_php_tree_are_read():
    request = Request.parse(TREE)
    assert request.socket == "/run/semai/e-planning.sock"
    assert (request.php.root, request.php.writable, request.php.workers) == (
        "public",
        ("storage", "wp-content/uploads"),
        6,
    )
    assert request.php.settings == (("upload_max_filesize", "20M"),)
    assert (request.database.port, request.health.status, request.commands.serve) == (3306, 302, ())
    assert request.files[0].place == ".env"


def test_embedded_request_has_no_limits_and_leads():
    request = Request.parse(WHOLE)
    assert (request.limits.memory_mb, request.limits.cpu_percent, request.leader, request.php) == (0, 0, True, None)


HOSTILE_PARTS = [
    {"database": {**SERVER["database"], "name": 'x"; drop'}},
    {"database": {**SERVER["database"], "host": "-h evil"}},
    {"database": {**SERVER["database"], "port": 0}},
    {"database": {**SERVER["database"], "driver": "oracle"}},
    {"limits": {"memory_mb": -1}},
    {"limits": {"memory_mb": True}},
    {"timers": [{"name": "Cron", "command": ["x"], "calendar": "*:0"}]},
    {"timers": [{"name": "cron", "command": ["../x"], "calendar": "*:0"}]},
    {"timers": [{"name": "cron", "command": ["x"], "calendar": "*:0\n[Service]"}]},
    {"workers": [{"name": "a", "command": ["x"]}, {"name": "a", "command": ["y"]}]},
    {"workers": [{"name": "a", "command": []}]},
    {"leader": "no"},
    {"health": {"url": "http://10.77.0.12:8101/healthz"}},
    {"health": {**SERVER["health"], "status": 99}},
    {"php": TREE["php"]},
    {"runtime": "php"},
]


@pytest.mark.parametrize("change", HOSTILE_PARTS, ids=lambda change: json.dumps(change)[:60])
def test_hostile_part_is_refused(change):
    with pytest.raises(Refused):
        Request.parse({**SERVER, **change})


ODD_TREES = [
    {"writable": ["../etc"]},
    {"writable": ["/etc"]},
    {"writable": ["a/./b"]},
    {"writable": ["a/"]},
    {"root": "a/../.."},
    {"extensions": ["mysqli;"]},
    {"settings": {"a b": "1"}},
    {"settings": {"memory_limit": "1\nx = 2"}},
    {"workers": 0},
]


@pytest.mark.parametrize("change", ODD_TREES, ids=json.dumps)
def test_odd_php_part_is_refused(change):
    with pytest.raises(Refused):
        Request.parse({**TREE, "php": {**TREE["php"], **change}})


def test_socket_of_another_app_is_refused():
    with pytest.raises(Refused):
        Request.parse({**TREE, "bind": "/run/semai/other.sock"})
