"""`python -m tests.lab up N | down | ssh NAME`: a lab that stays, to try things by hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.lab import inventory, registry
from tests.lab.commands import LabError
from tests.lab.image import DEBIAN_12, DEBIAN_13
from tests.lab.lab import CHECKOUT, Lab
from tests.lab.ssh import Line

_RELEASES = {"12": DEBIAN_12, "13": DEBIAN_13}


def main() -> int:
    """Run one verb."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    starting = verbs.add_parser("up", help="make machines that stay until `down`")
    starting.add_argument("count", type=int, nargs="?", default=2)
    starting.add_argument("--debian", choices=sorted(_RELEASES), default="12")
    verbs.add_parser("down", help="remove them, and what killed test runs left")
    entering = verbs.add_parser("ssh", help="log in to a machine")
    entering.add_argument("name")
    entering.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    try:
        if given.verb == "up":
            return _up(given.count, given.debian)
        return _down() if given.verb == "down" else _ssh(given.name, given.command)
    except LabError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _up(count: int, release: str) -> int:
    if found := _lasting():
        raise LabError(f"lab {found[0].number} is up already; make lab-down removes it")
    lab = Lab.open(lasting=True)
    try:
        machines = lab.machines(count, _RELEASES[release])
        hosts = inventory.write(lab.entry.folder / "inventory", {"app": machines})
    except BaseException:
        lab.down()
        raise
    for machine in machines:
        print(f"{machine.name}  {machine.address}  {' '.join(machine.line.words())}")
    print(f"inventory: {hosts}")
    return 0


def _down() -> int:
    gone = [*registry.sweep_stale(), *_lasting()]
    for entry in _lasting():
        registry.sweep(entry)
    for entry in gone:
        print(f"lab {entry.number} is gone")
    return 0


def _ssh(name: str, command: list[str]) -> int:
    for entry in _lasting():
        if (entry.folder / name).is_dir():
            folder: Path = entry.folder
            address = _address(folder, name)
            words = Line(address, folder / "key", folder / "known_hosts", folder / name / "cp").words()
            os.execvp(words[0], [*words, *command])
    raise LabError(f"no machine {name} is up; make lab-up starts some")


def _address(folder: Path, name: str) -> str:
    """Return the address that the known hosts have for the machine's key."""
    key = (folder / name / "host_key.pub").read_text().split()[1]
    return next(line.split()[0] for line in (folder / "known_hosts").read_text().splitlines() if key in line)


def _lasting() -> list[registry.Entry]:
    return [e for e in registry.entries() if e.pid == 0 and e.checkout == str(CHECKOUT)]


if __name__ == "__main__":
    sys.exit(main())
