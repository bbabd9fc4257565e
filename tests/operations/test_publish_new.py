"""Drafting an existing PHP app: what is recognised, what is left to the mentor, that a draft can be published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path

import pytest
from semai.core.php_draft import Inspection
from semai.core.publishing import TARGETS
from semai.errors import InvalidInput
from semai.operations.publish_build import build
from semai.operations.publish_check import check
from semai.operations.publish_new import Drafted, draft

from tests.operations.php_source import (
    CODEIGNITER3,
    CODEIGNITER4,
    LARAVEL,
    PLAIN,
    complete,
    write_catalog,
    write_tree,
)

NOW = datetime(2026, 11, 21, tzinfo=timezone.utc)
Draft = Callable[..., Drafted]


@pytest.fixture
def drafted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draft:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    catalog = write_catalog(tmp_path)

    def run(files: Mapping[str, str], app_id: str = "buku-tamu", version: str = "") -> Drafted:
        return draft(catalog, app_id, write_tree(tmp_path / "tree", files), NOW, version)

    return run


def said(inspection: Inspection) -> str:
    seen = (*inspection.found, *inspection.decide)
    return "\n".join(f"{one.place}: {one.message.format(**one.fields)}" for one in seen)


def test_plain_app_is_described(drafted: Draft) -> None:
    found = drafted(PLAIN).inspection
    assert (found.framework, found.root, found.database) == ("plain", ".", "mariadb")
    assert found.extensions == ("mbstring", "mysqli")
    assert found.writable == ("foto",)
    assert found.import_sql == "tamu.sql"
    assert found.exclude == (".git",)
    assert "simpan.php:1: writable: foto" in said(found)


def test_password_of_the_source_is_in_no_draft(drafted: Draft, tmp_path: Path) -> None:
    drafted(PLAIN)
    template = (tmp_path / "catalog/apps/buku-tamu/koneksi.php.j2").read_text()
    assert "r4hasia" not in template
    assert "$pass = {{ database.password | php }};" in template


def test_laravel_is_recognised(drafted: Draft) -> None:
    found = drafted(LARAVEL).inspection
    assert (found.framework, found.root, found.php, found.database) == (
        "laravel",
        "public",
        ">=8.1,<9",
        "postgresql",
    )
    assert "intl" in found.extensions
    assert "json" not in found.extensions
    assert found.writable == ("bootstrap/cache", "storage")
    assert found.presets == {".env": "laravel"}
    assert found.migrate == ("php", "artisan", "migrate", "--force")
    assert found.timers == {"schedule": (("php", "artisan", "schedule:run"), "*:0/1")}
    assert list(found.workers) == ["queue"]
    assert found.secrets == ("app_key",)


def test_codeigniter_3_keeps_its_own_configuration_but_address_and_key(drafted: Draft, tmp_path: Path) -> None:
    found = drafted(CODEIGNITER3).inspection
    assert found.framework == "codeigniter3"
    assert found.writable == ("application/cache", "application/logs")
    template = (tmp_path / "catalog/apps/buku-tamu/application-config-config.php.j2").read_text()
    assert "$config['base_url'] = {{ (site.url ~ '/') | php }};" in template
    assert "$config['encryption_key'] = {{ secrets.secret_key | php }};" in template
    assert "$config['sess_driver'] = 'files';" in template
    assert "application/controllers/Cron.php: is this run by cron?" in said(found)


def test_codeigniter_4_is_recognised(drafted: Draft) -> None:
    found = drafted(CODEIGNITER4).inspection
    assert (found.framework, found.root, found.writable) == ("codeigniter4", "public", ("writable",))
    assert found.php == ">=7.4,<9"


@pytest.mark.parametrize(
    "files", [PLAIN, CODEIGNITER3, CODEIGNITER4, LARAVEL], ids=["plain", "ci3", "ci4", "laravel"]
)
def test_completed_draft_can_be_published(drafted: Draft, tmp_path: Path, files: Mapping[str, str]) -> None:
    drafted(files)
    with pytest.raises(InvalidInput) as caught:  # what the mentor must decide stops it until then
        check(tmp_path / "catalog")
    keys = [line.split(": ")[1] for line in caught.value.details]
    assert keys == ["summary", "owner", "terms.licence"]
    complete(tmp_path / "catalog/apps/buku-tamu")
    checked = check(tmp_path / "catalog")
    built = build(checked.source, tmp_path / "build", TARGETS, lambda message, **fields: None)
    (artifact,) = built.catalog.apps[0].release.artifacts
    assert artifact.kind == "tree"


@pytest.mark.parametrize("version", ["1.0", "3", "2026.12.1"])
def test_version_that_looks_like_a_number_stays_text(drafted: Draft, tmp_path: Path, version: str) -> None:
    drafted(PLAIN, version=version)
    complete(tmp_path / "catalog/apps/buku-tamu")
    assert check(tmp_path / "catalog").source.apps[0].newest.manifest.version == version


def test_nothing_is_overwritten(drafted: Draft, tmp_path: Path) -> None:
    drafted(PLAIN)
    page = tmp_path / "catalog/apps/buku-tamu/app.yml"
    page.write_text("mine")
    with pytest.raises(InvalidInput) as caught:
        drafted(PLAIN, version="1.0")
    assert caught.value.code == "already-there"
    assert page.read_text() == "mine"
    assert not (tmp_path / "catalog/apps/buku-tamu/1.0.yml").exists()


def test_rows_about_people_are_pointed_out_and_not_imported(drafted: Draft) -> None:
    rows = "INSERT INTO tamu (nama, no_hp) VALUES ('a', '1'), ('b', '2');"
    found = drafted({**PLAIN, "tamu.sql": PLAIN["tamu.sql"] + rows}).inspection
    assert found.import_sql == ""
    assert "tamu.sql: rows about people" in said(found)


def test_functions_php_8_has_no_more_are_pointed_out(drafted: Draft) -> None:
    found = drafted({**PLAIN, "lama.php": "<?php\n// mysql_query('x')\n$r = mysql_query('x');"}).inspection
    assert "lama.php:3: calls mysql_query()" in said(found)


@pytest.mark.parametrize(
    ("app_id", "files", "code"),
    [("Buku Tamu", PLAIN, "app-id"), ("buku-tamu", {"a.txt": "x"}, "no-php")],
)
def test_what_cannot_be_drafted(drafted: Draft, app_id: str, files: Mapping[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        drafted(files, app_id)
    assert caught.value.code == code


def test_catalog_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        draft(tmp_path / "no", "x", write_tree(tmp_path / "tree", PLAIN), NOW)
    assert caught.value.code == "catalog-source-missing"
