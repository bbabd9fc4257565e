"""The role php on real machines: packages found by asking apt, nothing started, what is lacking refused by name."""

from __future__ import annotations

import shlex

import pytest

from tests.lab.image import DEBIAN_13
from tests.servers.conftest import Servers
from tests.servers.server import Server

pytestmark = pytest.mark.lab

WANTED = ["mysqli", "pdo_mysql", "dom", "simplexml", "gd", "mbstring", "openssl", "opcache", "fileinfo"]

POOL = b"[intranet]\nuser = www-data\nlisten = /run/php/intranet.sock\npm = ondemand\npm.max_children = 2\n"


def test_php_comes_with_its_extensions_and_serves_nobody(servers: Servers) -> None:
    server, version = servers(DEBIAN_13), "8.4"
    before = server.fingerprint("/etc")
    foreseen = server.play("php", {"php_extensions": WANTED}, check=True)
    assert "php : Install PHP" in foreseen.changed
    assert server.fingerprint("/etc") == before

    server.settled("php", {"php_extensions": WANTED, "php_version": ">=8.1,<9"})
    loaded = {line.strip().lower() for line in server.run(f"php-fpm{version} -m; php{version} -m").splitlines()}
    assert {*WANTED, "zend opcache"} - loaded == {"opcache"}
    installed = server.run("dpkg-query -W -f '${Package}\\n' 'php*'").split()
    assert {f"php{version}-mysql", f"php{version}-xml", f"php{version}-gd"} <= set(installed)
    assert f"php{version}-pgsql" not in installed
    unit = f"php{version}-fpm.service"
    assert server.run(f"systemctl show -P LoadState,ActiveState {unit}").split() in (
        ["masked", "inactive"],
        ["inactive", "masked"],
    )
    assert server.run("pgrep -c php-fpm || true").strip() == "0"
    assert runs_shut_in(server, version) == "1 8"

    refused = server.play("php", {"php_extensions": ["mysqli", "oci8", "imap_of_nobody"]}, fails=True).refusal
    assert refused["code"] == "php-extension-unavailable"
    assert "oci8, imap_of_nobody" in refused["message"]
    refused = server.play("php", {"php_version": ">=7.2,<8"}, fails=True).refusal
    assert refused["code"] == "php-version-unavailable"
    assert f"offered: {version}" in refused["message"]
    assert server.play("php", {"php_version": "acht"}, fails=True).refusal["code"] == "request-invalid"
    assert server.play("php", {"php_extensions": ["x; reboot"]}, fails=True).refusal["code"] == "request-invalid"

    server.run(f"phpdismod -v {version} gd")
    refused = server.play("php", {"php_extensions": WANTED}, fails=True).refusal
    assert (refused["code"], "gd" in refused["message"]) == ("php-extension-off", True)


def runs_shut_in(server: Server, version: str) -> str:
    """Return what PHP prints with our settings where memory that was written is never executed."""
    settings = "-d opcache.enable_cli=1 -d opcache.jit=disable -d pcre.jit=0"
    code = (
        "array_map(fn() => preg_match('/(a+)b/', 'aab'), range(1, 300000)); echo preg_match('/x{3}/', 'xxx'), ' 8';"
    )
    limits = "-p MemoryDenyWriteExecute=yes -p NoNewPrivileges=yes"
    return server.run(f"systemd-run --quiet --wait --pipe {limits} php{version} {settings} -r {shlex.quote(code)}")


@pytest.mark.thorough
def test_a_service_that_somebody_uses_is_left_alone_and_every_variable_counts(servers: Servers) -> None:
    server = servers()
    server.machine.put("/etc/php/8.2/fpm/pool.d/intranet.conf", POOL)
    server.play("php", {"php_packages": ["ghostscript"], "php_extensions": ["pgsql"], "php_version": "==8.2"})
    assert "masked" not in server.run("systemctl is-enabled php8.2-fpm.service || true")
    assert server.run("dpkg-query -W -f '${Status}' ghostscript").endswith("installed")
    server.run("rm /etc/php/8.2/fpm/pool.d/intranet.conf")
    kept = server.play("php", {"php_distribution_service": True})
    assert kept.changed == []
    server.settled("php")
    assert "masked" in server.run("systemctl is-enabled php8.2-fpm.service || true")
