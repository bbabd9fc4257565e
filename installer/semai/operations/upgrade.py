"""Go the hops of an upgrade: lock one, bring the hosts to it, and only then the next.

A hop is a full deployment, so a host that cannot take it undoes it; the lock then goes back to what really runs, and
what reads contracts of the failed app is left alone. Cut between two hops, the next `semai upgrade` goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from semai.adapters.state import audited
from semai.adapters.store import Store
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.core.catalog import AppKey
from semai.core.contracts import links_of
from semai.core.lockfile import Lock
from semai.errors import CannotResolve, HostRefused, SemaiError
from semai.messages import N_
from semai.operations.apply import Applied, Outcome, Watch, fetch_release, mirrors, perform
from semai.operations.lock import LockRequest, lock_held
from semai.operations.plan import Outlook, look
from semai.operations.probe import Site, begin
from semai.operations.upgrade_plan import Hop, Journey


@dataclass(frozen=True)
class Upgraded:
    """What became of a journey: hops taken, the outcomes that failed, and hops left out because of them."""

    taken: tuple[Hop, ...]
    failed: tuple[Outcome, ...]
    held_back: tuple[Hop, ...]
    log: str = ""

    def require_done(self) -> None:
        """Raise HostRefused `upgrade-incomplete` when a hop was not taken."""
        if not self.failed:
            return
        details = [
            f"{o.step.host} {o.step.app or o.step.role}: {o.failure.message}" for o in self.failed if o.failure
        ]
        raise HostRefused(
            "upgrade-incomplete",
            "{taken} of {all} hops were taken; semai.lock says what really runs",
            details=details,
            hint=next((o.failure.hint for o in self.failed if o.failure and o.failure.hint), N_("read {log}")),
            taken=len(self.taken),
            all=len(self.taken) + len(self.held_back),
            log=self.log,
        )


@dataclass(frozen=True)
class Road:
    """What every hop is taken with; `tell` hears of a hop before it begins, `show` what came of it."""

    site: Site
    catalogs: Mapping[str, TrustedCatalog]
    knows: Callable[[str, str], bool]
    watch: Callable[[], Watch]
    tell: Callable[[Hop], None]
    show: Callable[[Applied], None]
    verb: str = "upgrade"
    note: Callable[[str], str] = field(default=lambda verb: verb)  # adds the reason of an override for the audit
