"""Keys, roots and signatures of a published folder, read back by the adopter's own client."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from semai.adapters.keys import parse_passphrases, read_key, read_passphrases, refuse_existing, write_key
from semai.adapters.mentor_client import MentorClient
from semai.adapters.signing import (
    KEPT,
    Roots,
    Signing,
    collect_garbage,
    hint_for,
    new_root,
    read_published,
    read_roots,
    sign_index,
)
from semai.core.catalog import Index
from semai.core.publishing import pack
from semai.core.trust import SIGNING_VALIDITY
from semai.errors import InvalidInput, SemaiError, TrustRefused

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
PASSPHRASE = "empat kata yang panjang"


class Mentor:
    """Keys in memory and a web root on the disk."""

    def __init__(self, folder: Path) -> None:
        self.web = folder / "web"
        self.keys = folder / "keys"
        self.keys.mkdir(parents=True)
        self.publish_key = Ed25519PrivateKey.generate()
        root = new_root([Ed25519PrivateKey.generate() for _ in range(3)], self.publish_key, NOW)
        (self.keys / "1.root.json").write_bytes(root)

    @property
    def roots(self) -> Roots:
        return read_roots(self.keys)

    def sign(self, name: str = "Kabupaten Batang", *, now: datetime = NOW, refresh: bool = False) -> Signing:
        published = read_published(self.web, self.roots.newest)
        hint = hint_for("batang", name, [], self.roots.fingerprint)
        return sign_index(
            self.web, self.roots, published, packed(name), self.publish_key, now, hint=hint, refresh=refresh
        )

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.web)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.web.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def mentor(tmp_path: Path) -> Mentor:
    return Mentor(tmp_path)


def packed(name: str) -> bytes:
    return pack(Index(mentor="batang", name=name, region_code="33.25"))


def refusal(mentor: Mentor) -> SemaiError:
    with pytest.raises(SemaiError) as caught:
        mentor.sign("changed")
    return caught.value


def adopt(mentor: Mentor, state: Path, now: datetime = NOW) -> str:
    client = MentorClient(state, "batang")
    client.add([mentor.web.as_uri()], mentor.roots.fingerprint, None, now)
    return client.refresh(now).index.name


def test_adopter_trusts_what_was_signed(mentor: Mentor, tmp_path: Path) -> None:
    mentor.sign("Kabupaten Batang")
    assert adopt(mentor, tmp_path / "state") == "Kabupaten Batang"


def test_adopter_follows_the_next_signing(mentor: Mentor, tmp_path: Path) -> None:
    mentor.sign("one")
    adopt(mentor, tmp_path / "state")
    mentor.sign("two", now=NOW + timedelta(days=1))
    assert MentorClient(tmp_path / "state", "batang").refresh(NOW + timedelta(days=1)).index.name == "two"


def test_layout_is_that_of_the_catalog(mentor: Mentor) -> None:
    mentor.sign()
    digest = hashlib.sha256(packed("Kabupaten Batang")).hexdigest()
    assert sorted(mentor.files()) == [
        "mentor.json",
        "metadata/1.root.json",
        "metadata/1.snapshot.json",
        "metadata/1.targets.json",
        "metadata/timestamp.json",
        f"targets/{digest}.index.json.gz",
    ]


def test_signing_killed_before_the_timestamp_shows_readers_the_old_state_and_can_be_repeated(
    mentor: Mentor, tmp_path: Path
) -> None:
    mentor.sign("one")
    timestamp = mentor.web / "metadata" / "timestamp.json"
    old = timestamp.read_bytes()
    mentor.sign("two")
    timestamp.write_bytes(old)  # everything but the last write happened
    assert adopt(mentor, tmp_path / "state") == "one"
    mentor.sign("two")
    assert MentorClient(tmp_path / "state", "batang").refresh(NOW).index.name == "two"


def test_unchanged_index_writes_nothing(mentor: Mentor) -> None:
    mentor.sign()
    before = mentor.files()
    assert mentor.sign(now=NOW + timedelta(days=1)).roles == ()
    assert mentor.files() == before


def test_refresh_signs_the_timestamp_alone(mentor: Mentor) -> None:
    mentor.sign()
    signing = mentor.sign(now=NOW + timedelta(days=1), refresh=True)
    assert (signing.roles, signing.timestamp_version) == (("timestamp",), 2)
    assert signing.expires == NOW + timedelta(days=1) + SIGNING_VALIDITY


def test_roles_close_to_expiry_are_signed_again(mentor: Mentor, tmp_path: Path) -> None:
    mentor.sign()
    later = NOW + SIGNING_VALIDITY - timedelta(days=30)
    assert mentor.sign(now=later).roles == ("targets", "snapshot", "timestamp")
    assert adopt(mentor, tmp_path / "state", NOW + SIGNING_VALIDITY + timedelta(days=1)) == "Kabupaten Batang"


def test_versions_rise_with_each_change(mentor: Mentor) -> None:
    for number, name in enumerate(("a", "b", "c"), 1):
        assert mentor.sign(name).timestamp_version == number
    published = read_published(mentor.web, mentor.roots.newest)
    assert published is not None
    assert (published.targets.version, published.snapshot.version) == (3, 3)


def test_old_metadata_and_indexes_beyond_twenty_are_removed(mentor: Mentor, tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        mentor.sign(f"name {number}")
    published = read_published(mentor.web, mentor.roots.newest)
    assert published is not None
    collect_garbage(mentor.web, published)
    names = list(mentor.files())
    assert sum(name.endswith(".targets.json") for name in names) == KEPT
    assert sum(name.endswith(".snapshot.json") for name in names) == KEPT
    assert sum(name.endswith(".index.json.gz") for name in names) == KEPT
    assert "metadata/1.root.json" in names
    assert adopt(mentor, tmp_path / "state") == f"name {KEPT + 4}"


@pytest.mark.parametrize("file", ["metadata/timestamp.json", "metadata/1.targets.json", "metadata/1.snapshot.json"])
def test_folder_changed_by_someone_else_is_not_signed_over(mentor: Mentor, file: str) -> None:
    mentor.sign()
    content = json.loads((mentor.web / file).read_bytes())
    content["signed"]["version"] += 1
    (mentor.web / file).write_text(json.dumps(content))
    before = mentor.files()
    error = refusal(mentor)
    assert (error.code, error.exit_code) == ("published-untrusted", 3)
    assert mentor.files() == before


def test_changed_index_is_not_signed_over(mentor: Mentor) -> None:
    mentor.sign()
    (index,) = (mentor.web / "targets").glob("*.index.json.gz")
    index.write_bytes(index.read_bytes()[:-1])
    assert refusal(mentor).code == "published-untrusted"


def test_folder_of_other_keys_is_refused(mentor: Mentor, tmp_path: Path) -> None:
    mentor.sign()
    other = Mentor(tmp_path / "other")
    other.web = mentor.web
    assert refusal(other).code == "published-untrusted"


def test_publish_key_of_other_keys_is_refused(mentor: Mentor) -> None:
    mentor.publish_key = Ed25519PrivateKey.generate()
    with pytest.raises(TrustRefused) as caught:
        mentor.sign()
    assert caught.value.code == "key-not-listed"


def test_root_is_signed_by_all_three_and_needs_two(mentor: Mentor) -> None:
    root = json.loads((mentor.keys / "1.root.json").read_bytes())
    assert len(root["signatures"]) == 3
    assert root["signed"]["roles"]["root"]["threshold"] == 2


def test_root_with_one_signature_is_refused(mentor: Mentor) -> None:
    path = mentor.keys / "1.root.json"
    root = json.loads(path.read_bytes())
    root["signatures"] = root["signatures"][:1]
    path.write_text(json.dumps(root))
    with pytest.raises(TrustRefused) as caught:
        read_roots(mentor.keys)
    assert caught.value.code == "published-untrusted"


def test_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    key = write_key(tmp_path, "publish", PASSPHRASE)
    assert stat.S_IMODE((tmp_path / "publish.pem").stat().st_mode) == 0o600
    assert read_key(tmp_path, "publish", PASSPHRASE).public_key() == key.public_key()
    with pytest.raises(TrustRefused) as caught:
        read_key(tmp_path, "publish", "another passphrase")
    assert caught.value.code == "passphrase-wrong"


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    write_key(tmp_path, "publish", PASSPHRASE)
    (tmp_path / "publish.pem").chmod(0o644)
    with pytest.raises(TrustRefused) as caught:
        read_key(tmp_path, "publish", PASSPHRASE)
    assert caught.value.code == "key-exposed"


def test_missing_key_and_short_passphrase_are_invalid_input(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as missing:
        read_key(tmp_path, "publish", PASSPHRASE)
    with pytest.raises(InvalidInput) as short:
        write_key(tmp_path, "publish", "pendek")
    assert (missing.value.code, short.value.code) == ("key-missing", "passphrase-short")


@pytest.mark.parametrize("file", ["root-2.pem", "publish.pem", "1.root.json"])
def test_keys_are_never_overwritten(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("x")
    with pytest.raises(InvalidInput) as caught:
        refuse_existing(tmp_path)
    assert caught.value.code == "keys-exist"


def test_passphrases_are_read_by_name_or_one_for_all() -> None:
    named = parse_passphrases("root-1: satu dua\npublish: tiga: empat\n", "x")
    assert (named("root-1"), named("publish")) == ("satu dua", "tiga: empat")
    with pytest.raises(InvalidInput):
        named("root-2")
    assert parse_passphrases("semua sama saja\n", "x")("root-3") == "semua sama saja"


def test_passphrase_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "passphrases"
    file.write_text(PASSPHRASE)
    file.chmod(0o640)
    with pytest.raises(InvalidInput) as caught:
        read_passphrases(file)
    assert caught.value.code == "passphrase-file-exposed"
    file.chmod(0o600)
    assert read_passphrases(file)("publish") == PASSPHRASE
