"""Which backup is meant, and what opens another region's repository."""

from __future__ import annotations

import pytest
from semai.core.backups import StoredSet
from semai.core.restores import chosen, keys_in, other_repository
from semai.errors import InvalidInput

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAx2b9VbGpWyWvmyAoB9XjyI6mFYFJm2pV5zQKX6J6vN"


def stored(day: int, *apps: str) -> StoredSet:
    return StoredSet(set=f"2026112{day}-{apps[0]}", apps=apps, bytes=1, moment=f"2026-11-2{day}T01:30:00Z")


SETS = [stored(1, "desk", "plan"), stored(2, "desk", "plan"), stored(3, "wiki")]


def test_latest_is_the_newest_that_holds_all_that_was_asked_for() -> None:
    assert chosen("latest", ["plan"], SETS) == SETS[1]
    assert chosen("latest", ["plan", "desk"], SETS) == SETS[1]
    assert chosen("latest", [], SETS[:2]) == SETS[1]
    assert chosen(SETS[0].set, [], SETS) == SETS[0]


@pytest.mark.parametrize(
    ("name", "apps", "code"),
    [
        ("latest", [], "set-ambiguous"),
        ("latest", ["desk", "wiki"], "no-set-of-apps"),
        ("20200101-x", [], "no-such-set"),
    ],
)
def test_a_backup_that_is_not_clear_is_refused(name: str, apps: list[str], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen(name, apps, SETS)
    assert caught.value.code == code


def test_host_is_told_of_another_repository_with_the_regions_own_ssh_key() -> None:
    other = other_repository("sftp", "u@h:/sets", {"RESTIC_PASSWORD": "kunci"}, host_key=HOST_KEY)
    assert other.told() == {
        "configuration": {"schema": 1, "repository": {"kind": "sftp", "location": "u@h:/sets"}},
        "secrets": {"RESTIC_PASSWORD": "kunci"},
        "files": {"ssh-key": "@secret(backup.ssh_key)", "known-hosts": f"h {HOST_KEY}\n"},
    }
    assert "kunci" not in repr(other)


@pytest.mark.parametrize(
    ("kind", "location"),
    [("local", ""), ("local", "../x"), ("usb", "x"), ("sftp", "u@h:/x"), ("s3", "/x"), ("s3", "https://h")],
)
def test_place_that_does_not_go_with_its_kind_is_refused(kind: str, location: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        other_repository(kind, location, {})
    assert caught.value.code == "other-repository"


def test_file_holds_the_key_alone_or_all_that_s3_needs() -> None:
    assert keys_in("kunci\n\n", "local") == {"RESTIC_PASSWORD": "kunci"}
    pair = "AWS_ACCESS_KEY_ID = a\nAWS_SECRET_ACCESS_KEY=b=c\nRESTIC_PASSWORD=k\n"
    assert keys_in(pair, "s3")["AWS_SECRET_ACCESS_KEY"] == "b=c"
    for text, kind in (("", "local"), ("a\nb", "local"), ("kunci", "s3"), (pair.replace("=k", "="), "s3")):
        with pytest.raises(InvalidInput) as caught:
            keys_in(text, kind)
        assert caught.value.code == "key-file-form"
