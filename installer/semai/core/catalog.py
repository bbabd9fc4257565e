"""What a catalog says: apps, their releases, artifacts and terms.

Mentors write `app.yml` and `<version>.yml`; the publisher joins them into one canonical JSON index per catalog. The
models here read both: unknown keys are refused where people write (`model_validate(…)`), and ignored on the wire
(`Index.read(…)`) so that an older semai can read a newer index. Pure: no files, no network.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from semai.core.login_check import LoginCheck
from semai.core.php_manifest import Extension, JobName, Php, Timer, Worker
from semai.core.written import Command as Command
from semai.core.written import Written as Written
from semai.core.written import refuse as refuse
from semai.messages import N_

APP_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
OWN_NAMES = ("backup", "recover", "server")
# A part holds 64 digits of sha256, a dot and a file name; wheel names with three platform tags need over 100.
TARGET_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9._+-]{0,199}(/[a-z0-9][a-z0-9._+-]{0,199}){0,5}")
FILE_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._+-]{0,133}")
CONTRACT_ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")


def _app_id(value: str) -> str:
    if not APP_ID.fullmatch(value) or len(value) > 40:
        raise refuse(N_("is no app id: lower-case words joined by '-', at most 40 characters"))
    if value in OWN_NAMES:
        raise refuse(N_("is a name that semai's own units and receipts have on hosts"))
    return value


def _target_name(value: str) -> str:
    if not TARGET_NAME.fullmatch(value):
        raise refuse(N_("is no file name of a catalog: lower-case letters, digits, . _ + - in at most 6 parts"))
    return value


def _file_name(value: str) -> str:
    if not FILE_NAME.fullmatch(value):
        raise refuse(N_("is no file name: at most 134 letters, digits, . _ + - and no folder"))
    return value


def _version(value: str) -> str:
    try:
        canonical = str(Version(value))
    except InvalidVersion as error:
        raise refuse(N_("is not a version (PEP 440)")) from error
    if canonical != value:
        raise refuse(N_("must be written in its canonical form: {canonical}"), canonical=canonical)
    return value


def _specifier(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier as error:
        raise refuse(N_("is not a version range such as '>=1,<2'")) from error
    return value


def _contract(value: str) -> str:
    if not CONTRACT_ID.fullmatch(value):
        raise refuse(N_("is no contract: <area>.<what>, for example planning.work-plan"))
    return value


AppId = Annotated[str, AfterValidator(_app_id)]
TargetName = Annotated[str, AfterValidator(_target_name)]
FileName = Annotated[str, AfterValidator(_file_name)]
CanonicalVersion = Annotated[str, AfterValidator(_version)]
Specifier = Annotated[str, AfterValidator(_specifier)]
ContractId = Annotated[str, AfterValidator(_contract)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AppKey(NamedTuple):
    """One app of one mentor, written `batang/e-planning`; a bare id is never enough to choose between mentors."""

    mentor: str
    id: str

    def __str__(self) -> str:
        return f"{self.mentor}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> AppKey:
        """Read `mentor/id`; raises ValueError when one of the two is missing or not an id."""
        mentor, slash, app = text.partition("/")
        if not slash:
            raise ValueError(f"write the app with its mentor: <mentor>/{text}")
        return cls(_app_id(mentor), _app_id(app))


class Status(str, Enum):
    """Where a release stands; it lives in the index, never in the manifest."""

    draft = "draft"
    candidate = "candidate"
    active = "active"
    deprecated = "deprecated"
    retired = "retired"  # not for new installs
    withdrawn = "withdrawn"  # refused even from a lock


class Standing(Written):
    """A release's status with what an adopter must know about it."""

    status: Status = Status.active
    reason: str = ""
    successor: CanonicalVersion | None = None
    until: str = ""


class Terms(Written):
    """What a mentor allows with an app; the installer shows and honours them."""

    licence: str
    government_use_only: bool = False
    onward_sharing: bool = True
    sale: bool = False
    keep_attribution: bool = True
    note: str = ""


class Overlap(Written):
    """A compulsory national app that does some of the same."""

    national: str
    relation: Literal["feeds", "reads", "replaces", "complements"]


class Consumed(Written):
    """A contract an app reads from another."""

    version: Specifier
    optional: bool = False


class Question(Written):
    """One thing the app must know from the region; only the answer is stored."""

    type: Literal["text", "integer", "decimal", "boolean", "choice", "date", "email", "url"] = "text"
    title: str
    help: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    pattern_message: str = ""
    minimum: int | None = None
    maximum: int | None = None
    default: str | int | bool | None = None
    secret: bool = False
    personal: bool = False


class Needs(Written):
    """What a host must have."""

    python: Specifier = ">=3.10,<3.14"
    php: Specifier = ">=8.1,<9"  # of apps whose runtime is php
    extensions: tuple[Extension, ...] = ()
    platforms: tuple[str, ...] = ("debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04")
    ram_mb: int = Field(default=128, ge=1)
    disk_mb: int = Field(default=100, ge=1)


class Limits(Written):
    """What a server grants the app; without a figure for memory, three times what it needs and at least 256 MB."""

    memory_mb: int | None = Field(default=None, ge=64)
    cpu_percent: int = Field(default=200, ge=10, le=10_000)  # 100 is one processor


class Resources(Written):
    """What the installer makes for the app."""

    database: Literal["none", "sql", "mariadb", "postgresql"] = "sql"
    media: bool = True
    secrets: tuple[str, ...] = ("secret_key",)


class Health(Written):
    """How to ask a running app whether it is well."""

    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = "/healthz"
    status: int = Field(default=200, ge=100, le=599)
    text: str = ""  # what the answer must contain; apps that report their release as JSON need none
    timeout_seconds: int = Field(default=60, ge=1, le=900)


class Migrations(Written):
    """What a release's migrations cost and whether they can be undone."""

    reversible: bool = True
    backup_required: bool = True
    minutes_per_gb: float = Field(default=1.0, ge=0)


class Lifecycle(Written):
    """How a release may be reached and what the change means."""

    upgrade_from: tuple[Specifier, ...] = ()
    change: Literal["code", "config", "migrate"] = "migrate"
    security: bool = False  # it may arrive during a freeze
    migrations: Migrations = Migrations()
    notices: tuple[str, ...] = ()


class Commands(Written):
    """Argument lists run inside the release; the first word is a program of the release's own `bin` folder.

    For runtime php it is `php` or a file of the tree, and nothing is served by a command.
    """

    serve: Command | None = None
    migrate: Command | None = None
    after_install: tuple[Command, ...] = ()
    sample_data: Command | None = None
    sample_people: tuple[str, ...] = ()  # the accounts sample_data makes, all with the secret sample_password


Finding = Literal[
    "backup-file", "database", "dump-with-people", "environment-file", "git", "key-file", "link", "nik", "odd-file",
    "password", "phpinfo", "private-key", "test-account", "token", "web-shell", "world-writable",
]  # fmt: skip


class Accepted(Written):
    """A false alarm of `publish check`, with the reason; it is published, so that regions can judge it too."""

    path: Annotated[str, Field(min_length=1, max_length=200)]  # in the source; `*` stands for any characters
    finding: Finding
    reason: Annotated[str, Field(min_length=10)]


class Manifest(Written):
    """One release as its mentor wrote it (after its base was merged in); never edited once published."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    version: CanonicalVersion
    runtime: Literal["python", "php"] = "python"
    requires: dict[AppId, Specifier] = {}
    provides: dict[ContractId, tuple[CanonicalVersion, ...]] = {}
    consumes: dict[ContractId, Consumed] = {}
    conflicts: dict[AppId, Specifier] = {}
    needs: Needs = Needs()
    limits: Limits = Limits()
    resources: Resources = Resources()
    questions: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Question] = {}
    environment: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")], Any] = {}
    commands: Commands = Commands()
    php: Php | None = None
    timers: dict[JobName, Timer] = {}
    workers: dict[JobName, Worker] = {}
    health: Health = Health()
    login_check: LoginCheck | None = None
    lifecycle: Lifecycle = Lifecycle()
    personal_data: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()


class AppPage(Written):
    """An app as its mentor presents it (`app.yml`)."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    id: AppId
    name: str
    summary: str
    owner: str
    terms: Terms
    overlaps: tuple[Overlap, ...] = ()


class Wire(BaseModel):
    """Base of what semai itself writes and reads back: unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class When(Wire):
    """The hosts an artifact is for; an empty field means any."""

    python: str = ""  # "3.11"
    machine: str = ""  # "x86_64", "aarch64"


class Artifact(Wire):
    """One file of a release: a wheel, the uv wheel as tool, requirements, static files or a PHP tree (tar.gz)."""

    kind: Literal["wheel", "tool", "static", "requirements", "tree"]
    # below targets/: apps/<app>/<version>/<sha256>.<file>; shared: wheels/<project>/<version>/<sha256>.<file>
    name: TargetName
    file: FileName  # the file's own name, e.g. a wheel name, which pip and uv read tags from
    size: int = Field(ge=0)
    sha256: Digest
    when: tuple[When, ...] = (When(),)

    def suits(self, python: str, machine: str) -> bool:
        """Tell whether a host with this Python ("3.11") and machine ("x86_64") needs the artifact."""
        return any(w.python in ("", python) and w.machine in ("", machine) for w in self.when)


class Release(Wire):
    """One version of an app in an index: the manifest, its digest, where it stands, its artifacts."""

    manifest: Manifest
    digest: Digest  # release_digest(manifest, artifacts) when it was published
    standing: Standing = Standing()
    artifacts: tuple[Artifact, ...] = ()

    @property
    def version(self) -> Version:
        return Version(self.manifest.version)


class App(Wire):
    """An app of one mentor with its releases, newest first."""

    page: AppPage
    releases: tuple[Release, ...] = ()

    def release(self, version: str) -> Release | None:
        """Return the release of exactly this version."""
        return next((r for r in self.releases if r.manifest.version == version), None)


class Index(Wire):
    """The whole catalog of one mentor as signed."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    mentor: AppId  # the mentor's id, e.g. "batang"
    name: str  # "Kabupaten Batang"
    region_code: str  # Kemendagri code, "33.25"
    apps: tuple[App, ...] = ()

    @classmethod
    def read(cls, text: bytes) -> Index:
        """Read an index as it was signed (unpacked JSON), ignoring keys this semai does not know yet.

        Raises pydantic's ValidationError (a ValueError), also when an app id or a version occurs twice.
        """
        return cls.model_validate_json(text, extra="ignore")

    @model_validator(mode="after")
    def _each_once(self) -> Index:
        ids = [app.page.id for app in self.apps]
        if twice := [i for i in ids if ids.count(i) > 1]:
            raise ValueError(f"the app {twice[0]} occurs twice")
        for app in self.apps:
            versions = [release.manifest.version for release in app.releases]
            if again := [v for v in versions if versions.count(v) > 1]:
                raise ValueError(f"the release {app.page.id} {again[0]} occurs twice")
        return self

    def app(self, app_id: str) -> App | None:
        """Return the app with this id."""
        return next((app for app in self.apps if app.page.id == app_id), None)

    def canonical(self) -> bytes:
        """Return the one JSON form that is signed: newest releases first, defaults left out.

        Leaving defaults out keeps old digests true when a later semai adds an optional key.
        """
        return canonical_json({"schema": self.schema_version, **plain(self)})


def canonical_json(value: Any) -> bytes:
    """Return the one JSON form digests are taken over: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(value: Any) -> str:
    """Return the sha256 of `value` in canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def plain(model: BaseModel) -> dict[str, Any]:
    """Return `model` as plain JSON values without what equals a default; digests are taken over this form."""
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def release_digest(manifest: Manifest, artifacts: Sequence[Artifact]) -> str:
    """Return the digest that names one release: its manifest and the digests of all its files."""
    return digest_of({"manifest": plain(manifest), "artifacts": [plain(artifact) for artifact in artifacts]})
