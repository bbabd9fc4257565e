"""What a restored app holds beside what its set says it held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OK, FAILED, NOT_COUNTED = "ok", "failed", "not-counted"


def rows(content: Mapping[str, Any], found: Mapping[str, int]) -> dict[str, Any]:
    """Compare table by table: each must be there, with as many rows as when it was copied, and no other one.

    Where people wrote to a table while it was copied, any number between the counts before and after is right.
    """
    noted = content.get("rows")
    if noted is None:
        tables = {name: {"found": count} for name, count in sorted(found.items())}
        return {
            "result": NOT_COUNTED if found else OK,
            "expected": None,
            "found": sum(found.values()),
            "tables": tables,
        }
    earlier = content.get("rows_earlier") or {}
    tables = {name: _table(noted, earlier, found, name) for name in sorted({*noted, *found})}
    return {
        "result": OK if all(table["right"] for table in tables.values()) else FAILED,
        "exact": bool(content.get("rows_exact", True)),
        "expected": sum(noted.values()),
        "found": sum(found.values()),
        "tables": tables,
    }


def _table(
    noted: Mapping[str, int], earlier: Mapping[str, int], found: Mapping[str, int], name: str
) -> dict[str, Any]:
    expected, count = noted.get(name), found.get(name)
    limits = sorted((expected, earlier.get(name, expected))) if expected is not None else None
    right = limits is not None and count is not None and limits[0] <= count <= limits[1]
    told: dict[str, Any] = {"expected": expected, "found": count, "right": right}
    return {**told, "earlier": earlier[name]} if name in earlier else told


def media(content: Mapping[str, Any], *found: Mapping[str, int]) -> dict[str, Any]:
    """Compare files and bytes of all folders; each file's digest was compared when it was taken out of the set."""
    expected = _sum(content["media"], content.get("data") or {})
    there = _sum(*found)
    return {"result": OK if expected == there else FAILED, "expected": expected, "found": there}


def _sum(*folders: Mapping[str, int]) -> dict[str, int]:
    return {key: sum(folder.get(key, 0) for folder in folders) for key in ("files", "bytes")}
