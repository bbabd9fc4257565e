"""What is wrong with a region or a selection beyond the type of one value. Pure.

Works on the plain content of the YAML file, not on its model, so that these problems are reported together with
unknown keys and wrong types of the same file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from semai.core.region import S3_PLACE, SFTP_PLACE
from semai.messages import N_

Place = tuple[str | int, ...]

_REGION_CODE = re.compile(r"[1-9][0-9](\.(0[1-9]|[1-9][0-9]))?")
_NIP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{4}([0-9]{2})[12][0-9]{3}")
_PPPK_MONTH = 21  # NI PPPK carry 21 where the month of appointment of a PNS stands


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where below the file's key, and an English msgid with its fields."""

    place: Place
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


def texts_at(value: Any, *path: str) -> Iterator[tuple[Place, str]]:
    """Yield every text at `path` below `value`; "*" stands for each item of a list; no text, no yield."""
    yield from ((place, item) for place, item in _all_at(value, *path) if isinstance(item, str))


def _all_at(value: Any, *path: str) -> list[tuple[Place, Any]]:
    found: list[tuple[Place, Any]] = [((), value)]
    for step in path:
        below: list[tuple[Place, Any]] = []
        for place, item in found:
            if step == "*" and isinstance(item, list):
                below += [((*place, number), part) for number, part in enumerate(item)]
            elif isinstance(item, dict) and step in item:
                below.append(((*place, step), item[step]))
        found = below
    return found


def region_problems(value: Any, official_name: Callable[[str], str | None] | None = None) -> list[Problem]:
    """Return the problems of a region's plain content; `official_name` looks up Kemendagri codes when given."""
    problems = [*_codes(value), *_people(value), *_map(value), *_freezes(value), *_backup(value)]
    for path in (
        ("agencies", "*", "code"),
        ("districts", "*", "code"),
        ("districts", "*", "villages", "*", "code"),
    ):
        problems += _duplicates(texts_at(value, *path))
    if official_name is not None:
        problems += _unknown_codes(value, official_name)
    return problems


def selection_problems(value: Any) -> list[Problem]:
    """Return the problems of a selection's plain content: shared ports and sites, an app of two mentors."""
    apps = value.get("apps") if isinstance(value, dict) else None
    if not isinstance(apps, dict):
        return []
    problems: list[Problem] = []
    ports: dict[int, str] = {}
    names: dict[str, str] = {}
    sites: dict[str, str] = {}
    for key, app in apps.items():
        port = app.get("port") if isinstance(app, dict) else None
        if type(port) is int and (first := ports.setdefault(port, key)) != key:
            message = N_("{port} is already the port of {first}")
            problems.append(Problem(("apps", key, "port"), message, {"port": port, "first": first}))
        name = key.rpartition("/")[2]
        if (other := names.setdefault(name, key)) != key:
            message = N_("{other} has the same name; one region runs only one of them")
            problems.append(Problem(("apps", key), message, {"other": other}))
        elif (taken := sites.setdefault(_site(app) or name, key)) != key:
            message = N_("{site} is already the site of {other}")
            place = ("apps", key, "site") if _site(app) else ("apps", key)
            problems.append(Problem(place, message, {"site": _site(app) or name, "other": taken}))
    return problems


def _site(app: Any) -> str:
    site = app.get("site") if isinstance(app, dict) else None
    return site if isinstance(site, str) else ""


def nip_problem(nip: str) -> str | None:
    """Return what is wrong with a NIP (18 digits: birth date, month of appointment, sex, number), or None."""
    match = _NIP.fullmatch(nip)
    if match is None:
        return N_("{nip} is no NIP: 18 digits without spaces, the 15th is 1 or 2")
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return N_("{nip} is no NIP: the first 8 digits are no date of birth")
    if not (1 <= int(match[4]) <= 12 or int(match[4]) == _PPPK_MONTH):
        return N_("{nip} is no NIP: digits 13-14 are no month of appointment")
    return None


def _codes(value: Any) -> Iterator[Problem]:
    region = ""
    for place, region in texts_at(value, "code"):
        if not _REGION_CODE.fullmatch(region):
            yield Problem(place, N_("{code} is no region code; write it like 53.10 or 53"), {"code": region})
    for place, code in texts_at(value, "province_code"):
        if region and code != region[:2]:
            fields = {"code": code, "expected": region[:2]}
            yield Problem(place, N_("{code} is not the province of the region's code: {expected}"), fields)
    yield from _outside(texts_at(value, "districts", "*", "code"), lambda place: region)
    codes = dict(texts_at(value, "districts", "*", "code"))
    villages = texts_at(value, "districts", "*", "villages", "*", "code")
    yield from _outside(villages, lambda place: codes.get((*place[:2], "code"), ""))


def _outside(codes: Iterable[tuple[Place, str]], parent_of: Callable[[Place], str]) -> Iterator[Problem]:
    for place, code in codes:
        parent = parent_of(place)
        if parent and not code.startswith(f"{parent}."):
            yield Problem(place, N_("{code} does not lie in {parent}"), {"code": code, "parent": parent})


_SIDES = ("south", "west", "north", "east")


def _map(value: Any) -> Iterator[Problem]:
    """Yield a rectangle that is none, and points of kecamatan and villages outside it."""
    numbers = {
        side: number for side in _SIDES for _, number in _all_at(value, "bounds", side) if _is_number(number)
    }
    if len(numbers) < len(_SIDES):
        return
    south, west, north, east = (numbers[side] for side in _SIDES)
    if south >= north or west >= east:
        yield Problem(("bounds",), N_("bounds need south below north, and west below east"))
        return
    for path in (("districts", "*", "point"), ("districts", "*", "villages", "*", "point")):
        for place, point in _all_at(value, *path):
            said = point if isinstance(point, dict) else {}
            latitude, longitude = said.get("latitude"), said.get("longitude")
            if not (_is_number(latitude) and _is_number(longitude)):
                continue  # the model says what is wrong
            if not (south <= latitude <= north and west <= longitude <= east):
                yield Problem(place, N_("this point lies outside bounds"))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _people(value: Any) -> Iterator[Problem]:
    for place, nip in texts_at(value, "agencies", "*", "head_nip"):
        if nip and (message := nip_problem(nip)):
            yield Problem(place, message, {"nip": nip})


def _freezes(value: Any) -> Iterator[Problem]:
    """Yield periods that end before they begin; ISO dates compare as texts."""
    first = {place[:-1]: text for place, text in texts_at(value, "freeze", "*", "from")}
    for place, last in texts_at(value, "freeze", "*", "to"):
        if last < first.get(place[:-1], last):
            message = N_("{last} is before the first day of this period, {first}")
            yield Problem(place, message, {"last": last, "first": first[place[:-1]]})


_PLACES = {
    "local": (re.compile(r"|/.*"), N_("a local folder is written as /srv/backups")),
    "usb": (re.compile(r"/.+"), N_("a USB disk needs its folder: write location, for example /media/backup")),
    "sftp": (SFTP_PLACE, N_("SFTP needs its place: write location as user@host:/folder")),
    "s3": (S3_PLACE, N_("S3 needs its place: write location as https://host/bucket")),
}


def _backup(value: Any) -> Iterator[Problem]:
    """Yield a place that does not go with its kind, and a retention that keeps nothing."""
    found = value.get("backup") if isinstance(value, dict) else None
    if not isinstance(found, dict):
        return
    kind, location = found.get("kind", "local"), found.get("location") or ""
    if kind in _PLACES and isinstance(location, str):
        pattern, text = _PLACES[kind]
        if not pattern.fullmatch(location):
            yield Problem(("backup", "kind"), text)
    if kind == "sftp" and not found.get("host_key"):
        yield Problem(("backup", "kind"), N_("SFTP needs host_key: what ssh-keyscan -t ed25519 HOST shows"))
    kept = found.get("retention")
    if isinstance(kept, dict) and all(kept.get(name) == 0 for name in ("daily", "weekly", "monthly")):
        yield Problem(("backup", "retention"), N_("keeps no backup at all: one of its numbers must be above 0"))


def _duplicates(codes: Iterable[tuple[Place, str]]) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for place, code in codes:
        if code in first:
            number = next(step for step in reversed(first[code]) if isinstance(step, int)) + 1
            yield Problem(
                place, N_("{code} is already the code of number {number}"), {"code": code, "number": number}
            )
        first.setdefault(code, place)


def _unknown_codes(value: Any, official_name: Callable[[str], str | None]) -> Iterator[Problem]:
    paths = (("code",), ("districts", "*", "code"), ("districts", "*", "villages", "*", "code"))
    for path in paths:
        for place, code in texts_at(value, *path):
            if official_name(code) is None:
                yield Problem(place, N_("{code} is not an official region code"), {"code": code})
