"""A finding of `semai assess`: how grave, in plain words, what to do; and the verdict findings add up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Severity = Literal["bad", "warn", "note"]


class Verdict(str, Enum):
    """Whether a host, an app or the whole set may be installed."""

    ready = "ready"
    conditions = "conditions"
    not_ready = "not-ready"


@dataclass(frozen=True)
class Meaning:
    """What a code of a finding means: texts are msgids with the finding's fields.

    `text` says what was found, `meaning` why it matters, `fix` is the command or the thing to do, `reference` where
    to read more.
    """

    severity: Severity
    text: str
    meaning: str
    fix: str
    reference: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing found: `code` is a key of MEANINGS; `host` or `app` say what it is about, empty for neither."""

    code: str
    host: str = ""
    app: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, object]:
        """Return what fills the texts."""
        return {"host": self.host, "app": self.app, **self.fields}


def verdict_of(severities: Iterable[Severity]) -> Verdict:
    """Return what findings of these severities add up to; notes change nothing."""
    found = set(severities)
    if "bad" in found:
        return Verdict.not_ready
    return Verdict.conditions if "warn" in found else Verdict.ready
