"""Accountability: one report (LPJ) per disbursement, and the reminders that were sent about it."""

from __future__ import annotations

import datetime

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Account, Stateful
from semai_kit.money import MoneyField
from semai_kit.roles import Place, allowed_at

from .awards import Disbursement


class Report(Stateful):
    """Laporan pertanggungjawaban of one disbursement; it exists from the day of payment."""

    WORKFLOW = "semai_e_hibah:data/report_states.yml"

    disbursement = models.OneToOneField(Disbursement, models.PROTECT, related_name="report")
    due_on = models.DateField(lazy("tenggat"))
    spent = MoneyField(lazy("dana dipakai"), null=True, blank=True)
    returned = MoneyField(lazy("sisa yang dikembalikan"), null=True, blank=True)
    narrative = models.TextField(lazy("uraian pelaksanaan"), max_length=4000, blank=True)
    submitted_on = models.DateField(lazy("tanggal diserahkan"), null=True, blank=True, editable=False)
    last_reason = models.TextField(lazy("alasan terakhir"), blank=True, editable=False)
    updated_at = models.DateTimeField(lazy("diubah"), auto_now=True)

    class Meta:
        verbose_name = lazy("laporan")
        verbose_name_plural = lazy("laporan")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"LPJ {self.disbursement}"

    def get_absolute_url(self) -> str:
        return reverse("grants:report", args=[self.pk])

    def permission_place(self) -> Place:
        return self.disbursement.agreement.application.permission_place()

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "report.view", self.permission_place())

    def is_overdue(self, today: datetime.date | None = None) -> bool:
        return self.state != "diterima" and self.due_on < (today or timezone.localdate())


class Reminder(models.Model):
    """A reminder given about a report; each offset of filing.yml at most once."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="reminders")
    offset = models.SmallIntegerField(lazy("hari dari tenggat"))
    sent_on = models.DateField(lazy("tanggal"))

    class Meta:
        verbose_name = lazy("pengingat")
        verbose_name_plural = lazy("pengingat")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "offset"], name="reminder_once_per_offset")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.offset:+d}"
