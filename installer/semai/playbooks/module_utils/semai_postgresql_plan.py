"""What PostgreSQL shall be like, as values: settings that fit the machine, pg_hba.conf, the SQL that leads there.

SQL is fixed text with psql variables; values are set by `\\set` and quoted by psql itself. Of a password only its
SCRAM verifier is ever sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.semai_databases import Database, Refused, between
from ansible.module_utils.semai_platform_refusal import Refusal
from ansible.module_utils.semai_scram import matches, verifier

HEADER = "# Written by semai; changes made here are lost. Its role postgresql has variables for them.\n"
SETTING = re.compile(r"[a-z_][a-z0-9_.]*")
OWN_SETTINGS = (
    "listen_addresses",
    "hba_file",
    "config_file",
    "data_directory",
    "ident_file",
    "include",
    "include_dir",
)

# Sessions that change roles say nothing of it in the server's log.
QUIET = "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';\n"

STATE = """
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'roles', (SELECT coalesce(json_object_agg(rolname, json_build_object(
      'password', rolpassword, 'login', rolcanlogin,
      'plain', NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls))), '{}')
    FROM pg_authid WHERE rolname = ANY (:'names'::text[])),
  'databases', (SELECT coalesce(json_object_agg(datname, json_build_object(
      'owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding),
      'open', EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0))), '{}')
    FROM pg_database WHERE datname = ANY (:'names'::text[])));
"""
SERVER = """
SELECT json_build_object(
  'loaded', extract(epoch FROM pg_conf_load_time()),
  'pending', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_settings WHERE pending_restart),
  'overridden', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_settings
    WHERE name = ANY (:'names'::text[]) AND sourcefile LIKE '%/postgresql.auto.conf'),
  'hba', (SELECT coalesce(json_agg(format('line %s: %s', line_number, error)), '[]') FROM pg_hba_file_rules
    WHERE error IS NOT NULL));
"""
CREATE_ROLE = "CREATE ROLE :\"name\" LOGIN PASSWORD :'verifier';"
CHANGE_VERIFIER = "ALTER ROLE :\"name\" PASSWORD :'verifier';"
LIMIT_ROLE = 'ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;'
# C.UTF-8 orders like SQLite does, and no library update of the host can make indexes wrong.
CREATE_DATABASE = """CREATE DATABASE :"name" OWNER :"name"
TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';"""
# Before PostgreSQL 15 everyone may create tables in the schema public, which its database's owner does not own.
OWN_SCHEMA = """\\connect :"name"
ALTER SCHEMA public OWNER TO :"name"; REVOKE ALL ON SCHEMA public FROM PUBLIC;
\\connect postgres"""
SET_OWNER = 'ALTER DATABASE :"name" OWNER TO :"name";'
CLOSE_DATABASE = 'REVOKE ALL ON DATABASE :"name" FROM PUBLIC;'
CLOSE_ROLE = """ALTER ROLE :"name" NOLOGIN;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = :'name' \\g /dev/null"""
DROP_DATABASE = 'DROP DATABASE :"name" WITH (FORCE);'
DROP_ROLE = 'DROP ROLE :"name";'
OWNED_SCHEMAS_SINCE = 150000


@dataclass(frozen=True)
class Change:
    """One statement: what it does in words, its text, and the values of its variables."""

    what: str
    sql: str
    values: Mapping[str, str]

    def script(self) -> str:
        """Return it as input of psql."""
        return "".join(assignment(name, value) for name, value in self.values.items()) + self.sql + "\n"

    def __repr__(self) -> str:
        return f"Change({self.what})"


def assignment(name: str, value: str) -> str:
    """Return the psql line that sets a variable."""
    if "\n" in value or "\r" in value:
        raise Refused(f"a line break in the value of {name}")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"\\set {name} '{quoted}'\n"


def array(names: Iterable[str]) -> str:
    """Return names as the text of an SQL array; they hold letters, digits, dots and _ only."""
    return "{" + ",".join(names) + "}"


def settings(memory_mb: int, share: int, listen: Sequence[str], wishes: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings for a machine of which PostgreSQL may use `share` percent; `wishes` win."""
    if not 1 <= share <= 90:
        raise Refused(f"the share of memory must be 1 to 90 percent, found {share}")
    budget = memory_mb * share / 100
    connections = 50 if memory_mb < 2048 else 100 if memory_mb < 8192 else 200
    found = {
        "effective_cache_size": f"{between(64, max(budget, memory_mb / 2), 1 << 20)}MB",
        "maintenance_work_mem": f"{between(16, budget / 16, 1024)}MB",
        "max_connections": str(connections),
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{between(32, budget / 2, 8192)}MB",
        "work_mem": f"{between(4, budget / 4 / connections, 64)}MB",
    }
    for name, value in wishes.items():
        if not SETTING.fullmatch(str(name)) or name in OWN_SETTINGS:
            raise Refused(f"{name!r} is not a setting to be given in postgresql_settings")
        found[str(name)] = as_text(value)
    return {**found, "listen_addresses": ",".join(listen)}


def as_text(value: Any) -> str:
    """Return a setting's value in PostgreSQL's words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = str(value)
    if any(ord(letter) < 32 for letter in text):
        raise Refused(f"a control character in {text!r}")
    return text


def configuration(wanted: Mapping[str, str]) -> str:
    """Return the configuration file."""
    lines = (f"{name} = '{_escaped(value)}'\n" for name, value in sorted(wanted.items()))
    return HEADER + "".join(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def access(wanted: Sequence[Database], encrypted: bool, former: str = "") -> str:
    """Return pg_hba.conf: nobody but the role of a database gets there, from this machine or one of its clients.

    A database that is not named keeps the lines it has in `former`, if semai wrote that.
    """
    lines = ["local postgres,all postgres peer", *_unnamed(wanted, former)]
    for entry in wanted:
        if not entry.present:
            continue
        lines.append(f"local {entry.name} {entry.name} scram-sha-256")
        kind = "hostssl" if encrypted else "host"
        lines += [f"{kind} {entry.name} {entry.name} {client} scram-sha-256" for client in entry.clients]
    return HEADER + "\n".join([*lines, "local all all peer"]) + "\n"


def _unnamed(wanted: Sequence[Database], former: str) -> list[str]:
    if not former.startswith(HEADER):
        return []
    named = {entry.name for entry in wanted}
    lines = (line for line in former.splitlines() if line.endswith(" scram-sha-256"))
    return sorted(line for line in lines if line.split()[1] not in named)


def changes(wanted: Iterable[Database], found: Mapping[str, Any]) -> list[Change]:
    """Return the statements that make databases and roles as wanted; `found` is the answer to STATE."""
    result: list[Change] = []
    for entry in wanted:
        role, database = found["roles"].get(entry.name), found["databases"].get(entry.name)
        if entry.present:
            result += [*_role(entry, role), *_database(entry, database, int(found["version"]))]
        elif entry.purge:
            result += _gone(entry, role, database)
        elif role and role["login"]:
            result.append(_change(entry, "close", "role", CLOSE_ROLE))
    return result


def _role(entry: Database, found: Mapping[str, Any] | None) -> list[Change]:
    if found is None:
        return [_change(entry, "create", "role", CREATE_ROLE, verifier=verifier(entry.password))]
    made = []
    if not found["login"] or not found["plain"]:
        made.append(_change(entry, "limit", "role", LIMIT_ROLE))
    if not matches(entry.password, found["password"]):
        made.append(_change(entry, "set password of", "role", CHANGE_VERIFIER, verifier=verifier(entry.password)))
    return made


def _database(entry: Database, found: Mapping[str, Any] | None, version: int) -> list[Change]:
    close = _change(entry, "close to others", "database", CLOSE_DATABASE)
    if found is None:
        create = _change(entry, "create", "database", CREATE_DATABASE)
        if version >= OWNED_SCHEMAS_SINCE:
            return [create, close]
        return [create, close, _change(entry, "give its schema to", "role", OWN_SCHEMA)]
    if found["encoding"] != "UTF8":
        raise Refusal("database-refused", f"database {entry.name} has the encoding {found['encoding']}, not UTF8")
    owner = _change(entry, "give to its role", "database", SET_OWNER)
    return [*([owner] if found["owner"] != entry.name else []), *([close] if found["open"] else [])]


def _gone(entry: Database, role: Mapping[str, Any] | None, database: Mapping[str, Any] | None) -> list[Change]:
    drops = [_change(entry, "drop", "database", DROP_DATABASE)] if database else []
    return drops + ([_change(entry, "drop", "role", DROP_ROLE)] if role else [])


def _change(entry: Database, verb: str, noun: str, sql: str, **values: str) -> Change:
    return Change(f"{verb} {noun} {entry.name}", sql, {"name": entry.name, **values})
