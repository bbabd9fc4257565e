"""One app on one host, brought to where a verb starts, hit by a fault, recovered, and looked at."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing, nullcontext

from tests.faults.cells import AFTER, BEFORE, Cell
from tests.host.killing import FILLER
from tests.host.rig import HostUnderTest, Visitors, wait_until

KILLED = -9
ENDED = (0, 1, 7)  # done, failed, refused
SECONDS = 90


class Stage:
    """The app `canary` and what is asked of it next; each cell starts from what the one before left."""

    def __init__(self, host: HostUnderTest) -> None:
        self.host = host
        self.app = "canary"
        self.folder = host.root / "apps" / self.app
        self._numbers = itertools.count(1)
        self.version, self.greeting, self.schema = "", "", 0  # what stands
        self.wanted = ("", "", 0)  # what the verb asks for

    def set_for(self, verb: str) -> None:
        """Bring the app to where the verb starts."""
        there = self.app in self.host.state()["apps"]
        if verb == "install" and self.folder.exists():
            self.host.call("remove", self.app, "--purge")
        number = next(self._numbers)
        fresh = (f"2026.{number}.0", f"hello {number}", number)
        if verb != "install":
            self._set_up(fresh) if not there else None
            self.version, self.greeting, self.schema = self._standing()
        number = next(self._numbers)
        same = verb == "configure"
        self.wanted = (
            self.version if same else f"2026.{number}.0",
            f"hello {number}",
            self.schema if same else number,
        )

    def words(self, verb: str) -> list[str]:
        """Return the verb as it is typed, its request written and its files staged."""
        if verb == "remove":
            return ["remove", self.app]
        version, greeting, schema = self.wanted
        request = self.host.request(self.app, version, schema=schema, greeting=greeting)
        return ["configure" if verb == "configure" else "activate", self.host.write(request)]

    def hit(self, cell: Cell) -> None:
        """Run the verb, have the fault come when the step has begun, and recover from it."""
        point = "filled" if cell.fault == "disk full" else "begun"
        words = ["--root", str(self.host.root), *self.words(cell.verb)]
        run = self.host.nursery.start(words, point, cell.step)
        code = run.wait(SECONDS)
        filler = self.host.root / FILLER
        assert filler.exists() == (cell.fault == "disk full"), f"no fault at {cell}: exit {code}\n{run.output}"
        assert code in (ENDED if filler.exists() else (KILLED,)), f"exit {code}\n{run.output}"
        filler.unlink(missing_ok=True)
        if cell.fault == "power cut":
            self.host.stop_supervisor()
            self.host.start_supervisor()
        self.host.call("recover")

    def outcome(self, verb: str) -> str:
        """Return which of the two states stands; fail when it is neither, or not wholly the one."""
        if self.host.state()["apps"].get(self.app) is None:
            assert verb in ("install", "remove"), f"{self.app} is gone"
            assert not (self.folder / "shared").exists()
            assert self.host.status(self.app) is None
            return BEFORE if verb == "install" else AFTER
        wait_until(lambda: self.host.status(self.app) == 200, "the app answers")
        stands = self._standing()
        if verb == "remove" or stands == (self.version, self.greeting, self.schema):
            assert stands == (self.version, self.greeting, self.schema)
            assert verb != "install"
            return BEFORE
        assert stands == self.wanted
        return AFTER

    def is_whole(self, verb: str, outcome: str, saved: int) -> None:
        """Fail when a write is lost or something is left that nobody needs."""
        assert self.host.leftovers() == []
        assert self._saved() >= saved
        loser = self.wanted[0] if outcome == BEFORE else self.version
        if verb in ("install", "upgrade") and loser:
            assert self.host.programs_of(self.app, loser) == []
        if verb in ("install", "remove") and self.app not in self.host.state()["apps"]:
            assert self.host.programs_of(self.app, self.version or loser) == []

    def converges(self, verb: str, outcome: str) -> None:
        """Run the verb again: it succeeds, and a further run changes nothing."""
        if verb != "remove":
            self.host.call(*self.words("install"))  # `apply` activates whatever differs
            assert self._standing() == self.wanted
            assert self.host.call(*self.words("install"))["changed"] is False
        elif outcome == BEFORE:
            self.host.call("remove", self.app)
            assert self.app not in self.host.state()["apps"]
        assert self.host.leftovers() == []

    def visitors(self, verb: str) -> Visitors | nullcontext[None]:
        return nullcontext() if verb == "install" else Visitors(self.host, self.app)

    def forget(self) -> None:
        """After a failed cell: away with the app, so that the next cell starts clean."""
        (self.host.root / FILLER).unlink(missing_ok=True)
        self.host.stop_supervisor()
        self.host.start_supervisor()
        self.host.call("recover")
        if self.folder.exists():
            self.host.call("remove", self.app, "--purge")

    def _set_up(self, fresh: tuple[str, str, int]) -> None:
        """Install the app anew, with a person's entry in it, and no restore point of an earlier life."""
        if self.folder.exists():
            self.host.call("remove", self.app, "--purge")
        self.wanted = fresh
        self.host.call(*self.words("install"))
        assert self.host.ask(self.app, "/visit", "POST")[0] == 200

    def _standing(self) -> tuple[str, str, int]:
        """Return release, greeting and schema as the app tells them, its receipt agreeing."""
        version = self.host.serves(self.app)
        assert self.host.call("receipt", self.app)["version"] == version
        with closing(sqlite3.connect(self.folder / "shared" / "data" / "db.sqlite3")) as database:
            schema = database.execute("PRAGMA user_version").fetchone()[0]
        return version, self.host.ask(self.app, "/settings")[1]["GREETING"], schema

    def _saved(self) -> int:
        """Count the visits where they are now: in the app, or in the one restore point of its removal."""
        if self.app in self.host.state()["apps"]:
            return self.host.count(self.app)
        kept = list(self.folder.glob("restore-points/*-removed-*/**/*.sqlite3"))
        if not kept:
            return 0
        with closing(sqlite3.connect(kept[0])) as database:
            return database.execute("SELECT count(*) FROM visit").fetchone()[0]
