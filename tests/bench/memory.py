"""Resident memory of the demo's apps (PSS: shared pages count by share) after people opened their first pages."""

from __future__ import annotations

import http.cookiejar
import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, surroundings
from tests.bench.installation import Demo

TOPIC = "memory"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def measure(made: Demo) -> list[Figure]:
    """Return a figure per app of the host."""
    apps = _json([sys.executable, str(made.root / "bin" / "semai-host"), "--root", str(made.root), "state"])["apps"]
    return [_figure(made, name, int(found["service"]["pid"])) for name, found in sorted(apps.items())]


def resident_mb(pid: int) -> float:
    """Return the PSS of a process and its descendants in MB."""
    return sum(_pss_kb(found) for found in _family(pid)) / 1024


def _figure(made: Demo, name: str, pid: int) -> Figure:
    idle = resident_mb(pid)
    pages = _visit(made, name)
    return Figure(
        TOPIC, name, (resident_mb(pid),), "MB", note=f"{idle:.0f} MB before, {pages} pages as administrator"
    )


def _visit(made: Demo, name: str) -> int:
    """Log in as the administrator and open every page the first one links to; return how many were opened."""
    opening = _json(made.semai("open", name, "--show-login", "--json"))
    address, login = opening["address"], opening["login"]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(f"{address}/masuk/") as page:
        token = _TOKEN.search(page.read().decode())
    assert token is not None
    words = {"csrfmiddlewaretoken": token[1], "username": login["name"], "password": login["password"]}
    request = urllib.request.Request(f"{address}/masuk/", urllib.parse.urlencode(words).encode())
    request.add_header("Referer", f"{address}/masuk/")
    with browser.open(request) as page:
        text = page.read().decode()
    links = sorted({link for link in re.findall(r'href="(/[^"?#]*)', text) if not link.startswith("/static/")})
    for link in links:
        with browser.open(address + link) as page:
            page.read()
    return len(links) + 2


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found


def _pss_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


def _json(command: list[str]) -> Any:
    return json.loads(subprocess.run(command, check=True, capture_output=True, env=surroundings()).stdout)
