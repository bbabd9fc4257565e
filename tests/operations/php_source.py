"""A mentor's source with PHP apps only, and small trees: plain, CodeIgniter-shaped, Laravel-shaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CATALOG = 'schema: 1\nid: batang\nname: Kabupaten Batang\nregion_code: "33.25"\n'

PLAIN = {
    "index.php": "<?php require 'koneksi.php'; echo mb_strtoupper('tamu');",
    "koneksi.php": '<?php\n$host = "localhost";\n$user = "root";\n$pass = "r4h' + 'asia";\n$db = "tamu";\n'
    "$link = mysqli_connect($host, $user, $pass, $db);\n",
    "simpan.php": "<?php move_uploaded_file($_FILES['f']['tmp_name'], 'foto/' . time());",
    "foto/index.html": "",
    "tamu.sql": "CREATE TABLE tamu (id int, nama text);\n",
    ".git/HEAD": "ref: x",
}
CODEIGNITER3 = {
    "index.php": "<?php require 'system/core/CodeIgniter.php';",
    "system/core/CodeIgniter.php": "<?php const CI_VERSION = 'x'; define('CI_VERSION', '3.1.13');",
    "application/config/config.php": "<?php\n$config['base_url'] = 'http://localhost/';\n"
    "$config['encryption_key'] = 'abc" + "d1234efgh';\n$config['sess_driver'] = 'files';\n",
    "application/config/database.php": "<?php\n$db['default'] = array('password' => 'r4h"
    + "asia', 'dbdriver' => 'mysqli');",
    "application/controllers/Cron.php": "<?php class Cron {}",
    "application/cache/index.html": "",
    "application/logs/index.html": "",
}
LARAVEL = {
    "artisan": "#!/usr/bin/env php\n<?php require 'vendor/autoload.php';",
    "composer.json": '{"require": {"php": "^8.1", "laravel/framework": "^10.0", "ext-intl": "*", "ext-json": "*"}}',
    "public/index.php": "<?php",
    "bootstrap/app.php": "<?php",
    "bootstrap/cache/.gitignore": "*",
    "storage/logs/.gitignore": "*",
    "routes/console.php": "<?php Schedule::command('laporan')->daily();",
    ".env.example": "DB_CONNECTION=pgsql\nQUEUE_CONNECTION=database\n",
    ".env": "APP_KEY=base64:x\n",
}
CODEIGNITER4 = {
    "spark": "<?php",
    "composer.json": '{"require": {"php": "^7.4 || ^8.0", "codeigniter4/framework": "^4.0"}}',
    "app/Config/App.php": "<?php class App {}",
    "public/index.php": "<?php",
    "writable/cache/index.html": "",
}


def write_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files below `folder`, with the modes a mentor's folder has."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_catalog(root: Path) -> Path:
    """Write a catalog without apps and return its folder."""
    return write_tree(root / "catalog", {"catalog.yml": CATALOG})


def complete(folder: Path) -> None:
    """Fill in what a draft of app.yml leaves to the mentor."""
    path = folder / "app.yml"
    text = path.read_text(encoding="utf-8")
    for key, value in (("summary:", "Buku tamu"), ("owner:", "Diskominfo"), ("  licence:", "GPL-3.0-or-later")):
        head, _, rest = text.partition(f"\n{key}")
        text = f"{head}\n{key} {value}\n{rest.partition(chr(10))[2]}"
    path.write_text(text, encoding="utf-8")
