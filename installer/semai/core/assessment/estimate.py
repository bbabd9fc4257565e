"""What apps take with N users, now and after a year, and what a host has to give. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from semai.core.assessment.measurement import Measurement
from semai.core.assessment.rules import Figures
from semai.core.catalog import Manifest


@dataclass(frozen=True)
class Estimate:
    """One app in MB: `start` values with nobody in it, the others with all users and after one year."""

    memory_start_mb: int
    memory_mb: int
    disk_start_mb: int
    disk_year_mb: int
    database_year_mb: int  # part of disk_year_mb that lies on the database host where that is another
    workers: int


@dataclass(frozen=True)
class Capacity:
    """What a host can give to apps, in MB, after the system and its other parts took theirs."""

    memory_mb: int
    disk_mb: int


def active_users(users: int, figures: Figures) -> int:
    """Return how many work at the same time."""
    return max(1, math.ceil(users * figures.users_at_once_percent.value / 100))


def workers_for(users: int, figures: Figures) -> int:
    """Return how many worker processes answer `users` people without queues."""
    busy = active_users(users, figures) * figures.seconds_per_page.value / figures.seconds_between_pages.value
    served = figures.threads_per_worker.value * figures.worker_load_percent.value / 100
    return max(1, math.ceil(busy / served))


def estimate(manifest: Manifest, users: int, figures: Figures) -> Estimate:
    """Return what one app takes."""
    workers = workers_for(users, figures)
    memory = manifest.needs.ram_mb + (workers - 1) * figures.worker_memory_mb.value
    releases = manifest.needs.disk_mb * (figures.releases_kept.value + 1)
    start = releases + figures.logs_mb_per_app.value
    database = 0.0 if manifest.resources.database == "none" else figures.database_mb_per_user_year.value * users
    media = figures.media_mb_per_user_year.value * users if manifest.resources.media else 0.0
    year = start + database * (1 + figures.restore_points.value) + media
    return Estimate(
        memory_start_mb=manifest.needs.ram_mb,
        memory_mb=math.ceil(memory),
        disk_start_mb=math.ceil(start),
        disk_year_mb=math.ceil(year),
        database_year_mb=math.ceil(database),
        workers=workers,
    )


def capacity(found: Measurement, drivers: frozenset[str], figures: Figures) -> Capacity:
    """Return what `found` can give to apps; `drivers` are the databases of the set."""
    memory = found.memory_mb * (1 - figures.reserve_percent.value / 100) - figures.system_memory_mb.value
    if found.server and found.serves("proxy"):
        memory -= figures.proxy_memory_mb.value
    if found.server and found.serves("database"):
        memory -= figures.postgresql_memory_mb.value if "postgresql" in drivers else 0
        memory -= figures.mariadb_memory_mb.value if "mariadb" in drivers else 0
    place = found.below(found.inventory.root)
    free = place.free_mb * (1 - figures.reserve_percent.value / 100) if place else 0.0
    system = found.below("/usr")
    if found.server and place and system and place.device == system.device:
        free -= figures.packages_mb.value
    return Capacity(max(0, math.floor(memory)), max(0, math.floor(free)))
