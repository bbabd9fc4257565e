"""/metrics in the text form Prometheus reads: requests, database, contracts, waiting letters, memory.

Answered on this machine only (a visitor through a proxy is not), or to who shows the token of METRICS_TOKEN_FILE.
"""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from semai_kit import health
from semai_kit.models import OutgoingMail

Respond = Callable[[HttpRequest], HttpResponse]
PATH = "/metrics"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0)  # seconds; 0.3 is what pages must keep to
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")
FLOWS = ("ok", "stale", "down", "unused")


class Counts:
    """Requests since the start of this process, by method and class of status, and how long they took."""

    def __init__(self) -> None:
        self.started = time.time()
        self.lock = threading.Lock()
        self.requests: dict[tuple[str, str], int] = {}
        self.within = dict.fromkeys(BOUNDS, 0)
        self.seconds = 0.0

    def add(self, method: str, status: int, seconds: float) -> None:
        key = (method if method in METHODS else "other", f"{status // 100}xx")
        with self.lock:
            self.requests[key] = self.requests.get(key, 0) + 1
            self.seconds += seconds
            for bound in BOUNDS:
                self.within[bound] += seconds <= bound

    def lines(self) -> Iterator[str]:
        with self.lock:
            requests, within, seconds = dict(self.requests), dict(self.within), self.seconds
        yield "# TYPE semai_requests_total counter"
        for (method, status), count in sorted(requests.items()):
            yield _line("semai_requests_total", count, method=method, status=status)
        total = sum(requests.values())
        yield "# TYPE semai_request_seconds histogram"
        for bound, count in within.items():
            yield _line("semai_request_seconds_bucket", count, le=str(bound))
        yield _line("semai_request_seconds_bucket", total, le="+Inf")
        yield f"semai_request_seconds_sum {seconds:.6f}"
        yield f"semai_request_seconds_count {total}"
        yield "# TYPE process_start_time_seconds gauge"
        yield f"process_start_time_seconds {self.started:.3f}"


class MetricsMiddleware:
    """Counts every request that is not a probe, and answers /metrics to who may read it."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.counts = Counts()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH:
            return self._answer(request)
        started = time.monotonic()
        response = self.respond(request)
        self.counts.add(request.method or "", response.status_code, time.monotonic() - started)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if not may_read(request):
            return HttpResponse("not found\n", status=404, content_type=TEXT)
        lines = [*_state(), *self.counts.lines(), *_memory()]
        response = HttpResponse("\n".join(lines) + "\n", content_type=TEXT)
        response["Cache-Control"] = "no-store"
        return response


def may_read(request: HttpRequest) -> bool:
    """From this machine itself, or with the token. A proxy sits here too, so its header rules that out."""
    token = settings.SEMAI.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _state() -> Iterator[str]:
    env, report = settings.SEMAI, health.report()
    yield "# TYPE semai_app_info gauge"
    yield _line("semai_app_info", 1, app=env.app, release=env.release)
    yield "# TYPE semai_database_up gauge"
    yield _line("semai_database_up", int(report.database == "ok"))
    if report.contracts:
        yield "# TYPE semai_contract gauge"
    for contract, state in sorted(report.contracts.items()):
        for flow in FLOWS:
            yield _line("semai_contract", int(flow == state), contract=contract, state=flow)
    if report.healthy:
        yield from _letters()


def _letters() -> Iterator[str]:
    try:
        waiting = OutgoingMail.objects.filter(state=OutgoingMail.State.WAITING).count()
    except DatabaseError:
        return  # the next question tells that the database is gone
    yield "# TYPE semai_mail_waiting gauge"
    yield _line("semai_mail_waiting", waiting)


def _memory() -> Iterator[str]:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a file of the kernel, not of ours
            pages = int(statm.read().split()[1])
    except (OSError, ValueError, IndexError):
        return
    yield "# TYPE process_resident_memory_bytes gauge"
    yield f"process_resident_memory_bytes {pages * os.sysconf('SC_PAGE_SIZE')}"


def _line(name: str, value: int, **labels: str) -> str:
    return f"{name}{_labels(labels)} {value}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = (
        (name, text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, text in labels.items()
    )
    return "{" + ",".join(f'{name}="{text}"' for name, text in escaped) + "}"
