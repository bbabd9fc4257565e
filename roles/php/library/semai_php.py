#!/usr/bin/python
"""Ansible module: which Debian packages bring PHP with these extensions, and whether php-fpm loads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_host import versions
from ansible.module_utils.semai_host.errors import HostError
from ansible.module_utils.semai_platform_refusal import Refusal, need, run

DOCUMENTATION = r"""
module: semai_php
short_description: Find the packages of PHP extensions
description:
  - Asks apt which package brings each extension, and refuses by name what no source offers.
  - With C(loaded_by) it asks php-fpm instead whether it loads them all.
options:
  extensions:
    description: Names as C(php -m) shows them, in lower case.
    type: list
    elements: str
    default: []
  version:
    description: Range the version must lie in, such as C(>=8.1,<8.4); empty takes the distribution's own.
    type: str
    default: ""
  mask:
    description: Mask the distribution's own service, unless it serves pools besides C(www).
    type: bool
    default: false
  loaded_by:
    description: Version whose php-fpm is asked what it loads.
    type: str
    default: ""
author: semai
"""

EXAMPLES = r"""
- name: Find the packages
  semai_php:
    extensions: [mysqli, gd]
    version: ">=8.1,<8.4"
"""

RETURN = r"""
version:
  description: The chosen version, such as 8.2.
  returned: success
  type: str
packages:
  description: Packages to install.
  returned: without loaded_by
  type: list
  elements: str
"""

UNITS = Path("/etc/systemd/system")
POOLS = Path("/etc/php")
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
FPM = re.compile(r"php([0-9]+\.[0-9]+)-fpm")
# inside php-fpm and the command line themselves: no package has these names
BUILT_IN = frozenset(
    ("core", "date", "filter", "hash", "json", "libxml", "openssl", "pcre", "random", "reflection", "session")
    + ("sodium", "spl", "standard", "zlib")
)


def candidates(names: Iterable[str]) -> dict[str, str]:
    """Return those of the packages that a source of this host offers, each with its version ("8.2.29")."""
    wanted = sorted(set(names))
    found, name = {}, ""
    for line in run("apt-cache", "policy", *wanted).out.splitlines() if wanted else ():
        if line and not line.startswith(" "):
            name = line.rstrip(":").partition(":")[0]
        elif line.strip().startswith("Candidate:") and "(none)" not in line:
            numbers = re.search(r"(?:: |:)([0-9]+(?:\.[0-9]+)*)[^:]*$", line)
            found[name] = numbers[1] if numbers else ""
    return found


def providers(name: str) -> list[str]:
    """Return the packages that provide a name that is no package of its own."""
    _, _, said = run("apt-cache", "showpkg", name).out.partition("Reverse Provides:")
    return sorted({line.split()[0] for line in said.splitlines() if line.strip()})


def offered_versions() -> dict[str, str]:
    """Return the versions of PHP with a php-fpm ("8.2": "8.2.29"), the distribution's own first, then newest."""
    names = [name for name in run("apt-cache", "pkgnames", "php").out.split() if FPM.fullmatch(name)]
    found = {FPM.fullmatch(name)[1]: full for name, full in candidates(names).items()}
    own = FPM.search(run("apt-cache", "depends", "php-fpm").out)
    newest = sorted(found, key=versions.key, reverse=True)
    return {version: found[version] for version in sorted(newest, key=lambda v: own is None or v != own[1])}


def choose(wanted: str, offered: Mapping[str, str], system: str) -> str:
    """Return the version to install; a range that names the third number is held against it."""
    exact = any(clause.count(".") >= 2 and not clause.endswith(".*") for clause in wanted.split(","))
    for version, full in offered.items():
        if not wanted or versions.allows((wanted,), full if exact else version):
            return version
    said = ", ".join(offered) or "none"
    raise Refusal(
        "php-version-unavailable",
        f"no package source of this host ({system}) offers PHP {wanted or 'of any version'} (offered: {said})",
        "run the app on a host whose release has it, or ask its mentor for a release that runs on this one",
    )


def packages_of(version: str, extensions: Sequence[str], system: str) -> list[str]:
    """Return the packages to install; refuse extensions that none brings."""
    base = [f"php{version}-fpm", f"php{version}-cli"]
    wanted = {name: f"php{version}-{name.replace('_', '-')}" for name in extensions if name not in BUILT_IN}
    there = candidates([*wanted.values(), f"php{version}-opcache"])
    chosen = {*base, *(there.keys() & {f"php{version}-opcache"})}
    unknown = []
    for name, package in wanted.items():
        others = [other for other in providers(package) if other.startswith(f"php{version}-")]
        if package in there:
            chosen.add(package)
        elif others:
            chosen.add(others[0])
        else:
            unknown.append(name)
    if unknown:
        raise Refusal(
            "php-extension-unavailable",
            f"no source of this host ({system}) offers for PHP {version} the extension {', '.join(unknown)}",
            "the app's mentor knows whether it can do without; otherwise it needs a host whose release has it",
        )
    return sorted(chosen)


def mask(version: str, check: bool) -> bool:
    """Keep the distribution's own service from ever starting; tell whether that changed anything."""
    unit = f"php{version}-fpm.service"
    place = UNITS / unit
    pools = [path.name for path in (POOLS / version / "fpm" / "pool.d").glob("*.conf")]
    masked = place.is_symlink() and str(place.readlink()) == "/dev/null"
    if masked or any(name != "www.conf" for name in pools):
        return False
    if not check:
        run("systemctl", "disable", "--now", "--quiet", unit)  # there is none before the first installation
        need(run("systemctl", "mask", "--quiet", unit), "php-service-stays", f"masking {unit}")
    return True


def missing(version: str, extensions: Sequence[str]) -> list[str]:
    """Return the extensions that php-fpm of a version does not load."""
    said = need(run(f"php-fpm{version}", "-m"), "php-broken", f"php-fpm{version} -m").out.lower().splitlines()
    there = {line.strip()[5:] if line.startswith("zend ") else line.strip() for line in said}
    return [name for name in extensions if name not in there]


def system_name() -> str:
    """Return the system's name for messages."""
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME=")), "Linux")


def look(version: str, extensions: Sequence[str], check: bool) -> dict[str, Any]:
    """See that php-fpm loads every extension; before it is installed, check mode has nothing to look at."""
    if check and run(f"php-fpm{version}", "-v").code:
        return {"version": version, "changed": False}
    if lacking := missing(version, extensions):
        raise Refusal(
            "php-extension-off",
            f"PHP {version} of this host does not load {', '.join(lacking)}, though the packages are there",
            f"on the host: phpenmod -v {version} {' '.join(lacking)}",
        )
    return {"version": version, "changed": False}


def perform(params: dict[str, Any], check: bool) -> dict[str, Any]:
    """Return the result of the task."""
    extensions = list(dict.fromkeys(params["extensions"]))
    if wrong := [name for name in extensions if not NAME.fullmatch(name)]:
        raise Refusal("request-invalid", f"{wrong[0]!r} is no name of a PHP extension")
    if params["loaded_by"]:
        return look(params["loaded_by"], extensions, check)
    offered = offered_versions()
    if not offered and not check:
        need(run("apt-get", "update", "-q"), "repository-unreachable", "apt-get update")
        offered = offered_versions()
    if not offered and check:  # a host that never read its sources: what there will be shows when it does
        return {"version": "0", "packages": ["php-fpm", "php-cli"], "changed": False}
    system = system_name()
    version = choose(params["version"], offered, system)
    packages = packages_of(version, extensions, system)
    return {"version": version, "packages": packages, "changed": params["mask"] and mask(version, check)}


def main() -> None:
    """Answer one question about PHP."""
    module = AnsibleModule(
        argument_spec={
            "extensions": {"type": "list", "elements": "str", "default": []},
            "version": {"type": "str", "default": ""},
            "mask": {"type": "bool", "default": False},
            "loaded_by": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        result = perform(module.params, module.check_mode)
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except HostError as error:  # a range that is none
        module.fail_json(**Refusal(error.code, error.message, error.hint).result())
    module.exit_json(**result, invocation={})


if __name__ == "__main__":
    main()
