"""What follows approval: the signed list (DNC-PBH), the agreement (NPHD) and disbursements in stages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place

from .applications import Application


class AwardList(Stateful, YearRecord):
    """Daftar nominatif calon penerima belanja hibah/bantuan sosial of a year; numbered when it is signed."""

    WORKFLOW = "semai_e_hibah:data/award_list_states.yml"

    title = models.CharField(lazy("judul daftar"), max_length=160)
    number = models.CharField(lazy("nomor"), max_length=120, blank=True, editable=False)
    signed_on = models.DateField(lazy("tanggal penetapan"), null=True, blank=True, editable=False)
    signer_title = models.CharField(lazy("jabatan penanda tangan"), max_length=120, blank=True, editable=False)
    signer_name = models.CharField(lazy("nama penanda tangan"), max_length=160, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("daftar penerima")
        verbose_name_plural = lazy("daftar penerima")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    def get_absolute_url(self) -> str:
        return reverse("grants:award-list", args=[self.pk])

    def permission_place(self) -> Place:
        return Place()


class Agreement(models.Model):
    """Naskah perjanjian hibah daerah (NPHD), or the decision on social aid, of one application."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="agreement")
    number = models.CharField(lazy("nomor NPHD"), max_length=120, unique=True, editable=False)
    signed_on = models.DateField(lazy("tanggal"))
    official_name = models.CharField(lazy("nama pejabat"), max_length=160)
    official_title = models.CharField(lazy("jabatan pejabat"), max_length=160)
    official_nip = models.CharField(lazy("NIP pejabat"), max_length=18, blank=True)
    amount = MoneyField(lazy("nilai"))

    class Meta:
        verbose_name = lazy("NPHD")
        verbose_name_plural = lazy("NPHD")

    def __str__(self) -> str:
        return self.number


class Disbursement(models.Model):
    """A paid stage. Its ceiling is the share the kind gives to it and to the stages before it."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="disbursements")
    stage = models.PositiveSmallIntegerField(lazy("tahap ke"))
    title = models.CharField(lazy("tahap"), max_length=60)
    amount = MoneyField(lazy("nilai"))
    order_number = models.CharField(lazy("nomor SP2D"), max_length=60)
    paid_on = models.DateField(lazy("tanggal cair"))

    class Meta:
        verbose_name = lazy("pencairan")
        verbose_name_plural = lazy("pencairan")
        ordering = ["stage"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "stage"], name="stage_once_per_agreement"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="disbursement_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.agreement}"
