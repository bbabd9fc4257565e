"""The artifact store: files named by their sha256, fetched with resume, never trusted before their digest holds.

Layout: `<folder>/sha256/ab/<digest>` (complete, checked) and `<folder>/partial/<digest>` (what arrived so far).
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from semai.adapters.failures import situated, worst
from semai.adapters.fetch import Fetcher, NotThere, too_long
from semai.adapters.files import cannot_write, make_folder, sha256_of, sync_folder
from semai.adapters.locking import locked
from semai.core.catalog import TARGET_NAME, Artifact
from semai.errors import NetworkFailed, SemaiError, TrustRefused

Progress = Callable[[str, int, int], None]  # file name, bytes so far, bytes in all

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SLOWEST = 8 * 1024  # bytes a second; a slower line is given up after a while, and resumed by the next run
_FRUITLESS = 3  # attempts in a row that brought no byte before a source is given up
_BUSY_SECONDS = 600.0


class Store:
    """Content-addressed files below `folder`; several processes may use it at once."""

    def __init__(
        self,
        folder: Path,
        fetcher: Fetcher | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.folder = folder
        self._fetcher = fetcher or Fetcher()
        self._pause = pause

    def path(self, digest: str) -> Path:
        """Return where the file with this digest lies, or would lie."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a sha256: {digest!r}")
        return self.folder / "sha256" / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether the file is there (its content was checked when it came in)."""
        return self.path(digest).is_file()

    def verify(self, digest: str) -> None:
        """Read the file again; raises TrustRefused (`artifact-corrupt`, `artifact-not-stored`)."""
        path = self.path(digest)
        try:
            found = sha256_of(path)
        except FileNotFoundError:
            raise TrustRefused(
                "artifact-not-stored", "{file} is not in the store", hint="semai apply fetches it", file=digest
            ) from None
        if found != digest:
            raise TrustRefused(
                "artifact-corrupt",
                "{path} is damaged: its content has digest {found}",
                hint="delete that file and run this again; then check the disk",
                path=path,
                file=digest,
                found=found,
            )

    def add_file(self, path: Path) -> str:
        """Copy a file into the store and return its digest; raises OperationFailed."""
        partial = self.folder / "partial" / f"copy-{os.getpid()}-{time.monotonic_ns()}"
        make_folder(partial.parent)
        try:
            shutil.copyfile(path, partial)
            digest = sha256_of(partial)
            self._keep(partial, digest)
        except OSError as error:
            raise cannot_write(partial, error) from error
        finally:
            partial.unlink(missing_ok=True)
        return digest

    def ensure(self, artifact: Artifact, sources: Sequence[str], progress: Progress | None = None) -> Path:
        """Return the artifact's path, fetched from the first of the mentor's catalog addresses that has it whole.

        A cut line is resumed. Raises TrustRefused (`artifact-digest`, `artifact-size`, `artifact-name`),
        NetworkFailed (`artifact-missing`, or what the fetch reported), OperationFailed, Locked.
        """
        if not TARGET_NAME.fullmatch(artifact.name):
            raise situated(_bad_name(artifact.name), file=artifact.name)
        if self.has(artifact.sha256):
            return self.path(artifact.sha256)
        lock = self.folder / "partial" / f"{artifact.sha256}.lock"
        with locked(lock, "download", wait_seconds=_BUSY_SECONDS):
            if not self.has(artifact.sha256):
                self._fetch(artifact, sources, progress or _silent)
            lock.unlink(missing_ok=True)  # whoever waits on it finds the file complete
        return self.path(artifact.sha256)

    def _fetch(self, artifact: Artifact, sources: Sequence[str], progress: Progress) -> None:
        failures: list[SemaiError] = []
        for source in sources:
            try:
                self._fetch_from(source, artifact, progress)
                return
            except (TrustRefused, NetworkFailed) as error:
                failures.append(error)
        raise situated(worst(failures or [_missing(artifact, "")]), file=artifact.name)

    def _fetch_from(self, source: str, artifact: Artifact, progress: Progress) -> None:
        partial = self.folder / "partial" / artifact.sha256
        resumed = partial.exists() and partial.stat().st_size > 0
        self._receive(source, artifact, partial, progress)
        if resumed and sha256_of(partial) != artifact.sha256:  # an older run or another source may be to blame
            partial.unlink()
            self._receive(source, artifact, partial, progress)
        if (found := sha256_of(partial)) != artifact.sha256:
            partial.unlink()
            raise _digest_differs(artifact, source, found)
        self._keep(partial, artifact.sha256)

    def _receive(self, source: str, artifact: Artifact, partial: Path, progress: Progress) -> None:
        """Bring `partial` to the artifact's size, resuming as long as attempts bring something and time is left."""
        deadline = time.monotonic() + self._fetcher.patience.total + artifact.size / _SLOWEST
        fruitless = 0
        while True:
            before = partial.stat().st_size if partial.exists() else 0
            try:
                return self._attempt(source, artifact, partial, progress)
            except NetworkFailed as error:
                fruitless = 0 if partial.exists() and partial.stat().st_size > before else fruitless + 1
                resumable = error.code in ("connection-cut", "mentor-timeout")
                if not resumable or fruitless == _FRUITLESS or time.monotonic() > deadline:
                    raise
            if fruitless:
                self._pause(2.0 ** (fruitless - 1))

    def _attempt(self, source: str, artifact: Artifact, partial: Path, progress: Progress) -> None:
        name = f"targets/{artifact.name}"
        try:
            with (
                partial.open("ab") as file,
                closing(self._fetcher.pieces(source, name, start=file.tell())) as pieces,
            ):
                for piece in pieces:
                    if piece.size not in (None, artifact.size):
                        raise _size_differs(artifact, source, piece.size)
                    if piece.start < file.tell():  # the server begins anew
                        file.truncate(piece.start)
                        file.seek(piece.start)
                    if file.tell() + len(piece.content) > artifact.size:
                        raise too_long(name, artifact.size)
                    file.write(piece.content)
                    progress(artifact.file, file.tell(), artifact.size)
                if file.tell() != artifact.size:
                    raise _size_differs(artifact, source, file.tell())
        except NotThere as error:
            if error.status == 416:
                raise _size_differs(artifact, source, error.size) from error
            raise _missing(artifact, source) from error
        except OSError as error:
            raise cannot_write(partial, error) from error

    def _keep(self, partial: Path, digest: str) -> None:
        target = self.path(digest)
        make_folder(target.parent)
        partial.chmod(0o644)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)


def _silent(_file: str, _received: int, _size: int) -> None:
    """Show no progress."""


def _bad_name(name: str) -> TrustRefused:
    return TrustRefused(
        "artifact-name",
        "{file} is no name for a file of a catalog",
        hint="tell the mentor; this index must not be used",
        file=repr(name)[:120],
    )


def _digest_differs(artifact: Artifact, source: str, found: str) -> TrustRefused:
    return TrustRefused(
        "artifact-digest",
        "{file} from {url} is not what the mentor signed: digest {found} instead of {expected}",
        hint="the file was changed after signing; use another copy of the catalog and tell the mentor",
        file=artifact.name,
        url=source,
        found=found,
        expected=artifact.sha256,
    )


def _size_differs(artifact: Artifact, source: str, found: int | None) -> TrustRefused:
    return TrustRefused(
        "artifact-size",
        "{file} from {url} is not what the mentor signed: {found} bytes instead of {expected}",
        hint="the copy is incomplete or was changed; use another copy of the catalog and tell the mentor",
        file=artifact.name,
        url=source,
        found="?" if found is None else found,
        expected=artifact.size,
    )


def _missing(artifact: Artifact, source: str) -> NetworkFailed:
    return NetworkFailed(
        "artifact-missing",
        "{file} is not at {url}",
        hint="the copy of the catalog is incomplete; use another one, or ask the mentor",
        file=artifact.name,
        url=source or "-",
    )
