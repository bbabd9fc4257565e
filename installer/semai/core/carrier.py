"""What a carrier (a USB stick or a folder) brings to a region without internet: names, waybill, parts.

    semai-waybill.json, semai-waybill.asc    every file with its sha256, sealed with the region's packages key
    semai-key.asc                            that key; known by its fingerprint, or from the inventory
    catalogs/<mentor>/                       a mentor's catalog: metadata and index, as `mentor add` reads them
    artifacts/<ab>/<sha256>                  files of the releases
    packages/<platform>/                     a signed apt repository: InRelease, Packages, key.asc, *.deb

Sticks are FAT: names that differ in case only, end with a dot or mean a device are refused, on both sides; a file
over the limit travels in parts. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from semai.core.catalog import Digest, Wire, canonical_json, digest_of
from semai.core.packages import PlatformText
from semai.core.region import REGION_NAME, MentorId
from semai.errors import InvalidInput, TrustRefused
from semai.messages import N_, translate

WAYBILL = "semai-waybill.json"
SEAL = "semai-waybill.asc"
KEY_FILE = "semai-key.asc"  # the key that sealed it, for a machine that knows its fingerprint only
CATALOGS, ARTIFACTS, PACKAGES = "catalogs", "artifacts", "packages"

FAT_LIMIT = 4 * 1024**3 - 1  # bytes in the largest file of FAT32
SMALLEST_LIMIT = 1024
MAX_WAYBILL_BYTES = 64 * 1024 * 1024
MAX_FILES = 200_000
MAX_PARTS = 999

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}")
_DEPTH = 6
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))))
_SIZE = re.compile(r"(\d{1,12})\s*([kmg]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def check_path(path: str) -> str:
    """Return `path` when it may lie on a carrier; raises ValueError with the reason."""
    parts = path.split("/")
    if len(parts) > _DEPTH:
        raise ValueError(f"{path!r} lies deeper than {_DEPTH} folders")
    for part in parts:
        if not _PART.fullmatch(part) or ".." in part or part.endswith("."):
            raise ValueError(f"{path!r} is no name for a carrier")
        if part.partition(".")[0].lower() in _DEVICES:
            raise ValueError(f"{path!r} holds the name of a device")
    return path


def folder_name(text: str) -> str:
    """Return a folder's name for a mentor's id or a platform: no slash, no device's name."""
    name = text.replace("/", "-")
    return f"{name}_" if name.partition(".")[0].lower() in _DEVICES else name


def catalog_path(mentor: str) -> str:
    """Return the folder of a mentor's catalog on a carrier."""
    return f"{CATALOGS}/{folder_name(mentor)}"


def packages_path(platform: object) -> str:
    """Return the folder of a platform's apt repository on a carrier."""
    return f"{PACKAGES}/{folder_name(str(platform))}"


def artifact_path(sha256: str) -> str:
    """Return where an artifact lies on a carrier."""
    return f"{ARTIFACTS}/{sha256[:2]}/{sha256}"


def parse_limit(text: str) -> int:
    """Read a largest file size such as "2G", "650M" or "4294967295"; raises InvalidInput (`split-size`)."""
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) * _UNITS[match[2].lower()] if match else 0
    if not size >= SMALLEST_LIMIT:
        raise InvalidInput(
            "split-size",
            "{given} is no size for the largest file of a carrier: at least {least} bytes",
            hint="for example: --split-at 2G",
            given=repr(text),
            least=SMALLEST_LIMIT,
        )
    return size


CarriedPath = Annotated[str, AfterValidator(check_path)]


class Piece(Wire):
    """One file of a carrier as it lies there."""

    path: CarriedPath
    size: int = Field(ge=0)
    sha256: Digest


class Carried(Piece):
    """One file a region needs; with `parts` it lies there only as these, to be joined in order."""

    parts: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the files that hold its content, in order."""
        return self.parts or (self,)

    @model_validator(mode="after")
    def _parts_make_it(self) -> Carried:
        if self.parts and sum(part.size for part in self.parts) != self.size:
            raise ValueError(f"the parts of {self.path} do not make its size")
        return self


def _region(value: str) -> str:
    if not REGION_NAME.fullmatch(value):
        raise ValueError("no region's name")
    return value


class Waybill(Wire):
    """What lies on a carrier, for whom, and whose key seals it; `digest` is over everything else."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    region: Annotated[str, AfterValidator(_region)]
    code: str  # Kemendagri's, "53.10"
    lock: str  # digest of the semai.lock it was written for
    created: str
    key: str  # fingerprint of the region's packages key, 40 hex digits
    catalogs: dict[MentorId, CarriedPath] = {}  # mentor -> folder
    platforms: dict[PlatformText, CarriedPath] = {}  # platform -> folder of its apt repository
    files: tuple[Carried, ...] = Field(default=(), max_length=MAX_FILES)
    digest: str = ""

    @model_validator(mode="after")
    def _each_in_its_place(self) -> Waybill:
        for mentor, folder in self.catalogs.items():
            if folder != catalog_path(mentor):
                raise ValueError(f"{folder} is not where the catalog of {mentor} lies")
        for platform, folder in self.platforms.items():
            if folder != packages_path(platform):
                raise ValueError(f"{folder} is not where packages for {platform} lie")
        folders = tuple(f"{folder}/" for folder in (*self.catalogs.values(), *self.platforms.values()))
        for file in self.files:
            if file.path != artifact_path(file.sha256) and not file.path.startswith(folders):
                raise ValueError(f"{file.path} has no place on a carrier")
        if twice := collision([WAYBILL, SEAL, KEY_FILE, *lying_paths(self.files)]):
            raise ValueError(f"{twice} is there twice where case does not count")
        return self

    def below(self, folder: str) -> tuple[Carried, ...]:
        """Return the files below `folder`."""
        return tuple(file for file in self.files if file.path.startswith(f"{folder}/"))

    @property
    def artifacts(self) -> tuple[Carried, ...]:
        """Return the files of releases."""
        return self.below(ARTIFACTS)


def lying_paths(files: Iterable[Carried]) -> Iterator[str]:
    """Yield the paths that exist on the carrier for `files`."""
    for file in files:
        yield from (piece.path for piece in file.pieces)


def collision(paths: Iterable[str]) -> str:
    """Return a path that FAT cannot tell from another, or that is another's folder; empty when there is none."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        folded = path.lower()
        if folded in seen or folded in folders:
            return path
        above = folded.split("/")[:-1]
        chain = {"/".join(above[: depth + 1]) for depth in range(len(above))}
        if chain & seen:
            return path
        seen.add(folded)
        folders |= chain
    return ""


def cuts(path: str, size: int, limit: int) -> list[tuple[str, int, int]]:
    """Return (path, start, length) of the parts a file travels in; one with its own path when it fits."""
    if size <= limit:
        return [(path, 0, size)]
    count = -(-size // limit)
    if count > MAX_PARTS:
        raise InvalidInput(
            "split-size",
            "{file} would travel in {count} parts, more than {most}",
            hint="give a larger --split-at",
            file=path,
            count=count,
            most=MAX_PARTS,
        )
    return [(f"{path}.{n + 1:03}", n * limit, min(limit, size - n * limit)) for n in range(count)]


def seal(waybill: Waybill) -> bytes:
    """Return the bytes of the waybill, its digest filled in."""
    content = waybill.model_dump(mode="json", by_alias=True, exclude={"digest"}, exclude_defaults=True)
    content = {"schema": 1, **content}
    return canonical_json({**content, "digest": digest_of(content)}) + b"\n"


def parse(content: bytes) -> Waybill:
    """Read a waybill whose seal was checked; raises TrustRefused (`waybill-corrupt`)."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise corrupt(N_("it is not JSON"), str(error)[:200]) from error
    if not isinstance(value, dict) or value.get("schema") != 1:
        raise corrupt(N_("its schema is not 1; a newer semai may have written it"))
    found = value.pop("digest", None)
    if found != digest_of(value):
        raise corrupt(N_("its digest does not fit its content: it was edited or cut"))
    try:
        return Waybill.model_validate({**value, "digest": found})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise corrupt(N_("its content does not fit the schema"), *lines[:10]) from error


def corrupt(reason: str, *details: str) -> TrustRefused:
    """Return the error for a waybill that cannot be used."""
    return TrustRefused(
        "waybill-corrupt",
        "the waybill of this carrier cannot be used: {reason}",
        hint="write the carrier again: semai export --to DIR",
        details=details,
        reason=translate(reason),
    )
