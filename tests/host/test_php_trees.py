"""Trees of PHP apps: hostile archives are refused, writable paths and configuration files become links."""

from __future__ import annotations

import io
import os
import stat
import tarfile

import pytest
from semai_host import archives, copies, trees
from semai_host.archives import HostileArchive
from semai_host.errors import HostError


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o666) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, target, mode
    return entry


def pack(path, *members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]):
    with tarfile.open(path, "w:gz") as tar:
        for entry in members:
            info, content = entry if isinstance(entry, tuple) else (entry, b"x" if entry.isreg() else b"")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([member("../out")], "leads out"),
        ([member("/etc/cron.d/x")], "leads out"),
        ([member("a/../../b")], "leads out"),
        ([member("a//b")], "leads out"),
        ([member("a/./b")], "leads out"),
        ([member("a\\b")], "leads out"),
        ([member("line\nbreak")], "name no tree needs"),
        ([member("\u202egpj.php")], "name no tree needs"),
        ([member("x" * 256)], "no file system takes"),
        ([member("/".join("a" * 50))], "name no tree needs"),
        ([member("index.php", tarfile.LNKTYPE, "other.php")], "hard link"),
        ([member("null", tarfile.CHRTYPE)], "device"),
        ([member("pipe", tarfile.FIFOTYPE)], "device"),
        ([member("link", tarfile.SYMTYPE, "/etc/passwd")], "out of the tree"),
        ([member("a/link", tarfile.SYMTYPE, "../../x")], "out of the tree"),
        ([member("link", tarfile.SYMTYPE, "")], "out of the tree"),
        ([member("link", tarfile.SYMTYPE, ".")], "out of the tree"),
        ([member("d", tarfile.SYMTYPE, "e"), member("d/x")], "behind a link"),
        ([member("a"), member("a")], "twice"),
        ([member("a"), member("a/b")], "below a file"),
        ([member("a/b"), member("a")], "twice"),
        ([member("a/b"), member("a/b", tarfile.DIRTYPE)], "below a file|twice"),
        # each link alone stays inside; the second one goes up from where the first one leads
        (
            [
                member("a/b/c", tarfile.DIRTYPE),
                member("s", tarfile.SYMTYPE, "a/b/c"),
                member("t", tarfile.SYMTYPE, "s/../../../.."),
            ],
            "out of the tree",
        ),
    ],
)  # fmt: skip
def test_hostile_archive_is_refused(tmp_path, entries, problem):
    with pytest.raises(HostileArchive, match=problem):
        trees.unpack(pack(tmp_path / "t.tar.gz", *entries), tmp_path / "tree")
    outside = [path.name for path in tmp_path.iterdir() if path.name not in ("t.tar.gz", "tree")]
    assert outside == []


def test_an_archive_that_swells_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(trees, "SMALL", 1 << 20)
    bomb = pack(tmp_path / "t.tar.gz", (member("zeros"), bytes(8 << 20)))
    assert bomb.stat().st_size < 16384
    with pytest.raises(HostileArchive, match="more than"):
        trees.unpack(bomb, tmp_path / "tree")
    written = sum(path.stat().st_size for path in (tmp_path / "tree").rglob("*"))
    assert written < 4 << 20


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    with pytest.raises(HostileArchive, match="one more than"):
        trees.unpack(pack(tmp_path / "t.tar.gz", *(member(f"f{n}") for n in range(11))), tmp_path / "tree")


@pytest.mark.parametrize("damage", [b"not an archive", None])
def test_a_damaged_archive_is_said(tmp_path, damage):
    path = pack(tmp_path / "t.tar.gz", (member("a"), os.urandom(90000)))
    path.write_bytes(damage or path.read_bytes()[:50000])
    with pytest.raises(HostileArchive, match="cannot be unpacked"):
        trees.unpack(path, tmp_path / "tree")


def test_modes_are_normalised_whatever_the_archive_and_the_umask_say(tmp_path):
    before = os.umask(0o077)
    try:
        archive = pack(
            tmp_path / "t.tar.gz",
            member("artisan", mode=0o4777),
            member("a/b.php", mode=0o666),
            member("open", tarfile.DIRTYPE, mode=0o777),
        )
        trees.unpack(archive, tmp_path / "tree")
    finally:
        os.umask(before)
    modes = {
        path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")
    }
    assert {name: oct(mode) for name, mode in modes.items() if name != "t.tar.gz"} == {
        "tree": "0o755",
        "tree/artisan": "0o755",
        "tree/a": "0o755",
        "tree/a/b.php": "0o644",
        "tree/open": "0o755",
    }


def test_size_asked_before_unpacking_covers_what_comes_out(tmp_path):
    archive = pack(tmp_path / "t.tar.gz", (member("zeros"), bytes(3 << 20)), member("b"))
    assert 3 << 20 < trees.unpacked_size(archive) < 4 << 20


@pytest.fixture
def app(tmp_path):
    """An app's folder with one unpacked tree of Laravel's shape."""
    release = tmp_path / "releases" / "1.0"
    release.mkdir(parents=True)
    archive = pack(
        tmp_path / "t.tar.gz",
        (member("storage/app/public/.gitignore"), b"*"),
        (member("storage/logs/keep"), b"first"),
        member("public/index.php"),
        member("public/storage", tarfile.SYMTYPE, "../storage/app/public"),
        (member(".env"), b"APP_KEY=of-the-mentor"),
        (member("settings.php"), b"<?php"),
    )
    trees.unpack(archive, release / "tree")
    (tmp_path / "shared" / "data").mkdir(parents=True)
    (tmp_path / "shared" / "config").mkdir()
    return tmp_path


def open_up(app, *writable: str, **links: str):
    trees.open_up(app / "releases" / "1.0", writable, links)
    return app / "releases" / "1.0" / "tree"


def test_writable_paths_lead_to_shared_data_and_links_of_the_tree_follow(app):
    tree = open_up(app, "storage", "cache/views", "settings.php")
    for path in ("storage", "cache/views", "settings.php"):
        copies.fill(app / "releases/1.0/initial" / path, app / "shared/data", path, None)
        assert (tree / path).resolve() == app / "shared" / "data" / path
    assert (tree / "settings.php").read_text() == "<?php"
    assert (tree / "public/storage").resolve() == app / "shared/data/storage/app/public"
    assert not (app / "shared/data/public").exists()


def test_of_nested_writable_paths_the_outer_one_counts(app):
    tree = open_up(app, "storage", "storage/logs")
    assert (tree / "storage").is_symlink()
    assert trees.outermost(("b/c", "b", "a/b", "b-c")) == ("a/b", "b", "b-c")


def test_configuration_takes_the_place_of_what_the_mentor_packed(app):
    (app / "shared/config/env").write_text("APP_KEY=ours")
    tree = open_up(app, "storage", **{".env": "shared/config/env", "config/new.php": "shared/config/new.php"})
    assert (tree / ".env").read_text() == "APP_KEY=ours"
    assert os.readlink(tree / "config/new.php") == "../../../../shared/config/new.php"


@pytest.mark.parametrize("path", ["public/storage", "public/storage/deeper"])
def test_a_writable_path_behind_a_link_of_the_tree_is_refused(app, path):
    with pytest.raises(HostError, match="link"):
        open_up(app, path)


def test_a_folder_cannot_be_a_configuration_file(app):
    with pytest.raises(HostError, match="is a folder"):
        open_up(app, **{"public": "shared/config/x"})


def test_later_releases_add_what_is_missing_and_leave_peoples_files(app):
    open_up(app, "storage")
    data, initial = app / "shared/data", app / "releases/1.0/initial/storage"
    copies.fill(initial, data, "storage", None)
    (data / "storage/logs/keep").write_text("people's")
    (data / "storage/app/public/.gitignore").unlink()
    (initial / "new").mkdir()
    (initial / "new/file").write_text("added")
    copies.fill(initial, data, "storage", None)
    assert (data / "storage/logs/keep").read_text() == "people's"
    assert (data / "storage/new/file").read_text() == "added"
    assert (data / "storage/app/public/.gitignore").read_text() == "*"
    assert stat.S_IMODE((data / "storage/new/file").stat().st_mode) == 0o640


def test_filling_never_writes_through_a_link_the_app_laid(app, tmp_path):
    open_up(app, "storage")
    outside = tmp_path / "outside"
    outside.mkdir()
    data, initial = app / "shared/data", app / "releases/1.0/initial/storage"
    (data / "storage").mkdir()
    (data / "storage/logs").symlink_to(outside)
    copies.fill(initial, data, "storage", None)
    assert list(outside.iterdir()) == []
    assert (data / "storage/logs").is_symlink()
    (data / "deep").symlink_to(outside)
    with pytest.raises(HostError, match="no plain folder"):
        copies.fill(initial, data, "deep/storage", None)
    with pytest.raises(HostError, match="no plain folder"):
        copies.put_link(data, "deep/env", "/x")
    assert list(outside.iterdir()) == []


def test_a_half_written_file_of_a_killed_run_is_not_taken_for_peoples(app):
    open_up(app, "storage")
    data, initial = app / "shared/data", app / "releases/1.0/initial/storage"
    (data / "storage/logs").mkdir(parents=True)
    (data / "storage/logs" / copies.PARTIAL).write_text("fir")
    copies.fill(initial, data, "storage", None)
    assert (data / "storage/logs/keep").read_text() == "first"
    assert not (data / "storage/logs" / copies.PARTIAL).exists()


def test_a_copy_takes_links_as_links_and_passes_sockets_over(tmp_path):
    source = tmp_path / "source"
    (source / "d").mkdir(parents=True)
    (source / "d/f").write_text("text")
    (source / "d/f").chmod(0o4640)
    os.utime(source / "d/f", (1, 1))
    (source / "secret").symlink_to("/etc/shadow")
    (source / "folder").symlink_to("/etc")
    os.mkfifo(source / "pipe")
    copies.copy(source, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["d", "folder", "secret"]
    assert os.readlink(tmp_path / "copy/secret") == "/etc/shadow"
    figures = (tmp_path / "copy/d/f").stat()
    assert (stat.S_IMODE(figures.st_mode), figures.st_mtime) == (0o640, 1)
    assert (tmp_path / "copy/d/f").read_text() == "text"


def test_a_link_among_data_is_put_anew_and_only_when_it_differs(app):
    data = app / "shared/data"
    copies.put_link(data, "conf/local.php", "/a")
    inode = (data / "conf/local.php").lstat().st_ino
    copies.put_link(data, "conf/local.php", "/a")
    assert (data / "conf/local.php").lstat().st_ino == inode
    (data / "conf/local.php").unlink()
    (data / "conf/local.php").write_text("the app's own")
    copies.put_link(data, "conf/local.php", "/b")
    assert os.readlink(data / "conf/local.php") == "/b"
