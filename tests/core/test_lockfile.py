"""semai.lock: one form of bytes, and nothing but that form is read."""

from __future__ import annotations

import json

from semai.core import lockfile
from semai.core.catalog import digest_of
from semai.core.lockfile import Difference, Lock, LockedApp, LockedMentor
from semai.core.references import secret_at

from tests.core.catalog_dsl import release


def lock(version: str = "1", **more: object) -> Lock:
    found = release(version)
    app = LockedApp(version=version, release_digest=found.digest, because=("requested",), release=found)
    mentor = LockedMentor(
        fingerprint="a" * 64, url="file:///usb", root_version=1, timestamp_version=2, index_sha256="b" * 64
    )
    return Lock(request={"batang/a": ">=1"}, mentors={"batang": mentor}, apps={"batang/a": app}, **more)  # type: ignore[arg-type]


def test_what_is_serialized_is_parsed_back() -> None:
    sealed = lockfile.seal(lock())
    content = lockfile.serialize(sealed)
    assert lockfile.parse(content) == sealed
    assert lockfile.serialize(lockfile.parse(content)) == content


def test_the_digest_is_over_all_the_rest_and_keys_are_sorted() -> None:
    value = json.loads(lockfile.serialize(lock()))
    assert list(value) == ["apps", "contracts", "digest", "mentors", "previous", "request", "schema"]
    digest = value.pop("digest")
    assert digest == digest_of(value)


def test_a_lock_of_a_later_semai_with_more_keys_is_read() -> None:
    value = json.loads(lockfile.serialize(lock()))
    value.pop("digest")
    value["apps"]["batang/a"]["rollout"] = "slow"
    value["apps"]["batang/a"]["release"]["later"] = 1
    assert lockfile.parse(json.dumps({**value, "digest": digest_of(value)}).encode()).versions == lock().versions


def test_only_the_chain_differs_between_locks_of_the_same_content() -> None:
    assert lockfile.same_content(lockfile.seal(lock()), lockfile.seal(lock(previous="c" * 64)))
    assert not lockfile.same_content(lock("1"), lock("2"))


def test_differences_name_what_came_went_and_moved() -> None:
    empty = lock().model_copy(update={"apps": {}})
    assert lockfile.differences(None, lock()) == [Difference("batang/a", "", "1", ("requested",))]
    assert lockfile.differences(lock(), empty) == [Difference("batang/a", "1", "")]
    other = lock("2")
    moved = other.apps["batang/a"].model_copy(update={"release_digest": "d" * 64})
    other = other.model_copy(update={"apps": {"batang/a": moved}})
    (change,) = lockfile.differences(lock(), other)
    assert not change.is_downgrade
    (change,) = lockfile.differences(other, lock())
    assert change.is_downgrade


def test_paths_with_dots_in_keys_are_followed() -> None:
    vault = {"contracts": {"e-planning": {"planning.work-plan": {"e-budgeting": "t"}, "planning": {"x": "u"}}}}
    assert secret_at(vault, "contracts.e-planning.planning.work-plan.e-budgeting") == "t"
    assert secret_at(vault, "contracts.e-planning.planning.x") == "u"
    assert secret_at(vault, "contracts.e-planning") is None
    assert secret_at(vault, "contracts.nope.x") is None
    assert secret_at(vault, "") is None
