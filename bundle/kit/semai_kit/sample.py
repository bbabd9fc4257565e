"""Sample content: personas to log in with, and the checks that keep it away from real work."""

from __future__ import annotations

from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from semai_kit import notifications
from semai_kit.accounts import ADMINISTRATOR, grant_role
from semai_kit.models import Account, Agency, District, Village, YearRecord
from semai_kit.refusals import Refused

UNREAD = 5


class SampleRefused(Refused):
    """The app holds real content, so sample data stays out."""


def refuse_real_accounts() -> None:
    """Raise SampleRefused when anyone but the first administrator and sample personas has an account."""
    real = Account.objects.filter(is_sample=False).exclude(username=ADMINISTRATOR)
    if real.exists():
        raise SampleRefused(f"sudah ada {real.count()} akun asli; data contoh tidak dimuat")


def refuse_real(*record_models: type[YearRecord]) -> None:
    """Raise SampleRefused when a record of these models was made by somebody who is not a persona."""
    for model in record_models:
        real = model._default_manager.filter(created_by__isnull=False, created_by__is_sample=False)
        if real.exists():
            name = model._meta.verbose_name_plural
            raise SampleRefused(f"sudah ada {real.count()} {name} asli; data contoh tidak dimuat")


def read_what_is_old() -> None:
    """Leave each persona its newest notifications unread, as an office that looks after them does."""
    for account in Account.objects.filter(is_sample=True):
        newest = list(notifications.of(account).values_list("pk", flat=True)[:UNREAD])
        rows = notifications.of(account).filter(read_at__isnull=True).exclude(pk__in=newest)
        rows.update(read_at=timezone.now())


def lead_agency() -> Agency | None:
    """The OPD that the persona `opd` plans for in every app: public works (urusan 1.03), else the first."""
    current = list(Agency.objects.current().order_by("code"))
    return next((agency for agency in current if "1.03" in urusan_of(agency)), current[0] if current else None)


def urusan_of(agency: Agency) -> list[str]:
    """'1.03.1.04.0.00.01.0000' carries out 1.03 and 1.04 (Permendagri 90/2019)."""
    parts = agency.code.split(".")
    pairs = [".".join(parts[i : i + 2]) for i in range(0, min(len(parts) - 1, 6), 2)]
    return [pair for pair in pairs if pair != "0.00"]


@transaction.atomic
def persona(
    username: str,
    full_name: str,
    password: str,
    role: str,
    *,
    agency: Agency | None = None,
    district: District | None = None,
    village: Village | None = None,
) -> Account:
    """A sample account holding one role; call again to add another role. Resets the password when it differs."""
    account, created = Account.objects.get_or_create(
        username=username, defaults={"full_name": full_name, "is_sample": True, "password": _hashed(password)}
    )
    if not account.is_sample:
        raise SampleRefused(f"akun “{username}” bukan akun contoh")
    if not created and not _matches(password, account.password):
        account.password = _hashed(password)
        account.save(update_fields=["password"])
    grant_role(None, account, role, agency=agency, district=district, village=village)
    return account


@lru_cache(maxsize=1)
def _hashed(password: str) -> str:
    """One hash for all personas: they share the password anyway, and hashing is slow on purpose."""
    return make_password(password)


@lru_cache(maxsize=64)
def _matches(password: str, hashed: str) -> bool:
    return check_password(password, hashed)
