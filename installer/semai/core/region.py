"""What a region says about itself and what it selects: region.yml and apps.yml (core/hosts.py has hosts.yml).

Models settle structure and types; what goes beyond one value (official codes, duplicates, NIP) is in
core/region_checks.py, which also works on a file whose structure is broken.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from semai.core.catalog import AppId, AppKey, Digest, Specifier, Written, refuse
from semai.core.references import MARK
from semai.errors import InvalidInput
from semai.messages import N_

REGION_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FIRST_PORT, LAST_PORT = 8101, 8999  # where `add` looks for a free one

MAX_TEXT = 2000
SSH_PORT = 22
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")
_SITE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
SFTP_PLACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(/[A-Za-z0-9_.-]+)+")
S3_PLACE = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.:-]*(/[A-Za-z0-9_.-]+)+")
_HOST_KEY = re.compile(r"(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]{16,2000}={0,2}")
_ROOT = re.compile(r"(/[^/\x00-\x20\x7f\"'%$\\`{}]+)+")  # no space: supervisord splits a list of files there

Kind = Literal["provinsi", "kabupaten", "kota"]
TimeZone = Literal["Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"]
Answer = str | int | float | bool


def literal_text(value: str) -> str:
    """Return `value` when it may travel literally to hosts; raises PydanticCustomError otherwise."""
    if MARK in value:
        raise refuse(N_("must not contain @secret( : only semai writes references to the vault"))
    if len(value) > MAX_TEXT:
        raise refuse(N_("is longer than {limit} characters"), limit=MAX_TEXT)
    return value


def one_line(value: str) -> str:
    """Return `value` when it is one line without control characters."""
    if _CONTROL.search(value):
        raise refuse(N_("must be one line without control characters"))
    return literal_text(value)


def _named(value: str) -> str:
    if not value.strip():
        raise refuse(N_("must not be empty"))
    return one_line(value)


def _domain(value: str) -> str:
    if value and not _DOMAIN.fullmatch(value):
        raise refuse(N_("is not a domain name such as manggaraikab.go.id"))
    return value


def root_folder(value: str) -> str:
    """Return `value` when it may be semai's folder on a host."""
    if not _ROOT.fullmatch(value) or "/../" in f"{value}/":
        raise refuse(N_("must be an absolute folder without spaces, quotes, $, %, braces or '..'"))
    return value


def _location(value: str) -> str:
    """Return a place of backups; which form goes with which kind is judged in core/region_checks.py."""
    if not value or SFTP_PLACE.fullmatch(value) or S3_PLACE.fullmatch(value):
        return value
    return root_folder(value)


def _host_key(value: str) -> str:
    if value and not _HOST_KEY.fullmatch(value):
        raise refuse(N_("is no host key such as ssh-keyscan -t ed25519 HOST shows it: ssh-ed25519 AAAA…"))
    return value


def _site(value: str) -> str:
    if value and (not _SITE.fullmatch(value) or len(value) > 60):
        raise refuse(N_("is no name of a site: lower-case letters, digits and '-', at most 60 characters"))
    return value


def _app_key(value: str) -> str:
    try:
        AppKey.parse(value)
    except ValueError as error:
        raise refuse(N_("is no app: write <mentor>/<app>, for example batang/e-planning")) from error
    return value


Line = Annotated[str, AfterValidator(one_line)]
Name = Annotated[str, AfterValidator(_named)]
Paragraph = Annotated[str, AfterValidator(literal_text)]
AppKeyText = Annotated[str, AfterValidator(_app_key)]
MentorId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]


class Agency(Written):
    """One OPD."""

    code: Name
    name: Name
    short_name: Line = ""
    head_title: Line = ""
    head_name: Line = ""
    head_nip: Line = ""


class Point(Written):
    """A place on the map, in decimal degrees (WGS 84, as telephones say it)."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Bounds(Written):
    """The rectangle around the region, in decimal degrees; apps refuse a place outside."""

    south: float = Field(ge=-90, le=90)
    west: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)


class Village(Written):
    """One desa or kelurahan."""

    code: Name
    name: Name
    point: Point | None = None  # its office


class District(Written):
    """One kecamatan (distrik)."""

    code: Name
    name: Name
    point: Point | None = None  # its office
    villages: tuple[Village, ...] = ()


class Freeze(Written):
    """Days without routine changes, both included, in the region's time zone (core/freeze.py has the rule)."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    apps: tuple[AppId, ...] = ()  # all when empty
    reason: Name


class Retention(Written):
    """How many backups are kept: the newest of each of so many days, weeks and months."""

    daily: int = Field(default=7, ge=0, le=366)
    weekly: int = Field(default=5, ge=0, le=520)
    monthly: int = Field(default=12, ge=0, le=600)


class Backup(Written):
    """Where, when and of which apps hosts keep backups (core/backups.py makes what each host is told of it)."""

    kind: Literal["local", "usb", "sftp", "s3"] = "local"
    location: Annotated[str, AfterValidator(_location)] = ""  # <root>/backups when empty
    port: int = Field(default=SSH_PORT, ge=1, le=65535)  # of SFTP
    host_key: Annotated[str, AfterValidator(_host_key)] = ""  # of SFTP: who may answer there
    calendar: Annotated[str, Field(pattern=r"^[A-Za-z0-9*:/,.~ -]{1,100}$")] = "*-*-* 01:30"
    drill: Annotated[str, Field(pattern=r"^[A-Za-z0-9*:/,.~ -]{0,100}$")] = "Sun *-*-01..07 03:00"  # empty: never
    retention: Retention = Retention()
    excluded: tuple[AppId, ...] = ()


class Region(Written):
    """The region's identity, used by all its apps."""

    code: Name  # Kemendagri: "53" or "53.10"
    name: Name  # "Kabupaten Manggarai"
    short_name: Name
    kind: Kind
    province: Name
    province_code: Name
    time_zone: TimeZone
    head_title: Name
    head_name: Line = ""
    secretary_title: Name = "Sekretaris Daerah"
    domain: Annotated[str, AfterValidator(_domain)] = ""
    address: Paragraph = ""
    logo: Line | None = None  # a file relative to the inventory
    fiscal_year: int = Field(ge=2000, le=2100)
    agencies: tuple[Agency, ...] = ()
    districts: tuple[District, ...] = ()
    bounds: Bounds | None = None
    freeze: tuple[Freeze, ...] = ()
    backup: Backup = Backup()

    def identity(self) -> dict[str, Any]:
        """Return what apps learn of the region: not how its IT staff works, so that no app restarts for that."""
        said: dict[str, Any] = self.model_dump(mode="json", exclude={"freeze", "backup"})
        for place in (said, *said["districts"], *(v for d in said["districts"] for v in d["villages"])):
            for key in ("bounds", "point"):  # left out rather than null: thousands of villages have none
                if key in place and place[key] is None:
                    del place[key]
        return said


class SelectedMentor(Written):
    """A mentor as the region trusts it: enough for another machine to establish the same trust."""

    url: Name
    fingerprint: Digest


class SelectedApp(Written):
    """An app the region asks for."""

    version: Specifier = ""
    port: int = Field(ge=1024, le=65535)
    site: Annotated[str, AfterValidator(_site)] = ""  # servers: the name before the region's domain; the app's id
    sample_data: bool = False
    answers: dict[str, Answer] = {}


class RemovedApp(Written):
    """An app the region no longer asks for, until every host has let go of it."""

    purge: bool = False


class Selection(Written):
    """What a region asks for (apps.yml)."""

    mentors: dict[MentorId, SelectedMentor] = {}
    apps: dict[AppKeyText, SelectedApp] = {}
    removed: dict[AppKeyText, RemovedApp] = {}

    def by_key(self) -> dict[AppKey, SelectedApp]:
        """Return the selected apps by key."""
        return {AppKey.parse(text): app for text, app in self.apps.items()}

    def the_app(self, text: str) -> AppKey:
        """Return the selected app that `text` (with or without its mentor) means.

        Raises InvalidInput `app-not-selected`.
        """
        for key in self.by_key():
            if text in (str(key), key.id):
                return key
        raise InvalidInput(
            "app-not-selected",
            "{app} is not selected; selected: {selected}",
            hint="semai region show",
            app=text,
            selected=", ".join(self.apps) or "-",
        )
