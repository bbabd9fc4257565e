"""`python -m tests.bench.kabupaten.filling APP FILE`: fill, then write the pages to ask for as JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import django


def main(app: str, file: str) -> None:
    """Fill the app of this environment."""
    django.setup()
    module = importlib.import_module(f"tests.bench.kabupaten.filling.{app.replace('-', '_')}")
    Path(file).write_text(json.dumps(module.fill()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
