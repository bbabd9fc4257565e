"""What the roles postgresql and mariadb have in common: the items they take, addresses, memory."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.semai_host import drill_database
from ansible.module_utils.semai_platform_refusal import Refusal

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
STEP_MB = 256  # memory is counted in these: a kernel that keeps a little more for itself changes no setting
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Refused(Refusal):  # type: ignore[misc]
    """What is asked for cannot be; it speaks to whoever writes the variables."""

    def __init__(self, message: str) -> None:
        super().__init__("database-invalid", message)


@dataclass(frozen=True)
class Database:
    """One database and the role of the same name that owns it."""

    name: str
    present: bool
    purge: bool
    password: str
    clients: tuple[Network, ...]

    def __repr__(self) -> str:
        return f"Database({self.name})"


def databases(items: Iterable[Mapping[str, Any]], longest: int = 48) -> list[Database]:
    """Return the items as values, each with the one that drills use, sorted; raises Refused naming the item."""
    found: dict[str, Database] = {}
    for item in items:
        made = _database(item, longest)
        if made.name in found:
            raise Refused(f"database {made.name} is given twice")
        found[made.name] = made
    companions = [_for_drills(entry) for entry in found.values()]
    found |= {entry.name: entry for entry in companions}
    return [found[name] for name in sorted(found)]


def _for_drills(entry: Database) -> Database:
    """Return the empty database beside, in which a drill tries a backup out; it goes even where data are kept."""
    name, password = drill_database.name_of(entry.name), drill_database.password_of(entry.password)
    return Database(name, entry.present, not entry.present, password, entry.clients)


def _database(item: Mapping[str, Any], longest: int) -> Database:
    name, state = str(item.get("name", "")), item.get("state", "present")
    if not NAME.fullmatch(name) or len(name) > longest or name in ("postgres", "template0", "template1", "mysql"):
        raise Refused(f"{name!r} cannot be the name of a database: a-z, 0-9 and _, at most {longest}")
    if state not in ("present", "absent"):
        raise Refused(f"database {name}: state must be present or absent, found {state!r}")
    password = str(item.get("password") or "")
    if state == "present" and not password:
        raise Refused(f"database {name} needs a password")
    if password.startswith("@secret("):
        raise Refused(f"database {name}: its password is still a reference; give it through semai_secrets")
    if "\0" in password:
        raise Refused(f"database {name}: its password holds a NUL")
    clients = tuple(network(client, f"client of database {name}") for client in item.get("clients") or ())
    return Database(name, state == "present", bool(item.get("purge", False)), password, clients)


def network(text: str, what: str) -> Network:
    """Return an address (or a network) as a network."""
    try:
        return ipaddress.ip_network(str(text))
    except ValueError as error:
        raise Refused(f"{what}: {error}") from error


def addresses(listen: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses to listen on, checked."""
    for address in listen:
        try:
            ipaddress.ip_address(str(address))
        except ValueError as error:
            raise Refused(f"cannot listen on {address!r}: {error}") from error
    return tuple(map(str, listen))


def memory_mb(text: str) -> int:
    """Return the machine's memory from the text of /proc/meminfo, in whole steps."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", text, re.MULTILINE)
    if not found:
        raise Refused("/proc/meminfo does not say how much memory there is")
    return max(STEP_MB, round(int(found[1]) / 1024 / STEP_MB) * STEP_MB)


def between(low: int, value: float, high: int) -> int:
    """Return `value` as a whole number, kept within limits."""
    return int(min(max(value, low), high))
