"""Attacks with the index: edited, missing, a bomb, and signed contents that no honest mentor would sign."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from semai.core.trust import MAX_INDEX_BYTES
from semai.errors import NetworkFailed, TrustRefused

from tests.attacks.conftest import Adopter
from tests.simulator.repository import app, release

DAY = timedelta(days=1)


def _indexes(adopter: Adopter) -> list[str]:
    return [name for name in adopter.mentor.files if name.endswith(".index.json.gz")]


def new_index(adopter: Adopter) -> str:
    """Have the mentor publish another index; returns the target's path."""
    adopter.mentor.index["name"] = "Kabupaten Batang (baru)"
    adopter.mentor.publish(later=DAY)
    return _indexes(adopter)[-1]


def packed(index: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(index).encode(), mtime=0)


def test_flipped_index_is_refused(adopter: Adopter) -> None:
    name = new_index(adopter)
    content = bytearray(adopter.mentor.files[name])
    content[len(content) // 2] ^= 1
    adopter.mentor.files[name] = bytes(content)
    error = adopter.refused(TrustRefused, "index-digest")
    assert error.fields["file"] == name


def test_truncated_index_is_refused(adopter: Adopter) -> None:
    name = new_index(adopter)
    adopter.mentor.files[name] = adopter.mentor.files[name][:-1]
    adopter.refused(TrustRefused, "index-digest")


def test_longer_index_is_not_read_to_the_end(adopter: Adopter) -> None:
    name = new_index(adopter)
    adopter.mentor.files[name] += b"\0" * 100_000
    adopter.refused(TrustRefused, "too-long")


def test_missing_index_is_an_incomplete_copy(adopter: Adopter) -> None:
    name = new_index(adopter)
    del adopter.mentor.files[name]
    error = adopter.refused(NetworkFailed, "catalog-missing")
    assert error.fields["file"] == name


def test_bomb_is_not_unpacked(adopter: Adopter) -> None:
    """65 MB of spaces are 65 kB on the wire, and signed."""
    adopter.mentor.publish(later=DAY, index_bytes=gzip.compress(b" " * (MAX_INDEX_BYTES + 1), mtime=0))
    adopter.refused(TrustRefused, "index-too-large")


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", packed({})[:-4], packed({}) + b"x", packed({}) + packed({})],
    ids=["empty", "no-gzip", "cut-gzip", "tail", "two-members"],
)
def test_index_that_is_not_one_gzip_file_is_refused(adopter: Adopter, content: bytes) -> None:
    adopter.mentor.publish(later=DAY, index_bytes=content)
    adopter.refused(TrustRefused, "index-unreadable")


@pytest.mark.parametrize(
    "content",
    [b"", b"[" * 16_000, b"9" * 9000, b'{"schema": 1}', b"null", b"\xff"],
    ids=["empty", "16-kB-of-brackets", "9000-digits", "no-mentor", "null", "no-text"],
)
def test_hostile_json_in_the_index_is_refused(adopter: Adopter, content: bytes) -> None:
    adopter.mentor.publish(later=DAY, index_bytes=gzip.compress(content, mtime=0))
    adopter.refused(TrustRefused, "index-unreadable")


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "apps/../../../x",
        "/etc/passwd",
        "a\0b",
        "a" * 250,
        "apps//x",
        "apps/./x",
        "Apps/x",
        "a\\b",
        "a\n",
    ],
)
def test_hostile_target_name_is_refused(adopter: Adopter, name: str) -> None:
    artifact = {"kind": "wheel", "name": name, "file": "x.whl", "size": 1, "sha256": "0" * 64}
    adopter.mentor.index["apps"] = [app("e-planning", release("2026.12.0", artifacts=[artifact]))]
    adopter.mentor.publish(later=DAY)
    adopter.refused(TrustRefused, "index-unreadable")
    assert not (adopter.state / "store").exists()


@pytest.mark.parametrize("file", ["../x.whl", "/x.whl", "a/b.whl", "", "x\0.whl", ".hidden"])
def test_hostile_file_name_is_refused(adopter: Adopter, file: str) -> None:
    artifact = {"kind": "wheel", "name": "apps/x.whl", "file": file, "size": 1, "sha256": "0" * 64}
    adopter.mentor.index["apps"] = [app("e-planning", release("2026.12.0", artifacts=[artifact]))]
    adopter.mentor.publish(later=DAY)
    adopter.refused(TrustRefused, "index-unreadable")


@pytest.mark.parametrize("field", [{"size": -1}, {"sha256": "0" * 63}, {"sha256": "../" + "0" * 61}, {"kind": "x"}])
def test_artifact_that_makes_no_sense_is_refused(adopter: Adopter, field: dict[str, object]) -> None:
    artifact = {"kind": "wheel", "name": "apps/x.whl", "file": "x.whl", "size": 1, "sha256": "0" * 64, **field}
    adopter.mentor.index["apps"] = [app("e-planning", release("2026.12.0", artifacts=[artifact]))]
    adopter.mentor.publish(later=DAY)
    adopter.refused(TrustRefused, "index-unreadable")


@pytest.mark.parametrize("app_id", ["../e-planning", "E-Planning", "e_planning", "", "a" * 41])
def test_hostile_app_id_is_refused(adopter: Adopter, app_id: str) -> None:
    adopter.mentor.index["apps"] = [app(app_id, release("2026.12.0"))]
    adopter.mentor.publish(later=DAY)
    adopter.refused(TrustRefused, "index-unreadable")
