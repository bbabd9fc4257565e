"""The archive of a PHP tree: the same bytes for the same content, and nothing of the machine it was made on."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from semai.adapters.php_tree import Tree
from semai.adapters.store import Store
from semai.errors import OperationFailed
from semai_host import trees


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tree = tmp_path / "app"
    (tree / "b" / "empty").mkdir(parents=True)
    (tree / "index.php").write_text("<?php")
    (tree / "b" / "run").write_text("#!/bin/sh")
    (tree / "b" / "run").chmod(0o755)
    (tree / "b" / "é ü.txt").write_text("x")
    return tree


def members(folder: Path, tmp_path: Path, **fields: tuple[str, ...]) -> list[tarfile.TarInfo]:
    store = Store(tmp_path / "store")
    digest = Tree(folder, **fields).pack(store)
    with tarfile.open(store.path(digest), "r:gz") as tar:
        return tar.getmembers()


def test_members_are_sorted_and_plain(folder: Path, tmp_path: Path) -> None:
    found = [(m.name, oct(m.mode), m.isdir()) for m in members(folder, tmp_path)]
    assert found == [
        ("b", "0o755", True),
        ("b/empty", "0o755", True),
        ("b/run", "0o755", False),
        ("b/é ü.txt", "0o644", False),
        ("index.php", "0o644", False),
    ]


def test_times_owners_and_loose_modes_leave_no_trace(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = Tree(folder).pack(store)
    os.utime(folder / "index.php", (1, 1))
    (folder / "index.php").chmod(0o600)
    (folder / "b").chmod(0o700)
    assert Tree(folder).pack(store) == first
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members(folder, tmp_path)} == {(0, 0, "", "", 0)}


def test_excluded_and_replaced_files_stay_out(folder: Path, tmp_path: Path) -> None:
    (folder / "config.php").write_text("<?php $password = 1;")
    found = members(folder, tmp_path, exclude=("*.txt", "b/empty"), replaced=("config.php",))
    assert [m.name for m in found] == ["b", "b/run", "index.php"]


def test_link_within_the_tree_is_kept_as_one(folder: Path, tmp_path: Path) -> None:
    (folder / "public").mkdir()
    (folder / "public" / "storage").symlink_to("../b")
    (link,) = [m for m in members(folder, tmp_path) if m.issym()]
    assert (link.name, link.linkname) == ("public/storage", "../b")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc", "nowhere", ".."])
def test_other_links_are_refused(folder: Path, tmp_path: Path, target: str) -> None:
    (folder / "b" / "link").symlink_to(target)
    with pytest.raises(OperationFailed) as caught:
        members(folder, tmp_path)
    assert caught.value.code == "tree-not-plain"


def test_host_takes_what_is_packed(folder: Path, tmp_path: Path) -> None:
    (folder / "b" / "link").symlink_to("../index.php")
    store = Store(tmp_path / "store")
    digest = Tree(folder).pack(store)
    trees.unpack(store.path(digest), tmp_path / "release")
    assert (tmp_path / "release/b/link").read_text() == "<?php"
    assert (tmp_path / "release/b/empty").is_dir()
    assert os.access(tmp_path / "release/b/run", os.X_OK)
