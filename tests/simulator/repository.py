"""A mentor's TUF repository in memory, signed with keys made for the test.

`files` maps paths ("metadata/1.root.json", "targets/…") to bytes, as a web server or a USB stick would hold them.
Attacks edit `files`, or sign what an honest mentor would not: the signing methods take every field.
"""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner, Signer
from semai.core.trust import SIGNED_AT, fingerprint_of
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

TODAY = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
ROLES = ("timestamp", "snapshot", "targets")
DEFAULT_VALIDITY = timedelta(days=400)
ROOT_VALIDITY = timedelta(days=1100)


def manifest(version: str, **fields: Any) -> dict[str, Any]:
    return {"schema": 1, "version": version, "commands": {"serve": ["semai-app", "serve"]}, **fields}


def release(version: str, **fields: Any) -> dict[str, Any]:
    """Return one release of an index; `standing` and `artifacts` may be given, the rest goes to the manifest."""
    standing, artifacts = fields.pop("standing", {}), fields.pop("artifacts", [])
    written = manifest(version, **fields)
    digest = hashlib.sha256(json.dumps([written, artifacts], sort_keys=True).encode()).hexdigest()
    return {"manifest": written, "digest": digest, "standing": standing, "artifacts": artifacts}


def app(app_id: str, *releases: dict[str, Any], name: str = "", summary: str = "") -> dict[str, Any]:
    page = {
        "schema": 1,
        "id": app_id,
        "name": name or app_id.title(),
        "summary": summary or f"What {app_id} does",
        "owner": "Bapperida Kabupaten Batang",
        "terms": {"licence": "EUPL-1.2"},
    }
    return {"page": page, "releases": list(releases)}


def index(*apps: dict[str, Any], mentor: str = "batang") -> dict[str, Any]:
    return {
        "schema": 1,
        "mentor": mentor,
        "name": "Kabupaten " + mentor.title(),
        "region_code": "33.25",
        "apps": list(apps),
    }


PLANNING = app(
    "e-planning",
    release("2026.11.0"),
    release("2026.10.0", standing={"status": "deprecated", "reason": "superseded"}),
    name="E-Planning",
    summary="Usulan, Renja and RKPD in one calendar",
)
BUDGETING = app("e-budgeting", release("2026.11.0"), name="E-Budgeting", summary="RKA lines under a ceiling")


class Repository:
    """An honest mentor until a test makes it otherwise."""

    def __init__(
        self,
        mentor: str = "batang",
        *,
        apps: Sequence[dict[str, Any]] = (PLANNING, BUDGETING),
        now: datetime = TODAY,
        validity: timedelta = DEFAULT_VALIDITY,
    ) -> None:
        self.mentor = mentor
        self.now = now
        self.validity = validity
        self.files: dict[str, bytes] = {}
        self.root_signers: list[Signer] = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.publish_signer: Signer = CryptoSigner.generate_ed25519()
        self.versions = dict.fromkeys(("root", *ROLES), 0)
        self.index = index(*apps, mentor=mentor)
        self.artifacts: dict[str, bytes] = {}
        self.sign_root()
        self.publish()
        self.write_hint()

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the newest root's keys, as the mentor's letter prints it."""
        keys = [signer.public_key for signer in self.root_signers]
        return fingerprint_of(2, [(key.keytype, key.scheme, key.keyval["public"]) for key in keys])

    def write_hint(self) -> None:
        hint = {"id": self.mentor, "name": self.index["name"], "urls": [], "fingerprint": self.fingerprint}
        self.files["mentor.json"] = json.dumps(hint).encode()

    def sign_root(self, *, signers: Sequence[Signer] = (), root: Root | None = None) -> Root:
        """Publish the next root; `signers` default to the present and all earlier root keys given so far."""
        self.versions["root"] += 1
        root = root or self.new_root()
        root.version = self.versions["root"]
        metadata = Metadata(root)
        for signer in signers or self.root_signers[:2]:
            metadata.sign(signer, append=True)
        self.files[f"metadata/{root.version}.root.json"] = metadata.to_bytes()
        return root

    def new_root(self) -> Root:
        root = Root(version=1, expires=self.now + ROOT_VALIDITY, consistent_snapshot=True)
        for signer in self.root_signers:
            root.add_key(signer.public_key, "root")
        for role in ROLES:
            root.add_key(self.publish_signer.public_key, role)
        root.roles["root"].threshold = 2
        return root

    def rotate_publish_key(self) -> Signer:
        """Revoke the publish key by a new root; returns the revoked key."""
        revoked, self.publish_signer = self.publish_signer, CryptoSigner.generate_ed25519()
        self.sign_root()
        return revoked

    def rotate_root_keys(self) -> None:
        """Replace all root keys; the new root is signed by the old and the new ones."""
        old, self.root_signers = self.root_signers, [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.sign_root(signers=[*old[:2], *self.root_signers[:2]])
        self.write_hint()

    def publish(self, *, later: timedelta = timedelta(0), index_bytes: bytes | None = None) -> None:
        """Sign the index as it is now: targets, snapshot and timestamp each get their next version."""
        self.now += later
        packed = gzip.compress(json.dumps(self.index).encode(), mtime=0) if index_bytes is None else index_bytes
        digest = hashlib.sha256(packed).hexdigest()
        self.files[f"targets/{digest}.index.json.gz"] = packed
        target = TargetFile.from_data("index.json.gz", packed, ["sha256"])
        self.sign_targets({"index.json.gz": target})
        self.sign_snapshot()
        self.sign_timestamp()

    def sign_targets(self, targets: dict[str, TargetFile], *, expires: datetime | None = None) -> None:
        self._put(Targets(expires=expires or self._expiry(), targets=targets), versioned=True)

    def sign_snapshot(self, *, expires: datetime | None = None, targets_version: int | None = None) -> None:
        version = targets_version or self.versions["targets"]
        content = self.files[f"metadata/{version}.targets.json"]
        meta = {"targets.json": MetaFile.from_data(version, content, ["sha256"])}
        self._put(Snapshot(expires=expires or self._expiry(), meta=meta), versioned=True)

    def sign_timestamp(
        self,
        *,
        expires: datetime | None = None,
        snapshot_version: int | None = None,
        version: int | None = None,
        fields: dict[str, Any] | None = None,
        signer: Signer | None = None,
    ) -> None:
        number = snapshot_version or self.versions["snapshot"]
        content = self.files[f"metadata/{number}.snapshot.json"]
        signed_at = {SIGNED_AT: self.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        timestamp = Timestamp(
            expires=expires or self._expiry(),
            snapshot_meta=MetaFile.from_data(number, content, ["sha256"]),
            unrecognized_fields=signed_at if fields is None else fields,
        )
        self._put(timestamp, versioned=False, version=version, signer=signer)

    def copy(self) -> Repository:
        """Return the same mentor at this moment, to publish differently or to come back to."""
        other = copy.copy(self)
        other.files, other.versions = dict(self.files), dict(self.versions)
        other.index, other.root_signers = copy.deepcopy(self.index), list(self.root_signers)
        return other

    def add_artifact(self, name: str, content: bytes) -> dict[str, Any]:
        """Put a file below targets/ and return its artifact entry; `name` is its folder and own name."""
        digest = hashlib.sha256(content).hexdigest()
        folder, _, file = name.rpartition("/")
        target = f"{folder}/{digest}.{file}"
        self.files[f"targets/{target}"] = content
        return {"kind": "wheel", "name": target, "file": file, "size": len(content), "sha256": digest}

    def write_to(self, folder: Path) -> str:
        """Write all files below `folder`, as on a USB stick; returns its address."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder.as_uri()

    def _expiry(self) -> datetime:
        return self.now + self.validity

    def _put(
        self,
        signed: Targets | Snapshot | Timestamp,
        *,
        versioned: bool,
        version: int | None = None,
        signer: Signer | None = None,
    ) -> None:
        role = signed.type
        signed.version = self.versions[role] = version or self.versions[role] + 1
        metadata = Metadata(signed)
        metadata.sign(signer or self.publish_signer)
        name = f"{signed.version}.{role}.json" if versioned else f"{role}.json"
        self.files[f"metadata/{name}"] = metadata.to_bytes()
