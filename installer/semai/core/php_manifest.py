"""What a manifest says about a PHP app: web root, writable folders, configuration files, timers, workers. Pure.

Every path is inside the tree of the release and written without `..`, so nothing here can reach another folder.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from semai.core.written import Command, Written, refuse
from semai.messages import N_

Preset = Literal["codeigniter3-database", "codeigniter3-config", "codeigniter4", "laravel", "wordpress"]

MAX_TEMPLATE_FILE = 64 * 1024
_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MOST_PARTS = 10
_EXTENSION = re.compile(r"[a-z][a-z0-9_]{1,30}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SETTING = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"
_NAME = r"^[a-z][a-z0-9-]{0,30}$"
# What semai sets itself, or what would reach around the fence of the app's own folders.
FENCE = frozenset(
    (
        "allow_url_include",
        "auto_append_file",
        "auto_prepend_file",
        "cgi.fix_pathinfo",
        "disable_classes",
        "disable_functions",
        "doc_root",
        "enable_dl",
        "error_log",
        "expose_php",
        "extension",
        "extension_dir",
        "fastcgi.logging",
        "ffi.enable",
        "ffi.preload",
        "include_path",
        "log_errors",
        "mail.log",
        "opcache.enable",
        "opcache.file_cache",
        "opcache.jit",
        "opcache.preload",
        "opcache.preload_user",
        "opcache.revalidate_freq",
        "opcache.validate_timestamps",
        "open_basedir",
        "pcre.jit",
        "sendmail_path",
        "session.gc_probability",
        "session.save_path",
        "sys_temp_dir",
        "upload_tmp_dir",
        "user_dir",
        "user_ini.filename",
        "zend.exception_ignore_args",
        "zend_extension",
    )
)


def tree_path_problem(path: str) -> str | None:
    """Return the msgid of what is wrong with a path inside a tree, or None."""
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        return N_("is absolute; write it from the folder of the source")
    parts = path.split("/")
    if ".." in parts:
        return N_("leaves the tree; '..' is not allowed")
    if len(parts) > _MOST_PARTS or not all(_PART.fullmatch(part) and part != "." for part in parts):
        return N_("is no path inside the tree: letters, digits, . _ - in at most 10 parts joined by '/'")
    return None


def _tree_path(value: str) -> str:
    if problem := tree_path_problem(value):
        raise refuse(problem)
    return value


def _web_root(value: str) -> str:
    return value if value == "." else _tree_path(value)


def _extension(value: str) -> str:
    if value.startswith("ext-"):
        raise refuse(N_("is written without ext-: {name}"), name=value[4:])
    if not _EXTENSION.fullmatch(value):
        raise refuse(N_("is no PHP extension: a lower-case name as `php -m` shows it, for example mysqli"))
    return value


def _setting_name(value: str) -> str:
    if value in FENCE:
        raise refuse(N_("is set by semai and cannot be changed"))
    return value


def _one_line(value: str | int | bool) -> str | int | bool:
    if isinstance(value, str) and _CONTROL.search(value):
        raise refuse(N_("must be one line without control characters"))
    return value


def _words(value: tuple[str, ...]) -> tuple[str, ...]:
    if any(_CONTROL.search(word) for word in value):
        raise refuse(N_("must be one line without control characters"))
    return value


_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DAYS = rf"{_DAY}(?:(?:\.\.|,){_DAY})*"
_PIECE = r"(?:\*|[0-9]{1,4}(?:\.\.[0-9]{1,4})?)(?:/[0-9]{1,4})?"
_FIELD = rf"{_PIECE}(?:,{_PIECE})*"
_DATE = rf"(?:{_FIELD}-)?{_FIELD}-{_FIELD}"
_TIME = rf"{_FIELD}:{_FIELD}(?::{_FIELD})?"
_WORD = r"minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly"
_CALENDAR = re.compile(rf"(?:{_WORD})|(?:{_DAYS} )?(?:{_DATE} )?{_TIME}|{_DAYS}(?: {_DATE})?|{_DATE}")


def _calendar(value: str) -> str:
    if not _CALENDAR.fullmatch(value):
        raise refuse(
            N_("is no time as systemd writes it: daily, *:0/5 (every 5 minutes), Mon..Fri 07:30, *-*-01 02:00")
        )
    return value


TreePath = Annotated[str, AfterValidator(_tree_path)]
WebRoot = Annotated[str, AfterValidator(_web_root)]
Extension = Annotated[str, AfterValidator(_extension)]
Calendar = Annotated[str, AfterValidator(_calendar)]
SettingName = Annotated[str, Field(pattern=_SETTING), AfterValidator(_setting_name)]
SettingValue = Annotated[str | int | bool, AfterValidator(_one_line)]
Words = Annotated[Command, AfterValidator(_words)]
JobName = Annotated[str, Field(pattern=_NAME)]


class ConfigFile(Written):
    """Where one configuration file comes from: a template beside the release's file, or a preset of semai's.

    `text` is the template itself; `publish` fills it in, so that a published release holds all it is made of.
    """

    template: str = ""
    preset: Preset | None = None
    text: str = Field(default="", max_length=MAX_TEMPLATE_FILE)


class Php(Written):
    """How a tree of PHP is run and what it may write."""

    root: WebRoot = "."
    writable: tuple[TreePath, ...] = ()
    config: dict[TreePath, ConfigFile] = {}
    workers: int = Field(default=4, ge=1, le=64)
    settings: dict[SettingName, SettingValue] = {}
    import_sql: TreePath | None = Field(default=None, alias="import")


class Timer(Written):
    """A command run at fixed times; a run that still goes on is not started twice."""

    command: Words
    calendar: Calendar


class Worker(Written):
    """A command kept running, such as a queue's."""

    command: Words
