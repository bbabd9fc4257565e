"""What a release of runtime php may say: every mistake at its line."""

from __future__ import annotations

import pytest
from semai.adapters.yaml_checks import validate
from semai.adapters.yaml_files import parse_document
from semai.core.catalog import Manifest
from semai.core.php_checks import judge_runtime
from semai.core.php_manifest import FENCE
from semai.errors import InvalidInput
from semai_host.php_fpm import OURS

GOOD = """schema: 1
version: 2026.11.0
runtime: php
needs: {php: ">=8.1,<8.4", extensions: [mysqli, gd]}
resources: {database: mariadb, secrets: [secret_key]}
php:
  root: public
  writable: [storage, wp-content/uploads]
  config:
    .env: {preset: laravel}
    config/app.php: {template: app.php.j2}
  workers: 8
  settings: {upload_max_filesize: 20M, max_execution_time: 60, short_open_tag: false}
  import: database/schema.sql
commands:
  migrate: [php, artisan, migrate, --force]
  after_install:
    - [php, artisan, "db:seed"]
timers:
  cron: {command: [php, artisan, "schedule:run"], calendar: "*:0/1"}
workers:
  queue: {command: [php, artisan, "queue:work"]}
health: {path: /up, status: 200, text: ok}
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "en")


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidInput) as caught:
        validate(parse_document(text, "r.yml"), Manifest, judge=judge_runtime)
    return tuple(caught.value.details)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_good_release_is_read() -> None:
    manifest = validate(parse_document(GOOD, "r.yml"), Manifest, judge=judge_runtime)
    assert manifest.php is not None
    assert (manifest.php.import_sql, manifest.php.workers) == ("database/schema.sql", 8)
    assert manifest.timers["cron"].calendar == "*:0/1"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("root: public", "root: ../x", "7: php.root: \"../x\" leaves the tree; '..' is not allowed"),
        ("root: public", "root: /var/www", '7: php.root: "/var/www" is absolute; write it from the folder'),
        ("[storage, wp", "[/etc, wp", '8: php.writable[1]: "/etc" is absolute'),
        ("[storage, wp", "[a/../../b, wp", '8: php.writable[1]: "a/../../b" leaves the tree'),
        ("[storage, wp", "[./a, wp", '8: php.writable[1]: "./a" is no path inside the tree'),
        ("[storage, wp", "[a//b, wp", '8: php.writable[1]: "a//b" is no path inside the tree'),
        ("[storage, wp", '["a\\\\b", wp', "8: php.writable[1]: "),
        ("[storage, wp", "[storage, storage, wp", "8: php.writable[2]: is listed twice"),
        ("[storage, wp", "[storage, storage/logs, wp", "8: php.writable[2]: overlaps with storage"),
        ("[storage, wp", "[config, wp", "11: php.config.config/app.php: lies in a writable path"),
        ("    .env:", "    ../.env:", "10: php.config.../.env: "),
        ("{preset: laravel}", "{preset: joomla}", '10: php.config..env.preset: "joomla" is not allowed'),
        ("{preset: laravel}", "{preset: laravel, text: x}", "10: php.config..env: needs exactly one of template"),
        ("{preset: laravel}", "{}", "10: php.config..env: needs exactly one of template"),
        ("workers: 8", "workers: 0", "12: php.workers: "),
        ("short_open_tag: false", "open_basedir: /", "13: php.settings.open_basedir: "),
        ("upload_max_filesize: 20M", 'memory_limit: "1\\nx=2"', "13: php.settings.memory_limit: "),
        ("import: database", "import: /database", '14: php.import: "/database/schema.sql" is absolute'),
        ("mysqli, gd", "ext-mysqli, gd", '4: needs.extensions[1]: "ext-mysqli" is written without ext-: mysqli'),
        ("mysqli, gd", "MySQLi, gd", '4: needs.extensions[1]: "MySQLi" is no PHP extension'),
        (">=8.1,<8.4", "8", "4: needs.php: "),
        ("database: mariadb", "database: mysql", "5: resources.database: "),
        ("database: mariadb", "database: none", "14: php.import: needs a database"),
        ("[php, artisan, migrate", "[/bin/sh, artisan, migrate", "16: commands.migrate[1]: is no program"),
        ("[php, artisan, migrate", "[bin/x, artisan, migrate", "16: commands.migrate[1]: is no program"),
        ("commands:\n", "commands:\n  serve: [php]\n", "16: commands.serve: is for Python apps"),
        ("*:0/1", "every minute", '20: timers.cron.calendar: "every minute" is no time as systemd writes it'),
        ("  queue:", "  cron:", "22: workers.cron: is the name of a timer too"),
        ("  queue:", "  Queue_1:", "22: workers.Queue_1: "),
        ("path: /up", "path: up", '23: health.path: "up" does not fit the pattern'),
        ("runtime: php", "runtime: python", "6: php: belongs to `runtime: php` only"),
    ],
)
def test_mistake_is_named_at_its_line(old: str, new: str, line: str) -> None:
    found = problems(changed(old, new))
    assert any(problem.startswith(f"r.yml:{line}") for problem in found), found


def test_php_needs_its_part() -> None:
    assert problems("schema: 1\nversion: '1'\nruntime: php\n") == ("r.yml:1: php: is missing",)


def test_python_still_needs_serve() -> None:
    assert problems("schema: 1\nversion: '1'\ncommands: {migrate: [x]}\n") == (
        "r.yml:3: commands.serve: is missing",
    )


@pytest.mark.parametrize(
    "text", ["daily", "*:0/5", "Mon..Fri 07:30", "*-*-01 02:00", "Mon,Thu *-*-* 00:00:00", "2027-01-01", "Sat"]
)
def test_times_of_systemd_are_read(text: str) -> None:
    validate(parse_document(changed("*:0/1", text), "r.yml"), Manifest)


@pytest.mark.parametrize("text", ["", "* * * * *", "*:0/5; reboot", "07:30\nx", "tomorrow", "*/5 * * * *"])
def test_other_times_are_refused(text: str) -> None:
    quoted = text.replace("\n", "\\n")
    assert problems(changed("*:0/1", quoted))


@pytest.mark.parametrize(
    ("environment", "named"),
    [("SECRET_KEY: x", "secrets.secret_key"), ("DATABASE_PASSWORD: x", "database.password")],
)
def test_variables_of_secrets_stay_theirs(environment: str, named: str) -> None:
    (line,) = problems(f"{GOOD}environment:\n  {environment}\n")
    assert named in line
    assert line.startswith("r.yml:25: environment.")


def test_variable_may_be_its_own_secret() -> None:
    text = GOOD + 'environment:\n  SECRET_KEY: "{{ secrets.secret_key }}"\n'
    validate(parse_document(text, "r.yml"), Manifest, judge=judge_runtime)


def test_a_mentor_is_refused_the_settings_that_hosts_refuse() -> None:
    assert FENCE == OURS


@pytest.mark.parametrize("name", sorted(FENCE))
def test_no_setting_reaches_around_the_fence(name: str) -> None:
    assert problems(changed("short_open_tag: false", f'"{name}": x'))
