"""The environment the installer gives an app, read once and checked at the border.

Nothing else in the kit or the apps reads os.environ, except the one-time passwords of the commands that use them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUIRED = ("SEMAI_APP", "SECRET_KEY", "DATABASE_URL", "SEMAI_BASE_URL", "SEMAI_MEDIA", "SEMAI_REGION_FILE")
MAIL_PORTS = {"none": 25, "starttls": 587, "tls": 465}
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class ProvidedContract:
    """One contract this app serves: its version and the token of every consumer."""

    name: str
    version: str
    consumers: Mapping[str, str]


@dataclass(frozen=True)
class ConsumedContract:
    """One contract this app reads from another app."""

    name: str
    version: str
    url: str
    token: str
    provider: str


@dataclass(frozen=True)
class Mail:
    """The region's mail server, from the MAIL_ variables; without a host no letters are sent.

    The region's own settings do not begin with SEMAI_, because its inventory cannot override those.
    """

    host: str = ""
    port: int = 25
    security: str = "none"  # none | starttls | tls
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""

    @property
    def configured(self) -> bool:
        return bool(self.host)


@dataclass(frozen=True)
class Environment:
    """Everything the installer tells an app. Paths are absolute."""

    app: str
    release: str
    secret_key: str
    database_url: str
    base_url: str
    media: Path
    region_file: Path
    bind: str = "127.0.0.1:8000"
    static: Path | None = None
    proxies: int = 0
    drill: bool = False  # a backup is being tried out on a copy of the data
    database_password: str = field(default="", repr=False)
    provides: Mapping[str, ProvidedContract] = field(default_factory=dict)
    consumes: Mapping[str, ConsumedContract] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    mail: Mail = Mail()
    scan_command: tuple[str, ...] = ()
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def allowed_hosts(self) -> list[str]:
        host = urlsplit(self.base_url).hostname or ""
        return list(dict.fromkeys([host, *LOOPBACK_HOSTS]))

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Environment:
        """Build from variables; raises ImproperlyConfigured naming everything that is missing or malformed."""
        missing = [name for name in REQUIRED if not environ.get(name)]
        if missing:
            raise ImproperlyConfigured(f"environment variables not set: {', '.join(missing)}")
        contracts = _json(environ, "SEMAI_CONTRACTS")
        static = environ.get("SEMAI_STATIC")
        base_url = _base_url(environ["SEMAI_BASE_URL"])
        return cls(
            app=environ["SEMAI_APP"],
            release=environ.get("SEMAI_RELEASE", "0"),
            secret_key=environ["SECRET_KEY"],
            database_url=environ["DATABASE_URL"],
            base_url=base_url,
            media=Path(environ["SEMAI_MEDIA"]),
            region_file=Path(environ["SEMAI_REGION_FILE"]),
            bind=environ.get("SEMAI_BIND", "127.0.0.1:8000"),
            static=Path(static) if static else None,
            # Apps speak no TLS themselves: a public https address means that our proxy stands in front.
            proxies=_count(environ, "SEMAI_PROXIES", 1 if base_url.startswith("https://") else 0),
            drill=environ.get("SEMAI_DRILL") == "1",
            database_password=environ.get("DATABASE_PASSWORD", ""),
            provides=MappingProxyType(_provides(contracts.get("provides", {}))),
            consumes=MappingProxyType(_consumes(contracts.get("consumes", {}))),
            answers=MappingProxyType(_json(environ, "SEMAI_ANSWERS")),
            mail=_mail(environ),
            scan_command=_words(environ, "SCAN_COMMAND"),
            metrics_token=secret_file(environ, "METRICS_TOKEN_FILE"),
        )


def _json(environ: Mapping[str, str], name: str) -> dict[str, Any]:
    text = environ.get(name, "").strip()
    if not text:
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object, found {type(value).__name__}")
    return value


def _mail(environ: Mapping[str, str]) -> Mail:
    host = environ.get("MAIL_HOST", "").strip()
    if not host:
        return Mail()
    security = environ.get("MAIL_SECURITY", "starttls")
    if security not in MAIL_PORTS:
        raise ImproperlyConfigured(f"MAIL_SECURITY must be one of {', '.join(MAIL_PORTS)}, found {security!r}")
    if not environ.get("MAIL_FROM"):
        raise ImproperlyConfigured("MAIL_HOST is set, so MAIL_FROM must say whom letters come from")
    return Mail(
        host=host,
        port=_count(environ, "MAIL_PORT", MAIL_PORTS[security]),
        security=security,
        user=environ.get("MAIL_USER", ""),
        password=secret_file(environ, "MAIL_PASSWORD_FILE"),
        sender=environ["MAIL_FROM"],
    )


def secret_file(environ: Mapping[str, str], name: str) -> str:
    """The first line of the file a variable names, "" without one: secrets of the region's own stay in files."""
    if not environ.get(name):
        return ""
    try:
        text = Path(environ[name]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}: {environ[name]} cannot be read: {error}") from error
    return text.partition("\n")[0].strip()


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(environ.get(name, "")))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no command: {error}") from error


def _count(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environ.get(name, "") or str(otherwise)
    if not text.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, found {text!r}")
    return int(text)


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"SEMAI_BASE_URL must be http(s)://host[:port], found {text!r}")
    return text.rstrip("/")


def _provides(section: Mapping[str, Any]) -> dict[str, ProvidedContract]:
    try:
        return {
            name: ProvidedContract(name, str(entry["version"]), MappingProxyType(dict(entry["consumers"])))
            for name, entry in section.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImproperlyConfigured(f"SEMAI_CONTRACTS provides: {error!r}") from error


def _consumes(section: Mapping[str, Any]) -> dict[str, ConsumedContract]:
    try:
        return {
            name: ConsumedContract(
                name, str(entry["version"]), entry["url"].rstrip("/"), entry["token"], entry["provider"]
            )
            for name, entry in section.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"SEMAI_CONTRACTS consumes: {error!r}") from error
