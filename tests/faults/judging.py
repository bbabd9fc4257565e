"""What is seen of an app after a fault, and the one judgement over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What an app is: its release, a word of its configuration, and the number of its data's form."""

    version: str
    greeting: str
    schema: int


@dataclass(frozen=True)
class Seen:
    """An app and its host at one moment; `standing` is None when the host knows no such app.

    Words are what visitors wrote: each is a row of the database and an uploaded letter.
    """

    standing: Standing | None
    receipt: str = ""
    rows: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()  # words in the data of restore points
    answers: bool = False  # somebody answers at the app's address
    maintenance: bool = False
    left: tuple[str, ...] = ()  # temporary files, journals, databases, locks
    running: tuple[str, ...] = ()  # releases of which a program runs

    @property
    def words(self) -> frozenset[str]:
        return self.rows & self.letters


@dataclass(frozen=True)
class Expected:
    """What must stand, and the words that were acknowledged; those `told` would be undone may lie in a point."""

    standing: Standing | None
    acknowledged: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()


def judge(seen: Seen, expected: Expected) -> tuple[str, ...]:
    """Return what is wrong, empty when all is well."""
    return tuple(_complaints(seen, expected))


def _complaints(seen: Seen, expected: Expected) -> Iterator[str]:
    if seen.standing != expected.standing:
        yield f"{seen.standing} stands and not {expected.standing}"
    if seen.maintenance:
        yield "maintenance is on"
    if seen.left:
        yield f"left behind: {', '.join(seen.left)}"
    yield from _of_the_app(seen)
    yield from _of_the_words(seen, expected)


def _of_the_app(seen: Seen) -> Iterator[str]:
    served = (seen.standing.version,) if seen.standing else ()
    if bool(served) != seen.answers:
        yield "nobody answers" if served else "somebody answers for an app that is not there"
    if seen.receipt != "".join(served):
        yield f"the receipt says {seen.receipt or 'nothing'}"
    if strangers := [version for version in seen.running if version not in served]:
        yield f"programs of {', '.join(strangers)} run"


def _of_the_words(seen: Seen, expected: Expected) -> Iterator[str]:
    if lost := expected.acknowledged - seen.words - (expected.told & seen.kept):
        yield f"{len(lost)} acknowledged writes are lost, such as {min(lost)}"
    if torn := seen.rows - seen.letters:
        yield f"{len(torn)} rows are without their letters, such as {min(torn)}"
