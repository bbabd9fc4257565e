"""Make a new region: proposals from official codes, then its inventory folder and vault."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semai.adapters.editor_schemas import schema_comment
from semai.adapters.files import cannot_write, make_folder, write_atomic
from semai.adapters.region_codes import (
    OfficialRegion,
    districts_of,
    region_by_code,
    regions_by_name,
    similar_regions,
)
from semai.adapters.region_files import REGION_KEY, SELECTION_KEY, RegionFiles
from semai.adapters.region_rules import region_rules, typical_agencies
from semai.adapters.state import audited
from semai.adapters.vault import VaultFile, ensure_password
from semai.adapters.yaml_checks import validate_options
from semai.adapters.yaml_files import dump_yaml, shown_path
from semai.core.hosts import HostVars
from semai.core.placement_checks import hosts_problems
from semai.core.region import REGION_NAME, Region
from semai.core.region_checks import region_problems
from semai.core.secrets import Vault
from semai.errors import InvalidInput
from semai.messages import N_, translate

_IGNORED = ".semai.lock\n"

# Asking for the interpreter costs a round trip, and apps shall run on the Python their mentor built them for.
EXAMPLE_ADDRESS = "192.0.2.10"
SERVER_ROOT = "/srv/semai"
_FIRST = "satu"  # the name of a region's first server
_THIS_MACHINE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@dataclass(frozen=True)
class Created:
    """The region as written; `password_made` tells whether a vault password was generated."""

    files: RegionFiles
    region: Region
    password: Path
    password_made: bool


@dataclass(frozen=True)
class Server:
    """The first server of a region: its address and whom to log in as, both empty when they are written later."""

    address: str = ""
    user: str = ""


def check_name(name: str) -> str:
    """Return `name` when it may name a region's folder; raises InvalidInput `region-name`."""
    if not REGION_NAME.fullmatch(name) or len(name) > 40:
        raise InvalidInput(
            "region-name",
            "{name} cannot name a region: lower-case words joined by '-', at most 40 characters",
            hint="semai region new manggarai",
            name=repr(name),
        )
    return name


def find_official(text: str) -> list[OfficialRegion]:
    """Return the regions that a code ("53.10") or a name stands for; raises InvalidInput `unknown-region-code`."""
    is_code = text[:1].isdigit()
    found = [region for region in [region_by_code(text)] if region] if is_code else regions_by_name(text)
    if found:
        return found
    near = [] if is_code else similar_regions(text)
    lines = tuple(f"{region.code}  {region.name}, {region.province}" for region in near)
    raise InvalidInput(
        "unknown-region-code",
        "{given} is neither an official code nor the name of a province, kabupaten or kota",
        hint="give the Kemendagri code, for example: --code 53.10",
        details=lines,
        given=text,
    )


def the_one(found: list[OfficialRegion], name: str) -> OfficialRegion:
    """Return the only region found; raises InvalidInput `region-code-needed` naming the candidates."""
    if len(found) == 1:
        return found[0]
    lines = tuple(f"--code {region.code}  {region.name}, {region.province}" for region in found)
    raise InvalidInput(
        "region-code-needed",
        "several regions are called {name}",
        hint="choose one with --code",
        details=lines,
        name=name,
    )


def proposed(official: OfficialRegion, fiscal_year: int) -> dict[str, Any]:
    """Return region.yml's values as official data and rules propose them; agencies are the typical ones."""
    rules = region_rules()
    kind = rules.kinds[official.kind]  # type: ignore[index]
    short = official.name.removeprefix(f"{kind.title} ")
    slug = "".join(char for char in short.lower() if char.isascii() and char.isalnum())
    is_province = official.kind == "provinsi"
    agencies = () if is_province else typical_agencies()
    districts = () if is_province else districts_of(official.code)
    return {
        "code": official.code,
        "name": f"{kind.title} {short}",
        "short_name": short,
        "kind": official.kind,
        "province": official.province,
        "province_code": official.province_code,
        "time_zone": rules.time_zone(official.province_code),
        "head_title": kind.head_title,
        "head_name": "",
        "secretary_title": kind.secretary_title,
        "domain": kind.domain.format(slug=slug),
        "address": "",
        "logo": None,
        "fiscal_year": fiscal_year,
        "agencies": [agency.model_dump() for agency in agencies],
        "districts": [
            {"code": d.code, "name": d.name, "villages": [{"code": v.code, "name": v.name} for v in d.below]}
            for d in districts
        ],
    }


def create_region(
    inventories: Path,
    name: str,
    values: dict[str, Any],
    root: str,
    password: Path,
    *,
    make_password: bool,
    server: Server | None = None,
) -> Created:
    """Write the inventory of region `name` and its vault; with `make_password`, `password` is made when missing.

    With `server` it is one of the server profile, else an embedded one on this machine.

    Raises InvalidInput (`region-name`, `region-exists`, `option-invalid`, `vault-password-missing`) and
    OperationFailed; nothing is left behind when it fails.
    """
    region = validate_options(values, Region, judge=region_problems)
    hosts = _inventory(root, server)
    target = inventories / check_name(name)
    if target.exists():
        raise InvalidInput(
            "region-exists",
            "there is already something at {folder}; nothing was changed",
            hint="choose another name, or: semai --region {name} region show",
            folder=shown_path(target),
            name=name,
        )
    make_folder(inventories)
    staging = inventories / f".{name}.new"
    shutil.rmtree(staging, ignore_errors=True)
    files = RegionFiles(staging)
    try:
        _write(files, region, hosts)
        made = make_password and ensure_password(password)
        VaultFile(files.vault, password).write(Vault())
        with audited(target / files.audit.name, "region new", target / files.lock.name):
            staging.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Created(RegionFiles(target), region, password, made)


def _inventory(root: str, server: Server | None) -> dict[str, Any]:
    """Return the content of hosts.yml; raises InvalidInput `option-invalid`."""
    profile = "embedded" if server is None else "server"
    validate_options({"semai_profile": profile, "semai_root": root}, HostVars)
    if server is None:
        groups: dict[str, Any] = {"app": {"hosts": {"localhost": dict(_THIS_MACHINE)}}}
        return {"all": {"vars": {"semai_profile": profile, "semai_root": root}, "children": groups}}
    reached = {"ansible_host": server.address or EXAMPLE_ADDRESS}
    reached |= {"ansible_user": server.user} if server.user else {}
    groups = {
        "proxy": {"hosts": {_FIRST: {}}},
        "app": {"hosts": {_FIRST: reached}},
        "database": {"hosts": {_FIRST: {}}},
    }
    # Where Debian and Ubuntu have it; looking for it would cost a second round trip in every run.
    python = "/usr/bin/python3"
    variables = {
        "semai_profile": profile,
        "semai_root": root,
        "ansible_become": True,
        "ansible_python_interpreter": python,
    }
    inventory = {"all": {"vars": variables, "children": groups}}
    wrong = [p for p in hosts_problems(inventory) if server.address and p.place[-1] == "ansible_host"]
    if wrong:
        raise InvalidInput(
            "option-invalid",
            "the options are not valid",
            details=[f"--host: {translate(p.message, **p.fields)}" for p in wrong],
        )
    return inventory


def _write(files: RegionFiles, region: Region, inventory: dict[str, Any]) -> None:
    make_folder(files.region.parent)
    server = inventory["all"]["vars"]["semai_profile"] == "server"
    header = _header("hosts", files.hosts, _SERVERS if server else _HOSTS)
    write_atomic(files.hosts, dump_yaml(inventory, header=header).encode())
    content = {REGION_KEY: region.model_dump(mode="json")}
    write_atomic(files.region, dump_yaml(content, header=_header("region", files.region, _REGION)).encode())
    selection: dict[str, Any] = {SELECTION_KEY: {"mentors": {}, "apps": {}}}
    write_atomic(files.apps, dump_yaml(selection, header=_header("apps", files.apps, _APPS)).encode())
    write_atomic(files.folder / ".gitignore", _IGNORED.encode())


def _header(schema: str, file: Path, text: str) -> str:
    return schema_comment(schema, file) + translate(text)


_HOSTS = N_("Hosts of the region: a plain Ansible inventory. semai_root is where the apps live on the host.")
_SERVERS = N_(
    "Servers of the region: a plain Ansible inventory. ansible_host is the server's address, ansible_user a user\n"
    "who may use sudo without a password. Further machines: add them to the groups; semai_carries says which apps\n"
    "an app host carries, semai_address at which address the other machines reach it."
)
_REGION = N_(
    "Who the region is; every app shows it. Edit freely, then run: semai region check\n"
    "Agencies are a typical list to start from; districts and villages carry the official Kemendagri codes."
)
_APPS = N_("What the region asks for; written by semai add and semai remove. Edit freely, then run: semai lock")
