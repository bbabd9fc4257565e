"""Archives made by an enemy: each member that a release never needs is refused, and nothing lands outside."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest
from semai_host import archives
from semai_host.archives import HostileArchive


def member(name: str, content: bytes = b"x", **fields) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def tar(tmp_path, *members):
    path = tmp_path / "static.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


ENEMIES = {
    "absolute": [member("/etc/cron.d/x")],
    "climbing": [member("../x")],
    "climbing inside": [member("a/../../x")],
    "climbing folder": [member("../up", b"", type=tarfile.DIRTYPE)],
    "backslash": [member("a\\..\\x")],
    "symbolic link": [member("a", b"", type=tarfile.SYMTYPE, linkname="/etc")],
    "through a link": [member("a", b"", type=tarfile.SYMTYPE, linkname="/tmp"), member("a/x")],
    "hard link": [member("a", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")],
    "device": [member("a", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "pipe": [member("a", b"", type=tarfile.FIFOTYPE)],
    "twice": [member("a"), member("a")],
    "line break": [member("a\nb")],
    "empty part": [member("a//b")],
    "long name": [member("a/" * 250 + "b")],
}


@pytest.mark.parametrize("enemy", ENEMIES)
def test_hostile_member_is_refused(tmp_path, enemy):
    inside = tmp_path / "in"
    inside.mkdir()
    before = sorted(tmp_path.rglob("*"))
    path = tar(inside, *ENEMIES[enemy])
    with pytest.raises(HostileArchive, match="member"):
        archives.unpack_static(path, inside / "static")
    outside = [entry for entry in sorted(tmp_path.rglob("*")) if inside / "static" not in (entry, *entry.parents)]
    assert outside == sorted([*before, path])


def test_bomb_is_refused_at_the_limit(tmp_path):
    path = tar(tmp_path, member("zeros", bytes(5 << 20)))
    with pytest.raises(HostileArchive, match="unpacks to more"):
        archives.unpack_static(path, tmp_path / "static", most_bytes=1 << 20)
    assert sum(entry.stat().st_size for entry in (tmp_path / "static").rglob("*")) <= 1 << 20


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    path = tar(tmp_path, *(member(f"f{number}") for number in range(11)))
    with pytest.raises(HostileArchive, match="one more than the 10"):
        archives.unpack_static(path, tmp_path / "static")


NO_ARCHIVES = {"empty": b"", "text": b"no archive", "gzip of text": gzip.compress(b"no tar inside" * 100)}


@pytest.mark.parametrize("content", NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_damaged_archive_is_told(tmp_path, content):
    path = tmp_path / "static.tar.gz"
    path.write_bytes(content)
    with pytest.raises(HostileArchive, match="cannot be unpacked"):
        archives.unpack_static(path, tmp_path / "static")


def test_cut_archive_is_told(tmp_path):
    path = tar(tmp_path, *(member(f"f{number}", bytes(range(256)) * 64) for number in range(40)))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(HostileArchive, match="cannot be unpacked"):
        archives.unpack_static(path, tmp_path / "static")


def test_plain_files_are_unpacked_without_the_archives_modes(tmp_path):
    folder = member("css", b"", type=tarfile.DIRTYPE)
    path = tar(tmp_path, member("./css/a.css", b"a{}", mode=0o4777), folder, member("b"))
    archives.unpack_static(path, tmp_path / "static")
    assert (tmp_path / "static" / "css" / "a.css").read_bytes() == b"a{}"
    assert (tmp_path / "static" / "css" / "a.css").stat().st_mode & 0o7111 == 0


def test_wheel_that_is_not_uv_is_refused(tmp_path):
    path = tmp_path / "tool.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("uv-1.data/scripts/../uv", b"x")
    with pytest.raises(HostileArchive, match="not a wheel of uv"):
        archives.unpack_uv(path, tmp_path / "uv")
    path.write_bytes(b"no zip")
    with pytest.raises(HostileArchive, match="cannot be unpacked"):
        archives.unpack_uv(path, tmp_path / "uv")
    assert not (tmp_path / "uv").exists()
