"""Writes the JSON Schemas for editors into semai/schemas, from the models (make schemas)."""

from __future__ import annotations

from pathlib import Path

from semai.core.editor_schemas import rendered

FOLDER = Path(__file__).parent / "semai" / "schemas"


def main() -> None:
    """Write what is new, and delete what is no schema any more."""
    content = rendered()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        if path.name not in content:
            path.unlink()
    for name, text in content.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
