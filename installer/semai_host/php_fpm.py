"""What PHP of one app is told: `shared/php/<version>-<config>/{php.ini,fpm.conf,trial.conf}`.

Written by the tool, read by the app's user; secrets are named there, never written. What the app's manifest sets
comes first, what keeps the app inside its own folders comes last and again as php_admin_value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from . import durable
from .errors import Refused
from .layout import AppPlaces
from .request import Request

INI, POOL, TRIAL = "php.ini", "fpm.conf", "trial.conf"
PING = "/-semai-release"  # answered by php-fpm itself with the release's version
STOP_SECONDS = 20  # a request under way may take so long when the app is stopped
REQUEST_SECONDS = 300
_VALUE = re.compile(r"[^\x00-\x1f\x7f\"$\\]{0,400}")
_FIRST = {
    "date.timezone": "UTC",
    "display_errors": "0",
    "display_startup_errors": "0",
    "error_reporting": "22527",  # all but deprecated and strict
    "max_execution_time": "60",
    "max_input_vars": "3000",
    "memory_limit": "128M",
    "opcache.memory_consumption": "64",
    "post_max_size": "26M",
    "session.cookie_httponly": "1",
    "session.cookie_samesite": "Lax",
    "session.gc_divisor": "1000",
    "session.gc_maxlifetime": "7200",
    "session.use_strict_mode": "1",
    "upload_max_filesize": "25M",
    "variables_order": "EGPCS",
    "zend.assertions": "-1",
}
_LAST = {
    "allow_url_include": "0",
    "cgi.fix_pathinfo": "0",
    "enable_dl": "0",
    "expose_php": "0",
    "fastcgi.logging": "0",  # errors go to the app's log, not to the web server's
    "ffi.enable": "0",
    "log_errors": "1",
    "opcache.enable": "1",
    "opcache.file_cache": "",
    "opcache.jit": "disable",  # with pcre.jit: the unit forbids memory that is both written and executed
    "opcache.preload": "",
    # The cache lives in the master, which ends at every switch of a release; within one release the app itself may
    # write code (plugins, settings), so files are looked at again after two seconds.
    "opcache.revalidate_freq": "2",
    "opcache.validate_timestamps": "1",
    "pcre.jit": "0",
    "session.gc_probability": "1",  # Debian clears its own folder only
    "user_ini.filename": "",
    "zend.exception_ignore_args": "1",  # a stack trace in the log names no passwords
}
_ONLY_OURS = (
    "auto_append_file", "auto_prepend_file", "disable_classes", "disable_functions", "doc_root", "error_log",
    "extension", "extension_dir", "ffi.preload", "include_path", "mail.log", "open_basedir", "opcache.preload_user",
    "sendmail_path", "session.save_path", "sys_temp_dir", "upload_tmp_dir", "user_dir", "zend_extension",
)  # fmt: skip
OURS = frozenset((*_LAST, *_ONLY_OURS))
_LOCKED = ("allow_url_include", "open_basedir", "session.save_path", "sys_temp_dir", "upload_tmp_dir")

_POOL = """\
; written by semai-host; changes are lost
[global]
error_log = /dev/null
daemonize = no
process_control_timeout = {stop}s
log_limit = 8192

[{app}]
listen = {listen}
listen.mode = 0660
listen.backlog = 511
pm = dynamic
pm.max_children = {workers}
pm.start_servers = 1
pm.min_spare_servers = 1
pm.max_spare_servers = {spare}
pm.max_requests = 1000
ping.path = {ping}
ping.response = {version}
request_terminate_timeout = {request}s
security.limit_extensions = .php
catch_workers_output = yes
decorate_workers_output = no
clear_env = yes
"""


def folder(places: AppPlaces, request: Request) -> Path:
    """Return where the files for this release with this configuration lie."""
    return places.shared / "php" / f"{request.version}-{request.config[:12]}"


def temporary(places: AppPlaces) -> Path:
    return places.shared / "tmp"


def sessions(places: AppPlaces) -> Path:
    return places.shared / "sessions"


def trial_socket(places: AppPlaces) -> Path:
    return temporary(places) / "trial.sock"


def write(places: AppPlaces, request: Request, variables: Iterable[str]) -> Path:
    """Write all three files; `variables` are the names that pages may see of the environment."""
    target = folder(places, request)
    durable.make_folder(target)
    names = sorted(set(variables))
    texts = {
        INI: ini(places, request),
        POOL: pool(places, request, request.socket or "", names),
        TRIAL: pool(places, request, str(trial_socket(places)), names),
    }
    for name, text in texts.items():
        path = target / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            durable.write(path, text.encode(), 0o640)
    return target


def forget_others(places: AppPlaces, keep: Iterable[Request]) -> None:
    """Delete the files of configurations that nothing runs with."""
    wanted = {folder(places, request).name for request in keep}
    for path in (places.shared / "php").glob("*"):
        if path.name not in wanted:
            durable.remove_tree(path)


def ini(places: AppPlaces, request: Request) -> str:
    """Return the php.ini of web pages and commands alike."""
    settings = {**_FIRST, **_own(request), **_LAST, **_fence(places)}
    return "; written by semai-host; changes are lost\n" + "".join(
        f'{name} = "{settings[name]}"\n' for name in sorted(settings)
    )


def pool(places: AppPlaces, request: Request, listen: str, variables: Iterable[str]) -> str:
    """Return php-fpm's configuration: one master, one pool, nothing daemonized, nothing logged but to stderr."""
    workers = request.php.workers if request.php else 1
    head = _POOL.format(
        app=request.name,
        listen=listen,
        workers=workers,
        spare=max(1, min(workers, 3)),
        version=request.version,
        stop=STOP_SECONDS,
        ping=PING,
        request=REQUEST_SECONDS,
    )
    fence = {**_LAST, **_fence(places)}
    locked = "".join(f'php_admin_value[{name}] = "{fence[name]}"\n' for name in _LOCKED)
    return head + "".join(f"env[{name}] = ${name}\n" for name in variables) + locked


def _own(request: Request) -> dict[str, str]:
    """Return the manifest's settings; refuse one that is ours, or a value that would not stay a value."""
    chosen = dict(request.php.settings) if request.php else {}
    for name, value in chosen.items():
        if name in OURS:
            raise Refused("request-invalid", f"php: settings: {name} is set by semai and cannot be changed")
        if not _VALUE.fullmatch(value):
            raise Refused("request-invalid", f"php: settings: {name} has a value that php.ini cannot hold")
    return chosen


def _fence(places: AppPlaces) -> dict[str, str]:
    """Return what keeps PHP inside the app's folders."""
    shared = places.shared
    # All releases: between the switch and the end of this master, the web server asks it for the next one's files.
    inside = (
        places.releases,
        shared / "data",
        shared / "config",
        places.media,
        temporary(places),
        sessions(places),
    )
    return {
        "open_basedir": ":".join(f"{path}/" for path in inside),
        "session.save_path": str(sessions(places)),
        "sys_temp_dir": str(temporary(places)),
        "upload_tmp_dir": str(temporary(places)),
    }
