"""Merging, joining and comparing what a mentor publishes."""

from __future__ import annotations

import gzip

import pytest
from semai.core.catalog import AppPage, Artifact, Index, Manifest, Standing, Status, Terms
from semai.core.publishing import AppFile, Build, BuiltApp, BuiltCatalog, built_release, join, merged, pack
from semai.errors import InvalidInput

PAGE = AppPage(id="e-planning", name="E-Planning", summary="", owner="", terms=Terms(licence="EUPL-1.2"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "en")


def manifest(version: str = "1", **fields: object) -> Manifest:
    return Manifest.model_validate({"version": version, "commands": {"serve": ["serve"]}, **fields})


def artifact(file: str = "a.whl", content: str = "1", **fields: object) -> Artifact:
    digest = content * 64
    name = f"wheels/a/1/{digest}.{file}"
    return Artifact.model_validate(
        {"kind": "wheel", "name": name, "file": file, "size": 1, "sha256": digest, **fields}
    )


def built(version: str = "1", *artifacts: Artifact, **fields: object) -> BuiltCatalog:
    """Return a built catalog of one app; `older`, `standings`, `page` go to the app, the rest to the manifest."""
    app = {key: fields.pop(key) for key in ("older", "standings", "page") if key in fields}
    release = built_release(manifest(version, **fields), artifacts or [artifact()])
    apps = (BuiltApp.model_validate({"page": PAGE, "release": release, **app}),)
    return BuiltCatalog(mentor="batang", name="Kabupaten Batang", region_code="33.25", apps=apps)


def versions(index: Index) -> list[str]:
    return [release.manifest.version for release in index.apps[0].releases]


def refusal(new: BuiltCatalog, published: Index) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        join(new, published)
    return caught.value


def test_release_overrides_its_base_key_by_key_and_replaces_lists() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merged(base, {"a": {"y": [3]}, "c": None}) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": None}


def test_new_release_comes_first_and_the_old_one_stays() -> None:
    published = join(built("1"), None)
    assert versions(join(built("2"), published)) == ["2", "1"]


def test_versions_are_ordered_as_versions() -> None:
    published = join(built("9"), None)
    assert versions(join(built("10"), published)) == ["10", "9"]


def test_joining_the_same_again_changes_nothing() -> None:
    published = join(built("1"), None)
    assert pack(join(built("1"), published)) == pack(published)


def test_app_that_left_the_source_stays_published() -> None:
    published = join(built("1"), None)
    empty = built("1").model_copy(update={"apps": ()})
    assert [app.page.id for app in join(empty, published).apps] == ["e-planning"]


def test_status_and_page_change_without_touching_the_release() -> None:
    published = join(built("1"), None)
    standing = Standing(status=Status.withdrawn, reason="leaks")
    page = PAGE.model_copy(update={"name": "Perencanaan"})
    index = join(built("1", page=page, standings={"1": standing}), published)
    assert index.apps[0].page.name == "Perencanaan"
    assert index.apps[0].releases[0].standing == standing
    assert index.apps[0].releases[0].digest == published.apps[0].releases[0].digest


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"artifacts": [artifact(content="2")]}, "e-planning 1: a.whl has other content"),
        ({"artifacts": [artifact(), artifact("b.whl")]}, "e-planning 1: b.whl is new"),
        ({"artifacts": [artifact("b.whl")]}, "e-planning 1: a.whl is missing now"),
        ({"artifacts": [artifact(when=[{"python": "3.11"}])]}, "e-planning 1: a.whl has other content"),
        ({"health": {"path": "/x"}}, "e-planning 1: health of the manifest differs"),
    ],
)
def test_same_version_with_other_content_is_refused(change: dict[str, object], line: str) -> None:
    fields = dict(change)
    artifacts = fields.pop("artifacts", [])
    assert isinstance(artifacts, list)
    error = refusal(built("1", *artifacts, **fields), join(built("1"), None))
    assert (error.code, error.exit_code) == ("release-changed", 2)
    assert line in error.details


def test_edited_manifest_of_an_older_release_is_refused() -> None:
    published = join(built("1"), None)
    error = refusal(built("2", older=[manifest("1", health={"path": "/x"})]), published)
    assert error.details == ("e-planning 1: health of the manifest differs",)


def test_unchanged_manifest_of_an_older_release_is_accepted() -> None:
    published = join(built("1"), None)
    assert versions(join(built("2", older=[manifest("1")]), published)) == ["2", "1"]


def test_older_release_that_was_never_published_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        join(built("2", older=[manifest("1")]), None)
    assert caught.value.code == "release-not-published"


def test_folder_of_another_mentor_is_refused() -> None:
    published = join(built("1").model_copy(update={"mentor": "demak"}), None)
    assert refusal(built("1"), published).code == "mentor-changed"


def test_packed_index_is_reproducible_and_reads_back() -> None:
    index = join(built("1"), None)
    assert pack(index) == pack(index)
    assert Index.read(gzip.decompress(pack(index))) == index
    assert pack(index)[4:8] == b"\0\0\0\0"  # no time in the gzip header


def test_order_of_artifacts_does_not_matter() -> None:
    one, two = artifact("a.whl"), artifact("b.whl", "2")
    assert built_release(manifest(), [one, two]) == built_release(manifest(), [two, one])


def test_page_for_adopters_has_nothing_of_the_build() -> None:
    file = AppFile(**PAGE.model_dump(by_alias=True), build=Build(source="../x"), standings={})
    assert file.page() == PAGE
