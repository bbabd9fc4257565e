"""Writes on accounts and grants: create, deactivate, grant, revoke, reset and change passwords.

Every function is one transaction, checks the permission of `actor` (None: the system, in commands) and leaves an
audit row. One-time passwords are returned once and stored only as a hash.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from semai_kit import notifications, roles
from semai_kit.models import Account, AccountSession, Agency, District, RoleGrant, Village
from semai_kit.refusals import Refused

MANAGE = "kit.accounts.manage"
ADMINISTRATOR = "admin"
# No 0/O, 1/l/I: people read these aloud over the telephone.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105


class AccountRefused(Refused):
    """The account or grant asked for breaks a rule."""


class AccountBackend(ModelBackend):
    """Logs in active, unexpired accounts; rights come from grants, not from Django's permission tables."""

    def user_can_authenticate(self, user: Account) -> bool:
        return user.is_usable

    def get_user(self, user_id: int) -> Account | None:
        """Once per request, with what the header shows."""
        account = notifications.with_unread(Account.objects.filter(pk=user_id)).first()
        return account if account is not None and self.user_can_authenticate(account) else None

    def has_perm(self, user_obj: Account, perm: str, obj: object = None) -> bool:
        return roles.allowed_anywhere(user_obj, perm)


@dataclass(frozen=True)
class NewAccount:
    """A created account and the password to hand over; it is not stored anywhere."""

    account: Account
    password: str


def one_time_password() -> str:
    """Fifteen random characters in three groups, about 74 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(5)) for _ in range(3))


@transaction.atomic
def create_account(
    actor: Account | None,
    *,
    username: str,
    full_name: str,
    nip: str = "",
    email: str = "",
    expires_on: date | None = None,
) -> NewAccount:
    """Raises Denied, AccountRefused (name or e-mail taken or malformed)."""
    _authorize(actor)
    password = one_time_password()
    account = Account(username=username.strip().lower(), full_name=full_name, nip=nip, expires_on=expires_on)
    account.email = email.strip().lower()
    account.must_change_password = True
    account.set_password(password)
    _validated(account)
    account.save()
    return NewAccount(account, password)


@transaction.atomic
def ensure_administrator(password: str) -> bool:
    """The first administrator, whose password must be changed at login; False when the account is there already."""
    account = Account.objects.filter(username=ADMINISTRATOR).first()
    created = account is None
    if account is None:
        account = Account(username=ADMINISTRATOR, full_name="Administrator", must_change_password=True)
        account.set_password(password)
        account.save()
    if created:
        grant_role(None, account, "administrator")
    return created


@transaction.atomic
def change_account(
    actor: Account | None,
    account: Account,
    *,
    full_name: str,
    nip: str,
    expires_on: date | None,
    email: str = "",
) -> Account:
    """Change who the account is; the username never changes."""
    _authorize(actor)
    row = Account.objects.select_for_update().get(pk=account.pk)
    row.full_name, row.nip, row.expires_on = full_name, nip, expires_on
    row.email = email.strip().lower()
    _validated(row)
    row.save()
    return row


@transaction.atomic
def set_preferences(account: Account, *, wants_mail: bool) -> Account:
    """The owner's own choices."""
    row = Account.objects.select_for_update().get(pk=account.pk)
    row.wants_mail = wants_mail
    row.save(update_fields=["wants_mail"])
    return row


@transaction.atomic
def set_active(actor: Account | None, account: Account, active: bool) -> Account:
    """Deactivate (ends its sessions) or activate. Nobody deactivates their own account."""
    _authorize(actor)
    if actor is not None and actor.pk == account.pk and not active:
        raise AccountRefused(_("Anda tidak dapat menonaktifkan akun sendiri."))
    row = Account.objects.select_for_update().get(pk=account.pk)
    row.is_active = active
    row.save(update_fields=["is_active"])
    if not active:
        end_sessions(row)
    return row


@transaction.atomic
def reset_password(actor: Account | None, account: Account) -> str:
    """Set and return a one-time password; the account must change it at next login.

    Sessions are bound to the password, so all of them end.
    """
    _authorize(actor)
    password = one_time_password()
    row = Account.objects.select_for_update().get(pk=account.pk)
    row.set_password(password)
    row.must_change_password = True
    row.save(update_fields=["password", "must_change_password"])
    return password


@transaction.atomic
def change_password(account: Account, old: str, new: str) -> None:
    """The owner's own change. Raises ValidationError (field names `old`, `new`)."""
    row = Account.objects.select_for_update().get(pk=account.pk)
    if not row.check_password(old):
        raise ValidationError({"old": _("Kata sandi lama tidak cocok.")})
    if old == new:
        raise ValidationError({"new": _("Kata sandi baru harus berbeda dari yang lama.")})
    try:
        validate_password(new, row)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from error
    row.set_password(new)
    row.must_change_password = False
    row.save(update_fields=["password", "must_change_password"])
    account.password, account.must_change_password = row.password, False


@transaction.atomic
def grant_role(
    actor: Account | None,
    account: Account,
    role: str,
    *,
    agency: Agency | None = None,
    district: District | None = None,
    village: Village | None = None,
    valid_until: date | None = None,
) -> RoleGrant:
    """Give a role where its scope says. Granting what is already held changes its validity only.

    Raises Denied, AccountRefused (unknown role, or a place that does not fit the role's scope).
    """
    _authorize(actor)
    known = roles.catalog().get(role)
    if known is None:
        raise AccountRefused(_("Peran “{role}” tidak dikenal.").format(role=role))
    places = {"agency": agency, "district": district, "village": village}
    given = {name for name, place in places.items() if place is not None}
    needed = set() if known.scope == "region" else {known.scope}
    if given != needed:
        raise AccountRefused(
            _("Peran “{title}” {rule}.").format(title=_(known.title), rule=_SCOPE_RULE[known.scope])
        )
    if valid_until is not None and valid_until < timezone.localdate():
        raise AccountRefused(_("Tanggal berakhirnya peran sudah lewat."))
    grant = RoleGrant.objects.current().filter(account=account, role=role, **places).first()
    if grant is None:
        grant = RoleGrant(account=account, role=role, created_by=actor, **places)
    grant.valid_until = valid_until
    grant.save()
    roles.forget_grants(account)
    return grant


@transaction.atomic
def revoke_role(actor: Account | None, grant: RoleGrant) -> None:
    """End a grant now. The last administrator cannot lose the role."""
    _authorize(actor)
    row = RoleGrant.objects.select_for_update().get(pk=grant.pk)
    others = RoleGrant.objects.current().filter(role="administrator", account__is_active=True)
    if row.role == "administrator" and not others.exclude(pk=row.pk).exists():
        raise AccountRefused(_("Ini administrator terakhir; beri peran itu kepada akun lain lebih dulu."))
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    roles.forget_grants(grant.account)


def end_sessions(account: Account, *, but: str | None = None) -> int:
    """Log the account out everywhere, except from the session with key `but`; returns how many sessions ended."""
    mine = AccountSession.objects.filter(account=account)
    ended, _ = (mine.exclude(session_key=but) if but else mine).delete()
    return ended


_SCOPE_RULE = {
    "region": lazy("berlaku untuk seluruh daerah, tanpa OPD, kecamatan, atau desa"),
    "agency": lazy("harus diberi untuk satu OPD"),
    "district": lazy("harus diberi untuk satu kecamatan"),
    "village": lazy("harus diberi untuk satu desa/kelurahan"),
}


def _authorize(actor: Account | None) -> None:
    if actor is not None:
        roles.require(actor, MANAGE)


def _validated(account: Account) -> None:
    """Refuse with one message per line; the view shows field errors from its form before it comes to this."""
    try:
        account.full_clean()
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from error
