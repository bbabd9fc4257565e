"""Rows that hang on any record: attachments, transition history, and the last known answers of contracts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Attachment(models.Model):
    """A checked file kept outside the web root under a random name."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey("content_type", "object_id")
    file = models.CharField("berkas", max_length=80, unique=True, editable=False)
    name = models.CharField("nama berkas", max_length=160)
    media_type = models.CharField("jenis", max_length=100)
    size = models.PositiveBigIntegerField("ukuran")
    digest = models.CharField("sidik SHA-256", max_length=64)
    created_at = models.DateTimeField("diunggah", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="diunggah oleh"
    )

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="attachment_record")]
        verbose_name = "lampiran"
        verbose_name_plural = "lampiran"

    def __str__(self) -> str:
        return self.name


class TransitionLog(models.Model):
    """One move of one record along its workflow. Rows are only ever added."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey("content_type", "object_id")
    from_state = models.CharField("dari", max_length=40)
    to_state = models.CharField("menjadi", max_length=40)
    reason = models.TextField("alasan", blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    at = models.DateTimeField("waktu", auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="transition_record")]
        verbose_name = "riwayat status"
        verbose_name_plural = "riwayat status"

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ContractAnswer(models.Model):
    """Last known good answer of a provider, and the outcome of the latest attempt."""

    contract = models.CharField("kontrak", max_length=120)
    request = models.CharField("permintaan", max_length=500)
    payload = models.JSONField("isi", null=True)
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField("diambil", null=True)
    tried_at = models.DateTimeField("dicoba", null=True)
    failure = models.CharField("kegagalan", max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "request"], name="one_answer_per_request")]
        verbose_name = "jawaban kontrak"
        verbose_name_plural = "jawaban kontrak"

    def __str__(self) -> str:
        return f"{self.contract} {self.request}"
