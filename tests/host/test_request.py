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
