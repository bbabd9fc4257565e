"""WordPress and DokuWiki, as Debian packages them, through the host tool: logged in to, updated, undone."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.host.phprig import SOCKET, PhpHost, pack
from tests.lab.fixtures import lab
from tests.lab.image import DEBIAN_12
from tests.servers.php import trees

__all__ = ["lab"]
pytestmark = [pytest.mark.lab, pytest.mark.thorough]

ADMIN = "Rahasia-&-Panjang+42"
FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
WORDPRESS = "6.1.9"
DOKUWIKI = "2022.7.31"


@pytest.fixture(scope="module")
def host(lab):
    made = lab.machines(1, DEBIAN_12)
    yield PhpHost(made[0])
    lab.discard(made)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """Return a folder with the trees `wordpress` and `dokuwiki`."""
    folder = tmp_path_factory.mktemp("debian")
    trees.lay_out(folder)
    return folder / "trees"


def cookies(header: str) -> str:
    """Return what a browser sends back."""
    return "; ".join(line.partition(";")[0] for line in header.split("\n"))


def wp_config(database: dict) -> str:
    secrets = "".join(
        f"define('{name}_{kind}', 'panjang-sekali-{name}-{kind}');\n"
        for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
        for kind in ("KEY", "SALT")
    )
    return (
        f"<?php\ndefine('DB_NAME', '{database['name']}');\ndefine('DB_USER', '{database['user']}');\n"
        f"define('DB_PASSWORD', getenv('DATABASE_PASSWORD'));\ndefine('DB_HOST', 'localhost:{SOCKET}');\n"
        f"define('DB_CHARSET', 'utf8mb4');\n{secrets}$table_prefix = 'wp_';\n"
        "define('WP_HOME', getenv('SEMAI_BASE_URL'));\ndefine('WP_SITEURL', getenv('SEMAI_BASE_URL'));\n"
        "define('DISABLE_WP_CRON', true);\ndefine('AUTOMATIC_UPDATER_DISABLED', true);\n"
        "define('DISALLOW_FILE_MODS', true);\ndefine('FS_METHOD', 'direct');\n"
        "require_once ABSPATH . 'wp-settings.php';\n"
    )


def wordpress(host: PhpHost, source: Path, database: dict, version: str, setup: str | None = None) -> dict:
    """Return the request of one release; `setup` replaces what its migration does."""
    files = {"semai-release.txt": version, **({"semai-setup.php": setup} if setup else {})}
    return host.request(
        "wordpress",
        version,
        pack(source, files, ("readme.html", "wp-config-sample.php")),
        database=database,
        env={"ADMIN_PASSWORD": ADMIN, "ADMIN_EMAIL": "a@example.go.id", "SITE_TITLE": "Kabupaten Manggarai"},
        config={"shared/config/wp-config.php": wp_config(database)},
        php={
            "extensions": ["mysqli", "gd", "dom", "mbstring", "curl"],
            "version": ">=8.1,<8.3",
            "writable": ["wp-content/uploads"],
            "links": {"wp-config.php": "shared/config/wp-config.php"},
            "settings": {"upload_max_filesize": "20M", "post_max_size": "25M"},
        },
        commands={"migrate": ["php", "semai-setup.php"]},
        health={"path": "/wp-login.php", "text": "WordPress", "timeout_seconds": 40},
        timers=[{"name": "cron", "command": ["php", "wp-cron.php"], "calendar": "*:0/5"}],
    )


def log_in(host: PhpHost, password: str = ADMIN) -> tuple[int, str]:
    """Return the status of a login to WordPress and the cookie it gives."""
    form = urlencode({"log": "admin", "pwd": password, "wp-submit": "Log In", "testcookie": "1"})
    more = {**FORM, "HTTP_COOKIE": "wordpress_test_cookie=WP%20Cookie%20check"}
    status, headers, _ = host.ask("wordpress", "/wp-login.php", method="POST", body=form, **more)
    return status, headers.get("set-cookie", "")


def test_wordpress_is_installed_logged_in_to_updated_and_an_update_undone(host, sources):
    database, source = host.database("wordpress"), sources / "wordpress"
    host.activate(wordpress(host, source, database, WORDPRESS))
    status, _, page = host.ask("wordpress", "/")
    assert status == 200
    assert "<title>Kabupaten Manggarai" in page
    status, cookie = log_in(host)
    assert (status, "wordpress_logged_in" in cookie) == (302, True)
    assert log_in(host, "salah")[0] == 200  # the form again

    uploads = f"{host.places('wordpress')}/shared/data/wp-content/uploads"
    host.machine.run(
        f"runuser -u semai-wordpress -- sh -c 'mkdir -p {uploads}/2026 && echo foto > {uploads}/2026/a.txt'"
    )
    post = "INSERT INTO wp_posts (post_title, post_content, post_status, post_date, post_date_gmt, post_excerpt,"
    post += " to_ping, pinged, post_content_filtered)"
    post += " VALUES ('Berita pertama', 'isi', 'publish', NOW(), NOW(), '', '', '', '')"
    host.root_sql(post, database["name"])
    assert "Berita pertama" in host.ask("wordpress", "/")[2]
    assert host.ask("wordpress", "/wp-cron.php")[0] == 200
    host.machine.run("systemctl start semai-wordpress.cron.service")

    host.activate(wordpress(host, source, database, "6.1.10"))
    assert "Berita pertama" in host.ask("wordpress", "/")[2]
    assert host.state("wordpress")["health"] == {
        "status": "ok", "release": "6.1.10", "detail": "HTTP 200", "contracts": {},
    }  # fmt: skip

    ruins = "<?php define('WP_INSTALLING', true); require __DIR__ . '/wp-load.php';"
    ruins += " $wpdb->query('DROP TABLE wp_posts');"
    ruins += " array_map('unlink', glob(WP_CONTENT_DIR . '/uploads/2026/*')); exit(1);"
    failed = host.activate(wordpress(host, source, database, "6.1.11", ruins), expect=1)["error"]
    assert (failed["step"], failed["undone"]) == ("migrate", True)
    assert "Berita pertama" in host.ask("wordpress", "/")[2]
    assert host.machine.run(f"cat {uploads}/2026/a.txt").out == "foto\n"
    assert log_in(host)[0] == 302
    owned = host.machine.run(f"find {host.places('wordpress')}/releases -user semai-wordpress | wc -l").out
    assert owned.strip() == "0"


def dokuwiki(host: PhpHost, source: Path, version: str, files: dict[str, str] | None = None) -> dict:
    return host.request(
        "dokuwiki",
        version,
        pack(source, {"semai-release.txt": version, **(files or {})}),
        env={"ADMIN_PASSWORD": ADMIN, "ADMIN_EMAIL": "a@example.go.id", "SITE_TITLE": "Catatan Kita"},
        php={"extensions": ["gd", "mbstring", "xml"], "version": ">=8.1,<8.3", "writable": ["conf", "data"]},
        commands={"migrate": ["php", "semai-setup.php"]},
        health={"path": "/doku.php", "text": "dokuwiki", "timeout_seconds": 40},
    )


def test_dokuwiki_is_installed_written_in_updated_and_an_update_undone(host, sources):
    source = sources / "dokuwiki"
    host.activate(dokuwiki(host, source, DOKUWIKI))
    status, _, page = host.ask("dokuwiki", "/doku.php?id=start")
    assert (status, "Catatan Kita" in page) == (200, True)

    def log_in(password: str) -> str:
        form = urlencode({"u": "admin", "p": password, "do": "login", "id": "start"})
        _, headers, _ = host.ask("dokuwiki", "/doku.php", method="POST", body=form, **FORM)
        cookie = cookies(headers.get("set-cookie", ""))
        return host.ask("dokuwiki", "/doku.php?id=start", HTTP_COOKIE=cookie)[2]

    assert "Logged in as" in log_in(ADMIN)
    assert "Logged in as" not in log_in("salah")
    data = f"{host.places('dokuwiki')}/shared/data"
    host.machine.run(
        f"runuser -u semai-dokuwiki -- sh -c 'echo \"====== Rapat Senin ======\" > {data}/data/pages/rapat.txt'"
    )
    assert re.search("<h1.*Rapat Senin", host.ask("dokuwiki", "/doku.php?id=rapat")[2])

    host.activate(dokuwiki(host, source, "2022.8.1", {"conf/local.php": "<?php $conf['title'] = 'of the mentor';"}))
    page = host.ask("dokuwiki", "/doku.php?id=rapat")[2]
    assert "Rapat Senin" in page
    assert "Catatan Kita" in page
    ruins = "<?php unlink(__DIR__ . '/conf/local.php'); unlink(__DIR__ . '/data/pages/rapat.txt'); exit(2);"
    failed = host.activate(dokuwiki(host, source, "2022.8.2", {"semai-setup.php": ruins}), expect=1)["error"]
    assert (failed["step"], failed["undone"]) == ("migrate", True)
    page = host.ask("dokuwiki", "/doku.php?id=rapat")[2]
    assert "Rapat Senin" in page
    assert "Catatan Kita" in page
    assert "Logged in as" in log_in(ADMIN)
