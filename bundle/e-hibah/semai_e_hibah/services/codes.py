"""The secret code of an application: shown once, kept as a keyed digest, throttled when it is guessed."""

from __future__ import annotations

import hmac
import secrets

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, roles
from semai_kit.models import Account

from .. import reference
from ..errors import RuleBroken
from ..models import Application
from . import guard

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is read wrongly on paper
LENGTH = 12
UNKNOWN = lazy("Nomor pendaftaran atau kode rahasia tidak cocok.")


def make() -> str:
    """`ABCD-EFGH-JKMN`: 59 bits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(drawn[i : i + 4] for i in range(0, LENGTH, 4))


def digest(number: str, code: str) -> str:
    written = "".join(c for c in code.upper() if c.isalnum())
    return salted_hmac("semai_e_hibah.code", f"{number}:{written}", algorithm="sha256").hexdigest()


def opened(number: str, code: str, address: str | None) -> Application:
    """The application of a number and its code. Raises RuleBroken, or TooMany after too many wrong ones."""
    number = number.strip().upper()
    limits = reference.filing()
    source = address or "tanpa alamat"
    guard.require_room("code", source, limits.per_address["code"])
    guard.require_room("code", f"nomor {number}", limits.per_number["code"])
    found = Application.objects.filter(number=number).first()
    expected = found.code_digest if found else digest("", "")
    if not hmac.compare_digest(expected, digest(number, code)) or found is None:
        guard.note("code", source)
        guard.note("code", f"nomor {number}")
        raise RuleBroken(UNKNOWN)
    return found


@transaction.atomic
def renew(account: Account, application: Application) -> str:
    """A new code for an applicant who lost theirs and proved who they are at the counter; the old one ends."""
    roles.require(account, "applicant.act")
    return replace(application)


@transaction.atomic
def replace(application: Application) -> str:
    """End the code of an application and return its new one."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    code = make()
    locked.code_digest = digest(locked.number, code)
    locked.save(update_fields=["code_digest", "updated_at"])
    audit.note(locked, "kode rahasia diganti")
    return code
