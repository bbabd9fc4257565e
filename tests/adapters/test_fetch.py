"""Downloads: limits of time and size, redirects, login pages, and the file:// twin that stays in its folder."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from semai.adapters.fetch import Fetcher, NotThere, Patience, check_url
from semai.errors import InvalidInput, NetworkFailed, SemaiError, TrustRefused

from tests.simulator.server import PORTAL, Fault, Server, serving

QUICK = Patience(connect=5.0, pause=5.0, total=0.25)  # of lines that never end
PATIENT = Patience(connect=60.0, pause=60.0, total=60.0)  # of those that do, however busy the machine is
FILES = {"metadata/timestamp.json": b"{}", "targets/big": os.urandom(200_000)}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(dict(FILES)) as running:
        yield running


def read(
    base: str, name: str = "metadata/timestamp.json", limit: int = 1_000_000, patience: Patience = PATIENT
) -> bytes:
    with Fetcher(patience) as fetcher:
        return fetcher.read(base, name, limit)


def failure(base: str, name: str = "metadata/timestamp.json", patience: Patience = PATIENT) -> SemaiError:
    with pytest.raises(SemaiError) as caught:
        read(base, name, patience=patience)
    return caught.value


def test_whole_file_is_read(server: Server) -> None:
    assert read(server.url, "targets/big") == FILES["targets/big"]


def test_range_starts_where_asked(server: Server) -> None:
    with Fetcher(PATIENT) as fetcher:
        pieces = list(fetcher.pieces(server.url, "targets/big", start=150_000))
    assert pieces[0].start == 150_000
    assert pieces[0].size == 200_000
    assert b"".join(piece.content for piece in pieces) == FILES["targets/big"][150_000:]


@pytest.mark.parametrize("status", [403, 404])
def test_missing_file_is_told_apart_from_failure(server: Server, status: int) -> None:
    server.faults["*"] = Fault(status=status)
    with pytest.raises(NotThere) as caught:
        read(server.url)
    assert caught.value.status == status


def test_range_past_the_end_tells_the_size(server: Server) -> None:
    with Fetcher(PATIENT) as fetcher, pytest.raises(NotThere) as caught:
        list(fetcher.pieces(server.url, "targets/big", start=300_000))
    assert (caught.value.status, caught.value.size) == (416, 200_000)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(hang="before"), "mentor-timeout"),
        (Fault(hang="after"), "mentor-timeout"),
        (Fault(drip=0.02, body=b"x" * 1000), "mentor-timeout"),
        (Fault(drip_headers=0.02), "mentor-timeout"),
        (Fault(status=500), "mentor-http-status"),
        (Fault(cut_after=1), "connection-cut"),
        (Fault(status=302, location="https://login.example/"), "redirected"),
        (Fault(status=302, location="file:///etc/passwd"), "redirected"),
        (PORTAL, "captive-portal"),
    ],
    ids=["hang", "hang-after-headers", "drip", "drip-headers", "500", "cut", "redirect", "redirect-file", "portal"],
)
def test_faults_of_a_line_are_network_failures(server: Server, fault: Fault, code: str) -> None:
    server.faults["*"] = fault
    started = time.monotonic()
    error = failure(server.url, patience=QUICK if code == "mentor-timeout" else PATIENT)
    assert (type(error), error.code) == (NetworkFailed, code)
    assert error.hint
    assert time.monotonic() - started < 30, "a line that never ends holds nobody"


def test_redirect_on_the_same_host_is_followed(server: Server) -> None:
    server.faults["old"] = Fault(status=301, location=f"{server.url}/metadata/timestamp.json")
    assert read(server.url, "old") == b"{}"


def test_redirects_in_a_circle_end(server: Server) -> None:
    server.faults["*"] = Fault(status=302, location=f"{server.url}/metadata/timestamp.json")
    assert failure(server.url).code == "redirected"


def test_endless_file_is_stopped_at_the_limit(server: Server) -> None:
    server.faults["*"] = Fault(endless=True)
    with pytest.raises(TrustRefused) as caught:
        read(server.url, limit=100_000)
    assert caught.value.code == "too-long"


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}")
    assert (error.code, error.exit_code) == ("mentor-unreachable", 4)
    assert "refused" in str(error)


def test_unknown_host_is_unreachable_without_object_addresses() -> None:
    error = failure("http://mentor.invalid")
    assert error.code in ("mentor-unreachable", "mentor-timeout")
    assert "0x" not in str(error)


class TestFile:
    def test_whole_file_and_range(self, tmp_path: Path) -> None:
        (tmp_path / "usb stick").mkdir()
        (tmp_path / "usb stick" / "file").write_bytes(b"0123456789")
        base = (tmp_path / "usb stick").as_uri()
        assert read(base, "file") == b"0123456789"
        with Fetcher(PATIENT) as fetcher:
            pieces = list(fetcher.pieces(base, "file", start=7))
        assert (pieces[0].start, pieces[0].content, pieces[0].size) == (7, b"789", 10)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(NotThere) as caught:
            read(tmp_path.as_uri(), "metadata/2.root.json")
        assert caught.value.status == 404

    def test_stick_that_is_not_mounted(self, tmp_path: Path) -> None:
        error = failure((tmp_path / "stick").as_uri())
        assert (error.code, error.exit_code) == ("mentor-unreachable", 4)

    @pytest.mark.parametrize("name", ["../secret", "metadata/../../secret", "link"])
    def test_nothing_outside_the_folder_is_read(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "secret").write_text("key", encoding="utf-8")
        base = tmp_path / "catalog"
        (base / "metadata").mkdir(parents=True)
        (base / "link").symlink_to(tmp_path / "secret")
        error = failure(base.as_uri(), name)
        assert (type(error), error.code) == (TrustRefused, "outside-base")

    def test_a_pipe_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(NotThere):
            read(tmp_path.as_uri(), "pipe")

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "metadata").mkdir()
        with pytest.raises(NotThere):
            read(tmp_path.as_uri(), "metadata")

    def test_a_name_with_nul_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(NotThere):
            read(tmp_path.as_uri(), "a\0b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://mentor.example/catalog/", "https://mentor.example/catalog"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
        ("file:///media/usb/catalog", "file:///media/usb/catalog"),
        ("/media/usb stick/catalog", "file:///media/usb%20stick/catalog"),
    ],
)
def test_addresses_are_accepted(text: str, expected: str) -> None:
    assert check_url(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mentor.example",
        "ftp://mentor.example",
        "https://",
        "https://user:secret@mentor.example",
        "http://a/?b=c",
    ]
    + ["file://server/share", "http://a/#b", "https://[::1/"],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_url(text)
    assert caught.value.code == "mentor-url"


def test_name_of_a_folder_that_is_there_needs_no_slash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "usb").mkdir()
    monkeypatch.chdir(tmp_path)
    assert check_url("usb") == (tmp_path / "usb").as_uri()
