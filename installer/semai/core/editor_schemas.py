"""JSON Schemas of the files people write, from the same models that read them; editors complete and check by them.

Drafted for editors, so a little laxer than semai: what validators demand beyond a type or a pattern (versions,
official codes, what one key says about another) is not in them. `make schemas` writes them to semai/schemas.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from semai.core import editor_texts as texts
from semai.core.catalog import Manifest, Written
from semai.core.hosts import HostsFile
from semai.core.publishing import AppFile, CatalogFile
from semai.core.region import Region, Selection

_DRAFT = "http://json-schema.org/draft-07/schema#"  # what editors know best; nothing newer is used below


class RegionDocument(Written):
    """region.yml: who the region is."""

    semai_region: Region


class SelectionDocument(Written):
    """apps.yml: what the region asks for."""

    semai_selection: Selection


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file: region, apps, hosts, catalog, app, release, base."""
    return {
        "region": _described(RegionDocument, texts.REGION),
        "apps": _described(SelectionDocument, texts.APPS),
        "hosts": _described(HostsFile, texts.HOSTS),
        "catalog": _described(CatalogFile, texts.CATALOG),
        "app": _described(AppFile, texts.APP),
        "release": _release(),
        "base": _base(),
    }


def rendered() -> dict[str, str]:
    """Return file name -> content of the folder semai/schemas."""
    return {
        f"{name}.json": json.dumps({"$schema": _DRAFT, **schema, "title": f"semai: {name}"}, indent=1) + "\n"
        for name, schema in schemas().items()
    }


def _release() -> dict[str, Any]:
    """A release's file before its base is merged in: only the version must be there."""
    schema = _described(Manifest, texts.RELEASE)
    base = {"title": "Base", "type": "string", "description": texts.BASE}
    return {**schema, "properties": {"base": base, **schema["properties"]}, "required": ["version"]}


def _base() -> dict[str, Any]:
    """What releases have in common: any key of a release but its version and its base."""
    schema = _described(Manifest, texts.RELEASE)
    kept = {name: found for name, found in schema["properties"].items() if name != "version"}
    return {**schema, "description": "What releases have in common.", "properties": kept, "required": []}


def _described(model: type[BaseModel], descriptions: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the model's schema with a description for each key; raises KeyError for a text without a key."""
    schema = model.model_json_schema(by_alias=True)
    objects = {model.__name__: schema, **schema.get("$defs", {})}
    for name, keys in descriptions.items():
        for key, text in keys.items():
            objects[name]["properties"][key]["description"] = text
    return schema
