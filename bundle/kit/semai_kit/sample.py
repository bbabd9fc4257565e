"""Sample content: personas to log in with, and the checks that keep it away from real work."""

from __future__ import annotations

from django.db import transaction

from semai_kit.accounts import ADMINISTRATOR, grant_role
from semai_kit.models import Account, Agency, District, Village, YearRecord
from semai_kit.refusals import Refused


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
    account, _ = Account.objects.get_or_create(
        username=username, defaults={"full_name": full_name, "is_sample": True}
    )
    if not account.is_sample:
        raise SampleRefused(f"akun “{username}” bukan akun contoh")
    if not account.check_password(password):
        account.set_password(password)
        account.save(update_fields=["password"])
    grant_role(None, account, role, agency=agency, district=district, village=village)
    return account
