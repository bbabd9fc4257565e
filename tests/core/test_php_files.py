"""Configuration files of PHP apps: every value quoted, no secret inside."""

from __future__ import annotations

from typing import Any

import pytest
from semai.adapters.php_presets import preset_text
from semai.core.catalog import Manifest
from semai.core.php_files import php_part
from semai.core.quoting import env_literal, php_literal
from semai.core.references import Cloak, secret_reference
from semai.errors import InvalidInput

PASSWORD = secret_reference("apps", "x", "database_password")
KEY = secret_reference("apps", "x", "secret_key")
ANSWER = secret_reference("apps", "x", "answers", "smtp")
CLOAK = Cloak.of("0" * 64, [PASSWORD, KEY, ANSWER])
VALUES: dict[str, Any] = {
    "region": {"name": "Kota D'Amba \\ {{ x }} $y <?php", "time_zone": "Asia/Jakarta"},
    "app": {"id": "x"},
    "answers": {"smtp": ANSWER, "title": "it's"},
    "paths": {"app": "/srv/semai/apps/x", "release": "/srv/semai/apps/x/releases/1"},
    "database": {
        "driver": "mariadb",
        "name": "semai_x",
        "user": "semai_x",
        "host": "/run/mysqld/mysqld.sock",
        "port": 3306,
        "password": PASSWORD,
    },
    "site": {"url": "https://x.go.id"},
    "secrets": {"secret_key": KEY},
}


def part(text: str, place: str = "config.php") -> Any:
    manifest = Manifest.model_validate(
        {
            "version": "1",
            "runtime": "php",
            "php": {"config": {place: {"text": text}}, "settings": {"a": True, "b": 5}},
            "questions": {"smtp": {"title": "SMTP", "secret": True}},
        }
    )
    return php_part("x 1", manifest, CLOAK.hide(VALUES), CLOAK)


def filled(text: str) -> str:
    return str(part(text).files["shared/config/config.php"]["content"])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ region.name | php }}", "'Kota D\\'Amba \\\\ {{ x }} $y <?php'"),
        ("{{ database.password | php }}", "getenv('DATABASE_PASSWORD')"),
        ("{{ secrets.secret_key | php }}", "getenv('SECRET_KEY')"),
        ("{{ answers.smtp | php }}", "getenv('ANSWER_SMTP')"),
        ("{{ database.password | env }}", '"${DATABASE_PASSWORD}"'),
        ("{{ database.port }}", "3306"),
        ("{{ [1, 'a', true, none] | php }}", "[1, 'a', true, null]"),
        ("{{ {'k': secrets.secret_key} | php }}", "['k' => getenv('SECRET_KEY')]"),
        ("{{ (paths.tree ~ '/') | php }}", "'/srv/semai/apps/x/releases/1/tree/'"),
        ("{% if database.host[0] == '/' %}socket{% endif %}\n", "socket"),
        ("a\n", "a\n"),
        ("{{ region.time_zone | tojson }}", '"Asia/Jakarta"'),
    ],
)
def test_values_become_literals(template: str, text: str) -> None:
    assert filled(template) == text


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{{ region.time_zone }}", "template-invalid"),
        ("'{{ database.password }}'", "template-invalid"),
        ("{{ (region.name | php) ~ '' }}", "template-invalid"),
        ("{{ region.nope | php }}", "template-invalid"),
        ("{{ region.name.upper() | php }}", "template-invalid"),
        ("{% include '/etc/passwd' %}", "template-invalid"),
        ("{{ secrets.secret_key | tojson }}", "secret-in-text"),
        ("{{ ('x' ~ secrets.secret_key) | php }}", "secret-in-text"),
        ("@secret(apps.x.secret_key)", "secret-in-text"),
    ],
)
def test_what_a_file_may_not_hold(template: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        filled(template)
    assert caught.value.code == code


def test_secrets_are_in_the_environment_and_in_no_file() -> None:
    found = part(preset_text("codeigniter4"), ".env")
    assert found.environment == {"ANSWER_SMTP": ANSWER, "DATABASE_PASSWORD": PASSWORD, "SECRET_KEY": KEY}
    assert "@secret(" not in found.files["shared/config/.env"]["content"]
    assert found.php["links"] == {".env": "shared/config/.env"}
    assert found.php["settings"] == {"a": "On", "b": "5"}


@pytest.mark.parametrize("driver", ["mariadb", "postgresql"])
@pytest.mark.parametrize("host", ["/run/x.sock", "10.77.0.12"])
@pytest.mark.parametrize("preset", ["codeigniter3-database", "codeigniter3-config", "codeigniter4", "laravel"])
def test_presets_are_filled(preset: str, driver: str, host: str) -> None:
    names = {"secrets": {"secret_key": KEY, "app_key": KEY}, "database": {**VALUES["database"], "driver": driver}}
    values = {**VALUES, **names, "database": {**names["database"], "host": host}}
    manifest = Manifest.model_validate(
        {"version": "1", "runtime": "php", "php": {"config": {".env": {"text": preset_text(preset)}}}}
    )
    text = php_part("x 1", manifest, CLOAK.hide(values), CLOAK).files["shared/config/.env"]["content"]
    assert "{{" not in text
    assert "0" * 64 not in text


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ("it's \\ \"", '"it\'s \\\\ \\""'),
        ("# no comment", "'# no comment'"),
        ("$5", "'$5'"),
        (True, "true"),
        (None, ""),
        (5, "5"),
    ],
)
def test_env_literals(value: Any, literal: str) -> None:
    assert env_literal(value, {}) == literal


@pytest.mark.parametrize("value", ["a\nb", "${HOME}", ["a"]])
def test_what_an_env_file_cannot_hold(value: Any) -> None:
    with pytest.raises(ValueError):
        env_literal(value, {})


def test_php_literal_of_nul_is_refused() -> None:
    with pytest.raises(ValueError):
        php_literal("a\0b", {})
