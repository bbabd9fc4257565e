"""Forms that were sent, by digest: on a slow line people press twice, and what they entered is taken once."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy


class SentForm(models.Model):
    """One sending from one page as it was shown; the content itself is not kept."""

    digest = models.CharField(lazy("sidik"), max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField(lazy("dikirim"), default=timezone.now, db_index=True, editable=False)
    # Where the browser was sent on success; empty while the first sending is being worked on.
    answer = models.CharField(lazy("jawaban"), max_length=2000, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("formulir terkirim")
        verbose_name_plural = lazy("formulir terkirim")

    def __str__(self) -> str:
        return self.digest
