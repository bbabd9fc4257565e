"""The artifact store: resume, several sources, and nothing kept whose digest does not hold."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.adapters.fetch import Fetcher, Patience
from semai.adapters.store import Store
from semai.core.catalog import Artifact
from semai.errors import NetworkFailed, OperationFailed, SemaiError, TrustRefused

from tests.simulator.server import PORTAL, Fault, Server, serving

CONTENT = os.urandom(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NAME = f"apps/e-planning/2026.11.0/{DIGEST}.wheel.whl"
PATH = f"targets/{NAME}"
ARTIFACT = Artifact(kind="wheel", name=NAME, file="wheel.whl", size=len(CONTENT), sha256=DIGEST)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({PATH: CONTENT}) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", Fetcher(Patience(1.0, 1.0, 0.3)), pause=lambda _seconds: None)


def failure(store: Store, *sources: str, artifact: Artifact = ARTIFACT) -> SemaiError:
    """Return why the store refuses, having checked that it holds nothing of the artifact."""
    with pytest.raises(SemaiError) as caught:
        store.ensure(artifact, sources)
    assert not store.has(artifact.sha256)
    assert caught.value.fields["date"]
    assert caught.value.hint
    return caught.value


def test_artifact_is_stored_under_its_digest(store: Store, server: Server) -> None:
    path = store.ensure(ARTIFACT, [server.url])
    assert path == store.folder / "sha256" / DIGEST[:2] / DIGEST
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list((store.folder / "partial").iterdir()) == []


def test_stored_artifact_needs_no_source(store: Store, server: Server) -> None:
    store.ensure(ARTIFACT, [server.url])
    assert store.ensure(ARTIFACT, []).read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_stick_serves_as_well(store: Store, tmp_path: Path) -> None:
    (tmp_path / "usb" / PATH).parent.mkdir(parents=True)
    (tmp_path / "usb" / PATH).write_bytes(CONTENT)
    assert store.ensure(ARTIFACT, [(tmp_path / "usb").as_uri()]).read_bytes() == CONTENT


def test_line_cut_again_and_again_is_resumed(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(cut_after=50_000)
    assert store.ensure(ARTIFACT, [server.url]).read_bytes() == CONTENT
    assert server.sent == len(CONTENT)  # no byte was fetched twice
    assert [asked for _, asked in server.requests][:3] == ["", "bytes=50000-", "bytes=100000-"]


def test_server_without_ranges_begins_anew(store: Store, server: Server) -> None:
    partial = store.folder / "partial" / DIGEST
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT[:10_000])
    server.faults["*"] = Fault(no_ranges=True)
    assert store.ensure(ARTIFACT, [server.url]).read_bytes() == CONTENT


def test_partial_of_an_earlier_run_is_resumed(store: Store, server: Server) -> None:
    partial = store.folder / "partial" / DIGEST
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT[:200_000])
    store.ensure(ARTIFACT, [server.url])
    assert server.requests == [(PATH, "bytes=200000-")]


def test_partial_with_wrong_bytes_is_fetched_again(store: Store, server: Server) -> None:
    partial = store.folder / "partial" / DIGEST
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"\0" * 200_000)
    assert store.ensure(ARTIFACT, [server.url]).read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == ["bytes=200000-", ""]


def test_next_source_continues_where_the_first_was_cut(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(cut_after=100_000, no_ranges=True)
    with serving({PATH: CONTENT}) as mirror:
        assert store.ensure(ARTIFACT, [server.url, mirror.url]).read_bytes() == CONTENT
        assert mirror.requests == [(PATH, "bytes=100000-")]


def test_progress_ends_at_the_whole_size(store: Store, server: Server) -> None:
    seen: list[tuple[str, int, int]] = []
    store.ensure(ARTIFACT, [server.url], lambda *step: seen.append(step))
    assert seen[-1] == ("wheel.whl", len(CONTENT), len(CONTENT))


def test_flipped_artifact_is_refused(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(body=CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    error = failure(store, server.url)
    assert (type(error), error.code) == (TrustRefused, "artifact-digest")
    assert error.fields["file"] == NAME
    assert not (store.folder / "partial" / DIGEST).exists()


def test_flipped_artifact_is_taken_from_the_next_source(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(body=b"\0" * len(CONTENT))
    with serving({PATH: CONTENT}) as mirror:
        assert store.ensure(ARTIFACT, [server.url, mirror.url]).read_bytes() == CONTENT


@pytest.mark.parametrize("change", [-1, 1])
def test_artifact_of_another_length_is_refused(store: Store, server: Server, change: int) -> None:
    server.faults["*"] = Fault(body=(CONTENT + b"\0")[: len(CONTENT) + change])
    error = failure(store, server.url)
    assert (type(error), error.code) == (TrustRefused, "artifact-size")


def test_artifact_shorter_than_what_arrived_before_is_refused(store: Store, server: Server) -> None:
    partial = store.folder / "partial" / DIGEST
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT[:200_000])
    server.faults["*"] = Fault(body=CONTENT[:100_000])
    assert failure(store, server.url).code == "artifact-size"


def test_endless_artifact_is_stopped(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(endless=True)
    error = failure(store, server.url)
    assert (type(error), error.code) == (TrustRefused, "too-long")
    assert (store.folder / "partial" / DIGEST).stat().st_size <= len(CONTENT)


def test_missing_artifact_is_a_network_failure(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(status=404)
    error = failure(store, server.url)
    assert (type(error), error.code) == (NetworkFailed, "artifact-missing")


def test_login_page_instead_of_an_artifact(store: Store, server: Server) -> None:
    server.faults["*"] = PORTAL
    assert failure(store, server.url).code == "captive-portal"


def test_cut_line_that_brings_nothing_is_given_up(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(cut_after=0)
    assert failure(store, server.url).code == "connection-cut"
    assert len(server.requests) == 3


def test_drip_is_given_up_and_what_arrived_is_kept(store: Store, server: Server) -> None:
    small = Artifact(
        kind="wheel", name=NAME, file="wheel.whl", size=1000, sha256=hashlib.sha256(b"x" * 1000).hexdigest()
    )
    server.faults["*"] = Fault(body=b"x" * 1000, drip=0.02)
    error = failure(store, server.url, artifact=small)
    assert (type(error), error.code) == (NetworkFailed, "mentor-timeout")
    assert 0 < (store.folder / "partial" / small.sha256).stat().st_size < 1000


def test_trust_is_reported_before_network(store: Store, server: Server) -> None:
    server.faults["*"] = Fault(body=b"\0" * len(CONTENT))
    with serving({}) as empty:
        error = failure(store, empty.url, server.url)
    assert error.code == "artifact-digest"
    assert any("artifact-missing" in line for line in error.details)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a\0b", "a" * 250, "apps//x", "Apps/x", ""])
def test_hostile_name_is_refused_before_anything_is_read(store: Store, server: Server, name: str) -> None:
    hostile = ARTIFACT.model_copy(update={"name": name})
    error = failure(store, server.url, artifact=hostile)
    assert (type(error), error.code) == (TrustRefused, "artifact-name")
    assert server.requests == []
    assert not store.folder.exists()


@pytest.mark.parametrize("digest", ["../" + "a" * 61, "A" * 64, "a" * 63, ""])
def test_only_a_digest_becomes_a_path(store: Store, digest: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        store.path(digest)


def test_damaged_file_in_the_store_is_found(store: Store, server: Server) -> None:
    path = store.ensure(ARTIFACT, [server.url])
    store.verify(DIGEST)
    path.write_bytes(b"rot")
    with pytest.raises(TrustRefused) as caught:
        store.verify(DIGEST)
    assert caught.value.code == "artifact-corrupt"


def test_file_never_stored_is_told_apart(store: Store) -> None:
    with pytest.raises(TrustRefused) as caught:
        store.verify("0" * 64)
    assert caught.value.code == "artifact-not-stored"


def test_added_file_is_found_by_its_digest(store: Store, tmp_path: Path) -> None:
    (tmp_path / "wheel.whl").write_bytes(CONTENT)
    assert store.add_file(tmp_path / "wheel.whl") == DIGEST
    store.verify(DIGEST)
    assert (tmp_path / "wheel.whl").exists()
    assert list((store.folder / "partial").iterdir()) == []


def test_file_that_cannot_be_added_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OperationFailed):
        store.add_file(tmp_path / "absent")


def test_two_at_once_fetch_it_once(tmp_path: Path, server: Server) -> None:
    paths: list[Path] = []
    threads = [
        threading.Thread(target=lambda: paths.append(Store(tmp_path / "store").ensure(ARTIFACT, [server.url])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 4
    assert len(server.requests) == 1
