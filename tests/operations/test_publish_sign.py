"""Publishing what was built: files in place, nothing changed twice, refusals that leave the folder as it was."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from semai.adapters.files import write_atomic
from semai.adapters.mentor_client import MentorClient
from semai.adapters.store import Store
from semai.core.catalog import AppPage, Artifact, Manifest, Terms, canonical_json, plain
from semai.core.publishing import BuiltApp, BuiltCatalog, built_release
from semai.errors import InvalidInput, SemaiError
from semai.operations.publish_build import built_path
from semai.operations.publish_keys import Keys, init_keys
from semai.operations.publish_sign import Signed, read_index, sign
from semai.operations.publish_status import publish_status

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
PAGE = AppPage(id="e-planning", name="E-Planning", summary="", owner="", terms=Terms(licence="EUPL-1.2"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMAI_LANG", "en")


class Mentor:
    """Keys, a build folder written without building, and a web root."""

    def __init__(self, root: Path) -> None:
        self.build, self.web, self.key_folder = root / "build", root / "web", root / "keys"
        self.store = Store(self.build / "files")
        self.made: Keys = init_keys(self.key_folder, passphrase, NOW)

    def built(self, version: str, *contents: str) -> None:
        """Leave a release of files with these contents for `sign`."""
        artifacts = [self.artifact(content) for content in contents]
        release = built_release(
            Manifest.model_validate({"version": version, "commands": {"serve": ["serve"]}}), artifacts
        )
        catalog = BuiltCatalog(
            mentor="batang",
            name="Kabupaten Batang",
            region_code="33.25",
            apps=(BuiltApp(page=PAGE, release=release),),
        )
        write_atomic(built_path(self.build, "batang"), canonical_json(plain(catalog)))

    def artifact(self, content: str) -> Artifact:
        path = self.build / "scratch"
        self.build.mkdir(exist_ok=True)
        path.write_text(content)
        digest, file = self.store.add_file(path), f"{content}-1.0-py3-none-any.whl"
        name = f"wheels/{content}/1.0/{digest}.{file}"
        return Artifact(kind="wheel", name=name, file=file, size=len(content), sha256=digest)

    def sign(
        self, *, now: datetime = NOW, words: Callable[[str], str] | None = None, refresh: bool = False
    ) -> Signed:
        return sign(self.build, "batang", self.web, self.key_folder, words or passphrase, now, refresh=refresh)

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.web)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.web.rglob("*")
            if path.is_file()
        }


def passphrase(name: str) -> str:
    return f"kata sandi {name}"


@pytest.fixture
def mentor(tmp_path: Path) -> Mentor:
    return Mentor(tmp_path)


def refusal(mentor: Mentor) -> SemaiError:
    with pytest.raises(SemaiError) as caught:
        mentor.sign()
    return caught.value


def test_published_files_reach_an_adopter(mentor: Mentor, tmp_path: Path) -> None:
    mentor.built("1", "one", "two")
    signed = mentor.sign()
    assert (signed.new_releases, signed.new_files) == (("e-planning 1",), 2)
    client = MentorClient(tmp_path / "state", "batang")
    client.add([mentor.web.as_uri()], mentor.made.fingerprint, None, NOW)
    (release,) = client.refresh(NOW).index.apps[0].releases
    store = Store(tmp_path / "adopter")
    contents = {store.ensure(artifact, client.urls).read_text() for artifact in release.artifacts}
    assert contents == {"one", "two"}


def test_signing_again_changes_nothing_and_says_so(mentor: Mentor) -> None:
    mentor.built("1", "one")
    mentor.sign()
    before = mentor.files()
    signed = mentor.sign(now=NOW + timedelta(days=1))
    assert (signed.signing.roles, signed.new_files, signed.index_changed) == ((), 0, False)
    assert mentor.files() == before


def test_next_release_keeps_the_old_one_and_its_files(mentor: Mentor) -> None:
    mentor.built("1", "one", "shared")
    mentor.sign()
    mentor.built("2", "two", "shared")
    signed = mentor.sign()
    assert (signed.new_releases, signed.new_files) == (("e-planning 2",), 1)
    status = publish_status(mentor.web, NOW)
    assert [(release.version, release.files) for release in status.releases] == [("2", 2), ("1", 2)]


def test_same_version_with_another_file_is_refused_and_nothing_changes(mentor: Mentor) -> None:
    mentor.built("1", "one")
    mentor.sign()
    before = mentor.files()
    mentor.built("1", "other")
    error = refusal(mentor)
    assert error.code == "release-changed"
    assert error.details == (
        "e-planning 1: one-1.0-py3-none-any.whl is missing now",
        "e-planning 1: other-1.0-py3-none-any.whl is new",
    )
    assert mentor.files() == before


def test_wrong_passphrase_changes_nothing(mentor: Mentor) -> None:
    mentor.built("1", "one")
    with pytest.raises(SemaiError) as caught:
        mentor.sign(words=lambda name: "not the right words")
    assert (caught.value.code, caught.value.exit_code) == ("passphrase-wrong", 3)
    assert not mentor.web.exists()


def test_damaged_built_file_is_not_published(mentor: Mentor) -> None:
    mentor.built("1", "one")
    digest = hashlib.sha256(b"one").hexdigest()
    mentor.store.path(digest).write_text("eno")
    assert refusal(mentor).code == "artifact-corrupt"
    assert not (mentor.web / "metadata").exists()


def test_published_file_that_went_missing_is_put_back(mentor: Mentor) -> None:
    mentor.built("1", "one")
    mentor.sign()
    (path,) = (mentor.web / "targets" / "wheels").rglob("*.whl")
    path.unlink()
    assert mentor.sign().new_files == 1
    assert path.read_text() == "one"


def test_keys_inside_the_published_folder_are_refused(mentor: Mentor) -> None:
    mentor.built("1", "one")
    mentor.web = mentor.key_folder.parent
    assert refusal(mentor).code == "keys-published"


def test_nothing_built_names_the_next_command(mentor: Mentor) -> None:
    error = refusal(mentor)
    assert (error.code, error.hint) == ("nothing-built", "semai publish build")


def test_index_of_a_newer_semai_is_not_signed_over(mentor: Mentor) -> None:

    mentor.built("1", "one")
    mentor.sign()
    (packed,) = (mentor.web / "targets").glob("*.index.json.gz")

    newer = gzip.compress(gzip.decompress(packed.read_bytes()).replace(b'"mentor"', b'"later":1,"mentor"', 1))
    with pytest.raises(SemaiError) as caught:
        read_index(newer)
    assert caught.value.code == "index-newer"


def test_status_warns_before_expiry(mentor: Mentor) -> None:
    mentor.built("1", "one")
    mentor.sign()
    fresh = publish_status(mentor.web, NOW)
    late = publish_status(mentor.web, NOW + timedelta(days=350))
    assert not any(role.warn for role in fresh.roles)
    assert {role.role for role in late.roles if role.warn} == {"targets", "snapshot", "timestamp"}
    assert fresh.fingerprint == mentor.made.fingerprint


def test_status_of_an_empty_folder_is_invalid_input(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        publish_status(tmp_path, NOW)
    assert caught.value.code == "nothing-published"


def test_short_passphrase_leaves_no_key_behind(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        init_keys(tmp_path / "new", lambda name: "pendek" if name == "publish" else "panjang sekali ini", NOW)
    assert not (tmp_path / "new").exists()


def test_second_init_refuses_and_keeps_the_keys(mentor: Mentor) -> None:
    before = {path.name: path.read_bytes() for path in mentor.key_folder.iterdir()}
    with pytest.raises(InvalidInput) as caught:
        init_keys(mentor.key_folder, passphrase, NOW)
    assert caught.value.code == "keys-exist"
    assert {path.name: path.read_bytes() for path in mentor.key_folder.iterdir()} == before
