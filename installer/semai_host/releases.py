"""Releases on disk: `releases/<version>/{venv,static,release.json}`, made as `.partial` and renamed when whole.

What a release is made of is its runtime's business; that it is there whole or not at all is decided here.
"""

from __future__ import annotations

import errno
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import archives, durable, receipts, rights, runtimes, trees
from .accounts import Account
from .errors import HostError, Refused
from .layout import AppPlaces, Layout
from .request import Artifact, Request
from .tether import Tether

KEPT = 3


class Releases:
    """Makes, finds and deletes the releases of one app."""

    def __init__(self, layout: Layout, places: AppPlaces, tether: Tether) -> None:
        self.layout = layout
        self.places = places
        self.tether = tether

    def suitable(self, request: Request) -> list[Artifact]:
        """Return the artifacts this host needs; refuse when one is missing from the store or cut short."""
        python = python_version(request.python)
        wanted = [artifact for artifact in request.artifacts if artifact.suits(python, platform.machine())]
        kinds = [artifact.kind for artifact in wanted]
        for kind in runtimes.of(request).needs:
            if kinds.count(kind) != 1:
                raise Refused("artifacts-incomplete", f"release with {kinds.count(kind)} {kind} artifacts, not 1")
        for artifact in wanted:
            path = self.layout.artifact(artifact.sha256)
            there = path.stat().st_size if path.is_file() else None
            if there != artifact.size:
                found = "is missing" if there is None else f"has {there} bytes instead of {artifact.size}"
                raise Refused("artifact-missing", f"{artifact.file} ({artifact.sha256[:12]}) {found} in the store")
        return wanted

    def unpacked_size(self, artifacts: Sequence[Artifact]) -> int:
        places = ((self.layout.artifact(item.sha256), item.kind) for item in artifacts)
        return sum(
            trees.unpacked_size(path) if kind == "tree" else archives.unpacked_size(path, kind)
            for path, kind in places
        )

    def is_prepared(self, request: Request) -> bool:
        """Tell whether this very release lies there whole, made for this Python."""
        return _is_of(self.places.release(request.version), request)

    def prepare(self, request: Request, artifacts: Sequence[Artifact], account: Account | None) -> None:
        """Make the release folder; nothing is visible under its name until it is whole."""
        partial = self.places.partial(request.version)
        durable.remove_tree(partial)
        if not self._take_warmed(request, partial):
            self._make(request, artifacts, partial)
        receipts.write_release(partial, request)
        if account:
            rights.give_release(partial, account)
        os.sync()  # thousands of small files: one flush is quicker than an fsync each
        durable.remove_tree(self.places.release(request.version))
        os.replace(partial, self.places.release(request.version))
        durable.sync_folder(self.places.releases)

    def warm(self, request: Request, artifacts: Sequence[Artifact]) -> None:
        """Make the release where nothing of the app is yet; `prepare` takes it from there."""
        warmed = self.layout.warmed / self.places.name
        partial = warmed.with_name(f"{warmed.name}.partial")
        for folder in (warmed, partial):
            durable.remove_tree(folder)
        try:
            self._make(request, artifacts, partial)
            receipts.write_release(partial, request)
            os.sync()  # as in `prepare`, which takes it as it is
            os.replace(partial, warmed)
        finally:
            durable.remove_tree(partial)

    def _make(self, request: Request, artifacts: Sequence[Artifact], partial: Path) -> None:
        durable.make_folder(partial)
        self._verify(artifacts)
        runtimes.of(request).prepare(self.layout, self.tether, request, artifacts, partial)

    def _take_warmed(self, request: Request, partial: Path) -> bool:
        """Move the release that was made before to `partial`; one that is another, or half, goes."""
        warmed = self.layout.warmed / self.places.name
        try:
            if _is_of(warmed, request):
                durable.make_folder(partial.parent)
                os.replace(warmed, partial)
                return True
        except OSError as error:
            if error.errno != errno.EXDEV:  # apps may lie on a disk of their own
                raise
        durable.remove_tree(warmed)
        return False

    def discard_partial(self, version: str) -> None:
        durable.remove_tree(self.places.partial(version))

    def discard(self, version: str) -> None:
        durable.remove_tree(self.places.release(version))

    def prune(self, keep: set[str]) -> list[str]:
        """Delete all but the newest `KEPT` releases and those in `keep`; return what went.

        What a restore point needs must be in `keep`: going back needs nothing from the network.
        """
        whole = [folder for folder in self.places.releases.iterdir() if receipts.release_request(folder)]
        whole.sort(key=lambda folder: (folder / receipts.RELEASE_RECORD).stat().st_mtime_ns, reverse=True)
        spare = KEPT - len(keep)
        others = [folder for folder in whole if folder.name not in keep]
        for folder in others[max(spare, 0) :]:
            durable.remove_tree(folder)
        return [folder.name for folder in others[max(spare, 0) :]]

    def _verify(self, artifacts: Sequence[Artifact]) -> None:
        for artifact in artifacts:
            found = durable.digest_file(self.layout.artifact(artifact.sha256))
            if found != artifact.sha256:
                raise HostError(
                    "artifact-corrupt",
                    f"{artifact.file} in the store has digest {found[:12]}… instead of {artifact.sha256[:12]}…",
                    hint="apply again: the damaged copy was set aside and will be sent anew",
                    artifact=self._set_aside(artifact),
                )

    def _set_aside(self, artifact: Artifact) -> str:
        durable.remove(self.layout.artifact(artifact.sha256))
        return artifact.sha256


def _is_of(folder: Path, request: Request) -> bool:
    """Tell whether a folder is this very release, whole, made for this Python."""
    made = receipts.release_request(folder)
    return made is not None and (made.release, made.python) == (request.release, request.python)


def python_version(python: str) -> str:
    """Return the minor version of an interpreter ("3.11"); refuse one that does not run."""
    if python == sys.executable:
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", question], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused("python-missing", f"the Python {python} does not run: {error}") from error
    return answer.stdout.strip()
