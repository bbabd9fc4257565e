"""A region of its own with the canary app in several releases: trusted catalog, artifacts at hand, no network."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from semai.adapters.store import Store
from semai.core.catalog import App as CatalogApp
from semai.core.catalog import Artifact, Manifest, Release, Standing, release_digest

from tests.demo.ground import Ground
from tests.host.rig import canary_wheel, uv_wheel
from tests.operations.region_world import World, app

APP = "canary"
ENVIRONMENT = {
    "SEMAI_APP": "{{ app.id }}",
    "SECRET_KEY": "{{ secrets.secret_key }}",
    "DATABASE_URL": "{{ database.url }}",
    "SEMAI_MEDIA": "{{ paths.media }}",
    "SEMAI_REGION_FILE": "{{ paths.region_file }}",
}


@dataclass(frozen=True)
class Canary:
    """One release: the schema of its data, how it behaves, what its upgrade changes."""

    version: str
    schema: int = 1
    change: str = "migrate"
    behaviour: str = "good"

    def manifest(self) -> Manifest:
        return Manifest.model_validate(
            {
                "version": self.version,
                "needs": {"ram_mb": 20, "disk_mb": 20},
                "resources": {"secrets": ["secret_key"], "media": True},
                "environment": ENVIRONMENT,
                "commands": {
                    "serve": ["canary", "serve"],
                    "migrate": ["canary", "migrate"],
                    "after_install": [["canary", "after-install"]],
                },
                "lifecycle": {"upgrade_from": [">=2026.1"], "change": self.change},
                "health": {"timeout_seconds": 20},
            }
        )

    def files(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield (kind, file name, content) of its artifacts."""
        content = canary_wheel(self.version, self.behaviour, self.schema)
        digest = hashlib.sha256(content).hexdigest()
        yield ("tool", *_uv())
        yield "wheel", f"canary-{self.version}-py3-none-any.whl", content
        yield "requirements", "requirements.txt", f"canary=={self.version} --hash=sha256:{digest}\n".encode()


@cache
def _uv() -> tuple[str, bytes]:
    return uv_wheel()


class Aviary(World):
    """The region, its state folder and its host, driven by the command line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ground = Ground(folder, "manggarai", folder / "state", folder / "root")
        hosts = self.files.hosts.read_text(encoding="utf-8")
        self.files.hosts.write_text(hosts.replace("/srv/semai", str(self.ground.root)), encoding="utf-8")

    def offer(self, *releases: Canary) -> None:
        """Have the mentor's trusted catalog hold exactly these releases."""
        self.trust("batang", self._app(releases))

    def _app(self, releases: tuple[Canary, ...]) -> CatalogApp:
        return app(APP, *(self._release(one) for one in releases))

    def _release(self, canary: Canary) -> Release:
        made = canary.manifest()
        artifacts = tuple(self._store(*file) for file in canary.files())
        return Release(
            manifest=made,
            digest=release_digest(made, artifacts),
            standing=Standing.model_validate({"status": "active"}),
            artifacts=artifacts,
        )

    def _store(self, kind: str, file: str, content: bytes) -> Artifact:
        digest = hashlib.sha256(content).hexdigest()
        place = Store(self.state / "store").path(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        name = f"apps/{APP}/{digest}.{file}"
        return Artifact.model_validate(
            {"kind": kind, "name": name, "file": file, "size": len(content), "sha256": digest}
        )

    def plant(self) -> None:
        """Select the newest release and bring it."""
        self.ground.semai("add", APP, "--yes")
        self.upgrade()

    def upgrade(self) -> None:
        """Bring the newest release."""
        self.ground.semai("lock", "--upgrade")
        self.ground.semai("apply", "--yes")

    def ask_for(self, version: str) -> None:
        """Have apps.yml ask for these versions."""
        self.files.change_selection([(("apps", f"batang/{APP}", "version"), version)], [])

    def ask(self, path: str, method: str = "GET") -> dict[str, object]:
        host, _, port = self.ground.receipts()[APP]["bind"].partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            assert answer.status == 200
            return dict(json.load(answer))
        finally:
            connection.close()

    def visit(self, times: int) -> None:
        for _ in range(times):
            self.ask("/visit", "POST")

    @property
    def serves(self) -> tuple[object, object]:
        """Return the release that serves and the visits it knows of."""
        return self.ask("/healthz")["release"], self.ask("/count")["count"]
