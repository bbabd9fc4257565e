"""Static files with hashed names and a manifest that comes out the same on every build of the same source."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class SortedManifestStorage(CompressedManifestStaticFilesStorage):
    """Django writes the manifest in the order the disk lists files; sorting makes builds comparable."""

    def save_manifest(self) -> None:
        self.hashed_files = dict(sorted(self.hashed_files.items()))
        super().save_manifest()
