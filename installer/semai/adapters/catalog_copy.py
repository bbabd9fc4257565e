"""A mentor's catalog as this machine trusts it, written as a folder that `semai mentor add` reads elsewhere."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from semai.adapters.fetch import Fetcher, NotThere
from semai.adapters.files import cannot_write, make_folder, write_atomic
from semai.adapters.mentor_client import MentorClient
from semai.adapters.mentor_state import INDEX, MentorFolder
from semai.core.trust import parse_time
from semai.errors import NetworkFailed, SemaiError

_MAX_ROOT = 512_000


def copy_catalog(state_dir: Path, mentor: str, target: Path) -> None:
    """Write metadata, index and mentor.json below `target`, and prove that the copy gives the same trust.

    The root of first trust may not be the mentor's first one; roots before it are fetched from the mentor. Raises
    InvalidInput (`catalog-not-fetched`), NetworkFailed, TrustRefused.
    """
    folder = MentorFolder(state_dir, mentor)
    folder.index()
    trusted, packed = folder.trusted(), folder.packed_index()
    assert trusted is not None  # index() has read it
    assert packed is not None
    files = _metadata(folder)
    files.update(_older_roots(folder, min(_root_versions(files))))
    files[f"targets/{trusted.index_sha256}.{INDEX}"] = packed
    record = folder.record()
    hint = {"id": mentor, "name": record.name, "urls": list(record.urls), "fingerprint": trusted.fingerprint}
    files["mentor.json"] = json.dumps(hint, indent=2, ensure_ascii=False).encode() + b"\n"
    try:
        shutil.rmtree(target, ignore_errors=True)
        for name, content in files.items():
            make_folder((target / name).parent)
            write_atomic(target / name, content)
    except OSError as error:
        raise cannot_write(target, error) from error
    _prove(mentor, target, trusted.fingerprint, trusted.signed_at)


def _metadata(folder: MentorFolder) -> dict[str, bytes]:
    """Return the metadata under the names a catalog has them, roots included as far as they are here."""
    metadata = folder.metadata()
    contents = {role: (metadata / f"{role}.json").read_bytes() for role in ("timestamp", "snapshot", "targets")}
    files = {"metadata/timestamp.json": contents["timestamp"]}
    for role in ("snapshot", "targets"):
        files[f"metadata/{_version(contents[role])}.{role}.json"] = contents[role]
    anchor = folder.anchor()
    roots = [anchor, *(path.read_bytes() for path in (metadata / "root_history").glob("*.root.json"))]
    files.update({f"metadata/{_version(root)}.root.json": root for root in roots})
    return files


def _version(content: bytes) -> int:
    return int(json.loads(content)["signed"]["version"])


def _root_versions(files: dict[str, bytes]) -> list[int]:
    return [int(name.split("/")[1].split(".")[0]) for name in files if name.endswith(".root.json")]


def _older_roots(folder: MentorFolder, oldest: int) -> dict[str, bytes]:
    names = [f"metadata/{version}.root.json" for version in range(1, oldest)]
    failures: list[SemaiError] = []
    for url in folder.record().urls if names else ():
        try:
            with Fetcher() as fetcher:
                return {name: fetcher.read(url, name, _MAX_ROOT) for name in names}
        except NotThere as error:
            failures.append(
                NetworkFailed("catalog-missing", "{file} is not at {url}", file=str(error.url), url=url, hint="")
            )
        except NetworkFailed as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return {}


def _prove(mentor: str, target: Path, fingerprint: str, signed_at: str) -> None:
    """Trust the copy as a stranger would; expiry is left to the day of import."""
    with tempfile.TemporaryDirectory(prefix="semai-") as state:
        client, now = MentorClient(Path(state), mentor), parse_time(signed_at)
        client.add([target.absolute().as_uri()], fingerprint, None, now)
        client.refresh(now)
