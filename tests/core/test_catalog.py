"""How catalogs read, what names they may hold, and that their canonical form is stable."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter, ValidationError
from semai.core.catalog import AppId, AppKey, Artifact, Index, When, release_digest

from tests.core.catalog_dsl import DIGEST, indexes, release


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../b", "a//b", "A/b", "a\0b", "", "a" * 201, "a/b/c/d/e/f/g", ".hidden", "a\n"],
)
def test_hostile_target_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Artifact(kind="wheel", name=name, file="x.whl", size=1, sha256=DIGEST)


@pytest.mark.parametrize("file", ["../x.whl", "a/b.whl", ".x", "", "x" * 135, "a\nb", "a..b"])
def test_hostile_file_name_is_refused(file: str) -> None:
    with pytest.raises(ValidationError):
        Artifact(kind="wheel", name="wheels/x", file=file, size=1, sha256=DIGEST)


def test_longest_real_wheel_name_fits() -> None:
    file = (
        "charset_normalizer-3.5.2-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_aarch64.whl"
    )
    artifact = Artifact(kind="wheel", name=f"wheels/x/3.5.2/{DIGEST}.{file}", file=file, size=1, sha256=DIGEST)
    assert artifact.file == file


def test_unknown_keys_of_a_newer_catalog_are_ignored() -> None:
    written = json.loads(indexes("batang/a 1")["batang"].canonical())
    written["later"] = 1
    written["apps"][0]["releases"][0]["manifest"]["later"] = {"x": 1}
    assert Index.read(json.dumps(written).encode()) == indexes("batang/a 1")["batang"]


def test_release_listed_twice_is_refused() -> None:
    written = json.loads(indexes("batang/a 1")["batang"].canonical())
    written["apps"][0]["releases"] *= 2
    with pytest.raises(ValidationError, match="occurs twice"):
        Index.read(json.dumps(written).encode())


def test_canonical_form_reads_back_the_same() -> None:
    index = indexes("batang/a 1 needs b >=1; built 3.11/x86_64\nbatang/b 2 status retired old")["batang"]
    assert Index.read(index.canonical()) == index


def test_release_digest_ignores_spelled_out_defaults() -> None:
    plain = release("1").manifest
    spelled = type(plain).model_validate({**json.loads(plain.model_dump_json(by_alias=True))})
    assert release_digest(spelled, ()) == release_digest(plain, ())


@pytest.mark.parametrize("text", ["e-planning", "batang/", "/x", "Batang/x", "a/b/c", ""])
def test_app_key_needs_mentor_and_id(text: str) -> None:
    with pytest.raises(ValueError):
        AppKey.parse(text)


def test_app_key_round_trip() -> None:
    assert str(AppKey.parse("batang/e-planning")) == "batang/e-planning"


@pytest.mark.parametrize(
    ("when", "suits"),
    [((When(),), True), ((When(python="3.11"),), True), ((When(machine="aarch64"),), False), ((), False)],
)
def test_artifact_suits_the_hosts_it_names(when: tuple[When, ...], suits: bool) -> None:
    artifact = Artifact(kind="wheel", name="wheels/x", file="x.whl", size=1, sha256=DIGEST, when=when)
    assert artifact.suits("3.11", "x86_64") is suits


@pytest.mark.parametrize("name", ["server", "recover"])
def test_app_cannot_take_a_name_of_semai_itself(name: str) -> None:
    with pytest.raises(ValidationError, match="semai's own units"):
        TypeAdapter(AppId).validate_python(name)
