"""Configuration files read by the real programs: PHP itself, and phpdotenv, which Laravel reads .env with.

Both come from Debian's packages, unpacked and not installed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.php_presets import preset_text
from semai.core.catalog import Manifest
from semai.core.php_files import php_part
from semai.core.php_manifest import Preset
from semai.core.quoting import env_literal
from semai.core.references import Cloak, secret_reference

from tests.servers.php.trees import unpack

pytestmark = pytest.mark.lab
ODD = "p\"a's s$wo\\rd {{x}} ${HOME} %@#;"
PLAIN = [
    "plain",
    "it's",
    'a"b',
    "back\\slash",
    "it's \\ and \" and $5",
    "# no comment",
    "  spaced  ",
    "true",
    "=x=",
    "",
]
LIBRARIES = (
    "php-vlucas-phpdotenv",
    "php-phpoption",
    "php-graham-campbell-result-type",
    "php-symfony-polyfill-php80",
)
READ_ENV = """
set_include_path($argv[1]);
spl_autoload_register(function ($c) { @include_once str_replace('\\\\', '/', $c) . '.php'; });
$r = Dotenv\\Repository\\RepositoryBuilder::createWithDefaultAdapters()->immutable()->make();
echo json_encode(Dotenv\\Dotenv::create($r, $argv[2])->load());
"""


class Php:
    """A PHP that lies in a folder."""

    def __init__(self, root: Path) -> None:
        listed = subprocess.run(
            ["apt-cache", "depends", "php-cli"], check=True, capture_output=True, text=True
        ).stdout
        version = re.findall(r"Depends: php([0-9.]+)-cli", listed)[0]
        names = [f"php{version}-{part}" for part in ("cli", "common", "mbstring")]
        unpack(root, (*names, "libargon2-1", "libsodium23", "libonig5", *LIBRARIES))
        self.root, self.program = root, root / f"usr/bin/php{version}"
        self.extension = next(root.glob("usr/lib/php/2*/mbstring.so"))
        self.libraries = next(root.glob("usr/lib/*-linux-gnu"))

    def run(self, code: str, *arguments: str, **environment: str) -> Any:
        command = [str(self.program), "-n", "-d", f"extension={self.extension}", "-r", code, "--", *arguments]
        found = {**os.environ, "LD_LIBRARY_PATH": str(self.libraries), **environment}
        ran = subprocess.run(command, check=True, capture_output=True, text=True, env=found, timeout=60)
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def php(tmp_path_factory: pytest.TempPathFactory) -> Php:
    return Php(tmp_path_factory.mktemp("debian"))


def filled(preset: Preset, tmp_path: Path) -> Path:
    """Write a preset's file as a host has it, for a region with an awkward name and database."""
    names = ("secret_key", "app_key", "auth_key", "secure_auth_key", "logged_in_key", "nonce_key")
    names = (*names, "auth_salt", "secure_auth_salt", "logged_in_salt", "nonce_salt")
    secrets = {name: secret_reference("apps", "x", name) for name in names}
    password = secret_reference("apps", "x", "database_password")
    cloak = Cloak.of("0" * 64, [password, *secrets.values()])
    values = {
        "region": {"time_zone": "Asia/Jakarta"},
        "app": {"id": "x"},
        "paths": {"app": str(tmp_path), "release": str(tmp_path)},
        "database": {
            "driver": "mariadb",
            "name": "a\"b$c{{'",
            "user": "o'brien\\",
            "host": "/run/mysqld/mysqld.sock",
            "port": 3306,
            "password": password,
        },
        "site": {"url": "https://x.go.id"},
        "secrets": secrets,
        "answers": {},
    }
    manifest = Manifest.model_validate(
        {"version": "1", "runtime": "php", "php": {"config": {"c": {"text": preset_text(preset)}}}}
    )
    part = php_part("x 1", manifest, cloak.hide(values), cloak)
    path = tmp_path / ".env"
    path.write_text(part.files["shared/config/c"]["content"], encoding="utf-8")
    return path


def test_database_of_codeigniter_3_is_read(php: Php, tmp_path: Path) -> None:
    path = filled("codeigniter3-database", tmp_path)
    code = "define('BASEPATH', 1); require $argv[1]; echo json_encode($db['default']);"
    found = php.run(code, str(path), DATABASE_PASSWORD=ODD)
    assert (found["password"], found["username"], found["database"]) == (ODD, "o'brien\\", "a\"b$c{{'")


def test_configuration_of_codeigniter_3_is_read(php: Php, tmp_path: Path) -> None:
    path = filled("codeigniter3-config", tmp_path)
    code = "define('BASEPATH', 1); require $argv[1]; echo json_encode($config);"
    found = php.run(code, str(path), SECRET_KEY=ODD)
    assert (found["encryption_key"], found["base_url"]) == (ODD, "https://x.go.id/")


def test_configuration_of_wordpress_is_read(php: Php, tmp_path: Path) -> None:
    path = filled("wordpress", tmp_path)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/wp-settings.php").write_text(
        "<?php echo json_encode([DB_PASSWORD, DB_HOST, NONCE_SALT, ABSPATH]);"
    )
    found = php.run("require $argv[1];", str(path), DATABASE_PASSWORD=ODD, NONCE_SALT=ODD[::-1])
    assert found == [ODD, "localhost:/run/mysqld/mysqld.sock", ODD[::-1], f"{tmp_path}/tree/"]


def test_env_of_laravel_is_read(php: Php, tmp_path: Path) -> None:
    filled("laravel", tmp_path)
    found = php.run(READ_ENV, str(php.root / "usr/share/php"), str(tmp_path), DATABASE_PASSWORD=ODD, SECRET_APP="x")
    assert (found["DB_PASSWORD"], found["DB_USERNAME"]) == (ODD, "o'brien\\")
    assert found["DB_DATABASE"] == "a\"b$c{{'"
    assert found["DB_SOCKET"] == "/run/mysqld/mysqld.sock"


def test_every_text_comes_back_from_env(php: Php, tmp_path: Path) -> None:
    lines = [f"V{number}={env_literal(text, {})}\n" for number, text in enumerate(PLAIN)]
    (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
    found = php.run(READ_ENV, str(php.root / "usr/share/php"), str(tmp_path))
    assert list(found.values()) == PLAIN
