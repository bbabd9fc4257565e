"""An app as a server runs it: its own commands, its static files collected, one process on a port of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import surroundings
from tests.bench.kabupaten import size
from tests.bench.kabupaten.visitor import Visitor

STARTING_SECONDS = 60.0
# What an app reads from others. The filling gives the answers; they are younger than what makes an app ask anew, so
# that nobody needs to listen at the address while pages are measured.
CONSUMES = {
    "e-sakip": {"planning.performance": "e-planning", "budget.execution-document": "e-budgeting"},
    "e-hibah": {"budget.grants": "e-budgeting"},
}
CHECKOUT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Site:
    """One app with a folder and a database."""

    app: str
    folder: Path
    database: str
    port: int

    @classmethod
    def make(cls, app: str, folder: Path, database: str) -> Site:
        """Return a site with its region file and a free port."""
        folder.mkdir(parents=True)
        (folder / "region.json").write_text(json.dumps(size.region()), encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return cls(app, folder, database, free.getsockname()[1])

    @property
    def package(self) -> str:
        """Return the name of the app's Python package."""
        return "semai_" + self.app.replace("-", "_")

    def environment(self) -> dict[str, str]:
        """Return what the installer would tell the app; no mail."""
        return surroundings() | {
            "DJANGO_SETTINGS_MODULE": f"{self.package}.settings",
            "PYTHONPATH": str(CHECKOUT),
            "SEMAI_APP": self.app,
            "SECRET_KEY": "only-for-figures-" + "x" * 40,
            "DATABASE_URL": self.database,
            "SEMAI_BASE_URL": f"http://127.0.0.1:{self.port}",
            "SEMAI_BIND": f"127.0.0.1:{self.port}",
            "SEMAI_MEDIA": str(self.folder / "media"),
            "SEMAI_STATIC": str(self.folder / "static"),
            "SEMAI_REGION_FILE": str(self.folder / "region.json"),
            "SEMAI_CONTRACTS": json.dumps({"consumes": self._consumed()}),
        }

    def _consumed(self) -> dict[str, dict[str, str]]:
        return {
            name: {"version": "1.0", "url": "http://127.0.0.1:9", "token": "-", "provider": provider}
            for name, provider in CONSUMES.get(self.app, {}).items()
        }

    def prepare(self) -> None:
        """Collect the static files and bring the database to this release."""
        program = Path(sys.executable).with_name(f"semai-{self.app}")
        self._run([str(program), "collect-static", str(self.folder / "static")])
        self._run([str(program), "migrate"])

    def fill(self) -> float:
        """Fill the database; return the seconds it took. The pages to ask for are in `pages.json` afterwards."""
        started = time.perf_counter()
        words = ["-m", "tests.bench.kabupaten.filling", self.app, str(self.folder / "pages.json")]
        self._run([sys.executable, *words])
        return time.perf_counter() - started

    @contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run `serve` until the block ends."""
        program = Path(sys.executable).with_name(f"semai-{self.app}")
        with (self.folder / "errors").open("wb") as errors:
            process = subprocess.Popen(
                [str(program), "serve"], env=self.environment(), stdout=subprocess.DEVNULL, stderr=errors
            )
        try:
            self._wait(process)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, env=self.environment(), cwd=CHECKOUT, stdout=subprocess.DEVNULL)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if Visitor(self.port).get("/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        said = (self.folder / "errors").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{self.app} does not answer: {said}")


def resident_mb(pid: int) -> float:
    """Return what a process keeps in memory, pages it shares with others included."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def processor_ms(pid: int) -> float:
    """Return how long processors have worked for a process, whatever else the machine had to do."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
