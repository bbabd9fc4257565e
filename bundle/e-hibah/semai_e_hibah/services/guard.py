"""Keeping robots out of the public pages without anybody's service: signed form age, a trap field, throttles.

Addresses are kept only as keyed digests, for a day.
"""

from __future__ import annotations

import datetime
import math
import secrets
import time

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from semai_kit.languages import counted

from .. import reference
from ..errors import RuleBroken, TooMany
from ..models import Attempt

SALT = "semai_e_hibah.form"
KEEP = datetime.timedelta(days=1)


def form_token(at: float | None = None) -> str:
    """What a public form carries hidden: when it was made, and a word that makes each sending recognisable."""
    made = time.time() if at is None else at
    return signing.dumps({"at": int(made), "nonce": secrets.token_urlsafe(16)}, salt=SALT)


def nonce_of(token: str, trap: str) -> str:
    """The word of a form a person may have filled in. Raises RuleBroken: forged, too quick, too old, trapped."""
    try:
        content = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise RuleBroken(_("Formulir ini tidak dikenali. Muat ulang halamannya, lalu isi lagi.")) from None
    limits = reference.filing()
    age = time.time() - content["at"]
    if trap or age < limits.least_seconds:
        raise RuleBroken(_("Formulir dikirim terlalu cepat. Periksa isiannya, lalu kirim sekali lagi."))
    if age > limits.most_seconds:
        raise RuleBroken(_("Formulir ini sudah terlalu lama dibuka. Muat ulang halamannya, lalu kirim lagi."))
    return str(content["nonce"])


def is_spent(token: str) -> bool:
    """Is this no token of ours, or one that grew too old?"""
    try:
        content = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return True
    return time.time() - content["at"] > reference.filing().most_seconds


def require_room(action: str, source: str, limit: tuple[int, int]) -> None:
    """Raise TooMany when `source` reached its limit of an action."""
    most, seconds = limit
    since = timezone.now() - datetime.timedelta(seconds=seconds)
    if Attempt.objects.filter(action=action, key=digest(source), at__gte=since).count() >= most:
        minutes = math.ceil(seconds / 60)
        raise TooMany(
            counted(
                "Terlalu banyak percobaan. Coba lagi {minutes} menit kemudian, atau datang ke kantor kami.",
                minutes,
            ).format(minutes=minutes)
        )


@transaction.atomic
def note(action: str, source: str) -> None:
    """Remember one attempt, and forget old ones of the same source."""
    key = digest(source)
    Attempt.objects.filter(action=action, key=key, at__lt=timezone.now() - KEEP).delete()
    Attempt.objects.create(action=action, key=key)


def count(action: str, address: str | None) -> None:
    """One attempt of an address at filing or uploading. Raises TooMany."""
    source = address or "tanpa alamat"
    require_room(action, source, reference.filing().per_address[action])
    note(action, source)


def digest(source: str) -> str:
    return salted_hmac("semai_e_hibah.attempt", source, algorithm="sha256").hexdigest()


def sweep(now: datetime.datetime) -> int:
    """Forget attempts older than a day; returns how many."""
    return Attempt.objects.filter(at__lt=now - KEEP).delete()[0]
