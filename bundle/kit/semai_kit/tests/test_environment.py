"""The installer's variables: what is read, what is refused, and how settings follow from them."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from semai_kit.environment import Environment
from semai_kit.settings import base, database
from semai_kit.testing import environment

GOOD = {
    "SEMAI_APP": "e-planning",
    "SEMAI_RELEASE": "2026.11.0",
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "sqlite:////tmp/x.sqlite3",
    "SEMAI_BASE_URL": "https://plan.contohkab.go.id/",
    "SEMAI_MEDIA": "/srv/media",
    "SEMAI_REGION_FILE": "/srv/region.json",
}
CONTRACTS = {
    "provides": {"planning.work-plan": {"version": "1.0", "consumers": {"e-budgeting": "tok"}}},
    "consumes": {"x.y": {"version": "1.0", "url": "http://h/api/x.y/1.0/", "token": "t", "provider": "x"}},
}


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(ImproperlyConfigured, match="SEMAI_APP, SECRET_KEY, DATABASE_URL"):
        Environment.read({"SEMAI_MEDIA": "/x", "SEMAI_REGION_FILE": "/y", "SEMAI_BASE_URL": "http://h"})


def test_contracts_become_values() -> None:
    env = Environment.read(GOOD | {"SEMAI_CONTRACTS": json.dumps(CONTRACTS)})
    assert env.provides["planning.work-plan"].consumers["e-budgeting"] == "tok"
    assert env.consumes["x.y"].url == "http://h/api/x.y/1.0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEMAI_CONTRACTS", "{"),
        ("SEMAI_CONTRACTS", "[]"),
        ("SEMAI_CONTRACTS", '{"consumes": {"x": {"version": "1.0"}}}'),
        ("SEMAI_CONTRACTS", '{"provides": {"x": {"version": "1.0", "consumers": 3}}}'),
        ("SEMAI_ANSWERS", "2027x"),
        ("SEMAI_PROXIES", "-1"),
        ("SEMAI_PROXIES", "yes"),
        ("SEMAI_BASE_URL", "plan.go.id"),
        ("SEMAI_BASE_URL", "ftp://plan.go.id"),
    ],
)
def test_malformed_variable_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment.read(GOOD | {name: value})


def test_cookies_of_two_apps_on_one_host_have_different_names() -> None:
    one = base("garden", "u", environment("e-planning"))
    two = base("garden", "u", environment("e-budgeting"))
    for cookie in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"):
        assert one[cookie] != two[cookie]
        assert "e_planning" in one[cookie]


def test_https_address_makes_cookies_secure_and_http_does_not() -> None:
    secure = base("garden", "u", environment("g", base_url="https://g.contohkab.go.id"))
    plain = base("garden", "u", environment("g", base_url="http://127.0.0.1:8101"))
    assert secure["SESSION_COOKIE_SECURE"]
    assert secure["CSRF_COOKIE_SECURE"]
    assert not plain["SESSION_COOKIE_SECURE"]
    assert secure["CSRF_TRUSTED_ORIGINS"] == ["https://g.contohkab.go.id"]
    assert plain["CSRF_TRUSTED_ORIGINS"] == ["http://127.0.0.1:8101"]
    assert secure["ALLOWED_HOSTS"][0] == "g.contohkab.go.id"


def test_sqlite_keeps_every_acknowledged_row() -> None:
    options = base("garden", "u", environment("g", database_url="sqlite:////tmp/a.sqlite3"))["DATABASES"]["default"]
    assert options["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["OPTIONS"]["init_command"]
    assert "journal_mode=WAL" in options["OPTIONS"]["init_command"]


def test_the_password_of_a_database_server_comes_beside_its_address_and_is_shown_nowhere() -> None:
    password = 'it\'s "50%" \\ {{ x }} $HOME @:/?#'
    for url in ("postgres://a@/b?host=/run/postgresql", "postgres://a@%2Frun%2Fpostgresql:5432/b"):
        env = Environment.read(GOOD | {"DATABASE_URL": url, "DATABASE_PASSWORD": password})
        config = base("garden", "u", environment("g", database_url=url, database_password=password))["DATABASES"]
        assert config["default"]["PASSWORD"] == env.database_password == password
        assert "/run/postgresql" in (config["default"]["HOST"], config["default"]["OPTIONS"].get("host"))
        assert password not in repr(env)


def test_a_password_written_in_the_address_is_used_when_none_comes_beside_it() -> None:
    assert database("postgres://a:s%20t@h/b")["PASSWORD"] == "s t"
    assert database("postgres://a:st@h/b", "other")["PASSWORD"] == "other"


def test_sqlite_needs_no_driver_of_a_database_server() -> None:
    code = "import sys, semai_kit.settings as s, django.db.backends.sqlite3.base; s.database('sqlite:////tmp/a'); "
    ran = [sys.executable, "-c", f"{code}print('psycopg' in sys.modules)"]
    assert subprocess.run(ran, capture_output=True, text=True, check=True).stdout == "False\n"


def test_our_proxy_stands_before_a_public_https_address_unless_it_is_said_otherwise() -> None:
    assert Environment.read(GOOD).proxies == 1
    assert Environment.read(GOOD | {"SEMAI_PROXIES": "2"}).proxies == 2
    assert Environment.read(GOOD | {"SEMAI_PROXIES": "0"}).proxies == 0
    assert Environment.read(GOOD | {"SEMAI_BASE_URL": "http://127.0.0.1:8101"}).proxies == 0


def test_hashed_static_names_only_after_collection(tmp_path: Path) -> None:
    env = environment("g", static=tmp_path)
    assert "SortedManifest" not in base("garden", "u", env)["STORAGES"]["staticfiles"]["BACKEND"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert "SortedManifest" in base("garden", "u", env)["STORAGES"]["staticfiles"]["BACKEND"]


def test_region_file_errors_name_the_file_and_the_key(tmp_path: Path) -> None:
    path = tmp_path / "region.json"
    path.write_text('{"code": "53.10"}')
    with pytest.raises(ImproperlyConfigured, match=r"region\.json: KeyError\('name'\)"):
        base("garden", "u", replace(environment("g"), region_file=path))


def test_mail_is_off_without_a_host_and_asks_for_a_sender_with_one() -> None:
    assert not Environment.read(GOOD).mail.configured
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM"):
        Environment.read(GOOD | {"MAIL_HOST": "mail"})
    with pytest.raises(ImproperlyConfigured, match="MAIL_SECURITY must be one of none, starttls, tls"):
        Environment.read(GOOD | {"MAIL_HOST": "mail", "MAIL_FROM": "a@b.id", "MAIL_SECURITY": "ssl"})


def test_the_mail_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("rahasia sekali\n")
    given = GOOD | {"MAIL_HOST": "mail", "MAIL_FROM": "a@b.id", "MAIL_PASSWORD_FILE": str(path)}
    found = Environment.read(given).mail
    assert (found.password, found.port, found.security) == ("rahasia sekali", 587, "starttls")
    assert "rahasia" not in repr(found)
    path.unlink()
    with pytest.raises(ImproperlyConfigured, match="MAIL_PASSWORD_FILE"):
        Environment.read(given)
