"""The texts of nginx's configuration: one file for all sites together, one for each site, and the maintenance page.

Pure: sites in, {path below nginx's folder: text} out. What a value may hold is checked here, for a text that ends a
directive would begin another one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHARED, SITE, SNIPPET = "conf.d/semai.conf", "sites-enabled/semai-{name}.conf", "semai/headers.conf"
PAGE = "semai/maintenance.html"
WEBROOT = "/var/www/semai-acme"
DENIED = ("application", "bin", "conf", "data", "inc", "node_modules", "system")  # of trees that are their own root
SEEN = (
    "css|js|mjs|map|json|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot"
    "|pdf|mp4|webm|mp3|docx?|xlsx?|pptx?|zip"
)  # what a PHP tree has for browsers as it is
INERT = "uploads?|files|storage|cache|vendor|node_modules"  # what lies there is loaded by others, or was uploaded
PROGRAMS = r"\.(php[0-9]*|phps|pht|phtml|phar)(/|$)"
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,~-]+")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_UPSTREAM = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}|unix:/[A-Za-z0-9_./-]+")


class WrongSite(ValueError):
    """An item of the list of sites that makes no configuration."""


@dataclass(frozen=True)
class Nginx:
    """What decides how things are said to the nginx of a host."""

    version: tuple[int, ...] = (1, 22, 1)
    folder: str = "/etc/nginx"
    tls: str = "/etc/semai/tls"
    ipv6: bool = True
    per_minute: int = 20
    burst: int = 10

    @property
    def rejects(self) -> bool:
        """Tell whether it can end a TLS handshake for a name it does not serve."""
        return self.version >= (1, 19, 4)

    def listen(self, port: int, options: str = "") -> list[str]:
        """Return the directives to listen on a port, on both families of addresses."""
        addresses = [str(port), *([f"[::]:{port}"] if self.ipv6 else [])]
        return [f"listen {address}{options};" for address in addresses]

    @property
    def http2(self) -> tuple[str, list[str]]:
        """Return the option of `listen`, and the directives, that switch HTTP/2 on."""
        return ("", ["http2 on;"]) if self.version >= (1, 25, 1) else (" http2", [])


@dataclass(frozen=True)
class Site:
    """One app's site, checked."""

    name: str
    server_name: str
    upstreams: tuple[str, ...] = ()
    static: str = ""
    socket: str = ""
    root: str = ""
    login: tuple[str, ...] = ()
    max_body_mb: int = 25
    group: str = ""
    deny: tuple[str, ...] = DENIED
    inert: tuple[str, ...] = ()  # folders the app writes to: files, never programs

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Site:
        """Read an item of `nginx_sites`; raises WrongSite with its name and what is wrong."""
        name, php = str(item.get("name", "")), item.get("php") or {}
        site = cls(
            name=name,
            server_name=str(item.get("server_name", "")).lower(),
            upstreams=tuple(str(entry) for entry in item.get("upstreams") or ()),
            static=str(item.get("static") or "").rstrip("/"),
            socket=str(php.get("socket") or ""),
            root=str(php.get("root") or "").rstrip("/"),
            login=tuple(sorted({str(path).rstrip("/") or "/" for path in item.get("login") or ()})),
            max_body_mb=int(item.get("max_body_mb") or 25),
            group=str(item.get("group") or ""),
            deny=(*_places(php.get("deny", DENIED)), *_places(php.get("closed") or ())),
            inert=_places(php.get("inert") or ()),
        )
        site._check(str(item.get("runtime", "python")))
        return site

    def _check(self, runtime: str) -> None:
        if not _NAME.fullmatch(self.name):
            raise WrongSite(f"{self.name or 'a site without a name'} is no name of a site")
        if not _HOST.fullmatch(self.server_name):
            raise WrongSite(f"{self.name}: {self.server_name or 'nothing'} is no server name")
        paths = [path for path in (self.static, self.socket, self.root, *self.login) if path]
        if wrong := [path for path in paths if not path.startswith("/") or not _PLAIN.fullmatch(path)]:
            raise WrongSite(f"{self.name}: {wrong[0]} is no absolute path of plain characters")
        if wrong := [folder for folder in (*self.deny, *self.inert) if not _PLAIN.fullmatch(folder)]:
            raise WrongSite(f"{self.name}: {wrong[0]} is no folder of plain characters")
        if wrong := [entry for entry in self.upstreams if not _UPSTREAM.fullmatch(entry)]:
            raise WrongSite(f"{self.name}: the upstream {wrong[0]} is not ADDRESS:PORT")
        if runtime == "php" and not (self.socket and self.root):
            raise WrongSite(f"{self.name}: a php site needs php.socket and php.root")
        if runtime != "php" and not self.upstreams:
            raise WrongSite(f"{self.name}: there is no upstream")


def _places(folders: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(folder).strip("/") for folder in folders)


def read_sites(items: Iterable[Mapping[str, Any]]) -> list[Site]:
    """Return the sites that shall be there, in order of name; two with one server name are refused."""
    sites = sorted((Site.read(i) for i in items if i.get("state", "present") != "absent"), key=lambda s: s.name)
    taken: dict[str, str] = {}
    names: set[str] = set()
    for site in sites:
        if site.server_name in taken:
            raise WrongSite(
                f"{taken[site.server_name]} and {site.name} want the same server name {site.server_name}"
            )
        if site.name in names:
            raise WrongSite(f"two sites are called {site.name}")
        taken[site.server_name] = site.name
        names.add(site.name)
    return sites


def block(head: str, lines: Sequence[str]) -> list[str]:
    """Return a block of directives."""
    return [f"{head} {{", *(f"    {line}" for line in lines), "}"]


def text(lines: Iterable[str]) -> str:
    """Return lines as a file."""
    return "".join(f"{line}\n" for line in ("# Written by semai; changes by hand are overwritten.", *lines))


def shared(nginx: Nginx) -> str:
    """Return what all sites have in common: TLS, limits, maps, and the server for names nobody has."""
    lines = [
        f"limit_req_zone $semai_login_key zone=semai_login:10m rate={nginx.per_minute}r/m;",
        *block("map $request_method $semai_login_key", ["POST $binary_remote_addr;", 'default "";']),
        *block("map $http_upgrade $semai_connection", ["default upgrade;", '"" close;']),
        *block(
            "map $uri $semai_static_cache",
            [
                r'"~[.-][0-9a-f]{8,}\." "public, max-age=31536000, immutable";',
                'default "public, max-age=3600";',
            ],
        ),
    ]
    for header, variable, value in HEADERS:
        known = f"$upstream_http_{header.lower().replace('-', '_')}"
        lines += block(f"map {known} ${variable}", [f'"" "{value}";', 'default "";'])
    return text([*lines, *_unknown_names(nginx)])


HEADERS = (  # an app's own header wins
    ("X-Content-Type-Options", "semai_nosniff", "nosniff"),
    ("X-Frame-Options", "semai_frame", "SAMEORIGIN"),
    ("Referrer-Policy", "semai_referrer", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "semai_permissions", "camera=(), microphone=(), geolocation=(self)"),
)


def _unknown_names(nginx: Nginx) -> list[str]:
    """Return the servers that drop who asks for no site: a scanner learns no name from a certificate."""
    option, directives = nginx.http2
    refuse = ["ssl_reject_handshake on;"]
    if not nginx.rejects:
        refuse = [
            f"ssl_certificate {nginx.folder}/semai/unknown.crt;",
            f"ssl_certificate_key {nginx.folder}/semai/unknown.key;",
        ]
    drop = block("location /", ["return 444;"])  # a name's certificate is asked for before its site is there
    plain = [*nginx.listen(80, " default_server"), "server_name _;", *CHALLENGE, *drop]
    secure = [
        *nginx.listen(443, f" ssl{option} default_server"),
        *directives,
        "server_name _;",
        *TLS,
        *refuse,
        "return 444;",
    ]
    return [*block("server", plain), *block("server", secure)]


CHALLENGE = block(
    "location ^~ /.well-known/acme-challenge/",
    [f"root {WEBROOT};", "default_type text/plain;", "try_files $uri =404;"],
)
TLS = (
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    ":ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;",
    "ssl_prefer_server_ciphers off;",
    "ssl_session_cache shared:semai:10m;",
    "ssl_session_timeout 1d;",
    "ssl_session_tickets off;",
)
TERSE = ("server_tokens off;", "limit_req_status 429;")  # for each server: Debian's nginx.conf says its own above


def headers() -> str:
    """Return the headers of every answer; `add_header` in a location hides those above it."""
    hsts = 'add_header Strict-Transport-Security "max-age=31536000" always;'
    return text([hsts, *(f"add_header {name} ${variable} always;" for name, variable, _ in HEADERS)])


def site(one: Site, nginx: Nginx) -> str:
    """Return the file of one site."""
    option, directives = nginx.http2
    plain = [
        *nginx.listen(80),
        f"server_name {one.server_name};",
        "server_tokens off;",
        *CHALLENGE,
        *block("location /", ["return 301 https://$host$request_uri;"]),
    ]
    folder = f"{nginx.tls}/{one.server_name}"
    secure = [
        *nginx.listen(443, f" ssl{option}"),
        *directives,
        f"server_name {one.server_name};",
        f"ssl_certificate {folder}/cert.pem;",
        f"ssl_certificate_key {folder}/key.pem;",
        *TLS,
        *TERSE,
        f"client_max_body_size {one.max_body_mb}m;",
        f"include {nginx.folder}/{SNIPPET};",
        "error_page 502 503 504 /semai-maintenance.html;",
        *block("location = /semai-maintenance.html", _page(nginx)),
        *(_php(one, nginx) if one.socket else _proxied(one, nginx)),
    ]
    return text([*_upstream(one), *block("server", plain), *block("server", secure)])


def _page(nginx: Nginx) -> list[str]:
    return [
        "internal;",
        f"alias {nginx.folder}/{PAGE};",
        "add_header Retry-After 60 always;",
        'add_header Cache-Control "no-store" always;',
        f"include {nginx.folder}/{SNIPPET};",
    ]


def _upstream(one: Site) -> list[str]:
    if one.socket:
        return []
    servers = [f"server {entry} max_fails=3 fail_timeout=10s;" for entry in one.upstreams]
    return block(f"upstream semai_{one.name}", [*(["least_conn;"] if len(servers) > 1 else []), *servers])


def _static(place: str, nginx: Nginx) -> list[str]:
    return [
        f"alias {place}/;",
        "add_header Cache-Control $semai_static_cache;",
        f"include {nginx.folder}/{SNIPPET};",
        "gzip on;",
        "gzip_types text/css text/javascript application/javascript application/json image/svg+xml;",
        "access_log off;",
    ]


def _limit(nginx: Nginx) -> str:
    return f"limit_req zone=semai_login burst={nginx.burst} nodelay;"


def _proxied(one: Site, nginx: Nginx) -> list[str]:
    passed = [
        f"proxy_pass http://semai_{one.name};",
        "proxy_http_version 1.1;",
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto https;",
        "proxy_set_header X-Forwarded-Host $host;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $semai_connection;",
        "proxy_next_upstream error timeout;",  # without non_idempotent: a POST that was sent is never sent twice
        "proxy_next_upstream_tries 3;",
        "proxy_connect_timeout 5s;",
        "proxy_read_timeout 120s;",
        "proxy_intercept_errors on;",
    ]
    lines = block("location ^~ /static/", _static(one.static, nginx)) if one.static else []
    for path in one.login:
        lines += block(f"location = {path}", [_limit(nginx), *passed])
        if path != "/":
            lines += block(f"location ^~ {path}/", [_limit(nginx), *passed])
    return [*lines, *block("location /", passed)]


def _php(one: Site, nginx: Nginx) -> list[str]:
    """Return the locations of a PHP tree: files as they are, everything else to its front controller."""
    passed = [
        "try_files $fastcgi_script_name =404;",
        "include fastcgi_params;",
        "fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;",
        "fastcgi_param DOCUMENT_ROOT $realpath_root;",
        "fastcgi_param PATH_INFO $semai_path_info;",
        "fastcgi_param HTTPS on;",
        'fastcgi_param HTTP_PROXY "";',
        "fastcgi_index index.php;",
        "fastcgi_intercept_errors on;",
        "fastcgi_read_timeout 120s;",
        f"fastcgi_pass unix:{one.socket};",
    ]
    split = ["fastcgi_split_path_info ^(.+?\\.php)(/.*)$;", "set $semai_path_info $fastcgi_path_info;"]
    cached = [
        "try_files $uri /index.php$is_args$args;",
        "add_header Cache-Control $semai_static_cache;",
        f"include {nginx.folder}/{SNIPPET};",
        "access_log off;",
    ]
    nothing = ["return 404;"]
    lines = [f"root {one.root};", "index index.php index.html;"]
    lines += block(r"location ~ /\.(?!well-known/)", nothing)
    lines += block(
        r"location ~* \.(sql|bak|old|orig|swp|log|sh|ya?ml|dist|lock|sqlite3?|phar|inc|tpl|twig)$", nothing
    )
    lines += block(r"location ~* /(composer|package|package-lock)\.json$", nothing)
    lines += block(rf"location ~* ^/(?:.*/)?({INERT})/.*{PROGRAMS}", nothing)
    if one.inert:
        lines += block(rf"location ~* ^/({_any(one.inert)})/.*{PROGRAMS}", nothing)
    if one.deny:
        lines += block(f"location ~ ^/({_any(one.deny)})(/|$)", nothing)
    for path in one.login:
        if path.endswith(".php"):
            lines += block(f"location = {path}", [_limit(nginx), *split, *passed])
        else:
            inner = [_limit(nginx), "try_files $uri /index.php$is_args$args;"]
            lines += block(f"location = {path}", inner)
    lines += block(rf"location ~* \.({SEEN})$", cached)
    lines += block(r"location ~ \.php(/|$)", [*split, *passed])
    lines += block(f"location ~* {PROGRAMS}", nothing)  # what PHP does not run is not shown either
    return [*lines, *block("location /", ["try_files $uri $uri/ /index.php$is_args$args;"])]


def _any(places: Sequence[str]) -> str:
    return "|".join(map(re.escape, places))


def page(title: str, words: str) -> str:
    """Return the page people see while an app does not answer."""
    head, body = html.escape(title), html.escape(words)
    style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color:#1f2933}"
    return (
        '<!doctype html>\n<html lang="id">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{head}</title>\n<style>{style}h1{{font-size:1.5rem}}</style>\n<h1>{head}</h1>\n<p>{body}</p>\n</html>\n"
    )


def files(sites: Sequence[Site], nginx: Nginx, title: str, words: str) -> dict[str, str]:
    """Return every file of semai below nginx's folder."""
    found = {SHARED: shared(nginx), SNIPPET: headers(), PAGE: page(title, words)}
    return {**found, **{SITE.format(name=one.name): site(one, nginx) for one in sites}}
