"""Which framework a tree of PHP is written with, and what follows from that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from semai.adapters.php_tree import Entry
from semai.core.php_draft import Framework

_WORDPRESS_SECRETS = (
    "auth_key",
    "secure_auth_key",
    "logged_in_key",
    "nonce_key",
    "auth_salt",
    "secure_auth_salt",
    "logged_in_salt",
    "nonce_salt",
)


@dataclass(frozen=True)
class Source:
    """A tree in memory as far as it matters: its entries, and texts on demand."""

    entries: Mapping[str, Entry]
    composer: Mapping[str, object] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """Return a file's text, empty when there is none."""
        entry = self.entries.get(path)
        return entry.read(1 << 20).decode("utf-8", "replace") if entry and entry.is_file else ""

    def requires(self, package: str) -> bool:
        """Tell whether composer.json requires a package."""
        required = self.composer.get("require")
        return isinstance(required, Mapping) and package in required


@dataclass(frozen=True)
class Ways:
    """How apps of one framework are run."""

    title: str
    root: str = "."
    writable: tuple[str, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    migrate: tuple[str, ...] = ()
    database: bool = True
    extensions: tuple[str, ...] = ()
    extensions_known: bool = False  # these are all it needs; what its code names besides is for other set-ups
    health: str = "/"
    health_text: str = ""


WAYS: Mapping[Framework, Ways] = {
    "plain": Ways("PHP", database=False),
    "codeigniter3": Ways(
        "CodeIgniter 3",
        writable=("application/cache", "application/logs"),
        presets={"application/config/database.php": "codeigniter3-database"},
        secrets=("secret_key",),
        extensions=("mbstring",),
    ),
    "codeigniter4": Ways(
        "CodeIgniter 4",
        root="public",
        writable=("writable",),
        presets={".env": "codeigniter4"},
        secrets=("secret_key",),
        migrate=("php", "spark", "migrate", "--all"),
        extensions=("intl", "mbstring"),
    ),
    "laravel": Ways(
        "Laravel",
        root="public",
        writable=("storage", "bootstrap/cache"),
        presets={".env": "laravel"},
        secrets=("app_key",),
        migrate=("php", "artisan", "migrate", "--force"),
        extensions=("curl", "dom", "mbstring", "xml"),
    ),
    "wordpress": Ways(
        "WordPress",
        writable=("wp-content/uploads",),
        presets={"wp-config.php": "wordpress"},
        secrets=_WORDPRESS_SECRETS,
        extensions=("curl", "dom", "gd", "intl", "mbstring", "mysqli", "xml", "zip"),
        extensions_known=True,
        health="/wp-admin/install.php",  # answers before and after the site is set up, and needs the database
        health_text="WordPress",
    ),
}


def framework_of(source: Source) -> Framework:
    """Return the framework of a tree."""
    signs: tuple[tuple[Framework, Callable[[], bool]], ...] = (
        ("wordpress", lambda: "wp-includes/version.php" in source.entries),
        ("laravel", lambda: "artisan" in source.entries and _laravel(source)),
        ("codeigniter4", lambda: "spark" in source.entries and "app/Config/App.php" in source.entries),
        ("codeigniter3", lambda: "application/config/config.php" in source.entries and _codeigniter3(source)),
    )
    return next((name for name, seen in signs if seen()), "plain")


def _laravel(source: Source) -> bool:
    return source.requires("laravel/framework") or "bootstrap/app.php" in source.entries


def _codeigniter3(source: Source) -> bool:
    return "system/core/CodeIgniter.php" in source.entries or source.requires("codeigniter/framework")


def framework_version(framework: Framework, source: Source) -> str:
    """Return the version of the framework's or program's own code, empty when it does not say."""
    places = {
        "wordpress": ("wp-includes/version.php", r"\$wp_version\s*=\s*'([0-9.]+)'"),
        "codeigniter3": ("system/core/CodeIgniter.php", r"CI_VERSION'\s*,\s*'([0-9.]+)"),
        "codeigniter4": (
            "vendor/codeigniter4/framework/system/CodeIgniter.php",
            r"CI_VERSION\s*=\s*'([0-9.]+)",
        ),
        "laravel": (
            "vendor/laravel/framework/src/Illuminate/Foundation/Application.php",
            r"VERSION\s*=\s*'([0-9.]+)",
        ),
    }
    path, pattern = places.get(framework, ("", ""))
    found = re.search(pattern, source.text(path)) if path else None
    return found[1] if found else ""
