"""What people are told in the app, and the letters that go out about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy


class Notification(models.Model):
    """One line for one account; `url` is a page of this app."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications", verbose_name=lazy("akun")
    )
    title = models.CharField(lazy("judul"), max_length=200)
    body = models.TextField(lazy("isi"), blank=True)
    url = models.CharField(lazy("alamat"), max_length=300)
    created_at = models.DateTimeField(lazy("waktu"), auto_now_add=True)
    read_at = models.DateTimeField(lazy("dibaca"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = lazy("pemberitahuan")
        verbose_name_plural = lazy("pemberitahuan")
        indexes = [
            models.Index(fields=["account"], name="notification_unread", condition=models.Q(read_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.title


class OutgoingMail(models.Model):
    """A letter waiting to be sent, sent, or given up. `due_at` moves forward while somebody tries."""

    class State(models.TextChoices):
        WAITING = "waiting", lazy("Menunggu")
        SENT = "sent", lazy("Terkirim")
        DROPPED = "dropped", lazy("Tidak dikirim")

    notification = models.OneToOneField(Notification, models.PROTECT, related_name="mail")
    state = models.CharField(lazy("status"), max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(lazy("percobaan"), default=0)
    due_at = models.DateTimeField(lazy("berikutnya"), default=timezone.now)
    failure = models.CharField(lazy("kegagalan"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = lazy("surel keluar")
        verbose_name_plural = lazy("surel keluar")
        indexes = [models.Index(fields=["due_at"], name="mail_waiting", condition=models.Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.notification} ({self.get_state_display()})"
