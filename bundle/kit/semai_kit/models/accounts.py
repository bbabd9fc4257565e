"""Accounts and the roles granted to them. There is no superuser: every right comes from a grant."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from semai_kit.models.region import Agency, District, Village


class AccountManager(BaseUserManager):
    """Looks accounts up by username without regard to case; accounts are created by semai_kit.accounts."""

    def get_by_natural_key(self, username: str) -> Account:
        return self.get(username=username.strip().lower())


class Account(AbstractBaseUser):
    """A person who may log in."""

    username = models.CharField(
        lazy("nama pengguna"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", lazy("Hanya huruf kecil, angka, titik, - dan _."))],
    )
    full_name = models.CharField(lazy("nama lengkap"), max_length=160)
    nip = models.CharField(
        lazy("NIP"),
        max_length=18,
        blank=True,
        validators=[RegexValidator(r"^\d{18}$", lazy("NIP terdiri dari 18 angka."))],
    )
    email = models.EmailField(lazy("surel"), max_length=200, blank=True)
    wants_mail = models.BooleanField(
        lazy("kirim pemberitahuan lewat surel"), default=True, help_text=lazy("Yang ada di aplikasi tetap muncul.")
    )
    is_active = models.BooleanField(lazy("aktif"), default=True)
    expires_on = models.DateField(lazy("berlaku sampai"), null=True, blank=True)
    must_change_password = models.BooleanField(lazy("wajib ganti kata sandi"), default=False)
    is_sample = models.BooleanField(lazy("akun contoh"), default=False, editable=False)
    created_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["username"]
        verbose_name = lazy("akun")
        verbose_name_plural = lazy("akun")
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="one_account_per_email",
                violation_error_message=lazy("Surel ini sudah dipakai akun lain."),
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        super().clean()
        self.username = self.username.strip().lower()
        self.email = self.email.strip().lower()

    @property
    def is_usable(self) -> bool:
        """May log in and act today."""
        return self.is_active and (self.expires_on is None or self.expires_on >= timezone.localdate())


class GrantQuerySet(models.QuerySet):
    def current(self) -> GrantQuerySet:
        today = timezone.localdate()
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today), revoked_at__isnull=True)


class RoleGrant(models.Model):
    """One role held by one account, for the whole region or for one agency, district or village."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="grants", verbose_name=lazy("akun"))
    role = models.CharField(lazy("peran"), max_length=60)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("OPD")
    )
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("kecamatan")
    )
    village = models.ForeignKey(
        Village, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("desa/kelurahan")
    )
    valid_until = models.DateField(lazy("berlaku sampai"), null=True, blank=True)
    revoked_at = models.DateTimeField(lazy("dicabut"), null=True, blank=True)
    created_at = models.DateTimeField(lazy("diberikan"), auto_now_add=True)
    created_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("diberikan oleh")
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["role", "pk"]
        verbose_name = lazy("pemberian peran")
        verbose_name_plural = lazy("pemberian peran")
        constraints = [
            models.CheckConstraint(
                name="grant_has_at_most_one_place",
                condition=(
                    Q(agency__isnull=True, district__isnull=True)
                    | Q(agency__isnull=True, village__isnull=True)
                    | Q(district__isnull=True, village__isnull=True)
                ),
            )
        ]

    def __str__(self) -> str:
        place = self.place
        return f"{self.role} ({place})" if place else self.role

    @property
    def place(self) -> Agency | District | Village | None:
        return self.agency or self.district or self.village

    @property
    def is_current(self) -> bool:
        return self.revoked_at is None and (self.valid_until is None or self.valid_until >= timezone.localdate())
