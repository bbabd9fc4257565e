"""The canary with SQLite below a root of its own, kept by supervisord; the tool is killed from inside."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from semai_host import managed_files

from tests.faults.cells import FULL, POWER, UNDO, Cell
from tests.faults.judging import Seen, Standing
from tests.faults.releases import BAD, EDITED, EDITS, SHIPPED, UNDONE, UNDONE_RELEASE
from tests.host import rig
from tests.host.conftest import small_root
from tests.host.killing import FILLER
from tests.host.test_backups import configure

KILLED = -9
ENDED = (0, 1, 7)  # done, failed, refused
SECONDS = 90
APP = "canary"
MAY_LIE = (
    "restore-points",
    "staged",
)  # of an app that is not there: its data, and files laid ready for the next run


class Embedded:
    """One root with the app `canary`."""

    def __init__(self, host: rig.HostUnderTest) -> None:
        self.host = host
        self.folder = host.root / "apps" / APP
        configure(host, "archive")

    def run(self, verb: str, wanted: Standing) -> bool:
        return bool(self.host.call(*self._words(verb, wanted)).get("changed", True))

    def hit(self, cell: Cell, wanted: Standing) -> None:
        point = "filled" if cell.fault == FULL else "told"
        words = ["--root", str(self.host.root), *self._words(cell.verb, wanted)]
        run = self.host.nursery.start(words, point, cell.step, cell.status)
        code = run.wait(SECONDS)
        filler = self.host.root / FILLER
        assert filler.exists() == (cell.fault == FULL), f"no fault at {cell}: exit {code}\n{run.output}"
        assert code in (ENDED if filler.exists() else (KILLED,)), f"exit {code}\n{run.output}"
        filler.unlink(missing_ok=True)
        if cell.fault == POWER:
            self.host.stop_supervisor()
            self.host.start_supervisor()
        self.host.call("recover")

    def try_release(self, kind: str, wanted: Standing) -> int:
        request, region = self._bad(kind, wanted), self.folder / "shared" / "region.json"
        if kind == EDITS:
            region.write_bytes(EDITED)
        run = self.host.nursery.start(["--root", str(self.host.root), "activate", self.host.write(request)])
        code = run.wait(SECONDS)
        if kind == EDITS:
            beside = region.with_name(f"region.json{managed_files.BESIDE}")
            assert (region.read_bytes(), beside.read_bytes()) == (EDITED, SHIPPED)
        return code

    def look(self) -> Seen:
        root, points = self.host.root, self.folder / "restore-points"
        receipt = root / "receipts" / f"{APP}.json"
        there = (self.folder / "serving.json").exists()
        if there:
            rig.wait_until(lambda: self.host.status(APP) == 200, "the app answers")
        content = self.host.ask(APP, "/content")[1] if there else {}
        return Seen(
            standing=self._standing(content["schema"]) if there else None,
            receipt=json.loads(receipt.read_text())["version"] if receipt.exists() else "",
            rows=frozenset(content.get("words", ())),
            letters=frozenset(content.get("letters", ())),
            kept=frozenset(word for point in points.glob("*") for word in words_in(point)),
            answers=self.host.status(APP) is not None,
            maintenance=any((root / "maintenance").glob("*")),
            left=(*self._left(), *(() if there else self._left_of_the_app())),
            running=tuple(self._running()),
        )

    def write(self, word: str) -> bool:
        try:
            return self.host.ask(APP, f"/visit?word={word}", "POST")[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def sets(self) -> tuple[str, ...]:
        return tuple(found["set"] for found in self.host.call("backup", "list")["sets"])

    def purge(self) -> None:
        if self.folder.exists():
            self.host.call("remove", APP, "--purge")

    def mend(self) -> None:
        (self.host.root / FILLER).unlink(missing_ok=True)
        self.host.stop_supervisor()
        self.host.start_supervisor()
        self.host.call("recover")
        self.purge()

    def _words(self, verb: str, wanted: Standing) -> list[str]:
        """Return the verb as it is typed, its request written and its files staged."""
        if verb in ("remove", "rollback"):
            return [verb, APP]
        if verb == "backup":
            return ["backup", "create", APP]
        if verb == "restore":
            return ["backup", "restore", self.sets()[0], APP]
        if verb == UNDO:
            return ["activate", self.host.write(self._bad(UNDONE_RELEASE, wanted))]
        change = "code" if verb == "upgrade-code" else "migrate"
        request = self.host.request(
            APP, wanted.version, schema=wanted.schema, greeting=wanted.greeting, change=change
        )
        return ["configure" if verb == "configure" else "activate", self.host.write(request)]

    def _bad(self, kind: str, wanted: Standing) -> dict[str, Any]:
        """Return the request of a release that is bad in this way."""
        bad, health = BAD[kind], f"http://127.0.0.1:{self.host.port(APP)}/healthz"
        request = self.host.request(APP, wanted.version, bad.behaviour, wanted.schema, wanted.greeting)
        if bad.code == UNDONE:
            request["health"] = {"url": health, "timeout_seconds": bad.patience}
        if kind == EDITS:
            new = self.host.stage(APP, "shared/region.json", SHIPPED, "0640")
            request["files"]["shared/region.json"] = {**new, **edited(new)}
        return {**request, **bad.changes}

    def _standing(self, schema: int) -> Standing:
        return Standing(self.host.serves(APP), self.host.ask(APP, "/settings")[1]["GREETING"], schema)

    def _left(self) -> Iterator[str]:
        yield from self.host.leftovers()
        places = (self.host.root / "backup" / "staging", *(self.host.root / "repository").glob("*.pending"))
        yield from (str(path) for path in places if path.exists())

    def _left_of_the_app(self) -> Iterator[str]:
        """Yield what a host that has no such app must not have."""
        yield from (str(path) for path in self.folder.glob("*") if path.name not in MAY_LIE)
        yield from map(str, (self.host.root / "supervisor" / "conf.d").glob(f"{APP}.conf"))

    def _running(self) -> Iterator[str]:
        """Yield the releases of which a program runs."""
        releases = f"{self.folder}/releases/"
        for pid in rig.running_below(releases):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            except OSError:  # it ended meanwhile
                continue
            yield from set(re.findall(re.escape(releases) + "([0-9.]+)/", words))


def edited(new: Mapping[str, str]) -> dict[str, str]:
    """Return what a request says of a file that an administrator edited; `new` is what the region would have."""
    return {"sha256": rig.sha256(EDITED), "shipped": new["sha256"]}


def words_in(point: Path) -> frozenset[str]:
    """Return the words whose row and letter a restore point keeps."""
    rows: set[str] = set()
    for copy in point.rglob("*.sqlite3"):
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as database:
            rows |= {row[0] for row in database.execute("SELECT word FROM visit WHERE word IS NOT NULL")}
    return frozenset(rows) & frozenset(path.name for path in point.glob("media/letters/*"))


@contextmanager
def ground() -> Iterator[Embedded]:
    """Yield a host whose disk is small, so that it can be filled."""
    with small_root(512) as root, rig.host_at(root, rig.uv_wheel()) as host:
        yield Embedded(host)
