"""An adopter who trusts a simulated mentor, and the one check every attack must pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from semai.adapters.fetch import Patience
from semai.adapters.mentor_client import MentorClient, Refreshed
from semai.core.trust import Stale
from semai.errors import SemaiError

from tests.simulator.repository import TODAY, Repository
from tests.simulator.server import Server, serving

PATIENT = Patience(connect=2.0, pause=5.0, total=10.0)
SHORT = Patience(connect=1.0, pause=2.0, total=0.2)


def trusted_files(state: Path) -> dict[str, bytes | str]:
    """Return every file of the trust store with its content, and every link with its target; locks left out."""
    found: dict[str, bytes | str] = {}
    for path in sorted((state / "mentors").rglob("*")):
        name = str(path.relative_to(state))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file() and path.name != "lock":
            found[name] = path.read_bytes()
    return found


@dataclass
class Adopter:
    """One machine: its state, the mentor it looks at, and the server between them."""

    state: Path
    mentor: Repository
    server: Server
    now: datetime = TODAY
    patience: Patience = field(default=PATIENT)

    @property
    def client(self) -> MentorClient:
        return MentorClient(self.state, "batang", self.patience)

    def trust(self) -> None:
        self.client.add([self.server.url], self.mentor.fingerprint, None, self.now)

    def refresh(self, stale: Stale | None = None) -> Refreshed:
        return self.client.refresh(self.now, stale)

    def refused(self, kind: type[SemaiError], code: str, *, stale: Stale | None = None) -> SemaiError:
        """Refresh, and check the refusal: kind, stable code, mentor, file, date, remedy, and nothing changed."""
        before = trusted_files(self.state)
        with pytest.raises(SemaiError) as caught:
            self.refresh(stale)
        error = caught.value
        assert (type(error), error.code) == (kind, code), error
        assert error.fields["mentor"] == "batang"
        assert error.fields["file"]
        assert error.fields["date"]
        assert error.hint
        assert trusted_files(self.state) == before
        return error


@pytest.fixture
def mentor() -> Repository:
    return Repository()


@pytest.fixture
def server(mentor: Repository) -> Iterator[Server]:
    with serving(mentor.files) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path, mentor: Repository, server: Server) -> Adopter:
    """An adopter who has trusted the mentor and fetched nothing yet."""
    adopter = Adopter(tmp_path / "state", mentor, server)
    adopter.trust()
    return adopter


@pytest.fixture
def adopter(fresh: Adopter) -> Adopter:
    """An adopter with the mentor's second catalog; the first one is a day older."""
    fresh.mentor.publish(later=timedelta(days=1))
    fresh.now = fresh.mentor.now
    fresh.refresh()
    return fresh
