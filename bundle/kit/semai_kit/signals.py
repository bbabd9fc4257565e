"""Logins, logouts and failed logins as rows of the audit trail."""

from __future__ import annotations

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from semai_kit import audit
from semai_kit.address import client_address
from semai_kit.models import Account
from semai_kit.models.sessions import ADDRESS_KEY, BROWSER_KEY, BROWSER_LIMIT, OPENED_KEY


def connect() -> None:
    user_logged_in.connect(_logged_in, dispatch_uid="semai_kit.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="semai_kit.logged_out")
    user_login_failed.connect(_login_failed, dispatch_uid="semai_kit.login_failed")


def _logged_in(request: HttpRequest, user: Account, **kwargs: object) -> None:
    request.session[ADDRESS_KEY] = client_address(request)
    request.session[OPENED_KEY] = timezone.now().isoformat()
    request.session[BROWSER_KEY] = request.headers.get("User-Agent", "")[:BROWSER_LIMIT]
    with audit.acting(user, client_address(request)):
        audit.note(user, "masuk")


def _logged_out(request: HttpRequest, user: Account | None, **kwargs: object) -> None:
    if user is not None:
        with audit.acting(user, client_address(request)):
            audit.note(user, "keluar")


def _login_failed(credentials: dict[str, str], request: HttpRequest | None = None, **kwargs: object) -> None:
    """Only failures on accounts that exist: rows for every name a robot tries would bury the trail."""
    name = str(credentials.get("username") or "").strip().lower()
    account = Account.objects.filter(username=name).first()
    if account is not None:
        with audit.acting(None, client_address(request) if request else None, name="anonim"):
            audit.note(account, "gagal masuk")
