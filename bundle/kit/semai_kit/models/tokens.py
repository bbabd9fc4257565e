"""Tokens of programs that read the API. Only a hash is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy


class TokenQuerySet(models.QuerySet):
    def usable(self) -> TokenQuerySet:
        today = timezone.localdate()
        return self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=today), revoked_at__isnull=True)


class ApiToken(models.Model):
    """What one consumer may read; `hint` are its first characters, to tell tokens apart in the list."""

    consumer = models.CharField(lazy("pemakai"), max_length=120)
    scopes = models.JSONField(lazy("cakupan"), default=list)
    digest = models.CharField(lazy("sidik"), max_length=64, unique=True, editable=False)
    hint = models.CharField(lazy("awalan"), max_length=12, editable=False)
    expires_on = models.DateField(lazy("berlaku sampai"), null=True, blank=True)
    created_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=lazy("dibuat oleh")
    )
    used_at = models.DateTimeField(lazy("terakhir dipakai"), null=True, editable=False)
    used_from = models.GenericIPAddressField(lazy("dipakai dari"), null=True, editable=False)
    revoked_at = models.DateTimeField(lazy("dicabut"), null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = lazy("token API")
        verbose_name_plural = lazy("token API")

    def __str__(self) -> str:
        return f"{self.consumer} ({self.hint}…)"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_on is None or self.expires_on >= timezone.localdate())
