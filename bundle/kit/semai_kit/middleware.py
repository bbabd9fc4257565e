"""What happens around every request: health, log line, security headers, who is acting, which year, refusals."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from semai_kit import audit, health, languages, years
from semai_kit.address import client_address
from semai_kit.models import FiscalYear
from semai_kit.refusals import Refused

Respond = Callable[[HttpRequest], HttpResponse]
HEALTH_PATH = "/healthz"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
OIDC_KEY = "oidc"  # in sessions the identity provider opened: its password is not ours to change
# What an account with a one-time password may still open.
ALWAYS_OPEN = frozenset({"kit:password", "kit:login", "kit:logout", "kit:logo", "kit:icon", "kit:language"})


class HealthMiddleware:
    """Answers /healthz before hosts, sessions and logs are looked at, so that probes stay cheap."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != HEALTH_PATH:
            return self.respond(request)
        report = health.report()
        response = JsonResponse(report.as_json(), status=200 if report.healthy else 503)
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        return response


class RequestLogMiddleware:
    """One JSON line per request on stdout. Queries and bodies are never logged: they hold personal data."""

    log = logging.getLogger("semai.requests")

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.respond(request)
        self.log.info(
            "request",
            extra={
                "fields": {
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "ms": round((time.monotonic() - started) * 1000),
                    "user": getattr(request, "account_id", None),
                    "address": client_address(request),
                }
            },
        )
        return response


class SecurityHeadersMiddleware:
    """Strict policy on every response; a response that sets its own policy (a file download) keeps it."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            headers.setdefault("Cache-Control", "no-store, private")
        return response


class LanguageMiddleware:
    """Answers in the language this person chose, else in Indonesian; never by what the browser prefers."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = languages.chosen(request)
        with translation.override(language):
            response = self.respond(request)
        response.headers.setdefault("Content-Language", language)
        return response


class AccountMiddleware:
    """Puts the visitor into the audit context and sends accounts with a one-time password to change it."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = client_address(request)
        if not request.user.is_authenticated:
            with audit.acting(None, address, name="anonim"):
                return self.respond(request)
        request.account_id = request.user.pk
        if password_due(request) and not _always_open(request.path):
            return redirect(f"{reverse('kit:password')}")
        account = request.user._wrapped if isinstance(request.user, SimpleLazyObject) else request.user
        with audit.acting(account, address):
            return self.respond(request)


def password_due(request: HttpRequest) -> bool:
    """Must the visitor change a one-time password before anything else?"""
    return bool(request.user.must_change_password and not request.session.get(OIDC_KEY))


def _always_open(path: str) -> bool:
    try:
        return resolve(path).view_name in ALWAYS_OPEN
    except Resolver404:
        return False


class FiscalYearMiddleware:
    """`request.fiscal_year` (chosen in the header) and `request.fiscal_years`, looked up when first used."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.fiscal_years = SimpleLazyObject(lambda: list(FiscalYear.objects.all()))
        request.fiscal_year = SimpleLazyObject(lambda: years.current(request))
        return self.respond(request)


class RefusalMiddleware:
    """A Refused that no view caught becomes a page with its message, 403 or 409."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": exception.message}, status=exception.status)
        context = {"message": exception.message, "nothing_written": request.method not in ("GET", "HEAD")}
        return render(request, "semai_kit/refused.html", context, status=exception.status)
