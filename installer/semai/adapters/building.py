"""Makes a release's files: the apps' own wheels, requirements per kind of host, collected static files.

Everything made is kept by content in the build folder and remembered by the digest of what it was made from, so a
second build only does what changed, and two builds of the same source give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from packaging.utils import canonicalize_name, parse_wheel_filename
from pydantic import TypeAdapter

from semai.adapters.catalog_source import Distribution
from semai.adapters.fetch import Fetcher, Patience
from semai.adapters.files import make_folder, sha256_of, write_atomic
from semai.adapters.store import Store
from semai.adapters.wheels import Wheel, download, resolve_wheels, run_uv
from semai.core.catalog import digest_of
from semai.core.publishing import Target
from semai.errors import OperationFailed

EPOCH = "1580601600"  # 2020-02-02: the date of every file in what we build
NOT_SOURCE = frozenset(
    (".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules")
)
_WAY = 1  # raise when the way things are made changes, so that nothing made the old way is used again
_STATIC_SECONDS = 300
_PATIENCE = Patience(total=1800.0)

Value = TypeVar("Value")


class Workshop:
    """The build folder: `files/` holds what was made or fetched, `made/` what it was made from."""

    def __init__(self, folder: Path, constraints: Path | None, build_constraints: Path | None) -> None:
        self.folder = folder.absolute()
        self.store = Store(self.folder / "files")
        self.constraints = constraints
        self._build_constraints = build_constraints
        self._fetcher = Fetcher(_PATIENCE)
        self._pins = [sha256_of(path) for path in (constraints, build_constraints) if path is not None]

    def wheel(self, distribution: Distribution) -> Wheel:
        """Build a distribution's wheel; raises OperationFailed (`uv-failed`, `build-version`)."""
        source = digest_of(list(_source_files(distribution.folder)))
        return self._remembered(Wheel, ["wheel", source, *self._pins], lambda: self._build(distribution))

    def dependencies(self, own: Sequence[Wheel], target: Target) -> list[Wheel]:
        """Return all further wheels that `own` ones need on `target`, not fetched yet."""
        inputs = ["dependencies", [wheel.sha256 for wheel in own], str(target), *self._pins]
        return self._remembered(list[Wheel], inputs, lambda: self._resolve_beside(own, target))

    def tool(self, target: Target) -> Wheel:
        """Return the uv wheel for the target's machine, not fetched yet."""
        inputs = ["tool", target.machine, *self._pins]
        (wheel,) = self._remembered(list[Wheel], inputs, lambda: self._resolve(["uv"], target, []))
        return wheel

    def fetch(self, wheel: Wheel) -> Path:
        """Return the path of a wheel's content."""
        return download(wheel, self.store, self._fetcher)

    def requirements(self, wheels: Iterable[Wheel]) -> str:
        """Store the requirements file that pins exactly `wheels`; return its digest."""
        lines = sorted(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels)
        return self._add("".join(lines).encode())

    def static(self, wheels: Sequence[Wheel], command: Sequence[str]) -> str:
        """Collect static files by running `command` with `wheels` installed; return the archive's digest.

        The wheels must be fetched and suit this machine. Raises OperationFailed (`collect-static-failed`).
        """
        inputs = ["static", sorted(wheel.sha256 for wheel in wheels), list(command)]
        return self._remembered(str, inputs, lambda: self._collect(wheels, command))

    def _build(self, distribution: Distribution) -> Wheel:
        constraints = self._build_constraints
        pins = ["--build-constraints", str(constraints), "--require-hashes"] if constraints else []
        with tempfile.TemporaryDirectory() as scratch:
            run_uv(
                ["build", "--wheel", "--no-sources", *pins, "--out-dir", scratch, str(distribution.folder)],
                distribution.folder,
                SOURCE_DATE_EPOCH=EPOCH,
                PYTHONHASHSEED="0",
            )
            (path,) = Path(scratch).glob("*.whl")
            name, version, _, _ = parse_wheel_filename(path.name)
            if (name, str(version)) != (canonicalize_name(distribution.name), distribution.version):
                raise OperationFailed(
                    "build-version",
                    "{folder} says it is {expected}, but builds {file}",
                    folder=distribution.folder,
                    expected=f"{distribution.name} {distribution.version}",
                    file=path.name,
                )
            digest = self.store.add_file(path)
            return Wheel(name=name, version=str(version), file=path.name, sha256=digest)

    def _resolve_beside(self, own: Sequence[Wheel], target: Target) -> list[Wheel]:
        with tempfile.TemporaryDirectory() as scratch:
            folder = self._laid_out(own, Path(scratch))
            asked = [f"{wheel.name} @ {(folder / wheel.file).as_uri()}" for wheel in own]
            return self._resolve(asked, target, [wheel.name for wheel in own])

    def _resolve(self, asked: Iterable[str], target: Target, own: Iterable[str]) -> list[Wheel]:
        assert self.constraints is not None  # `publish check` asks for it where there is a Python app
        return resolve_wheels(asked, target, self.constraints, self.constraints.parent, own)

    def _laid_out(self, wheels: Iterable[Wheel], folder: Path) -> Path:
        """Fill `folder` with the wheels under their own names."""
        for wheel in wheels:
            (folder / wheel.file).symlink_to(self.store.path(wheel.sha256))
        return folder

    def _collect(self, wheels: Sequence[Wheel], command: Sequence[str]) -> str:
        with tempfile.TemporaryDirectory() as name:
            scratch = Path(name)
            (scratch / "wheels").mkdir()
            self._laid_out(wheels, scratch / "wheels")
            requirements = self.store.path(self.requirements(wheels))
            venv, output = scratch / "venv", scratch / "static"
            output.mkdir()
            run_uv(["venv", "--offline", "--no-config", "--python", sys.executable, str(venv)], scratch)
            run_uv(
                [
                    *("pip", "install", "--offline", "--no-config", "--no-index", "--no-deps", "--require-hashes"),
                    *("--python", str(venv / "bin" / "python"), "--find-links", str(scratch / "wheels")),
                    *("--requirements", str(requirements)),
                ],
                scratch,
            )
            _run([str(venv / "bin" / command[0]), *command[1:], str(output)], scratch)
            return self._add(archive(output))

    def _add(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        if not self.store.has(digest):
            make_folder(self.folder)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".made-") as file:
                file.write(content)
                file.flush()
                self.store.add_file(Path(file.name))
        return digest

    def _remembered(self, kind: type[Value], inputs: list[Any], make: Callable[[], Value]) -> Value:
        """Return what was made from the same inputs before, when its files are still there; else make it."""
        adapter = TypeAdapter(kind)
        path = self.folder / "made" / f"{digest_of([_WAY, *inputs])}.json"
        try:
            known = adapter.validate_json(path.read_bytes())
        except (OSError, ValueError):
            known = None
        if known is not None and all(self.store.has(digest) for digest in _made_here(known)):
            return known
        value = make()
        make_folder(path.parent)
        write_atomic(path, json.dumps(adapter.dump_python(value, mode="json"), indent=1).encode())
        return value


def this_machine() -> Target:
    """Return the target of the running Python."""
    return Target(f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine())


def archive(folder: Path) -> bytes:
    """Return the files below `folder` as tar.gz: sorted, without times, owners or empty folders.

    Raises OperationFailed (`static-not-plain`) for anything that is no plain file.
    """
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise OperationFailed("static-not-plain", "{file} is no plain file", file=path.relative_to(folder))
            if path.is_file():
                content = path.read_bytes()
                member = tarfile.TarInfo(path.relative_to(folder).as_posix())
                member.size, member.mode = len(content), 0o644
                tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _made_here(value: Any) -> list[str]:
    """Return the digests of files that only this folder has; dependency wheels can be fetched again."""
    if isinstance(value, Wheel):
        return [] if value.url else [value.sha256]
    return [value] if isinstance(value, str) else []


def _source_files(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield path, executable bit and digest of every file that may end in a wheel."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCE)
        for name in sorted(files):
            path = Path(parent) / name
            if path.suffix != ".pyc" and path.is_file():
                executable = bool(path.stat().st_mode & 0o100)
                yield path.relative_to(folder).as_posix(), executable, sha256_of(path)


def _run(command: Sequence[str], scratch: Path) -> None:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    shown = " ".join((Path(command[0]).name, *command[1:-1]))
    try:
        result = subprocess.run(
            command, cwd=scratch, env=environment, capture_output=True, text=True, timeout=_STATIC_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationFailed(
            "collect-static-failed", "{command} did not run: {reason}", command=shown, reason=str(error)
        ) from error
    if result.returncode != 0:
        raise OperationFailed(
            "collect-static-failed",
            "{command} failed",
            hint="run it by hand in a virtual environment with the app's wheel",
            details=(result.stderr or result.stdout).strip().splitlines()[-12:],
            command=shown,
        )


def copy_into(store: Store, digest: str, target: Path) -> bool:
    """Put a stored file at `target` unless it is there already; True when it was written.

    A hard link where possible, else a copy; readers never see half a file. Raises OSError.
    """
    if target.exists() and target.stat().st_size == store.path(digest).stat().st_size:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{digest[:16]}.{os.getpid()}")
    try:
        try:
            os.link(store.path(digest), temporary)
        except OSError:  # another disk, or one without links
            shutil.copyfile(store.path(digest), temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return True
