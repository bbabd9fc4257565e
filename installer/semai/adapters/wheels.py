"""Dependency wheels for a kind of host: resolved by uv, pinned and hashed by the mentor's requirements file.

uv asks the index that the mentor's own uv settings name; every wheel must be one whose hash the requirements file
lists, so an index can withhold a file but not change one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import uv
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from semai.adapters.fetch import Fetcher, NotThere
from semai.adapters.files import make_folder
from semai.adapters.store import Store
from semai.core.catalog import Wire
from semai.core.publishing import Target
from semai.errors import NetworkFailed, OperationFailed, TrustRefused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GLIBC = 35  # Ubuntu 22.04 has glibc 2.35, the oldest among the platforms we name
_ALIASES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_MOST_BYTES = 512 * 1024 * 1024

Pins = Mapping[tuple[str, str], frozenset[str]]  # (normalized name, version) -> sha256 of its files


class Wheel(Wire):
    """One wheel; `url` tells where the index has it, and is empty for a wheel that was built here."""

    name: str
    version: str
    file: str
    sha256: str
    url: str = ""


def run_uv(arguments: Sequence[str], folder: Path, **variables: str) -> str:
    """Run uv in `folder` and return its stdout; raises OperationFailed (`uv-failed`) with its last lines."""
    command = [uv.find_uv_bin(), "--no-progress", "--color", "never", *arguments]
    result = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True)
    if result.returncode != 0:
        raise OperationFailed(
            "uv-failed",
            "uv {verb} failed in {folder}",
            hint="read uv's words above; without a network, a package index or mirror must be set for uv",
            details=[line for line in result.stderr.strip().splitlines() if line.strip()][-12:],
            verb=" ".join(arguments[:2]),
            folder=folder,
        )
    return result.stdout


def read_pins(path: Path) -> Pins:
    """Return the versions and hashes that a requirements file lists; raises OperationFailed (`pins-unreadable`)."""
    try:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    except OSError as error:
        raise OperationFailed(
            "pins-unreadable", "cannot read {file}: {reason}", file=path, reason=error.strerror
        ) from error
    pins: dict[tuple[str, str], frozenset[str]] = {}
    for line in text.splitlines():
        if pin := _PIN.match(line.strip()):
            pins[canonicalize_name(pin[1]), pin[2]] = frozenset(_HASH.findall(line))
    return pins


def resolve_wheels(
    requirements: Iterable[str], target: Target, constraints: Path, folder: Path, own: Iterable[str]
) -> list[Wheel]:
    """Return the wheels a host of `target` needs for `requirements`, except those named in `own`; by name.

    Raises OperationFailed (`uv-failed`), TrustRefused (`wheel-not-pinned`).
    """
    command = [
        *("pip", "compile", "requirements.in", "--constraints", str(constraints), "--no-header", "--no-sources"),
        *("--format", "pylock.toml", "--only-binary", ":all:", "--python-version", target.python),
        *("--python-platform", f"{target.machine}-manylinux_2_{GLIBC}", "--project", str(folder)),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "requirements.in").write_text("\n".join(requirements) + "\n", encoding="utf-8")
        try:  # versions are pinned, so what uv remembers of the index is as good as asking again, and much faster
            answer = run_uv([*command, "--offline"], Path(scratch))
        except OperationFailed:
            answer = run_uv(command, Path(scratch))
    known = {canonicalize_name(name) for name in own}
    packages = [p for p in tomllib.loads(answer).get("packages", []) if canonicalize_name(p["name"]) not in known]
    choice = Choice(target, Path(scratch), read_pins(constraints), constraints.name)
    return sorted((choice.best(package) for package in packages), key=lambda wheel: wheel.name)


def download(wheel: Wheel, store: Store, fetcher: Fetcher) -> Path:
    """Return the wheel's path in the store, fetched and checked when it is not there yet.

    Raises NetworkFailed, TrustRefused (`wheel-digest`, `too-long`).
    """
    if store.has(wheel.sha256):
        return store.path(wheel.sha256)
    make_folder(store.folder)
    with tempfile.NamedTemporaryFile(dir=store.folder, prefix=".download-") as file:
        base, _, name = wheel.url.rpartition("/")
        received = 0
        try:
            with closing(fetcher.pieces(base, unquote(name))) as pieces:
                for piece in pieces:
                    received += len(piece.content)
                    if received > _MOST_BYTES:
                        raise _digest_differs(wheel, f"> {_MOST_BYTES} bytes")
                    file.write(piece.content)
        except NotThere as error:
            raise NetworkFailed(
                "wheel-missing",
                "{file} is not at {host} any more",
                hint="update the requirements file that pins it",
                file=wheel.file,
                host=urlsplit(wheel.url).netloc,
            ) from error
        file.flush()
        found = store.add_file(Path(file.name))
    if found != wheel.sha256:
        store.path(found).unlink()
        raise _digest_differs(wheel, found)
    return store.path(wheel.sha256)


class Choice:
    """Which of a version's wheels a target takes: the one pip would choose among those whose hash is pinned."""

    def __init__(self, target: Target, ran_in: Path, pins: Pins, constraints: str) -> None:
        self._target = target
        self._ran_in = ran_in
        self._pins = pins
        self._constraints = constraints
        self._ranks = _ranks(target)

    def best(self, package: Mapping[str, Any]) -> Wheel:
        """Return the wheel of a pylock package; raises OperationFailed (`no-wheel`), TrustRefused."""
        suiting = [
            (rank, wheel)
            for wheel in (self._wheel(package, entry) for entry in package.get("wheels", []))
            if (rank := self._rank(wheel)) is not None
        ]
        if not suiting:
            raise OperationFailed(
                "no-wheel",
                "{project} {version} has no wheel for {target}",
                hint="pin another version, or leave this target out with --target",
                project=package["name"],
                version=package.get("version", ""),
                target=self._target,
            )
        pinned = [
            (rank, wheel)
            for rank, wheel in suiting
            if wheel.sha256 in self._pins.get((wheel.name, wheel.version), frozenset())
        ]
        if not pinned:
            raise _not_pinned(min(suiting, key=_order)[1], self._constraints)
        return min(pinned, key=_order)[1]

    def _wheel(self, package: Mapping[str, Any], entry: Mapping[str, Any]) -> Wheel:
        # A folder of wheels given to uv is written relative to where uv ran, which is gone by now.
        url = entry.get("url") or Path(os.path.normpath(self._ran_in / entry["path"])).as_uri()
        return Wheel(
            name=canonicalize_name(package["name"]),
            version=package["version"],
            file=entry.get("name") or unquote(url.rpartition("/")[2]),
            sha256=entry["hashes"]["sha256"],
            url=url,
        )

    def _rank(self, wheel: Wheel) -> int | None:
        tags = parse_wheel_filename(wheel.file)[3]
        return min((self._ranks[tag] for tag in tags if tag in self._ranks), default=None)


def _ranks(target: Target) -> dict[Tag, int]:
    major, minor = (int(part) for part in target.python.split("."))
    platforms = []
    for glibc in range(GLIBC, 4, -1):
        platforms.append(f"manylinux_2_{glibc}_{target.machine}")
        if glibc in _ALIASES:
            platforms.append(f"{_ALIASES[glibc]}_{target.machine}")
    platforms.append(f"linux_{target.machine}")
    interpreter = f"cp{major}{minor}"
    tags = [
        *cpython_tags((major, minor), platforms=platforms),
        *compatible_tags((major, minor), interpreter, platforms),
    ]
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


def _order(ranked: tuple[int, Wheel]) -> tuple[int, str]:
    return ranked[0], ranked[1].file


def _not_pinned(wheel: Wheel, constraints: str) -> TrustRefused:
    return TrustRefused(
        "wheel-not-pinned",
        "{file} lists no such wheel: {wheel} with sha256 {digest}",
        hint="lock the dependencies again, and look at what changed before you commit it",
        file=constraints,
        wheel=wheel.file,
        digest=wheel.sha256,
    )


def _digest_differs(wheel: Wheel, found: str) -> TrustRefused:
    return TrustRefused(
        "wheel-digest",
        "{file} from {host} is not the pinned one: {found} instead of {expected}",
        hint="the index or the line changed the file; try again, or use another index",
        file=wheel.file,
        host=urlsplit(wheel.url).netloc,
        found=found,
        expected=wheel.sha256,
    )
