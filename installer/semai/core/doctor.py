"""What a doctor's finding is, and what may be measured on a server beside its state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from semai.core.assessment.measurement import Clock, Reboot, Updates
from semai.core.catalog import Wire
from semai.core.doctor_meanings import MEANINGS

Severity = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `text` is a msgid with `fields`, `command` what to do, empty when nothing.

    With `there` the command is one for the host itself.
    """

    severity: Severity
    code: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    there: bool = False

    @property
    def meaning(self) -> str:
        """Return the msgid of why it matters; empty where all is well."""
        return "" if self.severity == "ok" else MEANINGS.get(self.code, "")


class Certificate(Wire):
    """One site's certificate and its last moment."""

    name: str
    ends: datetime


class Examined(Wire):
    """What only the doctor asks a server, as the module `semai_examine` answers."""

    failed_units: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    unreadable_certificates: tuple[str, ...] = ()
    clock: Clock = Clock()
    updates: Updates = Updates()
    reboot: Reboot = Reboot()
    container: bool = False
