"""Look at regions without changing them: list, show, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from semai.adapters.region_files import RegionFiles, region_names
from semai.adapters.vault import VaultFile
from semai.core.hosts import Hosts
from semai.core.region import Region, Selection
from semai.errors import InvalidInput, SemaiError
from semai.messages import translate

Value = TypeVar("Value")


@dataclass(frozen=True)
class RegionLine:
    """One region of a list; `problem` is the message of what keeps it from being read."""

    name: str
    title: str
    code: str
    apps: tuple[str, ...]
    locked: bool
    problem: str = ""


@dataclass(frozen=True)
class RegionView:
    """One region whole."""

    name: str
    folder: Path
    region: Region
    hosts: Hosts
    selection: Selection
    locked: dict[str, str]  # app -> version


@dataclass(frozen=True)
class Checked:
    """What a check looked at: files that are right."""

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]  # that may be absent, and are


def list_regions(inventories: Path) -> list[RegionLine]:
    """Return every region below `inventories`; a broken one is listed with its problem."""
    return [_line(RegionFiles(inventories / name)) for name in region_names(inventories)]


def show_region(files: RegionFiles) -> RegionView:
    """Return one region; raises InvalidInput with every error of all its files."""
    region, hosts, selection = load_all(files)
    lock = files.load_lock()
    locked = {key: app.version for key, app in lock.apps.items()} if lock else {}
    return RegionView(files.name, files.folder, region, hosts, selection, locked)


def load_all(
    files: RegionFiles, official: Callable[[str], str | None] | None = None
) -> tuple[Region, Hosts, Selection]:
    """Read the three files people write; raises one InvalidInput `yaml-invalid` with every error of all of them."""
    errors: list[InvalidInput] = []
    region = _attempt(lambda: files.load_region(official), errors)
    hosts = _attempt(files.load_hosts, errors)
    selection = _attempt(files.load_selection, errors)
    _raise_together(errors, files)
    assert region is not None
    assert hosts is not None
    assert selection is not None
    files.check_together(region, hosts, selection)
    return region, hosts, selection


def check_region(files: RegionFiles, vault: VaultFile, official: Callable[[str], str | None]) -> Checked:
    """Judge every file of the region; codes must have an `official` name. Raises InvalidInput with all errors."""
    errors: list[InvalidInput] = []
    region = _attempt(lambda: load_all(files, official)[0], errors)
    if region is not None:
        _attempt(lambda: files.logo(region), errors)
    _attempt(files.load_lock, errors)
    _attempt(vault.read, errors)
    _attempt(files.deployed_names, errors)
    _raise_together(errors, files)
    always = (files.hosts, files.region, files.apps)
    optional = (files.vault, files.lock, files.deployment)
    return Checked((*always, *(p for p in optional if p.exists())), tuple(p for p in optional if not p.exists()))


def _line(files: RegionFiles) -> RegionLine:
    try:
        view = show_region(files)
    except SemaiError as error:
        return RegionLine(
            files.name, "", "", (), files.lock.exists(), problem=translate(error.message, **error.fields)
        )
    return RegionLine(files.name, view.region.name, view.region.code, tuple(view.selection.apps), bool(view.locked))


def _attempt(read: Callable[[], Value], errors: list[InvalidInput]) -> Value | None:
    try:
        return read()
    except InvalidInput as error:
        errors.append(error)
        return None


def _lines(error: InvalidInput) -> tuple[str, ...]:
    """Return an error's places; with its message in front where they alone do not say which file is meant."""
    if error.code == "yaml-invalid" and error.details:
        return error.details
    return translate(error.message, **error.fields), *error.details


def _raise_together(errors: list[InvalidInput], files: RegionFiles) -> None:
    if not errors:
        return
    if len(errors) == 1:
        raise errors[0]
    details = [line for error in errors for line in _lines(error)]
    raise InvalidInput(
        "yaml-invalid",
        "several files of region {region} are not valid",
        hint="correct the places named above, then run: semai region check",
        details=details,
        region=files.name,
    ) from errors[0]
