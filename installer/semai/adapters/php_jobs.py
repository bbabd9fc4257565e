"""What an app runs by the clock or beside itself, as far as its tree tells."""

from __future__ import annotations

import re
from collections.abc import Callable

from semai.adapters.php_frameworks import Source
from semai.core.php_draft import Framework
from semai.messages import N_

_SCHEDULE = re.compile(r"(?:\$schedule|Schedule\s*::)\s*(?:->)?\s*(?:command|job|call|exec)\b|Schedule::")
_QUEUE = re.compile(r"(?m)^QUEUE_CONNECTION=(database|redis|beanstalkd|sqs)\b")
_CRON = re.compile(r"(?i)(?:.*/)?(?:[^/]*[^a-z/])?(?:cron|scheduler|penjadwal)[^/]*\.(?:php|sh|txt)")
_LARAVEL = ("routes/console.php", "app/Console/Kernel.php", "bootstrap/app.php")
Note = Callable[..., None]


def timers_of(framework: Framework, source: Source, saw: Note, ask: Note) -> dict[str, tuple[tuple[str, ...], str]]:
    """Return timers by name: command and calendar."""
    if framework == "laravel":
        for path in _LARAVEL:
            if _SCHEDULE.search(source.text(path)):
                saw(path, N_("scheduled commands: a timer runs them every minute"))
                return {"schedule": (("php", "artisan", "schedule:run"), "*:0/1")}
    if framework == "wordpress":
        saw("wp-cron.php", N_("scheduled work: a timer runs it every five minutes"))
        return {"cron": (("php", "wp-cron.php"), "*:0/5")}
    for path in sorted(source.entries):
        if _CRON.fullmatch(path) and not path.startswith(("vendor/", "system/")):
            ask(path, N_("is this run by cron? then write it under timers"))
    return {}


def workers_of(framework: Framework, source: Source, saw: Note, ask: Note) -> dict[str, tuple[str, ...]]:
    """Return workers by name: their command."""
    if framework != "laravel":
        return {}
    if _QUEUE.search(source.text(".env.example")):
        saw(".env.example", N_("a queue: a worker serves it"))
        return {"queue": ("php", "artisan", "queue:work", "--sleep=3", "--tries=3")}
    if any(path.startswith("app/Jobs/") for path in source.entries):
        ask("app/Jobs", N_("jobs of a queue: they run within requests unless a worker is written under workers"))
    return {}
