"""Tokens for programs of others that read an app's API: made by an administrator, shown once, kept as a hash.

Scopes are what the app declares in `api_scopes` (id -> title). A token is 43 random characters, so a plain SHA-256
is enough: there is nothing to guess from.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.apps import apps
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from semai_kit import audit, roles
from semai_kit.address import client_address
from semai_kit.apps import AppBase
from semai_kit.models import Account, ApiToken
from semai_kit.refusals import Refused

MANAGE = "kit.tokens.manage"
PREFIX = "semai_"
HINT_LENGTH = 10
USE_KEPT_EVERY = timedelta(minutes=5)


class TokenRefused(Refused):
    """The token asked for breaks a rule."""


@dataclass(frozen=True)
class NewToken:
    """A token and its text, which is shown once and not stored anywhere."""

    token: ApiToken
    text: str


def scopes() -> Mapping[str, str]:
    """Every scope of the installed apps: id -> title."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        if isinstance(config, AppBase):
            found |= config.api_scopes
    return found


@transaction.atomic
def create_token(
    actor: Account | None, *, consumer: str, granted: Iterable[str], expires_on: date | None = None
) -> NewToken:
    """Raises Denied, TokenRefused (no or unknown scopes, day already past, no consumer)."""
    _authorize(actor)
    wanted = sorted(set(granted))
    unknown = [scope for scope in wanted if scope not in scopes()]
    if unknown or not wanted:
        known = ", ".join(scopes()) or _("tidak ada")
        raise TokenRefused(_("Pilih cakupan yang dikenal aplikasi ini: {known}.").format(known=known))
    if expires_on is not None and expires_on < timezone.localdate():
        raise TokenRefused(_("Tanggal berakhirnya token sudah lewat."))
    if not consumer.strip():
        raise TokenRefused(_("Sebutkan pemakai token ini."))
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        consumer=consumer.strip(),
        scopes=wanted,
        digest=_digest(text),
        hint=text[:HINT_LENGTH],
        expires_on=expires_on,
        created_by=actor,
    )
    return NewToken(token, text)


@transaction.atomic
def revoke_token(actor: Account | None, token: ApiToken) -> None:
    """End the token now; ending it again changes nothing."""
    _authorize(actor)
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])


class Token(HttpBearer):
    """Ninja auth: `auth=Token("plots.read")` lets in usable tokens that hold the scope.

    In the operation `request.auth` is the ApiToken, and audit rows carry the consumer's name.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        row = ApiToken.objects.usable().filter(digest=_digest(token)).first()
        if row is None or self.scope not in row.scopes:
            return None
        _keep_use(row, client_address(request))
        audit.rename(f"token {row.consumer}")
        return row


def _keep_use(row: ApiToken, address: str | None) -> None:
    """Not at every request: reading must not make a writer of each."""
    now = timezone.now()
    recent = row.used_at is not None and now - row.used_at < USE_KEPT_EVERY
    if not (recent and row.used_from == address):
        ApiToken.objects.filter(pk=row.pk).update(used_at=now, used_from=address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _authorize(actor: Account | None) -> None:
    if actor is not None:
        roles.require(actor, MANAGE)
