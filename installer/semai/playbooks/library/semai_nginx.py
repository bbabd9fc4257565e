#!/usr/bin/python
"""Ansible module: the sites of nginx, tried on a copy of the whole configuration before they land."""

from __future__ import annotations

import grp
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_nginx_sites import SITE, WEBROOT, Nginx, Site, WrongSite, files, read_sites
from ansible.module_utils.semai_platform_ports import holders
from ansible.module_utils.semai_platform_refusal import Refusal, need, run

DOCUMENTATION = r"""
module: semai_nginx
short_description: Bring nginx to a list of sites
description:
  - Writes one file for each site; sites of semai that are not in the list go.
  - A configuration that C(nginx -t) refuses never lands. Nginx is reloaded, never restarted.
options:
  sites:
    description: Sites, as the README of the role nginx describes them.
    type: list
    elements: dict
    default: []
  tls_folder:
    description: Folder with C(<server name>/cert.pem) and C(key.pem).
    type: path
    default: /etc/semai/tls
  rate_limit:
    description: C(per_minute) and C(burst) of logins from one address.
    type: dict
    default: {}
  page:
    description: C(title) and C(text) of the page shown while an app does not answer.
    type: dict
    default: {}
author: semai
"""

EXAMPLES = r"""
- name: Serve an app
  semai_nginx:
    sites: [{name: e-planning, server_name: e-planning.example.go.id, upstreams: ["127.0.0.1:8101"]}]
"""

RETURN = r"""
paths:
  description: Files that were written or deleted, or would be in check mode.
  returned: success
  type: list
  elements: str
"""

FOLDER = Path("/etc/nginx")
LOADED = Path("/run/semai-nginx-loaded")  # the digest of what nginx read last; gone after a boot
PORTS = (80, 443)
START_SECONDS = 10.0


def version() -> tuple[int, ...]:
    """Return nginx's version; a recent one when it is not installed yet (check mode on a first run)."""
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", run("nginx", "-v").err)
    return tuple(int(part) for part in found.groups()) if found else Nginx().version


def changes(wanted: Mapping[str, str]) -> dict[str, str | None]:
    """Return {path: new text, or None for what goes} of all that differs."""
    found: dict[str, str | None] = {}
    for path, text in wanted.items():
        place = FOLDER / path
        if place.is_symlink() or not place.is_file() or place.read_text(errors="replace") != text:
            found[path] = text
    for place in sorted(FOLDER.glob(SITE.format(name="*"))):
        if (relative := str(place.relative_to(FOLDER))) not in wanted:
            found[relative] = None
    if _is_debians_default(FOLDER / "sites-enabled/default"):
        found["sites-enabled/default"] = None
    return found


def _is_debians_default(link: Path) -> bool:
    """Tell whether the welcome page of the package is served, as the package brought it."""
    if not link.is_symlink() or not link.exists() or link.resolve() != FOLDER / "sites-available/default":
        return False
    digest = hashlib.md5(link.read_bytes(), usedforsecurity=False).hexdigest()
    names = ("nginx-common", "nginx")
    return any(digest in run("dpkg-query", "--show", "--showformat=${Conffiles}", name).out for name in names)


def check_foreign(sites: Sequence[Site]) -> None:
    """Refuse a server name that a file of somebody else serves already: nginx would only warn and choose one."""
    for place in (*FOLDER.glob("sites-enabled/*"), *FOLDER.glob("conf.d/*.conf")):
        if not place.is_file() or place.name.startswith("semai"):
            continue
        text = re.sub(r"#.*", "", place.read_text(errors="replace"))
        named = {name for names in re.findall(r"\bserver_name\s+([^;]+);", text) for name in names.split()}
        for site in sites:
            if site.server_name in named:
                raise Refusal(
                    "site-taken",
                    f"{place} already serves {site.server_name}, which {site.name} wants",
                    f"take that site out: rm {place}; or give {site.name} another site in apps.yml",
                )


def check_certificates(sites: Sequence[Site], nginx: Nginx) -> None:
    """Refuse a site whose certificate is not there yet."""
    for site in sites:
        for name in ("cert.pem", "key.pem"):
            path = Path(nginx.tls) / site.server_name / name
            if not path.is_file():
                raise Refusal(
                    "certificate-missing",
                    f"{site.name} lacks its certificate {path}",
                    "the role certificate goes before nginx",
                )


def trial(changed: Mapping[str, str | None]) -> None:
    """Refuse a configuration that nginx does not accept: all of it, on a copy with the changes laid in."""
    with tempfile.TemporaryDirectory(prefix="nginx-semai-", dir="/run") as folder:
        copy = Path(folder) / "nginx"
        shutil.copytree(FOLDER, copy, symlinks=True)
        for path, text in changed.items():
            place = copy / path
            place.unlink(missing_ok=True)
            if text is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        for place in (path for path in copy.rglob("*") if path.is_file()):
            content = place.read_bytes()
            if b"/etc/nginx/" in content:
                place.unlink()  # a link into the real folder must not be written through
                place.write_bytes(content.replace(b"/etc/nginx/", f"{copy}/".encode()))
        said = run("nginx", "-t", "-q", "-c", str(copy / "nginx.conf"))
        if said.code:
            words = said.last.replace(str(copy), str(FOLDER))
            raise Refusal(
                "nginx-invalid", f"nginx refuses the configuration: {words}", "nothing of it was put in place"
            )


def land(changed: Mapping[str, str | None]) -> dict[str, bytes | None]:
    """Put the changes in place; return what was there before."""
    before: dict[str, bytes | None] = {}
    for path, text in changed.items():
        place = FOLDER / path
        if path != "sites-enabled/default":  # Debian's link is not worth putting back
            before[path] = place.read_bytes() if place.is_file() else None
        _write(place, None if text is None else text.encode())
    return before


def _write(place: Path, content: bytes | None) -> None:
    if content is None:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.semai")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.chmod(0o644)
    beside.replace(place)


def _read_by_nginx(sites: Sequence[Site], nginx: Nginx) -> list[Path]:
    """Return every file nginx reads when it loads: its folder and the certificates of the sites."""
    tls = (Path(nginx.tls) / site.server_name / "cert.pem" for site in sites)
    return [path for path in (*sorted(FOLDER.rglob("*")), *tls) if path.is_file()]


def loading(sites: Sequence[Site], nginx: Nginx) -> str:
    """Return the digest of everything nginx reads."""
    digest = hashlib.sha256()
    for path in _read_by_nginx(sites, nginx):
        digest.update(f"{path}\0".encode() + path.read_bytes())
    digest.update(repr(sorted(_joined(sites))).encode())
    return digest.hexdigest()


def _joined(sites: Sequence[Site]) -> Iterator[str]:
    """Yield the groups whose files nginx must read and which are there."""
    for name in sorted({site.group for site in sites if site.group}):
        try:
            grp.getgrnam(name)
        except KeyError:
            continue
        yield name


def join_groups(sites: Sequence[Site], check: bool) -> list[str]:
    """Let nginx read files that belong to an app's group; return the groups it was not in."""
    missing = [name for name in _joined(sites) if "www-data" not in grp.getgrnam(name).gr_mem]
    for name in missing if not check else ():
        need(run("usermod", "--append", "--groups", name, "www-data"), "group-failed", f"adding www-data to {name}")
    return [f"group {name}" for name in missing]


def active() -> bool:
    """Tell whether nginx runs and would run after a boot."""
    return bool(run("systemctl", "is-active", "--quiet", "nginx").code == 0)


def is_loaded(sites: Sequence[Site], nginx: Nginx) -> bool:
    """Tell whether nginx runs with what lies there; after a boot, whether it began when all of it was there."""
    if not active():
        return False
    if LOADED.exists():
        return LOADED.read_text() == loading(sites, nginx)
    said = run("systemctl", "show", "nginx", "--property=ActiveEnterTimestamp", "--timestamp=unix").out
    began = re.search(r"@(\d+)", said)
    newest = max((path.stat().st_ctime for path in _read_by_nginx(sites, nginx)), default=0.0)
    return began is not None and newest < int(began[1])


def load(digest: str) -> None:
    """Start or reload nginx, and see that it holds its ports."""
    verb = "reload" if active() else "start"
    said = run("systemctl", verb, "nginx")
    held = holders(PORTS)
    end = time.monotonic() + START_SECONDS
    while not said.code and len(held) < len(PORTS) and time.monotonic() < end:
        time.sleep(0.1)
        held = holders(PORTS)
    if said.code or len(held) < len(PORTS):
        why = run("journalctl", "-u", "nginx", "-n", "5", "-o", "cat", "--no-pager").out.strip() or said.last
        raise Refusal("nginx-failed", f"nginx did not {verb}: {why[-400:]}", "on the host: systemctl status nginx")
    LOADED.write_text(digest)


def prepare(nginx: Nginx) -> None:
    """Make what the configuration names: the folder of challenges and, for an old nginx, a nameless certificate."""
    Path(WEBROOT).mkdir(mode=0o755, parents=True, exist_ok=True)
    key = FOLDER / "semai/unknown.key"
    if nginx.rejects or key.exists():
        return
    key.parent.mkdir(mode=0o755, exist_ok=True)
    words = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "3650",
    )
    said = run(*words, "-subj", "/CN=unknown", "-keyout", str(key), "-out", str(key.with_suffix(".crt")))
    need(said, "openssl-failed", "making a certificate for unknown names")
    key.chmod(0o600)


def bring(params: Mapping[str, Any], check: bool) -> dict[str, Any]:
    """Bring nginx to the sites; return the result."""
    limit = {"per_minute": 20, "burst": 10, **params["rate_limit"]}
    ipv6 = Path("/proc/net/if_inet6").exists()
    nginx = Nginx(version(), str(FOLDER), params["tls_folder"], ipv6, int(limit["per_minute"]), int(limit["burst"]))
    sites = read_sites(params["sites"])
    page = params["page"]
    changed = changes(files(sites, nginx, str(page.get("title", "")), str(page.get("text", ""))))
    result = {"paths": sorted(changed), "diff": [_compared(path, text) for path, text in sorted(changed.items())]}
    check_foreign(sites)
    if check:
        joining = join_groups(sites, check=True)
        return {**result, "changed": bool(changed or joining or not is_loaded(sites, nginx))}
    check_certificates(sites, nginx)
    joined = join_groups(sites, check=False)
    prepare(nginx)
    before: dict[str, bytes | None] = {}
    if changed:
        trial(changed)
        before = land(changed)
    if joined or not is_loaded(sites, nginx):
        try:
            load(loading(sites, nginx))
        except Refusal:
            for path, content in before.items():
                _write(FOLDER / path, content)
            run("systemctl", "reload-or-restart", "nginx")
            raise
        return {**result, "changed": True}
    return {**result, "changed": bool(changed)}


def _compared(path: str, text: str | None) -> dict[str, str]:
    place = FOLDER / path
    before = place.read_text(errors="replace") if place.is_file() else ""
    return {"before_header": str(place), "after_header": str(place), "before": before, "after": text or ""}


def main() -> None:
    """Bring nginx to what is asked."""
    module = AnsibleModule(
        argument_spec={
            "sites": {"type": "list", "elements": "dict", "default": []},
            "tls_folder": {"type": "path", "default": "/etc/semai/tls"},
            "rate_limit": {"type": "dict", "default": {}},
            "page": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        result = bring(module.params, module.check_mode)
    except WrongSite as wrong:
        module.fail_json(**Refusal("site-invalid", str(wrong), "correct nginx_sites").result())
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except OSError as error:
        module.fail_json(**Refusal("host-failed", str(error)).result())
    module.exit_json(**result, invocation={})


if __name__ == "__main__":
    main()
