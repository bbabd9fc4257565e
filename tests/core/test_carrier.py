"""Names, parts and waybill of a carrier."""

from __future__ import annotations

import pytest
from semai.core.carrier import (
    FAT_LIMIT,
    Carried,
    Piece,
    Waybill,
    artifact_path,
    check_path,
    collision,
    cuts,
    folder_name,
    parse,
    parse_limit,
    seal,
)
from semai.errors import InvalidInput, TrustRefused

DIGEST = "ab" + "0" * 62


def waybill(*files: Carried, **fields: object) -> Waybill:
    return Waybill.model_validate(
        {
            "region": "manggarai", "code": "53.10", "lock": "", "created": "2026-11-21T08:00:00Z", "key": "f" * 40,
            "catalogs": {"batang": "catalogs/batang"}, "files": [file.model_dump() for file in files], **fields,
        }
    )  # fmt: skip


def carried(path: str = artifact_path(DIGEST), size: int = 5, **fields: object) -> Carried:
    return Carried.model_validate({"path": path, "size": size, "sha256": DIGEST, **fields})


@pytest.mark.parametrize(
    "path", ["catalogs/batang/metadata/1.root.json", "packages/debian-12-x86_64/g++_1~rc_all.deb"]
)
def test_ordinary_names_may_lie_on_a_carrier(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/x",
        "../x",
        "a/../b",
        "a//b",
        "a/.x",
        "a:b",
        "a b",
        "a\\b",
        "a\0",
        "x.",
        "con",
        "a/Aux.txt",
        "LPT1",
        "a" * 201,
        "a/b/c/d/e/f/g",
    ],
)
def test_names_fat_or_a_path_cannot_bear_are_refused(path: str) -> None:
    with pytest.raises(ValueError):
        check_path(path)


@pytest.mark.parametrize(
    ("text", "name"), [("batang", "batang"), ("aux", "aux_"), ("debian-12/x86_64", "debian-12-x86_64")]
)
def test_folders_of_mentors_and_platforms_avoid_devices(text: str, name: str) -> None:
    assert check_path(folder_name(text)) == name


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["a/b", "a/c"], ""),
        (["a/b", "A/B"], "A/B"),
        (["a", "a/b"], "a/b"),
        (["a/b", "A"], "A"),
        (["x/y/z", "x/Y"], "x/Y"),
    ],
)
def test_names_that_differ_in_case_only_collide(paths: list[str], found: str) -> None:
    assert collision(paths) == found


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, [("f", 0, 0)]),
        (10, [("f", 0, 10)]),
        (11, [("f.001", 0, 10), ("f.002", 10, 1)]),
        (20, [("f.001", 0, 10), ("f.002", 10, 10)]),
    ],
)
def test_a_file_over_the_limit_is_cut(size: int, parts: list[tuple[str, int, int]]) -> None:
    assert cuts("f", size, 10) == parts


def test_the_usual_limit_is_that_of_fat() -> None:
    assert len(cuts("f", FAT_LIMIT, FAT_LIMIT)) == 1
    assert len(cuts("f", FAT_LIMIT + 1, FAT_LIMIT)) == 2


def test_a_file_in_a_thousand_parts_is_refused() -> None:
    with pytest.raises(InvalidInput):
        cuts("f", 10_000, 10)


@pytest.mark.parametrize(
    ("text", "size"), [("2G", 2 * 1024**3), ("650M", 650 * 1024**2), ("1024", 1024), ("64 KiB", 65536)]
)
def test_limits_are_read(text: str, size: int) -> None:
    assert parse_limit(text) == size


@pytest.mark.parametrize("text", ["", "0", "1023", "-1G", "2T", "x"])
def test_odd_limits_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_limit(text)


def test_a_waybill_comes_back_as_it_was_sealed() -> None:
    part = Piece(path="catalogs/batang/x.001", size=5, sha256=DIGEST)
    made = waybill(carried(), carried("catalogs/batang/x", parts=[part.model_dump()]))
    read = parse(seal(made))
    assert read.model_copy(update={"digest": ""}) == made


@pytest.mark.parametrize(
    "files",
    [
        [carried("catalogs/other/x")],
        [carried("elsewhere/x")],
        [carried(artifact_path("cd" + "0" * 62))],
        [carried(), carried()],
        [carried("catalogs/batang/x"), carried("catalogs/batang/X")],
    ],
)
def test_files_without_a_place_or_twice_are_refused(files: list[Carried]) -> None:
    with pytest.raises(ValueError):
        waybill(*files)


def test_parts_must_make_the_size() -> None:
    with pytest.raises(ValueError):
        carried(size=6, parts=[{"path": "artifacts/x.001", "size": 5, "sha256": DIGEST}])


@pytest.mark.parametrize(
    "fields", [{"catalogs": {"batang": "packages/x"}}, {"platforms": {"debian-12/x86_64": "catalogs/batang"}}]
)
def test_folders_lie_where_they_belong(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        waybill(**fields)


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b"[]", b'{"schema": 2}', seal(waybill()).replace(b"53.10", b"53.11")]
)
def test_what_is_no_waybill_is_refused(content: bytes) -> None:
    with pytest.raises(TrustRefused) as caught:
        parse(content)
    assert caught.value.code == "waybill-corrupt"
