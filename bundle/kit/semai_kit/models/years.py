"""Fiscal years (several are open at once) and the abstract records that belong to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as lazy

from semai_kit.workflow_file import Transition, Workflow, load_packaged

if TYPE_CHECKING:
    from semai_kit.roles import Place


class FiscalYear(models.Model):
    """Tahun anggaran. Only records of an open year may be written."""

    class Status(models.TextChoices):
        OPEN = "open", lazy("Terbuka")
        LOCKED = "locked", lazy("Terkunci")
        ARCHIVED = "archived", lazy("Arsip")

    year = models.PositiveSmallIntegerField(
        lazy("tahun"), unique=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    status = models.CharField(lazy("status"), max_length=10, choices=Status.choices, default=Status.OPEN)

    class Meta:
        ordering = ["-year"]
        verbose_name = lazy("tahun anggaran")
        verbose_name_plural = lazy("tahun anggaran")

    def __str__(self) -> str:
        return str(self.year)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class YearStage(models.Model):
    """One stage of one year (data/year_stages.yml). Without a row the stage is open, as far as the year is."""

    fiscal_year = models.ForeignKey(
        FiscalYear, models.PROTECT, related_name="stages", verbose_name=lazy("tahun anggaran")
    )
    stage = models.CharField(lazy("tahap"), max_length=40)
    status = models.CharField(
        lazy("status"), max_length=10, choices=FiscalYear.Status.choices, default=FiscalYear.Status.OPEN
    )

    class Meta:
        ordering = ["fiscal_year", "stage"]
        verbose_name = lazy("tahap tahun anggaran")
        verbose_name_plural = lazy("tahap tahun anggaran")
        constraints = [models.UniqueConstraint(fields=["fiscal_year", "stage"], name="one_status_per_stage")]

    def __str__(self) -> str:
        return f"{self.stage} {self.fiscal_year}"


class YearRecord(models.Model):
    """A record of one fiscal year that knows who made it and when. `YEAR_STAGE` "" means the app's own stage."""

    YEAR_STAGE: ClassVar[str] = ""

    fiscal_year = models.ForeignKey(
        FiscalYear, models.PROTECT, related_name="+", verbose_name=lazy("tahun anggaran")
    )
    created_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=lazy("dibuat oleh"),
    )
    updated_at = models.DateTimeField(lazy("diubah"), auto_now=True)

    class Meta:
        abstract = True


class Stateful(models.Model):
    """A record whose `state` moves along a workflow file, "package:path/inside/it.yml"."""

    WORKFLOW: ClassVar[str]

    state = models.CharField(lazy("status"), max_length=40, editable=False, db_index=True)

    class Meta:
        abstract = True

    @classmethod
    def workflow(cls) -> Workflow:
        return load_packaged(cls.WORKFLOW)

    @property
    def workflow_kind(self) -> str:
        """Which of the kinds named in the workflow file the record is; override where the file names any."""
        return ""

    def steps(self) -> tuple[Transition, ...]:
        """Transitions that leave the record's state for a record of its kind, in file order."""
        return tuple(t for t in self.workflow().leaving(self.state) if t.serves(self.workflow_kind))

    def permission_place(self) -> Place:
        """Where the record belongs, for permission checks: override with Place(agency=…) and so on."""
        raise NotImplementedError(f"{type(self).__name__} must say where it belongs: permission_place()")

    @property
    def state_title(self) -> str:
        return self.workflow().state(self.state).title

    @property
    def state_kind(self) -> str:
        return self.workflow().state(self.state).kind

    def save(self, *args: object, **kwargs: object) -> None:
        if not self.state:
            self.state = self.workflow().initial
        super().save(*args, **kwargs)  # type: ignore[arg-type]
