"""Apps of PHP: a tree, a php-fpm of their own, health over FastCGI.

Commands run in the tree with the same php.ini as web pages; their first word is `php` or a file of the tree.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import copies, durable, envfile, fastcgi, php_fpm, php_programs, receipts, trees
from .errors import HostError, Refused
from .health import Answer
from .parts import Php, inside
from .programs import Start, Trial
from .request import Artifact, Request

if TYPE_CHECKING:
    from .accounts import Account
    from .layout import AppPlaces, Layout
    from .tether import Tether

_ENV = "/usr/bin/env"
_FIRST_PASSED_FD = 3
_LONGEST_SOCKET = 100
_OURS = ("SEMAI_APP", "SEMAI_RELEASE", "PATH", "HOME", "LANG", "TMPDIR", "PHPRC")


class PhpRuntime:
    """A tree, php-fpm and FastCGI."""

    needs = ("tree",)
    folders = ("php", "tmp", "sessions", "config", "data")
    stop_signal = "SIGQUIT"  # php-fpm finishes the requests under way, then ends
    reads_live = True  # opcache.revalidate_freq

    def prepare(
        self, layout: Layout, tether: Tether, request: Request, artifacts: Sequence[Artifact], partial: Path
    ) -> None:
        php = _part(request)
        lacking = php_programs.choose(php.version).lacks(php.extensions)
        if lacking:
            raise Refused(
                "php-extension-missing",
                f"PHP on this host lacks {', '.join(lacking)}",
                hint="apply again: the php role installs extensions",
            )
        (tree,) = (artifact for artifact in artifacts if artifact.kind == "tree")
        trees.unpack(layout.artifact(tree.sha256), partial / trees.TREE)
        trees.open_up(partial, php.writable, links(request))

    def place(self, places: AppPlaces, request: Request, account: Account | None) -> None:
        """Write what php-fpm is told and lay out what the app may write; people's files stay as they are."""
        owner = account.owner if account else None
        _let_read(php_fpm.write(places, request, (*_shared_env(places), *_OURS)), account)
        for folder in (places.shared / "data", php_fpm.temporary(places), php_fpm.sessions(places)):
            _own_folder(folder, owner)
        initial = places.release(request.version) / trees.INITIAL
        for path in trees.outermost(_part(request).writable):
            copies.fill(initial / path, places.shared / "data", path, owner)
        for path, managed in links(request).items():
            if _is_below(path, _part(request).writable):
                copies.put_link(places.shared / "data", path, str(places.folder / managed))
        serving = receipts.serving(places)
        php_fpm.forget_others(places, (request, serving) if serving else (request,))

    def file(self, places: AppPlaces, request: Request, path: str) -> Path:
        tree = places.release(request.version) / trees.TREE
        found = tree / inside(path, "file of the tree")
        if not found.is_file() or not os.path.realpath(found).startswith(os.path.realpath(tree) + os.sep):
            raise HostError("program-missing", f"release {request.version} of {places.name} has no file {path}")
        return found

    def command(self, places: AppPlaces, request: Request, words: Sequence[str]) -> list[str]:
        tree = places.release(request.version) / trees.TREE
        php = [str(php_programs.choose(_part(request).version).cli), "-c", str(_ini(places, request))]
        start = [_ENV, f"--chdir={tree}"]
        if words[0] == "php":
            return [*start, *php, *words[1:]]
        program = self.file(places, request, words[0])
        runs_itself = os.access(program, os.X_OK) and b"php" not in _first_line(program)
        return [*start, *([] if runs_itself else php), str(program), *words[1:]]

    def environment(self, places: AppPlaces, request: Request) -> dict[str, str]:
        values = _shared_env(places)
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(places.shared / "data"),
            "LANG": "C.UTF-8",
            "TMPDIR": str(php_fpm.temporary(places)),
            "PHPRC": str(_ini(places, request)),  # for a PHP that a command starts in turn
            **values,
            "SEMAI_APP": request.name,
            "SEMAI_RELEASE": request.version,
        }

    def serve(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> Start:
        environment = {**self.environment(places, request), **passed}
        if "LISTEN_FDS" in passed:
            environment["FPM_SOCKETS"] = f"{request.socket}={_FIRST_PASSED_FD}"
        return Start(self._fpm(places, request, php_fpm.POOL), environment)

    def page(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> None:
        from . import page, php_page

        if "LISTEN_FDS" in passed:
            listener = socket.socket(fileno=_FIRST_PASSED_FD)
        else:
            listener = php_page.listen(request.socket or "")
        php_page.serve(listener, page.render(request.name, places.shared), page.RETRY_SECONDS)

    def trial(self, places: AppPlaces, request: Request) -> Trial:
        address = php_fpm.trial_socket(places)
        if len(os.fsencode(address)) > _LONGEST_SOCKET:
            raise Refused("socket-path-long", f"{address} is longer than {_LONGEST_SOCKET} bytes")
        durable.remove(address)
        start = Start(self._fpm(places, request, php_fpm.TRIAL), self.environment(places, request))
        tree = places.release(request.version) / trees.TREE

        def see(path: str, text: str, patience: float) -> Answer:
            page = replace(request, health=replace(request.health, path=path, status=200, text=text))
            return _ask(places, page, str(address), tree, patience)

        return Trial(start, lambda patience: _ask(places, request, str(address), tree, patience), see)

    def ask(self, places: AppPlaces, request: Request, patience: float) -> Answer:
        return _ask(places, request, request.socket or "", places.current / trees.TREE, patience)

    def _fpm(self, places: AppPlaces, request: Request, config: str) -> list[str]:
        """Return the command of php-fpm: in the foreground, speaking to its own stderr."""
        folder = php_fpm.folder(places, request)
        if not (folder / config).is_file():
            raise HostError("file-missing", f"{folder / config} is missing", hint="apply again")
        program = php_programs.choose(_part(request).version).fpm
        words = ["--nodaemonize", "--force-stderr", "-c", str(folder / php_fpm.INI)]
        return [str(program), *words, "--fpm-config", str(folder / config)]


def links(request: Request) -> dict[str, str]:
    """Return the configuration files of the tree: place in the tree -> managed file."""
    placed = {file.place: file.path for file in request.files if file.place}
    return {**dict(_part(request).links), **placed}


def _ask(places: AppPlaces, request: Request, address: str, tree: Path, patience: float) -> Answer:
    """Ask php-fpm which release it is, then the app's page; a redirect is an answer like any other."""
    root = os.path.realpath(tree / _part(request).root)
    server = urlsplit(_shared_env(places).get("SEMAI_BASE_URL") or request.health.url).hostname or "localhost"
    name = _script(Path(root), request.health.path)
    try:
        said = fastcgi.ask(address, fastcgi.get(root + php_fpm.PING, root, php_fpm.PING, php_fpm.PING), patience)
        release = said.body.decode(errors="replace").strip() if said.status == 200 else None
        reply = fastcgi.ask(address, fastcgi.get(root + name, root, request.health.path, name, server), patience)
    except OSError as error:
        return Answer("unreachable", None, f"{type(error).__name__}: {error}")
    detail = f"HTTP {reply.status}"
    if reply.status != request.health.status:
        where = f" to {reply.headers['location'][:200]}" if "location" in reply.headers else ""
        return Answer("failing", release, f"{detail}{where} instead of {request.health.status}")
    if request.health.text and request.health.text.encode() not in reply.body:
        return Answer("failing", release, f"{detail} without the text {request.health.text!r}")
    return Answer("ok", release, detail)


def _script(root: Path, url: str) -> str:
    """Return the script a web server would start for the path: itself, the folder's index.php, or the front one."""
    path = urlsplit(url).path
    first, found, _ = path.partition(".php")
    plain = ".." not in path.split("/")
    if found and plain and (root / (first + found).lstrip("/")).is_file():
        return first + found
    if plain and path.endswith("/") and (root / path.lstrip("/") / "index.php").is_file():
        return path + "index.php"
    return "/index.php"


def _part(request: Request) -> Php:
    if request.php is None:
        raise Refused("request-invalid", f"{request.name} has no part php")
    return request.php


def _ini(places: AppPlaces, request: Request) -> Path:
    return php_fpm.folder(places, request) / php_fpm.INI


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)


def _own_folder(folder: Path, owner: tuple[int, int] | None) -> None:
    durable.make_folder(folder)
    if owner and folder.is_dir() and not folder.is_symlink():
        os.chown(folder, *owner, follow_symlinks=False)
        folder.chmod(0o750)


def _let_read(target: Path, account: Account | None) -> None:
    """Let the app's group, and nobody else, read what php-fpm is told."""
    if account is None:
        return
    for path, mode in ((target.parent, 0o750), (target, 0o750), *((file, 0o640) for file in target.iterdir())):
        os.chown(path, 0, account.gid)
        path.chmod(mode)


def _first_line(program: Path) -> bytes:
    with program.open("rb") as file:
        return file.readline(200)


def _shared_env(places: AppPlaces) -> dict[str, str]:
    try:
        return envfile.parse(places.env.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("env-invalid", f"cannot read {places.env}: {error}") from error
