"""Rows that hang on any record: attachments, transition history, and the last known answers of contracts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as lazy


class Attachment(models.Model):
    """A checked file kept outside the web root under a random name."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey("content_type", "object_id")
    file = models.CharField(lazy("berkas"), max_length=80, unique=True, editable=False)
    name = models.CharField(lazy("nama berkas"), max_length=160)
    media_type = models.CharField(lazy("jenis"), max_length=100)
    size = models.PositiveBigIntegerField(lazy("ukuran"))
    digest = models.CharField(lazy("sidik SHA-256"), max_length=64)
    created_at = models.DateTimeField(lazy("diunggah"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=lazy("diunggah oleh")
    )

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="attachment_record")]
        verbose_name = lazy("lampiran")
        verbose_name_plural = lazy("lampiran")

    def __str__(self) -> str:
        return self.name


class TransitionLog(models.Model):
    """One move of one record along its workflow. Rows are only ever added."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey("content_type", "object_id")
    from_state = models.CharField(lazy("dari"), max_length=40)
    to_state = models.CharField(lazy("menjadi"), max_length=40)
    reason = models.TextField(lazy("alasan"), blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=lazy("oleh")
    )
    at = models.DateTimeField(lazy("waktu"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="transition_record")]
        verbose_name = lazy("riwayat status")
        verbose_name_plural = lazy("riwayat status")

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ContractAnswer(models.Model):
    """Last known good answer of a provider, and the outcome of the latest attempt."""

    contract = models.CharField(lazy("kontrak"), max_length=120)
    request = models.CharField(lazy("permintaan"), max_length=500)
    payload = models.JSONField(lazy("isi"), null=True)
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(lazy("diambil"), null=True)
    tried_at = models.DateTimeField(lazy("dicoba"), null=True)
    failure = models.CharField(lazy("kegagalan"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "request"], name="one_answer_per_request")]
        verbose_name = lazy("jawaban kontrak")
        verbose_name_plural = lazy("jawaban kontrak")

    def __str__(self) -> str:
        return f"{self.contract} {self.request}"
