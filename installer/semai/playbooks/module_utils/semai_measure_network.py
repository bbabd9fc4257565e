"""Measures of the network as a host sees it: ports in use, names, mirrors. Opens connections, changes nothing."""

from __future__ import annotations

import glob
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ansible.module_utils.semai_measure_system import read, said_by

_LISTENING = "0A"
_SECONDS = 10.0


def ports(root: bool, sudo: bool) -> tuple[list[dict[str, Any]], bool]:
    """Return the TCP ports that are listened at with the program, and whether all programs could be named."""
    found: dict[tuple[int, str], str] = {}
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read(path).splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENING:
                address, _, port = words[1].partition(":")
                found[int(port, 16), _written(address)] = words[9]
    programs = _programs(set(found.values())) if found else {}
    by_port = {} if root or not sudo else _asked_ss()
    listed = [
        {"port": port, "address": address, "program": programs.get(inode) or by_port.get(port, "")}
        for (port, address), inode in sorted(found.items())
    ]
    return listed, all(entry["program"] for entry in listed)


def _written(address: str) -> str:
    packed = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _programs(inodes: set[str]) -> dict[str, str]:
    """Return inode -> program, of the processes this user may look into."""
    wanted, found = {f"socket:[{inode}]": inode for inode in inodes}, {}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            link = os.readlink(path)
        except OSError:
            continue
        if link in wanted:
            name = read(f"/proc/{path.split('/')[2]}/comm").strip()
            # systemd holds the sockets of others too: the other name says more
            if name != "systemd" or wanted[link] not in found:
                found[wanted[link]] = name
    return found


def _asked_ss() -> dict[int, str]:
    _, text = said_by("sudo", "-n", "ss", "-Hltnp")
    found = re.findall(r'^\S+\s+\d+\s+\d+\s+\S*:(\d+)\s.*?users:\(\("([^"]+)"', text, re.MULTILINE)
    return {int(port): program for port, program in found}


def _side_by_side(jobs: Mapping[str, Callable[[], Any]], late: Any) -> dict[str, Any]:
    """Return what each job gives; those that take too long are left behind with `late`."""
    answers: dict[str, Any] = {}

    def run(name: str, job: Callable[[], Any]) -> None:
        answers[name] = job()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in jobs.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _SECONDS + 2
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {name: answers.get(name, late) for name in jobs}


def names(wanted: list[str]) -> dict[str, list[str]]:
    """Return the addresses of each name as the host's own resolver gives them; none when it does not know."""

    def look_up(name: str) -> list[str]:
        try:
            return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
        except (OSError, UnicodeError):
            return []

    return _side_by_side({name: partial(look_up, name) for name in wanted}, [])


def reached(places: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return for each place whether it answers, in how many milliseconds, else why not."""
    jobs = {place["url"]: partial(_asked, place["url"], place["proxy"]) for place in places}
    late = {"ok": False, "ms": None, "said": "timed out"}
    return [{"url": url, **answer} for url, answer in _side_by_side(jobs, late).items()]


def _asked(url: str, proxy: str) -> dict[str, Any]:
    begun = time.monotonic()
    scheme, _, rest = url.partition("://")
    through = re.match(r"https?://(?:[^@/]*@)?([^/:]+):?(\d*)", proxy)
    direct = re.match(r"([^/:]+):?(\d*)", rest)
    parts = through or direct
    if parts is None:
        return {"ok": False, "ms": None, "said": f"no address in {url}"}
    port = int(parts.group(2) or (443 if scheme == "https" and not through else 80))
    try:
        with socket.create_connection((parts.group(1), port), timeout=_SECONDS) as line:
            said = _answer(line, url, rest, bool(through)) if scheme == "http" else ""
    except (OSError, UnicodeError) as error:
        return {"ok": False, "ms": None, "said": getattr(error, "strerror", None) or str(error)}
    return {"ok": not said, "ms": round((time.monotonic() - begun) * 1000), "said": said}


def _answer(line: socket.socket, url: str, rest: str, proxied: bool) -> str:
    """Ask for the first byte of a file; return what is wrong with the answer, empty when nothing is."""
    host, _, path = rest.partition("/")
    target = url if proxied else f"/{path}"
    question = (f"GET {target} HTTP/1.1", f"Host: {host}", "Range: bytes=0-0", "Connection: close", "", "")
    line.sendall("\r\n".join(question).encode())
    first = line.recv(4096).decode("latin-1").split("\r\n")[0]
    status = first.split(" ")[1:2]
    return "" if status and status[0][:1] in ("2", "3") else f"answered {first!r}"
