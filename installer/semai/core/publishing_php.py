"""What publishing does with the configuration files of PHP releases. Pure.

A published release holds the text of its templates. A preset's text is the one of the semai that built it, so for
older releases a preset counts as unchanged by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from semai.core.catalog import Manifest


def with_texts(manifest: Manifest, texts: Mapping[str, str]) -> Manifest:
    """Return the manifest with the text of each configuration file, by its place."""
    if manifest.php is None or not texts:
        return manifest
    config = {
        place: entry.model_copy(update={"text": texts.get(place, entry.text)})
        for place, entry in manifest.php.config.items()
    }
    return manifest.model_copy(update={"php": manifest.php.model_copy(update={"config": config})})


def with_published_presets(manifest: Manifest, published: Manifest) -> Manifest:
    """Return `manifest` with the texts that its presets had when `published` was built."""
    if manifest.php is None or published.php is None:
        return manifest
    before = published.php.config
    texts = {
        place: before[place].text
        for place, entry in manifest.php.config.items()
        if entry.preset and place in before and before[place].preset == entry.preset
    }
    return with_texts(manifest, texts)
