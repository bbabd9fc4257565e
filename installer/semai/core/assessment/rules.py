"""The figures hosts are judged by: models of the files in data/assess, each with its source. Pure."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from semai.core.catalog import Written


class Limit(Written):
    """Below `need` a host is not ready, below `advise` only with conditions."""

    need: float
    advise: float
    source: str


class ClockLimits(Written):
    """Seconds a clock may be off."""

    tolerate_seconds: float
    refuse_seconds: float
    source: str


class LineLimits(Written):
    """When a line counts as far or slow."""

    slow_ms: float
    slow_mb_s: float
    source: str


class Advice(Written):
    """One figure from which on a condition is shown."""

    advise: float
    source: str


class Ages(Written):
    """Days: an older one is worth a warning, one older than `refuse` is red."""

    advise: int
    refuse: int
    source: str


class Limits(Written):
    """The limits by what is measured."""

    cpus: Limit
    memory_mb: Limit
    root_free_mb: Limit
    var_free_mb: Limit
    boot_free_mb: Limit
    tmp_free_mb: Limit
    inodes_free_percent: Limit


class Thresholds(Written):
    """data/assess/thresholds.json."""

    source: str
    as_of: date
    machines: tuple[str, ...]
    limits: Limits
    clock: ClockLimits
    line: LineLimits
    lists_age_hours: Advice
    backup_age_hours: Advice
    drill_age_days: Ages
    disk_forecast_days: Limit
    os_warn_days: Advice


class Release(Written):
    """One release of an operating system: the end of full support, and of all free security updates."""

    name: str
    supported: bool
    full_until: date
    until: date


class Systems(Written):
    """data/assess/systems.json."""

    source: str
    as_of: date
    systems: dict[str, Release]

    @property
    def allowed(self) -> str:
        """Return the names of what semai supports."""
        return ", ".join(release.name for release in self.systems.values() if release.supported)


class Figure(Written):
    """A number of an estimate and where it comes from."""

    value: float = Field(ge=0)
    source: str


class Figures(Written):
    """What apps, services and users take."""

    system_memory_mb: Figure
    proxy_memory_mb: Figure
    postgresql_memory_mb: Figure
    mariadb_memory_mb: Figure
    reserve_percent: Figure
    users_at_once_percent: Figure
    seconds_between_pages: Figure
    seconds_per_page: Figure
    threads_per_worker: Figure
    worker_load_percent: Figure
    worker_memory_mb: Figure
    database_mb_per_user_year: Figure
    media_mb_per_user_year: Figure
    logs_mb_per_app: Figure
    releases_kept: Figure
    restore_points: Figure
    packages_mb: Figure


class Growth(Written):
    """data/assess/growth.json."""

    source: str
    as_of: date
    figures: Figures


class Rules(Written):
    """All of it."""

    thresholds: Thresholds
    systems: Systems
    growth: Growth
