"""A fresh demo in a folder of its own: where the time of the first install goes, and what doing nothing costs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, run, surroundings

TOPIC = "install"
MARK = "$ semai "  # how the demo shows each command before it runs it
NOTHING_SECONDS = 3.0  # apply, when nothing changes
FIRST_SECONDS, AGAIN_SECONDS = 120.0, 10.0
REPEATS = 7
ATTEMPTS = 3
STARTING = ("trial", "switch", "restart", "health", "receipt")


class DemoFailed(RuntimeError):
    """`semai demo up` did not get to its end; the message holds its last lines."""


@dataclass(frozen=True)
class Demo:
    """A demo and what its making took, in seconds."""

    folder: Path
    total: float
    commands: dict[str, float]  # "publish all" -> seconds
    steps: dict[str, float]  # steps of the host tool, all apps together

    @property
    def root(self) -> Path:
        """Return where the apps live."""
        return self.folder / "root"

    def semai(self, *words: str) -> list[str]:
        """Return the command that works on the demo's region."""
        places = ("--state", self.folder / "state", "--inventories", self.folder / "inventories")
        return [_program(), *map(str, places), "--region", "manggarai", *words]


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """Make a demo in `folder`, which must not exist, and take it away at the end, whatever happens."""
    try:
        total, commands = _made(folder)
        yield Demo(folder, total, commands, _steps(folder / "root"))
    finally:
        _down(folder)


def _made(folder: Path) -> tuple[float, dict[str, float]]:
    """Make a demo; begin anew when another program took a port between its choice and its use."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _up(folder)
        except DemoFailed as error:
            if " is held by " not in str(error):
                raise
            _down(folder)
    return _up(folder)


def _down(folder: Path) -> None:
    if folder.exists():
        words = [_program(), "demo", "down", "--folder", str(folder)]
        subprocess.run(words, check=True, capture_output=True, env=surroundings())


def measure(made: Demo) -> list[Figure]:
    """Return the figures of the first run, the second run and an apply that changes nothing."""
    ansible = made.commands["apply"] - sum(made.steps.values())
    parts = {
        "build and sign the catalog": made.commands["publish all"],
        "apply: Ansible, downloads and plan": ansible,
        "apply: lay out both releases": made.steps["prepare"],
        "apply: migrate": made.steps["migrate"],
        "apply: administrator and sample data": made.steps["after-install"],
        "apply: try, start and wait until healthy": sum(made.steps.get(step, 0.0) for step in STARTING),
    }
    rest = made.total - made.commands["publish all"] - made.commands["apply"]
    return [
        Figure(TOPIC, "demo, first run", (made.total,), target=FIRST_SECONDS),
        *(Figure(TOPIC, f"  {what}", (seconds,)) for what, seconds in parts.items()),
        Figure(TOPIC, "  everything else (keys, trust, region, add, lock)", (rest,)),
        Figure(TOPIC, "demo, second run", (_up(made.folder)[0],), target=AGAIN_SECONDS),
        _nothing_to_do(made),
    ]


def _nothing_to_do(made: Demo) -> Figure:
    costs = [run(made.semai("apply", "--yes")) for _ in range(REPEATS + 1)][1:]
    cpu = statistics.median(cost.cpu for cost in costs)
    walls = tuple(cost.wall for cost in costs)
    return Figure(TOPIC, "apply, nothing to do", walls, target=NOTHING_SECONDS, note=f"processor {cpu:.1f} s")


def _up(folder: Path) -> tuple[float, dict[str, float]]:
    """Run `semai demo up`; return its seconds and those of each command it shows."""
    words = [_program(), "demo", "up", "--folder", str(folder)]
    begun: list[tuple[str, float]] = []
    printed = []
    started = time.perf_counter()
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=surroundings()
    ) as up:
        assert up.stderr is not None
        for line in up.stderr:
            printed.append(line)
            if line.startswith(MARK):
                begun.append((_verb(line), time.perf_counter()))
    ended = time.perf_counter()
    if up.returncode:
        raise DemoFailed("semai demo up failed:\n" + "".join(printed[-20:]))
    times = [moment for _, moment in begun] + [ended]
    commands: dict[str, float] = {}
    for (verb, since), until in zip(begun, times[1:], strict=True):
        commands[verb] = commands.get(verb, 0.0) + until - since
    return ended - started, commands


def _verb(line: str) -> str:
    """Return "publish all" of "$ semai publish all --to …"; "apply" of "$ semai apply --yes"."""
    words = line.removeprefix(MARK).split()
    group = words[0] in ("publish", "mentor", "catalog", "region")
    return " ".join(words[: 2 if group else 1])


def _steps(root: Path) -> dict[str, float]:
    """Add up the seconds per step that the host tool noted in its journal's events."""
    found: dict[str, float] = {}
    for path in sorted((root / "journal").glob("*.events")):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "step" and event["status"] == "done":
                found[event["step"]] = found.get(event["step"], 0.0) + event["seconds"]
    return found


def _program() -> str:
    return str(Path(sys.executable).with_name("semai"))
