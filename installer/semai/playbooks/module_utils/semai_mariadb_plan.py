"""What MariaDB shall be like, as values: settings that fit the machine, and the SQL that leads to its databases.

SQL is fixed text over user variables; values are set as hexadecimal literals and quoted by the server itself. Of a
password only its hash is ever sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.semai_databases import Database, Network, Refused, between

HEADER = "# Written by semai; changes made here are lost. Its role mariadb has variables for them.\n"
SETTING = re.compile(r"[a-z][a-z0-9_]*")
PLAIN = re.compile(r"[A-Za-z0-9_.,:/+-]+")
OWN_SETTINGS = ("bind_address", "skip_networking", "datadir", "socket", "port")
# May be changed while the server runs, but newer versions do not let it grow beyond what it was at the start.
RESTART_ANYWAY = ("innodb_buffer_pool_size",)
LOCAL = "localhost"
BESIDE = "__beside"

PRIVILEGES = (
    "Select", "Insert", "Update", "Delete", "Create", "Drop", "References", "Index", "Alter", "Create_tmp_table",
    "Lock_tables", "Create_view", "Show_view", "Create_routine", "Alter_routine", "Execute", "Event", "Trigger",
)  # fmt: skip
_ALL = f"CONCAT({', '.join(f'{name}_priv' for name in PRIVILEGES)}) = '{'Y' * len(PRIVILEGES)}'"
STATE = f"""
SELECT 'user', HEX(User), HEX(Host), HEX(COALESCE(JSON_VALUE(Priv, '$.authentication_string'), '')),
  COALESCE(JSON_VALUE(Priv, '$.account_locked'), '0') IN ('1', 'true'),
  COALESCE(JSON_VALUE(Priv, '$.access'), 0) = 0
  FROM mysql.global_priv WHERE FIND_IN_SET(User, @names) OR (User = '' AND Host <> '');
SELECT 'grant', HEX(User), HEX(Host), HEX(Db), {_ALL}, Grant_priv = 'N'
  FROM mysql.db WHERE FIND_IN_SET(User, @names);
SELECT 'database', HEX(SCHEMA_NAME), DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA
  WHERE FIND_IN_SET(SCHEMA_NAME, @names) OR (SCHEMA_NAME = 'test' AND NOT EXISTS (
    SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'test'));
"""
QUIET = "SET SESSION sql_log_off = 1;\n"
_USER = "QUOTE(@name), '@', QUOTE(@host)"
_HASH = "' IDENTIFIED VIA mysql_native_password USING ', QUOTE(@hash)"
CREATE_USER = f"EXECUTE IMMEDIATE CONCAT('CREATE USER ', {_USER}, {_HASH});"
CHANGE_HASH = f"EXECUTE IMMEDIATE CONCAT('ALTER USER ', {_USER}, {_HASH});"
LOCK_USER = f"EXECUTE IMMEDIATE CONCAT('ALTER USER ', {_USER}, ' ACCOUNT LOCK');"
UNLOCK_USER = f"EXECUTE IMMEDIATE CONCAT('ALTER USER ', {_USER}, ' ACCOUNT UNLOCK');"
DROP_USER = f"EXECUTE IMMEDIATE CONCAT('DROP USER ', {_USER});"
REVOKE = f"EXECUTE IMMEDIATE CONCAT('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ', {_USER});"
GRANT = f"""EXECUTE IMMEDIATE CONCAT('GRANT ALL PRIVILEGES ON `', @pattern, '`.* TO ', {_USER});
EXECUTE IMMEDIATE CONCAT('GRANT ALL PRIVILEGES ON `', @beside, '`.* TO ', {_USER});"""
CREATE_DATABASE = """EXECUTE IMMEDIATE
  CONCAT('CREATE DATABASE `', @name, '` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci');"""
CORRECT_DATABASE = """EXECUTE IMMEDIATE
  CONCAT('ALTER DATABASE `', @name, '` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci');"""
DROP_DATABASE = "EXECUTE IMMEDIATE CONCAT('DROP DATABASE `', @name, '`');"


@dataclass(frozen=True)
class User:
    """A user as the server has it: `limited` means that it has no privilege everywhere."""

    hash: str
    locked: bool
    limited: bool


@dataclass(frozen=True)
class Found:
    """What the server has: users by (name, host), whole grants by (name, host), character sets by database."""

    users: Mapping[tuple[str, str], User]
    grants: Mapping[tuple[str, str], Mapping[str, bool]]
    databases: Mapping[str, str]


NOTHING = Found({}, {}, {})


@dataclass(frozen=True)
class Change:
    """One step: what it does in words, its SQL, and the values of its variables."""

    what: str
    sql: str
    values: Mapping[str, str]

    def script(self) -> str:
        """Return it as input of the client."""
        return "".join(assignment(name, value) for name, value in self.values.items()) + self.sql + "\n"

    def __repr__(self) -> str:
        return f"Change({self.what})"


def assignment(name: str, value: str) -> str:
    """Return the statement that sets a user variable to any text."""
    return f"SET @{name} = _utf8mb4 X'{value.encode().hex()}';\n"


def hashed(password: str) -> str:
    """Return what MariaDB keeps instead of a password."""
    inner = hashlib.sha1(password.encode()).digest()  # the server's own format
    return f"*{hashlib.sha1(inner).hexdigest().upper()}"


def found(rows: str) -> Found:
    """Return the answer to STATE as values."""
    users: dict[tuple[str, str], User] = {}
    grants: dict[tuple[str, str], dict[str, bool]] = {}
    databases: dict[str, str] = {}
    for line in rows.splitlines():
        kind, *cells = line.split("\t")
        if kind == "user":
            key = (_text(cells[0]), _text(cells[1]))
            users[key] = User(_text(cells[2]), cells[3] == "1", cells[4] == "1")
        elif kind == "grant":
            key = (_text(cells[0]), _text(cells[1]))
            grants.setdefault(key, {})[_text(cells[2])] = cells[3:] == ["1", "1"]
        elif kind == "database":
            databases[_text(cells[0])] = cells[1]
    return Found(users, grants, databases)


def _text(cell: str) -> str:
    return bytes.fromhex(cell).decode()


def settings(memory_mb: int, share: int, listen: Sequence[str], wishes: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings for a machine of which MariaDB may use `share` percent; `wishes` win."""
    if not 1 <= share <= 90:
        raise Refused(f"the share of memory must be 1 to 90 percent, found {share}")
    pool = memory_mb * share / 100 * 3 / 4
    pool = pool // 128 * 128 if pool >= 128 else 64
    wanted = {
        "character_set_server": "utf8mb4",
        "collation_server": "utf8mb4_unicode_ci",
        "innodb_buffer_pool_size": f"{between(64, pool, 16384)}M",
        "innodb_log_file_size": f"{between(48, pool / 4, 1024)}M",
        "local_infile": "OFF",
        "max_connections": "50" if memory_mb < 2048 else "100" if memory_mb < 8192 else "200",
        "skip_name_resolve": "ON",
    }
    for name, value in wishes.items():
        name = str(name).replace("-", "_")
        if not SETTING.fullmatch(name) or name in OWN_SETTINGS:
            raise Refused(f"{name!r} is not a setting to be given in mariadb_settings")
        wanted[name] = as_text(value)
    net = {"bind_address": ",".join(listen)} if listen else {}
    return {**wanted, **net, "skip_networking": "OFF" if listen else "ON"}


def as_text(value: Any) -> str:
    """Return a setting's value in MariaDB's words."""
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    text = str(value)
    if any(ord(letter) < 32 for letter in text):
        raise Refused(f"a control character in {text!r}")
    return text


def configuration(wanted: Mapping[str, str]) -> str:
    """Return the option file."""
    return HEADER + "[mysqld]\n" + "".join(f"{name} = {_quoted(wanted[name])}\n" for name in sorted(wanted))


def _quoted(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def given(content: str) -> dict[str, str]:
    """Return the lines of an option file by name."""
    pairs = (line.partition(" = ") for line in content.splitlines() if " = " in line)
    return {name: value for name, _, value in pairs}


def host(client: Network) -> str:
    """Return a client as the host part of a user."""
    if client.num_addresses == 1:
        return str(client.network_address)
    if client.version == 6:
        raise Refused(f"MariaDB knows no IPv6 networks, and {client} is one; name addresses")
    return str(client.with_netmask)


def both(name: str) -> tuple[str, str]:
    """Return a database and the one beside it."""
    return name, name + BESIDE


def changes(wanted: Iterable[Database], there: Found) -> list[Change]:
    """Return the steps that make databases and users as wanted, and remove what everyone could use."""
    result = [Change(f"drop user ''@{h}", DROP_USER, {"name": "", "host": h}) for n, h in there.users if not n]
    if "test" in there.databases:
        result.append(Change("drop database test", DROP_DATABASE, {"name": "test"}))
    for entry in wanted:
        result += _present(entry, there) if entry.present else _absent(entry, there)
    return result


def _present(entry: Database, there: Found) -> list[Change]:
    result = []
    if entry.name not in there.databases:
        result.append(Change(f"create database {entry.name}", CREATE_DATABASE, {"name": entry.name}))
    elif there.databases[entry.name] != "utf8mb4":
        result.append(Change(f"correct database {entry.name}", CORRECT_DATABASE, {"name": entry.name}))
    hosts = [LOCAL, *map(host, entry.clients)]
    for where in hosts:
        result += _user(entry, where, there)
    return result + [_drop(key) for key in there.users if key[0] == entry.name and key[1] not in hosts]


def _user(entry: Database, where: str, there: Found) -> list[Change]:
    key, title = (entry.name, where), f"user {entry.name}@{where}"
    values = {"name": entry.name, "host": where}
    secret = {**values, "hash": hashed(entry.password)}
    pattern = entry.name.replace("_", "\\_")
    wide = {**values, "pattern": pattern, "beside": pattern + BESIDE.replace("_", "\\_")}
    grant = Change(f"grant its databases to {title}", GRANT, wide)
    user = there.users.get(key)
    if user is None:
        return [Change(f"create {title}", CREATE_USER, secret), grant]
    made = []
    if user.hash != secret["hash"]:
        made.append(Change(f"set password of {title}", CHANGE_HASH, secret))
    if user.locked:
        made.append(Change(f"unlock {title}", UNLOCK_USER, values))
    if not user.limited or there.grants.get(key) != {wide["pattern"]: True, wide["beside"]: True}:
        made += [Change(f"revoke all from {title}", REVOKE, values), grant]
    return made


def _absent(entry: Database, there: Found) -> list[Change]:
    keys = [key for key in there.users if key[0] == entry.name]
    if entry.purge:
        names = [name for name in both(entry.name) if name in there.databases]
        drops = [Change(f"drop database {name}", DROP_DATABASE, {"name": name}) for name in names]
        return [*drops, *map(_drop, keys)]
    open_keys = [key for key in keys if not there.users[key].locked]
    return [Change(f"lock user {n}@{h}", LOCK_USER, {"name": n, "host": h}) for n, h in open_keys]


def _drop(key: tuple[str, str]) -> Change:
    return Change(f"drop user {key[0]}@{key[1]}", DROP_USER, {"name": key[0], "host": key[1]})
