"""Checking, building and joining PHP apps."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from semai.adapters.php_presets import preset_text
from semai.adapters.store import Store
from semai.core.publishing import TARGETS, join, pack
from semai.errors import InvalidInput
from semai.operations.publish_build import Built, build
from semai.operations.publish_check import check

from tests.operations.php_source import LARAVEL, write_catalog, write_tree

APP = "catalog/apps/surat/app.yml"
RELEASE = "catalog/apps/surat/2026.11.0.yml"
FILES = {
    APP: """schema: 1
id: surat
name: Surat
summary: Surat masuk dan keluar
owner: Diskominfo
terms: {licence: MIT}
build:
  source: ../tree
  exclude: [.env]
""",
    RELEASE: """schema: 1
version: 2026.11.0
runtime: php
needs: {extensions: [intl]}
resources: {database: mariadb, secrets: [app_key]}
php:
  root: public
  writable: [storage, bootstrap/cache]
  config:
    .env: {preset: laravel}
    config.php: {template: config.php.j2}
commands: {migrate: [php, artisan, migrate]}
""",
    "catalog/apps/surat/config.php.j2": "<?php return {{ region.name | php }};\n",
    "tree/config.php": "<?php $password = 'r4h" + "asia';",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    write_catalog(tmp_path)
    write_tree(tmp_path / "tree", LARAVEL)
    return write_tree(tmp_path, FILES)


def replace(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def problems(root: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        check(root / "catalog")
    return list(caught.value.details)


def built(root: Path, folder: str = "build") -> Built:
    checked = check(root / "catalog")
    return build(checked.source, root / folder, TARGETS, lambda message, **fields: None)


def test_good_source_passes_without_constraints(root: Path) -> None:
    assert check(root / "catalog").distributions == 1


def test_release_carries_its_templates(root: Path) -> None:
    php = built(root).catalog.apps[0].release.manifest.php
    assert php is not None
    assert php.config["config.php"].text == FILES["catalog/apps/surat/config.php.j2"]
    assert php.config[".env"].text == preset_text("laravel")


def test_archive_holds_the_tree_without_what_each_region_gets_its_own_of(root: Path) -> None:
    (artifact,) = built(root).catalog.apps[0].release.artifacts
    with tarfile.open(Store(root / "build" / "files").path(artifact.sha256)) as tar:
        names = tar.getnames()
    assert "artisan" in names
    assert "storage/logs" in names
    assert not {".env", "config.php"} & set(names)
    assert artifact.name == f"apps/surat/2026.11.0/{artifact.sha256}.tree.tar.gz"


def test_two_builds_of_the_same_source_are_the_same(root: Path) -> None:
    assert built(root).catalog == built(root, "second").catalog


def test_older_release_is_unchanged_by_a_newer_preset(root: Path) -> None:
    published = join(built(root).catalog, None)
    newer = root / "catalog/apps/surat/2026.12.0.yml"
    newer.write_text((root / RELEASE).read_text().replace("2026.11.0", "2026.12.0"))
    catalog = built(root).catalog
    app = catalog.apps[0]
    (older,) = app.older
    assert older.php is not None
    entry = older.php.config[".env"].model_copy(update={"text": "as a later semai has it"})
    config = {**older.php.config, ".env": entry}
    changed = older.model_copy(update={"php": older.php.model_copy(update={"config": config})})
    later = catalog.model_copy(update={"apps": (app.model_copy(update={"older": (changed,)}),)})
    assert pack(join(later, published)) == pack(join(catalog, published))


def test_secret_in_the_tree_is_named_with_what_to_call_it(root: Path) -> None:
    (root / "tree/.env.local").write_text("x")
    assert problems(root) == [
        "tree/.env.local:1: an environment file belongs to a host, not into a release [environment-file]"
    ]


def test_excused_finding_passes_and_its_reason_is_published(root: Path) -> None:
    (root / "tree/.env.local").write_text("x")
    reason = "hanya contoh tanpa isi rahasia"
    with (root / RELEASE).open("a") as file:
        file.write(f"accepted:\n  - {{path: .env.local, finding: environment-file, reason: {reason}}}\n")
    (accepted,) = built(root).catalog.apps[0].release.manifest.accepted
    assert accepted.reason == reason


def test_excuse_for_nothing_is_named(root: Path) -> None:
    with (root / RELEASE).open("a") as file:
        file.write("accepted:\n  - {path: x, finding: nik, reason: tidak ada lagi di sini}\n")
    assert problems(root) == [f"{RELEASE}:14: accepted[1]: excuses nothing that is found now; remove it"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("root: public", "root: web", "7: php.root: no such folder in tree"),
        ("template: config", "template: ../config", "11: php.config.config.php.template: leaves the tree"),
        ("config.php.j2", "nope.j2", "11: php.config.config.php.template: there is no such file beside"),
        ("    config.php:", "    conf/config.php:", "11: php.config.conf/config.php: no such folder in tree"),
        ("secrets: [app_key]", "secrets: []", "10: php.config..env: 'dict object' has no attribute 'app_key'"),
        ("commands:", "  import: x.sql\ncommands:", "12: php.import: no such file in tree"),
    ],
)
def test_manifest_that_does_not_fit_its_tree(root: Path, old: str, new: str, line: str) -> None:
    replace(root, RELEASE, old, new)
    assert any(problem.startswith(f"{RELEASE}:{line}") for problem in problems(root)), problems(root)


def test_folders_and_links_cannot_be_written_to_or_configured(root: Path) -> None:
    (root / "tree/here").symlink_to("storage")
    replace(root, RELEASE, "[storage,", "[here/logs, storage,")
    replace(root, RELEASE, "    config.php:", "    routes:")
    assert problems(root) == [
        f"{RELEASE}:8: php.writable[1]: is or lies behind a link of the tree",
        f"{RELEASE}:11: php.config.routes: is a folder in the tree",
    ]


def test_template_that_would_break_its_file_is_found(root: Path) -> None:
    (root / "catalog/apps/surat/config.php.j2").write_text("<?php return '{{ region.name }}';")
    (line,) = problems(root)
    assert line.startswith(f"{RELEASE}:11: php.config.config.php: write {{{{ … | php }}}}")


def test_secret_that_stayed_in_a_template_is_found(root: Path) -> None:
    text = "<?php\nreturn ['smtp_pass' => 'r4h" + "asia'];\n"
    (root / "catalog/apps/surat/config.php.j2").write_text(text)
    (line,) = problems(root)
    assert line.startswith("catalog/apps/surat/config.php.j2:2: a password or key written into the configuration")


def test_source_that_is_not_there_is_found(root: Path) -> None:
    replace(root, APP, "../tree", "../nope")
    assert problems(root) == [f"{APP}:8: build.source: there is no such folder"]
