"""Archives, pins, the choice among wheels, and how stored files reach the published folder."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from semai.adapters.building import archive, copy_into
from semai.adapters.source_scan import scan
from semai.adapters.store import Store
from semai.adapters.wheels import Choice, read_pins
from semai.core.publishing import Target
from semai.errors import OperationFailed, TrustRefused

TARGET = Target("3.11", "x86_64")


def choose(files: list[str], pinned: list[str] | None = None, target: Target = TARGET) -> str:
    """Return the file chosen among the wheels of x 1.0; all are pinned unless `pinned` says which."""
    hashes = {file: f"{number:064x}" for number, file in enumerate(files)}
    pins = {("x", "1.0"): frozenset(hashes[file] for file in (files if pinned is None else pinned))}
    wheels = [{"url": f"https://index.test/{file}", "hashes": {"sha256": hashes[file]}} for file in files]
    return (
        Choice(target, Path("/"), pins, "requirements.lock")
        .best({"name": "x", "version": "1.0", "wheels": wheels})
        .file
    )


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_archive_does_not_depend_on_times_modes_or_order(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", "b.css", "a/x.js", "a.txt")
    two = tree(tmp_path / "two", "a.txt", "a/x.js", "b.css")
    (two / "a.txt").chmod(0o600)
    os.utime(two / "b.css", (1, 1))
    assert archive(one) == archive(two)
    with tarfile.open(fileobj=io.BytesIO(archive(one))) as tar:
        assert tar.getnames() == ["a/x.js", "a.txt", "b.css"]


def test_archive_refuses_links(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("/etc/passwd")
    with pytest.raises(OperationFailed) as caught:
        archive(tmp_path)
    assert caught.value.code == "static-not-plain"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["x-1.0-py3-none-any.whl", "x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"], 1),
        (["x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", "x-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"], 1),
        (["x-1.0-cp311-cp311-manylinux_2_39_x86_64.whl", "x-1.0-cp311-cp311-manylinux2014_x86_64.whl"], 1),
        (["x-1.0-cp312-cp312-manylinux2014_x86_64.whl", "x-1.0-cp39-abi3-manylinux2014_x86_64.whl"], 1),
        (["x-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", "x-1.0-py2.py3-none-any.whl"], 1),
        (["x-1.0-cp311-cp311-manylinux2014_aarch64.whl", "x-1.0-py3-none-any.whl"], 1),
    ],
)
def test_wheel_is_the_most_specific_that_runs_on_the_target(files: list[str], chosen: int) -> None:
    assert choose(files) == files[chosen]


def test_wheel_added_after_the_lock_is_passed_over() -> None:
    files = ["x-1.0-cp311-cp311-manylinux2014_x86_64.whl", "x-1.0-py3-none-any.whl"]
    assert choose(files, pinned=files[1:]) == files[1]


def test_no_pinned_wheel_is_refused() -> None:
    with pytest.raises(TrustRefused) as caught:
        choose(["x-1.0-py3-none-any.whl"], pinned=[])
    assert caught.value.code == "wheel-not-pinned"


def test_no_wheel_for_the_target_is_refused() -> None:
    with pytest.raises(OperationFailed) as caught:
        choose(["x-1.0-cp312-cp312-manylinux2014_x86_64.whl"])
    assert caught.value.code == "no-wheel"


def test_pins_keep_every_hash_of_every_version(tmp_path: Path) -> None:
    one, two = "1" * 64, "2" * 64
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "# comment\n"
        f"Foo.Bar==1.0 ; python_version < '3.11' \\\n    --hash=sha256:{one} \\\n    --hash=sha256:{two}\n"
        f"foo-bar==2.0 ; python_version >= '3.11' \\\n    --hash=sha256:{two}\n"
    )
    assert read_pins(lock) == {("foo-bar", "1.0"): {one, two}, ("foo-bar", "2.0"): {two}}


def test_stored_file_is_placed_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.add_file(tree(tmp_path, "x") / "x")
    target = tmp_path / "web" / "targets" / "x.whl"
    assert copy_into(store, digest, target) is True
    assert copy_into(store, digest, target) is False
    assert target.read_text() == "x"
    assert [path.name for path in target.parent.iterdir()] == ["x.whl"]


def test_truncated_published_file_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.add_file(tree(tmp_path, "xyz") / "xyz")
    target = tmp_path / "web" / "x.whl"
    target.parent.mkdir()
    target.write_text("x")
    assert copy_into(store, digest, target) is True
    assert target.read_text() == "xyz"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a/.env", "X=1", "a/.env:1: an environment file"),
        ("a/id_ed25519", "x", "a/id_ed25519:1: a key file"),
        ("a/db.sqlite3", "x", "a/db.sqlite3:1: a database"),
        ("a/b.py", "x = 1\n# -----BEGIN RSA PRIVATE KEY-----", "a/b.py:2: a private key"),
        ("a/b.py", "\n\nSECRET_KEY = 'k3jh45k3j4h5kj3h45kj'", "a/b.py:3: a secret written into the source"),
        ("a/b.py", "key = 'AKIA" + "A1B2C3D4E5F6G7H8'", "a/b.py:1: an access key"),
    ],
)
def test_secret_in_the_source_is_found_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, name)
    (tmp_path / name).write_text(content)
    assert [line[: len(problem)] for line in scan(tmp_path)] == [problem]


@pytest.mark.parametrize(
    "content",
    [
        "password = request.POST['password']",
        "SECRET_KEY = environ['SECRET_KEY']",
        'token = "{{ secrets.token1 }}xxxxxx"',
    ],
)
def test_reading_a_secret_is_not_having_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.py").write_text(content)
    assert list(scan(tmp_path)) == []


def test_open_permissions_links_and_repositories_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "open.py", ".git/config", "__pycache__/x.pem", "tests/key.pem")
    (tmp_path / "open.py").chmod(0o666)
    (tmp_path / "link").symlink_to("open.py")
    found = sorted(line.split(":")[0] for line in scan(tmp_path))
    assert found == [".git", "link", "open.py"]
