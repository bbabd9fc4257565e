"""Two programs nobody here wrote, from a folder to a signed catalog; their trees come from Debian's packages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from semai.adapters.catalog_source import read_catalog
from semai.adapters.store import Store
from semai.cli.main import main
from semai.operations.publish_check import check
from semai.operations.publish_trees import tree_of

from tests.operations.php_source import complete, write_catalog
from tests.servers.php.trees import lay_out

pytestmark = pytest.mark.lab
WORDS = "".join(f"root-{n}: satu dua tiga empat {n}\n" for n in (1, 2, 3)) + "publish: sepuluh sebelas\n"


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("mentor")).parent


@pytest.fixture
def publish(laid_out: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.chdir(laid_out)
    monkeypatch.setenv("SEMAI_LANG", "en")

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", "state", "publish", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


@pytest.mark.thorough
def test_catalog_of_both_is_checked_built_and_signed(publish: Callable[..., int], laid_out: Path) -> None:
    (laid_out / "words").write_text(WORDS)
    (laid_out / "words").chmod(0o600)
    phrase = ("--passphrase-file", "words")
    assert publish("init-keys", "--keys", "keys", *phrase) == 0
    assert publish("all", "--to", "web", "--keys", "keys", *phrase) == 0
    assert publish("status", "--to", "web") == 0
    archives = sorted(path.parts[-3] for path in (laid_out / "web/targets/apps").rglob("*.tree.tar.gz"))
    assert archives == ["dokuwiki", "wordpress"]


@pytest.mark.parametrize("name", ["wordpress", "dokuwiki"])
def test_draft_passes_after_the_edits_it_asks_for(publish: Callable[..., int], laid_out: Path, name: str) -> None:
    catalog = write_catalog(laid_out / f"draft-{name}")
    where = ("--from", f"trees/{name}", "--source", str(catalog), "--release", "1.0")
    assert publish("new", name, *where) == 0
    complete(catalog / "apps" / name)
    if name == "dokuwiki":  # its tests carry databases of made-up people; it writes to its configuration too
        page, release = catalog / "apps/dokuwiki/app.yml", catalog / "apps/dokuwiki/1.0.yml"
        page.write_text(page.read_text() + "  exclude: [_test]\n")
        release.write_text(release.read_text().replace('    - "data"\n', "    - conf\n    - data\n"))
    checked = check(catalog)
    (app,) = checked.source.apps
    php = app.newest.manifest.php
    assert php is not None
    expected = {"wordpress": ("wp-content/uploads",), "dokuwiki": ("conf", "data")}
    assert set(php.writable) == set(expected[name])


def test_archives_are_the_same_each_time(laid_out: Path, tmp_path: Path) -> None:
    source = read_catalog(laid_out / "catalog")
    store = Store(tmp_path)
    for app in source.php_apps:
        assert tree_of(source, app).pack(store) == tree_of(source, app).pack(store)
