"""Attacks on the moment of first trust: nothing may be written unless the letter and the keys agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from semai.adapters.mentor_client import MentorClient, Offer
from semai.core.trust import fingerprint_of, groups
from semai.errors import InvalidInput, NetworkFailed, SemaiError, TrustRefused

from tests.attacks.conftest import PATIENT, SHORT, Adopter, trusted_files
from tests.simulator.repository import TODAY, Repository
from tests.simulator.server import PORTAL, Fault, Server, serving


@pytest.fixture
def client(tmp_path: Path) -> MentorClient:
    return MentorClient(tmp_path / "state", "batang", PATIENT)


@pytest.fixture
def listening(mentor: Repository) -> Iterator[Server]:
    with serving(mentor.files) as server:
        yield server


def refused(
    client: MentorClient, url: str, kind: type[SemaiError], code: str, fingerprint: str | None
) -> SemaiError:
    """Try to add the mentor; check the refusal and that not even a folder was made."""
    with pytest.raises(SemaiError) as caught:
        client.add([url], fingerprint, None, TODAY)
    error = caught.value
    assert (type(error), error.code) == (kind, code), error
    assert error.fields["mentor"] == "batang"
    assert error.hint
    assert not client.folder.path.parent.exists()
    return error


def letter_end(mentor: Repository) -> str:
    return groups(mentor.fingerprint)[-9:]


class TestFingerprint:
    def test_right_fingerprint_is_trusted(
        self, client: MentorClient, mentor: Repository, listening: Server
    ) -> None:
        added = client.add([listening.url], groups(mentor.fingerprint), None, TODAY)
        assert added.new
        assert added.record.name == "Kabupaten Batang"
        assert client.fingerprint == mentor.fingerprint
        assert client.folder.anchor() == mentor.files["metadata/1.root.json"]

    def test_wrong_fingerprint_is_refused(self, client: MentorClient, listening: Server) -> None:
        error = refused(client, listening.url, TrustRefused, "fingerprint-differs", "0" * 64)
        assert error.fields["date"]
        assert error.fields["file"]

    def test_refusal_does_not_show_the_fingerprint_to_copy(
        self, client: MentorClient, mentor: Repository, listening: Server
    ) -> None:
        error = refused(client, listening.url, TrustRefused, "fingerprint-differs", "0" * 64)
        shown = " ".join([str(error), error.hint, *error.details, *map(str, error.fields.values())])
        assert mentor.fingerprint[:8] not in shown

    def test_nobody_to_confirm_is_a_usage_error_before_any_request(
        self, client: MentorClient, listening: Server
    ) -> None:
        refused(client, listening.url, InvalidInput, "fingerprint-needed", None)
        assert listening.requests == []

    @pytest.mark.parametrize("text", ["", "abcd", "zz" * 32, "a" * 63, "a" * 41])
    def test_malformed_fingerprint_is_a_usage_error(
        self, client: MentorClient, listening: Server, text: str
    ) -> None:
        with pytest.raises(InvalidInput):
            client.add([listening.url], text, None, TODAY)
        assert listening.requests == []

    def test_typed_end_of_the_letter_is_trusted(
        self, client: MentorClient, mentor: Repository, listening: Server
    ) -> None:
        offers: list[Offer] = []

        def read_letter(offer: Offer) -> str:
            offers.append(offer)
            return letter_end(mentor).upper()

        client.add([listening.url], None, read_letter, TODAY)
        assert offers == [Offer("batang", "Kabupaten Batang", listening.url, mentor.fingerprint)]

    @pytest.mark.parametrize("typed", ["", "00000000", "y", "yes"])
    def test_wrongly_typed_end_is_refused(self, client: MentorClient, listening: Server, typed: str) -> None:
        with pytest.raises(TrustRefused) as caught:
            client.add([listening.url], None, lambda _offer: typed, TODAY)
        assert caught.value.code == "fingerprint-differs"
        assert not client.folder.path.parent.exists()

    def test_fingerprint_of_the_newest_root_counts(
        self, client: MentorClient, mentor: Repository, listening: Server
    ) -> None:
        old = mentor.fingerprint
        mentor.rotate_root_keys()
        refused(client, listening.url, TrustRefused, "fingerprint-outdated", old)
        client.add([listening.url], mentor.fingerprint, None, TODAY)
        assert client.folder.anchor() == mentor.files["metadata/2.root.json"]


class TestForged:
    def test_root_with_forged_key_ids_is_refused(self, client: MentorClient, mentor: Repository) -> None:
        """The fingerprint is over key material: the mentor's ids on a forger's keys give another one."""
        forged = Repository()
        for own, stolen in zip(forged.root_signers, mentor.root_signers, strict=True):
            own.public_key.keyid = stolen.public_key.keyid
        forged.versions["root"] = 0
        forged.sign_root()
        with serving(forged.files) as server:
            refused(client, server.url, TrustRefused, "fingerprint-differs", mentor.fingerprint)

    def test_lower_threshold_gives_another_fingerprint(self, client: MentorClient, mentor: Repository) -> None:
        root = mentor.new_root()
        root.roles["root"].threshold = 1
        mentor.versions["root"] = 0
        mentor.sign_root(root=root)
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "fingerprint-differs", mentor.fingerprint)

    def test_root_that_names_one_key_twice_is_refused(self, client: MentorClient, mentor: Repository) -> None:
        root = mentor.new_root()
        twin = root.get_key(root.roles["root"].keyids[0])
        root.add_key(type(twin)("f" * 64, twin.keytype, twin.scheme, dict(twin.keyval)), "root")
        mentor.versions["root"] = 0
        mentor.sign_root(root=root)
        keys = [root.get_key(keyid) for keyid in root.roles["root"].keyids]
        given = fingerprint_of(2, [(key.keytype, key.scheme, key.keyval["public"]) for key in keys])
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "root-keys-repeated", given)

    def test_root_not_signed_by_its_own_keys_is_refused(self, client: MentorClient, mentor: Repository) -> None:
        mentor.versions["root"] = 0
        mentor.sign_root(signers=[CryptoSigner.generate_ed25519() for _ in range(2)])
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "metadata-signature", mentor.fingerprint)

    def test_new_root_not_signed_by_the_old_keys_is_refused(self, client: MentorClient, mentor: Repository) -> None:
        mentor.root_signers = [CryptoSigner.generate_ed25519() for _ in range(3)]
        mentor.sign_root()
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "metadata-signature", mentor.fingerprint)

    def test_first_root_of_another_version_is_refused(self, client: MentorClient, mentor: Repository) -> None:
        mentor.sign_root()
        mentor.files["metadata/1.root.json"] = mentor.files["metadata/2.root.json"]
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "metadata-mixed", mentor.fingerprint)

    @pytest.mark.parametrize("content", [b"", b"[" * 16_000, b"{}", b"9" * 9000])
    def test_hostile_root_is_refused(self, client: MentorClient, mentor: Repository, content: bytes) -> None:
        mentor.files["metadata/1.root.json"] = content
        with serving(mentor.files) as server:
            refused(client, server.url, TrustRefused, "metadata-unreadable", mentor.fingerprint)

    def test_catalog_that_calls_itself_otherwise_is_refused(self, client: MentorClient) -> None:
        other = Repository("kendal")
        with serving(other.files) as server:
            refused(client, server.url, TrustRefused, "catalog-of-another-mentor", other.fingerprint)


class TestHint:
    """mentor.json is unsigned: whatever it says, it must neither help a forger nor harm a terminal."""

    @pytest.mark.parametrize("content", [None, b"", b"[" * 16_000, b"[]", b'{"id": "batang"}', b"\xff"])
    def test_useless_hint_is_ignored(
        self, client: MentorClient, mentor: Repository, listening: Server, content: bytes | None
    ) -> None:
        if content is None:
            del mentor.files["mentor.json"]
        else:
            mentor.files["mentor.json"] = content
        assert client.add([listening.url], mentor.fingerprint, None, TODAY).record.name == "batang"

    def test_terminal_codes_in_a_name_are_dropped(
        self, client: MentorClient, mentor: Repository, listening: Server
    ) -> None:
        name = "Batang\x1b[2J\x1b]0;owned\x07\r\n\u202e"
        mentor.files["mentor.json"] = json.dumps({"id": "batang", "name": name}).encode()
        shown = client.add([listening.url], mentor.fingerprint, None, TODAY).record.name
        assert shown.isprintable()
        assert shown.startswith("Batang")

    def test_fingerprint_in_the_hint_counts_for_nothing(self, client: MentorClient, mentor: Repository) -> None:
        forged = Repository()
        forged.files["mentor.json"] = mentor.files["mentor.json"]
        with serving(forged.files) as server:
            refused(client, server.url, TrustRefused, "fingerprint-differs", mentor.fingerprint)

    def test_endless_hint_is_stopped(self, client: MentorClient, mentor: Repository, listening: Server) -> None:
        listening.faults["mentor.json"] = Fault(endless=True, body=b"")
        refused(client, listening.url, TrustRefused, "too-long", mentor.fingerprint)


class TestLine:
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (PORTAL, "captive-portal"),
            (Fault(status=404), "catalog-missing"),
            (Fault(hang="before"), "mentor-timeout"),
        ],
        ids=["portal", "no-catalog", "hang"],
    )
    def test_no_catalog_at_the_address(
        self, tmp_path: Path, mentor: Repository, listening: Server, fault: Fault, code: str
    ) -> None:
        listening.faults["*"] = fault
        client = MentorClient(tmp_path / "state", "batang", SHORT)
        refused(client, listening.url, NetworkFailed, code, mentor.fingerprint)

    def test_endless_root_is_stopped(self, client: MentorClient, mentor: Repository, listening: Server) -> None:
        listening.faults["metadata/*"] = Fault(endless=True, body=b"")
        refused(client, listening.url, TrustRefused, "too-long", mentor.fingerprint)

    def test_mirror_stands_in_for_an_address_that_is_down(self, client: MentorClient, mentor: Repository) -> None:
        with serving({}) as gone:
            pass
        with serving(mentor.files) as mirror:
            record = client.add([gone.url, mirror.url], mentor.fingerprint, None, TODAY).record
        assert record.urls == (gone.url, mirror.url)


class TestAgain:
    def test_new_addresses_of_a_trusted_mentor_need_no_letter(self, adopter: Adopter) -> None:
        with serving(adopter.mentor.files) as mirror:
            added = adopter.client.add([mirror.url], None, None, adopter.now)
            assert not added.new
            assert adopter.client.urls == (mirror.url,)
            assert adopter.refresh().timestamp_version == 2

    def test_new_address_with_other_keys_is_refused(self, adopter: Adopter) -> None:
        before = trusted_files(adopter.state)
        other = Repository()
        with serving(other.files) as server, pytest.raises(TrustRefused) as caught:
            adopter.client.add([server.url], other.fingerprint, None, adopter.now)
        assert caught.value.code == "mentor-key-differs"
        assert trusted_files(adopter.state) == before

    def test_new_address_after_a_root_rotation_is_followed(self, adopter: Adopter) -> None:
        adopter.mentor.rotate_root_keys()
        adopter.mentor.publish(later=timedelta(days=1))
        with serving(adopter.mentor.files) as mirror:
            adopter.client.add([mirror.url], adopter.mentor.fingerprint, None, adopter.now)
            assert adopter.refresh().root_version == 2

    def test_removed_mentor_leaves_nothing(self, adopter: Adopter) -> None:
        adopter.client.remove()
        assert list((adopter.state / "mentors").iterdir()) == []
        with pytest.raises(InvalidInput) as caught:
            adopter.client.load()
        assert caught.value.code == "unknown-mentor"
