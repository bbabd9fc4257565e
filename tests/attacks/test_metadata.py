"""Attacks on the signed metadata: edits, replays, mixes, stolen, forged and revoked keys."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from securesystemslib.signer import CryptoSigner
from semai.core.trust import SIGNED_AT
from semai.errors import NetworkFailed, SemaiError, TrustRefused
from tuf.api.metadata import TargetFile

from tests.attacks.conftest import Adopter, trusted_files
from tests.simulator.repository import Repository

DAY = timedelta(days=1)


def edited(content: bytes, **fields: object) -> bytes:
    """Return metadata with fields of its signed part changed, and the old signatures."""
    metadata = json.loads(content)
    metadata["signed"].update(fields)
    return json.dumps(metadata).encode()


class TestEdited:
    def test_edited_timestamp_is_refused(self, adopter: Adopter) -> None:
        files = adopter.mentor.files
        files["metadata/timestamp.json"] = edited(files["metadata/timestamp.json"], version=99)
        adopter.refused(TrustRefused, "metadata-signature")

    def test_edited_snapshot_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.publish(later=DAY)
        name = "metadata/3.snapshot.json"
        adopter.mentor.files[name] = adopter.mentor.files[name].replace(b"2027-", b"2127-")
        adopter.refused(TrustRefused, "metadata-mixed")

    def test_edited_targets_are_refused(self, adopter: Adopter) -> None:
        adopter.mentor.publish(later=DAY)
        name = "metadata/3.targets.json"
        adopter.mentor.files[name] = edited(adopter.mentor.files[name], targets={})
        adopter.refused(TrustRefused, "metadata-mixed")

    def test_longer_targets_are_not_read_to_the_end(self, adopter: Adopter) -> None:
        adopter.mentor.publish(later=DAY)
        content = adopter.mentor.files["metadata/3.targets.json"]
        adopter.mentor.files["metadata/3.targets.json"] = content + b" " * 100_000
        error = adopter.refused(TrustRefused, "too-long")
        assert error.fields["limit"] == len(content)

    def test_edited_new_root_is_refused(self, adopter: Adopter) -> None:
        root = adopter.mentor.files["metadata/1.root.json"]
        adopter.mentor.files["metadata/2.root.json"] = edited(root, version=2)
        adopter.refused(TrustRefused, "metadata-signature")

    @pytest.mark.parametrize("role", ["timestamp.json", "3.snapshot.json", "3.targets.json", "2.root.json"])
    def test_truncated_metadata_is_refused(self, adopter: Adopter, role: str) -> None:
        adopter.mentor.rotate_publish_key()
        adopter.mentor.publish(later=DAY)
        name = f"metadata/{role}"
        adopter.mentor.files[name] = adopter.mentor.files[name][:-40]
        with pytest.raises(TrustRefused) as caught:
            adopter.refresh()
        assert caught.value.code in ("metadata-unreadable", "metadata-mixed")
        assert caught.value.fields["file"] == name

    @pytest.mark.parametrize(
        "content",
        [b"", b"[" * 16_000, b'{"signed": {"version": ' + b"9" * 9000 + b"}}", b"null", b"\xff\xfe", b"{}"],
        ids=["empty", "16-kB-of-brackets", "9000-digits", "null", "no-text", "no-metadata"],
    )
    def test_hostile_json_is_refused(self, adopter: Adopter, content: bytes) -> None:
        adopter.mentor.files["metadata/timestamp.json"] = content
        adopter.refused(TrustRefused, "metadata-unreadable")

    @pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "root"])
    def test_one_role_in_place_of_another_is_refused(self, adopter: Adopter, role: str) -> None:
        adopter.mentor.rotate_publish_key()
        adopter.mentor.publish(later=DAY)
        files = adopter.mentor.files
        names = {"timestamp": "timestamp.json", "root": "2.root.json"}
        name = f"metadata/{names.get(role, f'3.{role}.json')}"
        other = "metadata/3.targets.json" if role != "targets" else "metadata/3.snapshot.json"
        files[name] = files[other]
        with pytest.raises(TrustRefused) as caught:
            adopter.refresh()
        assert caught.value.code in ("metadata-refused", "metadata-mixed", "metadata-unreadable", "too-long")


class TestReplayed:
    def test_repository_of_yesterday_is_refused(self, fresh: Adopter) -> None:
        yesterday = dict(fresh.mentor.files)
        fresh.mentor.publish(later=DAY)
        fresh.refresh()
        fresh.mentor.files.clear()
        fresh.mentor.files.update(yesterday)
        error = fresh.refused(TrustRefused, "catalog-older")
        assert error.fields["file"] == "metadata/timestamp.json"

    def test_stolen_timestamp_key_cannot_bring_back_an_old_snapshot(self, adopter: Adopter) -> None:
        adopter.mentor.sign_timestamp(snapshot_version=1, version=9)
        adopter.refused(TrustRefused, "catalog-rolled-back")

    def test_stolen_publish_key_cannot_bring_back_old_targets(self, adopter: Adopter) -> None:
        adopter.mentor.sign_snapshot(targets_version=1)
        adopter.mentor.sign_timestamp()
        adopter.refused(TrustRefused, "catalog-rolled-back")

    def test_old_snapshot_under_a_new_name_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.publish(later=DAY)
        adopter.mentor.files["metadata/3.snapshot.json"] = adopter.mentor.files["metadata/2.snapshot.json"]
        adopter.refused(TrustRefused, "metadata-mixed")

    def test_old_targets_under_a_new_name_are_refused(self, adopter: Adopter) -> None:
        adopter.mentor.publish(later=DAY)
        adopter.mentor.files["metadata/3.targets.json"] = adopter.mentor.files["metadata/2.targets.json"]
        adopter.refused(TrustRefused, "metadata-mixed")

    def test_mix_of_two_branches_is_refused(self, adopter: Adopter) -> None:
        branch = adopter.mentor.copy()
        branch.index["name"] = "Kabupaten Lain"
        branch.publish(later=DAY)
        adopter.mentor.publish(later=DAY * 2)
        adopter.mentor.files["metadata/3.targets.json"] = branch.files["metadata/3.targets.json"]
        adopter.refused(TrustRefused, "metadata-mixed")

    def test_old_root_as_the_next_root_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.files["metadata/2.root.json"] = adopter.mentor.files["metadata/1.root.json"]
        adopter.refused(TrustRefused, "metadata-mixed")


class TestKeys:
    def test_repository_of_another_mentor_is_refused(self, adopter: Adopter) -> None:
        other = Repository("kendal", now=adopter.now)
        other.publish(later=DAY)
        other.publish(later=DAY)
        adopter.mentor.files.clear()
        adopter.mentor.files.update(other.files)
        adopter.refused(TrustRefused, "metadata-signature")

    def test_another_mentor_with_forged_key_ids_is_refused(self, adopter: Adopter) -> None:
        """Key ids are free strings: the forger signs with own keys under the ids of the mentor's."""
        forged = adopter.mentor.copy()
        forged.root_signers = [CryptoSigner.generate_ed25519() for _ in range(3)]
        forged.publish_signer = CryptoSigner.generate_ed25519()
        pairs = zip(
            [*forged.root_signers, forged.publish_signer],
            [*adopter.mentor.root_signers, adopter.mentor.publish_signer],
            strict=True,
        )
        for own, stolen in pairs:
            own.public_key.keyid = stolen.public_key.keyid
        forged.versions["root"] = 0
        forged.sign_root()
        forged.sign_root()
        forged.publish(later=DAY)
        adopter.mentor.files.clear()
        adopter.mentor.files.update(forged.files)
        adopter.refused(TrustRefused, "metadata-signature")
        assert forged.fingerprint != adopter.mentor.fingerprint

    def test_root_signed_by_too_few_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.sign_root(signers=adopter.mentor.root_signers[:1])
        adopter.refused(TrustRefused, "metadata-signature")

    def test_root_that_names_one_key_twice_is_refused(self, adopter: Adopter) -> None:
        root = adopter.mentor.new_root()
        twin = root.get_key(root.roles["root"].keyids[0])
        forged = type(twin)("f" * 64, twin.keytype, twin.scheme, dict(twin.keyval))
        root.add_key(forged, "root")
        adopter.mentor.sign_root(root=root)
        with pytest.raises(TrustRefused) as caught:
            adopter.refresh()
        assert caught.value.code == "root-keys-repeated"

    def test_revoked_publish_key_is_refused(self, adopter: Adopter) -> None:
        revoked = adopter.mentor.rotate_publish_key()
        adopter.mentor.publish(later=DAY)
        adopter.refresh()
        adopter.mentor.sign_timestamp(signer=revoked)
        adopter.refused(TrustRefused, "metadata-signature")

    def test_revocation_once_seen_outlives_a_cut_refresh(self, adopter: Adopter) -> None:
        """The thief of a key must not win by hiding the new catalog, or the new root, after the root was seen."""
        thief = adopter.mentor.copy()
        adopter.mentor.rotate_publish_key()
        del adopter.mentor.files["metadata/timestamp.json"]
        catalog = adopter.client.load()
        with pytest.raises(NetworkFailed):
            adopter.refresh()
        assert adopter.client.load() == catalog
        assert (
            adopter.client.verify(adopter.mentor.fingerprint, adopter.now).fingerprint == adopter.client.fingerprint
        )
        thief.publish(later=DAY)
        adopter.mentor.files.clear()
        adopter.mentor.files.update(thief.files)
        adopter.refused(TrustRefused, "metadata-signature")

    def test_new_root_keys_are_followed(self, adopter: Adopter) -> None:
        before = adopter.client.fingerprint
        adopter.mentor.rotate_root_keys()
        adopter.mentor.publish(later=DAY)
        refreshed = adopter.refresh()
        assert refreshed.root_version == 2
        assert adopter.client.fingerprint == adopter.mentor.fingerprint != before
        assert adopter.client.knows(before)
        assert adopter.client.knows(adopter.mentor.fingerprint)
        assert not adopter.client.knows("0" * 64)

    def test_catalog_of_another_id_under_the_right_keys_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.index["mentor"] = "kendal"
        adopter.mentor.publish(later=DAY)
        adopter.refused(TrustRefused, "catalog-of-another-mentor")

    @pytest.mark.parametrize("field", ["2199-01-01T00:00:00Z", "soon", 7, "2199-13-01T00:00:00Z"])
    def test_signing_time_that_would_lock_us_out_is_refused(self, adopter: Adopter, field: object) -> None:
        adopter.mentor.sign_timestamp(fields={SIGNED_AT: field})
        error = adopter.refused(TrustRefused, "metadata-unreadable")
        assert error.fields["file"] == "metadata/timestamp.json"

    def test_targets_without_the_index_are_refused(self, adopter: Adopter) -> None:
        adopter.mentor.sign_targets({"other.json": TargetFile.from_data("other.json", b"{}", ["sha256"])})
        adopter.mentor.sign_snapshot()
        adopter.mentor.sign_timestamp()
        adopter.refused(TrustRefused, "index-missing")

    def test_index_without_sha256_is_refused(self, adopter: Adopter) -> None:
        adopter.mentor.sign_targets({"index.json.gz": TargetFile.from_data("index.json.gz", b"x", ["sha512"])})
        adopter.mentor.sign_snapshot()
        adopter.mentor.sign_timestamp()
        adopter.refused(TrustRefused, "index-missing")


def test_every_refusal_leaves_the_catalog_usable(adopter: Adopter) -> None:
    catalog = adopter.client.load()
    adopter.mentor.files["metadata/timestamp.json"] = b""
    with pytest.raises(SemaiError):
        adopter.refresh()
    assert adopter.client.load() == catalog
    adopter.mentor.publish(later=DAY)
    assert adopter.refresh().timestamp_version == 3


def test_second_refresh_changes_no_trusted_file(adopter: Adopter) -> None:
    before = trusted_files(adopter.state)
    assert adopter.refresh().changed is False
    assert trusted_files(adopter.state) == before
