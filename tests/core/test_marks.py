"""Marks of secrets: which part changes with which secret, and that nothing of a secret is in them."""

from __future__ import annotations

from semai.core.marks import Marks, marks_of
from semai.core.secrets import Authority, BackupKey, Vault

KEY, DIGEST, OTHER = "k" * 43, "a" * 64, "b" * 64
ITEM = {"environment": {"SECRET_KEY": "@secret(apps.e-planning.secret_key)", "NAME": "Manggarai"}}


def vault(**secrets: str) -> Vault:
    made = Vault(marks_key=KEY, backup=BackupKey(password="cadangan"), ca=Authority(certificate="c", key="k"))
    return made.with_app("e-planning", {"secret_key": "lama", **secrets}, {"mail_password": "surat"})


def test_a_part_changes_with_its_own_secrets_only() -> None:
    old, new = (marks_of(vault(secret_key=word), DIGEST) for word in ("lama", "baru"))
    assert new.of(ITEM) != old.of(ITEM)
    assert new.at("ca.key", "backup.password") == old.at("ca.key", "backup.password")
    assert new.of({"environment": {"NAME": "Manggarai"}}) == old.of({"environment": {"NAME": "Manggarai"}})


def test_another_app_and_another_encryption_change_nothing_of_a_part() -> None:
    joined = vault().with_app("e-sakip", {"secret_key": "lain"}, {})
    assert marks_of(joined, OTHER).of(ITEM) == marks_of(vault(), DIGEST).of(ITEM)


def test_a_secret_that_comes_or_goes_is_a_change() -> None:
    had = marks_of(vault(), DIGEST)
    gone = marks_of(vault().without_app("e-planning"), OTHER)
    assert gone.of(ITEM) != had.of(ITEM)
    assert gone.of(ITEM) == Marks(DIGEST, gone.secrets).of(ITEM)


def test_secrets_without_marks_change_with_the_file() -> None:
    unmarked = vault().model_copy(update={"marks_key": None})
    assert marks_of(unmarked, DIGEST) == Marks(DIGEST)
    assert Marks(DIGEST).of(ITEM) != Marks(OTHER).of(ITEM)


def test_marks_are_of_every_secret_but_their_key_and_cannot_be_tried_out_without_it() -> None:
    found = marks_of(vault(), DIGEST).secrets
    assert set(found) == {
        "apps.e-planning.answers.mail_password",
        "apps.e-planning.secret_key",
        "backup.password",
        "ca.certificate",
        "ca.key",
    }
    other = marks_of(vault().model_copy(update={"marks_key": "o" * 43}), DIGEST).secrets
    assert not {*found.values()} & {*other.values()}, "a mark without its key would tell a guessed password"
    same = vault().with_app("e-sakip", {"secret_key": "lama"}, {})
    told = marks_of(same, DIGEST).secrets
    assert told["apps.e-sakip.secret_key"] != told["apps.e-planning.secret_key"], "nor that two are alike"
