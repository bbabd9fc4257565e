"""Files of a carrier: written so that a cut leaves whole files, read as what a stranger may have prepared.

Reading follows no link, opens nothing but ordinary files and never reads past the size that was sealed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from semai.adapters.files import cannot_write, make_folder, sha256_of, sync_folder
from semai.core.carrier import Carried, Piece, cuts
from semai.errors import InvalidInput, OperationFailed, TrustRefused
from semai.messages import N_, translate

_BLOCK = 1 << 20
Moved = Callable[[str, int], None]  # path, bytes since the last call


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file of a carrier; `reason` is a msgid with the fields `found` and `expected`."""

    path: str
    reason: str
    found: object = ""
    expected: object = ""

    @property
    def line(self) -> str:
        """Return the fault in the reader's language."""
        return f"{self.path}: {translate(self.reason, found=self.found, expected=self.expected)}"


class _Faulty(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.path)


class CarrierReader:
    """Reads a carrier."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise InvalidInput(
                "no-carrier",
                "the folder {path} is not there",
                hint="is the USB stick plugged in and mounted?",
                path=root,
            )

    def read(self, path: str, limit: int) -> bytes:
        """Return a small file; raises TrustRefused (`carrier-incomplete`)."""
        try:
            with self._open(path) as file:
                content = file.read(limit + 1)
        except _Faulty as error:
            raise incomplete([error.fault]) from error
        if len(content) > limit:
            raise incomplete([Fault(path, N_("is longer than {expected} bytes"), expected=limit)])
        return content

    def take(self, carried: Carried, target: Path, moved: Moved) -> Fault | None:
        """Copy a file, its parts joined, to `target` when all of it is what was sealed; else tell what is wrong."""
        partial = target.with_name(f"{target.name}.partial")
        try:
            with partial.open("wb") as out:
                whole = hashlib.sha256()
                for piece in carried.pieces:
                    self._pour(piece, out, whole, moved)
                out.flush()
                os.fsync(out.fileno())
            if whole.hexdigest() != carried.sha256:
                return Fault(carried.path, _CHANGED)
            partial.replace(target)
        except _Faulty as error:
            return error.fault
        except OSError as error:
            raise cannot_write(target, error) from error
        finally:
            partial.unlink(missing_ok=True)
        return None

    def _pour(self, piece: Piece, out: BinaryIO, whole: hashlib._Hash, moved: Moved) -> None:
        digest, left = hashlib.sha256(), piece.size
        with self._open(piece.path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != piece.size:
                raise _Faulty(Fault(piece.path, N_("has {found} bytes instead of {expected}"), size, piece.size))
            while left:
                block = _read(file, piece.path, min(_BLOCK, left))
                if not block:
                    raise _Faulty(Fault(piece.path, N_("ends too early")))
                for sink in (digest, whole):
                    sink.update(block)
                out.write(block)
                left -= len(block)
                moved(piece.path, len(block))
        if digest.hexdigest() != piece.sha256:
            raise _Faulty(Fault(piece.path, _CHANGED))

    @contextmanager
    def _open(self, path: str) -> Iterator[BinaryIO]:
        """Open an ordinary file, following no link on the way; `path` was checked."""
        *folders, name = path.split("/")
        here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                below = _descend(here, folder, os.O_DIRECTORY, path)
                os.close(here)
                here = below
            descriptor = _descend(here, name, os.O_NONBLOCK, path)
        finally:
            os.close(here)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _Faulty(Fault(path, _NOT_ORDINARY))
            yield file


_CHANGED = N_("is damaged: its content is not what was sealed")
_NOT_ORDINARY = N_("is a link, a device or no ordinary file")


def _descend(folder: int, name: str, kind: int, path: str) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=folder)
    except FileNotFoundError as error:
        raise _Faulty(Fault(path, N_("is missing"))) from error
    except OSError as error:
        odd = error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR)
        raise _Faulty(
            Fault(path, _NOT_ORDINARY) if odd else Fault(path, N_("cannot be read: {found}"), error.strerror)
        ) from error


def _read(file: BinaryIO, path: str, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:  # a worn stick
        raise _Faulty(Fault(path, N_("cannot be read: {found}"), error.strerror)) from error


def incomplete(faults: Sequence[Fault]) -> TrustRefused:
    """Return the error that names every missing or damaged file."""
    return TrustRefused(
        "carrier-incomplete",
        "{count} files of this carrier are missing or damaged; nothing of it was used",
        hint="write the carrier again, which repairs it: semai export --to DIR; what was read well is kept",
        details=[fault.line for fault in faults[:50]],
        count=len(faults),
    )


class CarrierWriter:
    """Writes a carrier; what lies there whole already is left alone."""

    def __init__(self, root: Path, limit: int) -> None:
        self.root, self.limit = root, limit
        self.written = 0  # bytes

    def prepare(self) -> None:
        """Make the folder."""
        self.require_place()
        make_folder(self.root)

    def require_place(self) -> None:
        """Raise InvalidInput (`no-carrier`) without a parent: a stick that is not mounted would go unnoticed."""
        if not self.root.parent.is_dir():
            raise InvalidInput(
                "no-carrier",
                "the folder {path} is not there",
                hint="is the USB stick plugged in and mounted?",
                path=self.root.parent,
            )

    def free(self) -> int:
        """Return the free bytes where the carrier lies, or will lie."""
        at = self.root if self.root.is_dir() else self.root.parent
        return shutil.disk_usage(at).free

    def lacks(self, path: str, size: int) -> int:
        """Return how many bytes of a file are not there yet, going by sizes only."""
        return sum(length for part, _, length in cuts(path, size, self.limit) if self._size(part) != length)

    def write(self, source: Path, path: str, sha256: str, moved: Moved) -> Carried:
        """Bring a file, in parts when it is too large; raises OperationFailed, also when `source` is damaged."""
        try:
            size = source.stat().st_size
            sliced = cuts(path, size, self.limit)
            pieces = [
                self._bring(source, part, start, length, sha256 if len(sliced) == 1 else "", moved)
                for part, start, length in sliced
            ]
        except OSError as error:
            raise cannot_write(self.root / path, error) from error
        return Carried(path=path, size=size, sha256=sha256, parts=tuple(pieces) if len(pieces) > 1 else ())

    def put(self, path: str, content: bytes) -> None:
        """Write a small file, whole or not at all."""
        try:
            with self._replacing(path) as out:
                out.write(content)
        except OSError as error:
            raise cannot_write(self.root / path, error) from error
        self.written += len(content)

    def drop(self, path: str) -> None:
        """Take a file away that an earlier waybill named; its folder too when nothing else is in it."""
        place = self.root / path
        self._inside(place.parent)
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == self.root or any(folder.iterdir()):
                break
            folder.rmdir()

    def _bring(self, source: Path, path: str, start: int, length: int, sha256: str, moved: Moved) -> Piece:
        there = self._size(path) == length
        expected = sha256 or _digest(source, start, length)
        if there and sha256_of(self.root / path) == expected:
            moved(path, length)
            return Piece(path=path, size=length, sha256=expected)
        digest = hashlib.sha256()
        with source.open("rb") as file, self._replacing(path) as out:
            file.seek(start)
            left = length
            while left and (block := file.read(min(_BLOCK, left))):
                digest.update(block)
                out.write(block)
                left -= len(block)
                moved(path, len(block))
            if digest.hexdigest() != expected:
                raise OperationFailed(
                    "source-damaged",
                    "{path} is damaged",
                    hint="delete that file and run this again; then check the disk",
                    path=source,
                )
        self.written += length
        return Piece(path=path, size=length, sha256=expected)

    @contextmanager
    def _replacing(self, path: str) -> Iterator[BinaryIO]:
        target = self.root / path
        self._inside(target.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name[:190]}.partial")
        partial.unlink(missing_ok=True)
        try:
            with os.fdopen(
                os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb"
            ) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
            sync_folder(target.parent)
        finally:
            partial.unlink(missing_ok=True)

    def _inside(self, folder: Path) -> None:
        """Refuse a folder that a link on the carrier leads out of it."""
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise TrustRefused(
                "outside-base",
                "{file} leads outside {base}",
                hint="use an empty folder or a freshly formatted stick",
                file=folder,
                base=self.root,
            )

    def _size(self, path: str) -> int:
        try:
            status = (self.root / path).lstat()
        except OSError:
            return -1
        return status.st_size if stat.S_ISREG(status.st_mode) else -1


def _digest(source: Path, start: int, length: int) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        file.seek(start)
        while length and (block := file.read(min(_BLOCK, length))):
            digest.update(block)
            length -= len(block)
    return digest.hexdigest()
