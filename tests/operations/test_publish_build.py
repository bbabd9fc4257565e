"""Building releases from a mentor's source: what comes out, that it comes out the same, and what is refused."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from semai.adapters.building import Workshop
from semai.adapters.catalog_source import read_catalog
from semai.core.catalog import When
from semai.core.publishing import TARGETS, Target, join, pack
from semai.errors import InvalidInput, NetworkFailed, OperationFailed, SemaiError, TrustRefused
from semai.operations.publish_build import Built, build, parse_targets, when_for

from tests.operations.mentor_source import HERE, MACHINE, PYTHON, MentorSource, make_source


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MentorSource:
    return make_source(tmp_path / "mentor", monkeypatch)


def built(source: MentorSource, folder: Path, said: list[str] | None = None) -> Built:
    def say(message: str, **fields: object) -> None:
        if said is not None:
            said.append(message.format(**fields))

    return build(read_catalog(source.catalog), folder, parse_targets([HERE]), say)


@dataclass(frozen=True)
class Ready:
    """One build that several tests only look at."""

    source: MentorSource
    folder: Path
    built: Built

    def content(self, digest: str) -> bytes:
        return (self.folder / "files" / "sha256" / digest[:2] / digest).read_bytes()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("ready")
        source = make_source(folder / "mentor", monkeypatch)
        yield Ready(source, folder / "build", built(source, folder / "build"))


def refusal(source: MentorSource, folder: Path) -> SemaiError:
    with pytest.raises(SemaiError) as caught:
        built(source, folder)
    return caught.value


def test_release_has_wheels_tool_requirements_and_static_files(ready: Ready) -> None:
    app = next(app for app in ready.built.catalog.apps if app.page.id == "e-planning")
    files = sorted((artifact.kind, artifact.file) for artifact in app.release.artifacts)
    assert files == [
        ("requirements", "requirements.txt"),
        ("static", "static.tar.gz"),
        ("tool", f"uv-9.9-py3-none-manylinux_2_17_{MACHINE}.whl"),
        ("wheel", "e_planning-2026.11.0-py3-none-any.whl"),
        ("wheel", "kit-0.1-py3-none-any.whl"),
        ("wheel", "tiny-1.0-py3-none-any.whl"),
    ]
    assert {artifact.when for artifact in app.release.artifacts} == {(When(python=PYTHON, machine=MACHINE),)}


def test_requirements_pin_every_wheel_by_hash_and_nothing_else(ready: Ready) -> None:
    artifacts = ready.built.catalog.apps[0].release.artifacts
    (requirements,) = (a for a in artifacts if a.kind == "requirements")
    lines = ready.content(requirements.sha256).decode().splitlines()
    assert {line.split("sha256:")[1] for line in lines} == {a.sha256 for a in artifacts if a.kind == "wheel"}


def test_shared_wheels_are_stored_once_under_their_own_name(ready: Ready) -> None:
    names = [
        {a.name for a in app.release.artifacts if a.file.startswith(("kit", "tiny"))}
        for app in ready.built.catalog.apps
    ]
    assert names[0] == names[1]
    assert all(name.startswith("wheels/") for name in names[0])


def test_static_archive_holds_the_collected_files(ready: Ready) -> None:
    (static,) = (a for a in ready.built.catalog.apps[0].release.artifacts if a.kind == "static")
    with tarfile.open(fileobj=io.BytesIO(ready.content(static.sha256))) as tar:
        assert [(m.name, m.mtime, m.uid, m.mode) for m in tar.getmembers()] == [("css/app.css", 0, 0, 0o644)]


def test_two_builds_of_the_same_source_give_the_same_index(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(ready.source.root, copy)
    monkeypatch.setenv("UV_FIND_LINKS", str(copy / "index"))
    second = build(read_catalog(copy / "catalog"), tmp_path / "two", parse_targets([HERE]), lambda *_, **__: None)
    assert pack(join(second.catalog, None)) == pack(join(ready.built.catalog, None))


def test_second_build_runs_uv_no_more(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uv.find_uv_bin", lambda: "/nonexistent/uv")
    assert built(ready.source, ready.folder).catalog == ready.built.catalog


def test_changed_source_builds_its_wheel_again(ready: Ready, source: MentorSource, tmp_path: Path) -> None:
    first = ready.built.catalog
    source.write("sources/e-planning/e_planning/added.py", "X = 1\n")
    second = built(source, tmp_path / "build").catalog
    changed = [
        a.page.id for a, b in zip(first.apps, second.apps, strict=True) if a.release.digest != b.release.digest
    ]
    assert changed == ["e-planning"]


def test_wheel_with_another_hash_than_pinned_is_refused(source: MentorSource, tmp_path: Path) -> None:
    source.replace("requirements.lock", source.pins[0], "tiny==1.0 --hash=sha256:" + "0" * 64 + "\n")
    error = refusal(source, tmp_path / "build")
    assert error.code == "wheel-not-pinned"


def test_version_that_is_not_pinned_is_refused(source: MentorSource, tmp_path: Path) -> None:
    source.write("requirements.lock", source.pins[1])
    assert refusal(source, tmp_path / "build").code == "wheel-not-pinned"


def test_wheel_changed_on_its_way_is_refused(source: MentorSource, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "build", source.root / "requirements.lock", None)
    tool = workshop.tool(Target(PYTHON, MACHINE))
    path = next(source.index.glob("uv-*.whl"))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(TrustRefused) as caught:
        workshop.fetch(tool)
    assert caught.value.code == "wheel-digest"
    assert not workshop.store.has(tool.sha256)


def test_wheel_that_is_gone_is_reported(source: MentorSource, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "build", source.root / "requirements.lock", None)
    tool = workshop.tool(Target(PYTHON, MACHINE))
    next(source.index.glob("uv-*.whl")).unlink()
    with pytest.raises(NetworkFailed) as caught:
        workshop.fetch(tool)
    assert caught.value.code == "wheel-missing"


def test_machine_without_a_wheel_is_refused(source: MentorSource, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "build", source.root / "requirements.lock", None)
    other = "aarch64" if MACHINE == "x86_64" else "x86_64"
    with pytest.raises(OperationFailed) as caught:
        workshop.tool(Target(PYTHON, other))
    assert caught.value.code == "uv-failed"
    assert any("no wheels with a matching platform tag" in line for line in caught.value.details)


def test_failing_command_shows_its_words(source: MentorSource, tmp_path: Path) -> None:
    source.replace(
        "sources/e-planning/e_planning/__init__.py",
        'assert sys.argv[1] == "collect-static"',
        "raise SystemExit('no static')",
    )
    error = refusal(source, tmp_path / "build")
    assert error.code == "collect-static-failed"
    assert "no static" in error.details


def test_source_that_does_not_build_shows_uvs_words(source: MentorSource, tmp_path: Path) -> None:
    source.write("sources/kit/backend.py", "raise RuntimeError('broken backend')\n")
    error = refusal(source, tmp_path / "build")
    assert error.code == "uv-failed"
    assert any("broken backend" in line for line in error.details)


def test_unknown_target_names_those_allowed() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_targets(["3.9/x86_64"])
    assert caught.value.code == "unknown-target"
    assert "3.11/aarch64" in str(caught.value)


def test_no_target_means_all() -> None:
    assert parse_targets([]) == TARGETS


@pytest.mark.parametrize("hosts", [TARGETS, TARGETS[:1], TARGETS[::2], TARGETS[:5], TARGETS[1::2] + TARGETS[:1]])
def test_when_names_exactly_the_hosts(hosts: tuple[Target, ...]) -> None:
    when = when_for(hosts)
    suited = {t for t in TARGETS if any(w.python in ("", t.python) and w.machine in ("", t.machine) for w in when)}
    assert suited == set(hosts)
