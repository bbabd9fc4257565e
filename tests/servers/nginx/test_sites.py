"""The texts of nginx's configuration, without machines."""

from __future__ import annotations

from typing import Any

import pytest
from semai.playbooks.module_utils.semai_nginx_sites import Nginx, Site, WrongSite, files, page, read_sites, site

PLANNING = {"name": "e-planning", "server_name": "E-Planning.manggarai.go.id", "upstreams": ["127.0.0.1:8101"]}
OLD = Nginx(version=(1, 18, 0), ipv6=False)


def text(item: dict[str, Any], nginx: Nginx = OLD) -> str:
    return site(Site.read(item), nginx)


def test_one_file_for_each_site_that_shall_be_there() -> None:
    gone = {**PLANNING, "name": "gone", "server_name": "gone.go.id", "state": "absent"}
    found = files(read_sites([PLANNING, gone]), OLD, "Tutup", "Nanti")
    assert sorted(found) == [
        "conf.d/semai.conf",
        "semai/headers.conf",
        "semai/maintenance.html",
        "sites-enabled/semai-e-planning.conf",
    ]


def test_each_nginx_is_spoken_to_in_its_own_words() -> None:
    assert "listen 443 ssl http2;" in text(PLANNING)
    recent = text(PLANNING, Nginx(version=(1, 26, 3)))
    assert ("listen [::]:443 ssl;" in recent, "http2 on;" in recent) == (True, True)
    unknown = {
        version: files([], Nginx(version=version), "", "")["conf.d/semai.conf"]
        for version in ((1, 18, 0), (1, 22, 1))
    }
    assert "ssl_reject_handshake on;" in unknown[(1, 22, 1)]
    assert "unknown.crt;" in unknown[(1, 18, 0)]


def test_a_post_is_never_sent_twice_and_a_client_cannot_forge_its_address() -> None:
    said = text({**PLANNING, "upstreams": ["10.0.0.11:8101", "10.0.0.12:8101"]})
    assert "server 10.0.0.12:8101 max_fails=3 fail_timeout=10s;" in said
    assert "proxy_next_upstream error timeout;" in said
    assert "X-Forwarded-For $remote_addr;" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "../x"}, "../x is no name of a site"),
        ({"server_name": "a.go.id; return 200"}, "e-planning: a.go.id; return 200 is no server name"),
        ({"server_name": ""}, "e-planning: nothing is no server name"),
        ({"upstreams": ["127.0.0.1:8101; }"]}, "e-planning: the upstream 127.0.0.1:8101; } is not ADDRESS:PORT"),
        ({"upstreams": []}, "e-planning: there is no upstream"),
        ({"static": "/srv/{{x}}"}, "e-planning: /srv/{{x}} is no absolute path of plain characters"),
        ({"login": ["masuk"]}, "e-planning: masuk is no absolute path of plain characters"),
        ({"runtime": "php"}, "e-planning: a php site needs php.socket and php.root"),
    ],
)
def test_a_value_cannot_begin_another_directive(change: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongSite) as caught:
        Site.read({**PLANNING, **change})
    assert str(caught.value) == words


def test_two_sites_with_one_server_name_are_refused() -> None:
    with pytest.raises(
        WrongSite, match="e-planning and other want the same server name e-planning.manggarai.go.id"
    ):
        read_sites([PLANNING, {**PLANNING, "name": "other", "server_name": "e-planning.manggarai.go.id"}])


def test_the_page_shows_words_as_words() -> None:
    assert "<h1>Tutup &lt;b&gt;</h1>" in page("Tutup <b>", "Nanti & besok")


def test_what_an_app_may_write_is_never_run_and_its_configuration_never_shown() -> None:
    php = {
        "socket": "/run/semai/web.sock",
        "root": "/srv/web",
        "closed": ["wp-config.php"],
        "inert": ["foto", "a.b"],
    }
    said = text({**PLANNING, "runtime": "php", "upstreams": [], "php": php})
    order = [said.index(words) for words in (
        r"location ~* ^/(foto|a\.b)/.*\.(php[0-9]*|phps|pht|phtml|phar)(/|$) {",
        r"|inc|node_modules|system|wp\-config\.php)(/|$) {",
        r"location ~ \.php(/|$) {",
        r"location ~* \.(php[0-9]*|phps|pht|phtml|phar)(/|$) {",
    )]  # fmt: skip
    assert order == sorted(order)
    with pytest.raises(WrongSite, match=r"a\{1\} is no folder of plain characters"):
        Site.read({**PLANNING, "php": {**php, "inert": ["a{1}"]}})
