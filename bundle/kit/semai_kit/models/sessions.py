"""Sessions that know whose they are, so that people see where they are logged in and end what is not theirs.

Django's own way to extend database sessions: a model with further columns, filled whenever a session is written.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as lazy

ADDRESS_KEY = "kit_address"
OPENED_KEY = "kit_opened"
BROWSER_KEY = "kit_browser"
BROWSER_LIMIT = 200


class AccountSession(AbstractBaseSession):
    """A browser that is logged in (or, without an account, one that only looked at the login page)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    opened_at = models.DateTimeField(lazy("dibuka"), default=timezone.now)
    address = models.GenericIPAddressField(lazy("alamat"), null=True)
    browser = models.CharField(lazy("peramban"), max_length=BROWSER_LIMIT, blank=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = lazy("sesi")
        verbose_name_plural = lazy("sesi")

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore


class SessionStore(DatabaseStore):
    """SESSION_ENGINE of every app."""

    @classmethod
    def get_model_class(cls) -> type[AccountSession]:
        return AccountSession

    def create_model_instance(self, data: dict[str, object]) -> AccountSession:
        row = super().create_model_instance(data)
        account = str(data.get("_auth_user_id", ""))
        row.account_id = int(account) if account.isdigit() else None
        row.opened_at = parse_datetime(str(data.get(OPENED_KEY, ""))) or timezone.now()
        row.address = data.get(ADDRESS_KEY) or None
        row.browser = str(data.get(BROWSER_KEY, ""))
        return row
