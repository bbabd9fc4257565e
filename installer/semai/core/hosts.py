"""Machines of a region: hosts.yml as a model, and which machine is proxy, app host or database host. Pure.

A machine may be in several groups; what semai reads of it may stand in any of them, the last wins as in Ansible.
In the server profile a missing group `proxy` or `database` means the only app host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from semai.core.region import AppKeyText, Line, Name, root_folder
from semai.core.region_checks import Place
from semai.core.written import Written

GROUPS = ("proxy", "app", "database")
Certificates = Literal["region-ca", "files", "acme"]


class _Inventory(BaseModel):
    """Base of what belongs to Ansible: keys we do not read are allowed."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Acme(Written):
    """Where certificates are asked for."""

    directory: Name = "https://acme-v02.api.letsencrypt.org/directory"
    email: Name


class CertificateFiles(Written):
    """A certificate (with its chain) and its key, as paths from the inventory's folder."""

    certificate: Name
    key: Name


class HostVars(_Inventory):
    """The variables of all hosts that semai reads."""

    semai_profile: Literal["embedded", "server"] = "embedded"
    semai_root: Annotated[str, AfterValidator(root_folder)]
    semai_certificate: Certificates = "region-ca"
    semai_acme: Acme | None = None
    semai_certificate_files: CertificateFiles | None = None
    semai_shared_media: bool = False


class HostEntry(_Inventory):
    """The variables of one host that semai reads."""

    ansible_host: Line = ""
    semai_address: Line = ""
    semai_public_address: Line = ""
    semai_carries: tuple[AppKeyText, ...] | None = None


class Group(_Inventory):
    """A group of hosts."""

    hosts: dict[str, HostEntry | None] | None = None
    vars: dict[str, Any] | None = None
    children: dict[str, Group | None] | None = None


class AllGroup(_Inventory):
    """The group `all` of hosts.yml."""

    vars: HostVars
    hosts: dict[str, HostEntry | None] | None = None
    children: dict[str, Group | None] = Field(default_factory=dict)


class HostsFile(_Inventory):
    """hosts.yml."""

    all: AllGroup


@dataclass(frozen=True)
class Host:
    """One machine: how the administrator, other machines and people reach it, and which apps it carries."""

    name: str
    groups: frozenset[str]
    reached: str  # by the administrator
    address: str  # by the region's other machines
    public: str  # by people
    carries: tuple[str, ...] | None = None  # None: every app
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)  # variable -> where hosts.yml says it


@dataclass(frozen=True)
class Hosts:
    """hosts.yml as it is used: variables of all machines, and the machines by name in the file's order."""

    vars: HostVars
    machines: tuple[Host, ...] = ()

    @property
    def semai_profile(self) -> str:
        """Return how apps are run: embedded or server."""
        return self.vars.semai_profile

    @property
    def semai_root(self) -> str:
        """Return the folder below which semai keeps everything on a host."""
        return self.vars.semai_root

    @property
    def server(self) -> bool:
        """Tell whether this is the server profile."""
        return self.vars.semai_profile == "server"

    @property
    def apps(self) -> tuple[Host, ...]:
        """Return the app hosts."""
        return self._in("app")

    @property
    def proxies(self) -> tuple[Host, ...]:
        """Return the machines people reach."""
        return self._in("proxy") or self.apps

    @property
    def database(self) -> Host:
        """Return the machine with the databases."""
        return (self._in("database") or self.apps)[0]

    def carriers(self, app: str) -> tuple[Host, ...]:
        """Return the app hosts that carry `app` ("batang/e-planning"), the leader first."""
        return tuple(host for host in self.apps if host.carries is None or app in host.carries)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return the names of the machines an Ansible pattern chooses; an empty one chooses all.

        It may hold names, groups and wildcards, joined by `,` or `:`, with `!` and `&` before them. Regular
        expressions and positions are not understood: they choose none.
        """
        terms = [term for term in re.split(r"[,:]", pattern) if term]
        wanted = [term for term in terms if term[0] not in "!&"] or ["all"]
        needed = [term[1:] for term in terms if term[0] == "&"]
        kept_out = [term[1:] for term in terms if term[0] == "!"]
        return tuple(
            host.name
            for host in self.machines
            if any(_fits(host, term) for term in wanted)
            and all(_fits(host, term) for term in needed)
            and not any(_fits(host, term) for term in kept_out)
        )

    def _in(self, group: str) -> tuple[Host, ...]:
        return tuple(host for host in self.machines if group in host.groups)


def _fits(host: Host, term: str) -> bool:
    return term == "all" or any(fnmatchcase(name, term) for name in (host.name, *host.groups))


def machines_of(value: Any) -> tuple[Host, ...]:
    """Return the machines in the plain content of hosts.yml; what is not as it should be is passed over."""
    groups: dict[str, set[str]] = {}
    variables: dict[str, dict[str, Any]] = {}
    places: dict[str, dict[str, Place]] = {}
    top = _below(value, "all")
    for names, place, name, entry in _entries(top, ("all",), ()):
        groups.setdefault(name, set()).update(names)
        variables.setdefault(name, {}).update(entry)
        places.setdefault(name, {"": (*place, name)}).update({key: (*place, name, key) for key in entry})
    return tuple(_host(name, frozenset(groups[name]), variables[name], places[name]) for name in groups)


def _host(name: str, groups: frozenset[str], entry: Mapping[str, Any], places: Mapping[str, Place]) -> Host:
    reached = str(entry.get("ansible_host") or name)
    carries = entry.get("semai_carries")
    return Host(
        name=name,
        groups=groups,
        reached=reached,
        address=str(entry.get("semai_address") or reached),
        public=str(entry.get("semai_public_address") or reached),
        carries=tuple(str(app) for app in carries) if isinstance(carries, list) else None,
        places=places,
    )


def _entries(
    group: Mapping[str, Any], place: Place, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Place, str, Mapping[str, Any]]]:
    """Yield (groups, place of the list, host, its variables) of a group and the groups below it."""
    for name, entry in _below(group, "hosts").items():
        yield names, (*place, "hosts"), name, entry if isinstance(entry, dict) else {}
    for child, below in _below(group, "children").items():
        if isinstance(below, dict):
            yield from _entries(below, (*place, "children", child), (*names, child))


def _below(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
