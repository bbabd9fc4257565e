"""The role nginx on real machines, asked over HTTPS as browsers do, with the region's CA trusted."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.authority import Authority, text
from tests.servers.server import Server

pytestmark = pytest.mark.lab

PLANNING, BUDGETING, WEB = "e-planning.manggarai.go.id", "e-budgeting.manggarai.go.id", "web.manggarai.go.id"
APP = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{sys.argv[1]} {self.command} {self.path} {self.headers['Host']}"
        said += f" {self.headers['X-Forwarded-Proto']} {self.headers['X-Forwarded-For']}"
        said = said.encode()
        self.send_response(503 if self.path == "/broken" else 200)
        if self.path == "/own":
            self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    do_POST = do_GET
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
"""


@dataclass(frozen=True)
class Answer:
    """What a browser is told."""

    status: int
    headers: dict[str, str]
    body: str


class Web:
    """The sites of a server, seen from outside."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.ca = server, Authority()
        self._trusted = folder / "ca.pem"
        self._trusted.write_text(text(self.ca.certificate))

    def certify(self, *names: str) -> None:
        """Bring certificates by the role that does."""
        self.server.play("certificate", {"certificate_names": list(names), "certificate_ca": self.ca.variables()})

    def ask(self, name: str, path: str = "/", *words: str, scheme: str = "https") -> Answer:
        """Ask a site; status 0 when no answer came."""
        address = self.server.machine.address
        led = [word for port in (80, 443) for word in ("--resolve", f"{name}:{port}:{address}")]
        ended = subprocess.run(
            [
                "curl",
                "-s",
                "-i",
                "-m",
                "10",
                "--cacert",
                str(self._trusted),
                *led,
                *words,
                f"{scheme}://{name}{path}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        head, _, body = ended.stdout.replace("\r\n", "\n").partition("\n\n")
        if not head:
            return Answer(0, {}, "")
        first, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        return Answer(int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body)

    @property
    def master(self) -> str:
        """Return nginx's main process."""
        return self.server.run("systemctl show --property=MainPID nginx")


@pytest.fixture
def web(server: Server, tmp_path: Path) -> Web:
    return Web(server, tmp_path)


def site(name: str, server_name: str, *ports: int, **more: Any) -> dict[str, Any]:
    upstreams = [f"127.0.0.1:{port}" for port in ports]
    return {"name": name, "state": "present", "server_name": server_name, "upstreams": upstreams, **more}


def test_an_app_is_served_once_and_check_mode_touches_nothing(server: Server, tmp_path: Path) -> None:
    web = Web(server, tmp_path)
    given = {"nginx_sites": [site("e-planning", PLANNING, 8101)]}
    before = server.fingerprint()
    assert server.play("nginx", given, check=True).changed == ["nginx : Install nginx", "nginx : Bring the sites"]
    assert server.fingerprint() == before

    server.serve("planning", APP, "8101")
    web.certify(PLANNING)
    server.settled("nginx", given)

    moved = web.ask(PLANNING, "/a?b=c", scheme="http")
    assert (moved.status, moved.headers["location"]) == (301, f"https://{PLANNING}/a?b=c")
    answer = web.ask(PLANNING, "/rka", "-H", "X-Forwarded-For: 1.2.3.4")
    assert answer.body == f"8101 GET /rka {PLANNING} https {server.machine.gateway}"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert (answer.headers["x-frame-options"], answer.headers["x-content-type-options"]) == (
        "SAMEORIGIN",
        "nosniff",
    )
    assert web.ask(PLANNING, "/own").headers["x-frame-options"] == "DENY"
    assert answer.headers["server"] == "nginx"
    assert web.ask(server.machine.address, "/", "-k").status == 0
    assert web.ask("other.manggarai.go.id", "/", "-k").status == 0
    assert web.ask("other.manggarai.go.id", scheme="http").status == 0

    server.machine.reboot()
    page = web.ask(PLANNING)
    assert (page.status, page.headers["retry-after"]) == (502, "60")
    assert "Layanan sedang dalam pemeliharaan" in page.body
    assert "strict-transport-security" in page.headers
    assert server.play("nginx", given, check=True).changed == []
    assert server.play("nginx", given).changed == []


def test_every_variable_changed_by_reloads_alone(web: Web) -> None:
    server = web.server
    for port in (8101, 8102, 8103):
        server.serve(f"app-{port}", APP, str(port))
    server.run("install -d /srv/static && echo 'body{}' | tee /srv/static/a.css >/srv/static/a.0123456789ab.css")
    web.certify(PLANNING, BUDGETING)
    server.play("nginx", {"nginx_sites": [site("e-planning", PLANNING, 8101), site("gone", BUDGETING, 8103)]})
    master = web.master
    assert web.ask(BUDGETING).body.startswith("8103")

    server.run("mv /etc/semai/tls /etc/semai/keys")
    given = {
        "nginx_sites": [
            site(
                "e-planning",
                PLANNING,
                8101,
                8102,
                static="/srv/static",
                login=["/masuk", "/admin/login/"],
                max_body_mb=1,
            ),
            {**site("gone", BUDGETING, 8103), "state": "absent"},
        ],
        "nginx_tls_folder": "/etc/semai/keys",
        "nginx_rate_limit": {"per_minute": 6, "burst": 2},
        "nginx_maintenance_page": {"title": "Tutup <sebentar>", "text": "Kembali pukul 08.00."},
    }
    server.settled("nginx", given)
    assert web.master == master
    assert web.ask(BUDGETING, "/", "-k").status == 0

    assert web.ask(PLANNING, "/static/a.css").headers["cache-control"] == "public, max-age=3600"
    assert "immutable" in web.ask(PLANNING, "/static/a.0123456789ab.css").headers["cache-control"]
    assert web.ask(PLANNING, "/static/none.css").status == 404

    asked = [web.ask(PLANNING, "/masuk", "-d", "x=1").status for _ in range(5)]
    assert asked == [200, 200, 200, 429, 429]
    assert [web.ask(PLANNING, "/masuk").status for _ in range(5)] == [200] * 5
    assert web.ask(PLANNING, "/other", "-d", "x=1").status == 200

    server.run("systemctl stop app-8101")
    assert [web.ask(PLANNING).body[:4] for _ in range(6)] == ["8102"] * 6
    page = web.ask(PLANNING, "/broken")
    assert (page.status, "Tutup &lt;sebentar&gt;" in page.body) == (503, True)
    server.run("install -d /var/www/semai-acme/.well-known/acme-challenge")
    server.machine.put("/var/www/semai-acme/.well-known/acme-challenge/token", b"proof")
    assert web.ask(PLANNING, "/.well-known/acme-challenge/token", scheme="http").body == "proof"


@pytest.mark.thorough
def test_an_upload_above_the_limit_is_refused(web: Web, tmp_path: Path) -> None:
    web.server.serve("planning", APP, "8101")
    web.certify(PLANNING)
    web.server.play("nginx", {"nginx_sites": [site("e-planning", PLANNING, 8101, max_body_mb=1)]})
    for size, status in ((900_000, 200), (1_100_000, 413)):
        upload = tmp_path / "upload"
        upload.write_bytes(b"x" * size)
        assert web.ask(PLANNING, "/up", "-H", "Expect:", "--data-binary", f"@{upload}").status == status


@pytest.mark.thorough
def test_a_php_tree_runs_and_only_what_is_meant_for_browsers_is_served(web: Web) -> None:
    server = web.server
    server.task("semai_packages", {"names": ["php-fpm"]})
    socket = server.run("ls /run/php/php*-fpm.sock | grep -v '/php-fpm.sock' | head -1").strip()
    root = "/srv/semai/apps/web/current/tree"
    tree = {
        "index.php": "<?php echo 'front ', $_SERVER['REQUEST_URI'], ' ', $_SERVER['HTTPS'];",
        "wp-login.php": "<?php echo 'login';",
        "info.php": "<?php echo $_SERVER['PATH_INFO'], ' ', $_SERVER['SCRIPT_FILENAME'];",
        "style.css": "body{}",
        ".env": "DB_PASSWORD=secret",
        "dump.sql": "secret",
        "composer.json": "{}",
        "application/config/database.txt": "secret",
        "wp-content/uploads/shell.php": "<?php echo 'owned';",
        "wp-content/uploads/photo.jpg": "jpg",
    }
    server.run("install -d /srv/semai/apps/web/releases/1 && ln -s releases/1 /srv/semai/apps/web/current")
    for path, content in tree.items():
        server.machine.put(f"{root}/{path}", content.encode())
    server.run(f"groupadd semai-web && chgrp semai-web {root}/style.css && chmod 0640 {root}/style.css")
    web.certify(WEB)
    php = {"socket": socket, "root": root}
    login = ["/wp-login.php", "/login"]
    one = {"name": "web", "server_name": WEB, "runtime": "php", "php": php, "login": login, "group": "semai-web"}
    server.settled("nginx", {"nginx_sites": [one]})

    assert web.ask(WEB).body == "front / on"
    assert web.ask(WEB, "/berita/5?x=1").body == "front /berita/5?x=1 on"
    assert web.ask(WEB, "/info.php/a/b").body == "/a/b /srv/semai/apps/web/releases/1/tree/info.php"
    assert (web.ask(WEB, "/style.css").status, web.ask(WEB, "/wp-content/uploads/photo.jpg").status) == (200, 200)
    closed = ("/.env", "/dump.sql", "/composer.json", "/application/config/database.txt")
    assert [web.ask(WEB, path).status for path in (*closed, "/wp-content/uploads/shell.php")] == [404] * 5
    assert 429 in [web.ask(WEB, "/wp-login.php", "-d", "x").status for _ in range(15)]
    server.run("systemctl stop 'php*-fpm.service'")
    assert "Layanan sedang dalam pemeliharaan" in web.ask(WEB).body


def test_a_port_held_by_apache_is_refused_by_name_before_anything_is_installed(server: Server) -> None:
    server.task("semai_packages", {"names": ["apache2"]})
    refusal = server.play("nginx", {"nginx_sites": []}, fails=True).refusal
    assert refusal["code"] == "port-held"
    assert refusal["message"].startswith("port 80 is held by apache2 (pid ")
    assert refusal["hint"].endswith("systemctl disable --now apache2")
    assert "nginx" not in server.run("dpkg-query -W -f '${Package} '")


def test_what_nginx_cannot_serve_never_lands(web: Web) -> None:
    server = web.server
    server.serve("planning", APP, "8101")
    web.certify(PLANNING)
    good = {"nginx_sites": [site("e-planning", PLANNING, 8101)]}
    server.play("nginx", good)
    before = server.fingerprint("/etc/nginx")

    def refused(*items: dict[str, Any]) -> dict[str, Any]:
        refusal = server.play("nginx", {"nginx_sites": [*good["nginx_sites"], *items]}, fails=True).refusal
        assert server.fingerprint("/etc/nginx") == before
        assert web.ask(PLANNING).status == 200
        return refusal

    same = refused(site("e-other", PLANNING, 8102))
    assert same["message"] == f"e-other and e-planning want the same server name {PLANNING}"
    assert refused(site("e-budgeting", BUDGETING, 8102))["code"] == "certificate-missing"
    assert refused(site("e-budgeting", "x; } server {", 8102))["code"] == "site-invalid"

    server.run(
        f"install -d /etc/semai/tls/{BUDGETING}; cd /etc/semai/tls/{BUDGETING}; echo no | tee cert.pem >key.pem"
    )
    invalid = refused(site("e-budgeting", BUDGETING, 8102))
    assert invalid["code"] == "nginx-invalid"
    assert "/run/" not in invalid["message"]

    server.machine.put(
        "/etc/nginx/sites-enabled/mine", f"server {{ listen 81; server_name {BUDGETING}; }}\n".encode()
    )
    before = server.fingerprint("/etc/nginx")
    assert (
        "/etc/nginx/sites-enabled/mine already serves" in refused(site("e-budgeting", BUDGETING, 8102))["message"]
    )
