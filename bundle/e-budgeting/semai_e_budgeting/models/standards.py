"""Price standards by decree (SSH, SBU, HSPK, ASB). A list in force is never changed; a newer decree follows it."""

from functools import cache
from importlib.resources import files
from typing import ClassVar

import yaml
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.money import MoneyField

SEPARATOR = "|"


@cache
def standard_kinds() -> dict[str, str]:
    """Titles by id, in file order."""
    text = (files("semai_e_budgeting") / "data" / "standard_kinds.yml").read_text(encoding="utf-8")
    return {kind["id"]: kind["title"] for kind in yaml.safe_load(text)}


def kind_choices() -> list[tuple[str, str]]:
    """For a form, in the language of the page."""
    return [(kind, _(title)) for kind, title in standard_kinds().items()]


class PriceStandard(models.Model):
    """The list of one kind that one decree states. A draft until it is put in force."""

    kind = models.CharField(lazy("jenis"), max_length=20)
    decree = models.CharField(lazy("nomor keputusan"), max_length=200)
    decree_date = models.DateField(lazy("tanggal keputusan"))
    effective_on = models.DateField(lazy("mulai dipakai tanggal"))
    first_year = models.PositiveSmallIntegerField(lazy("untuk tahun anggaran"))
    last_year = models.PositiveSmallIntegerField(lazy("sampai tahun anggaran"), null=True, blank=True)
    is_partial = models.BooleanField(lazy("hanya mengubah sebagian"), default=False)
    note = models.CharField(lazy("keterangan"), max_length=300, blank=True)
    enforced_at = models.DateTimeField(lazy("diberlakukan"), null=True, editable=False)
    enforced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = lazy("standar harga")
        verbose_name_plural = lazy("standar harga")
        ordering: ClassVar = ["kind", "-effective_on", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "decree"], name="standard_decree_once_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.decree}"

    @property
    def is_draft(self) -> bool:
        return self.enforced_at is None

    @property
    def kind_title(self) -> str:
        return standard_kinds().get(self.kind, self.kind)


class StandardItem(models.Model):
    """One priced item. `account_codes` limits where it may be used: `|5.1.02|5.2|`, empty for everywhere."""

    standard = models.ForeignKey(
        PriceStandard, on_delete=models.PROTECT, related_name="items", verbose_name=lazy("standar harga")
    )
    code = models.CharField(lazy("kode barang"), max_length=60)
    name = models.CharField(lazy("uraian"), max_length=300)
    specification = models.CharField(lazy("spesifikasi"), max_length=300, blank=True)
    unit = models.CharField(lazy("satuan"), max_length=30)
    price = MoneyField(lazy("harga satuan"))
    includes_tax = models.BooleanField(lazy("harga sudah termasuk PPN"), default=False)
    account_codes = models.CharField(lazy("kode rekening"), max_length=500, blank=True)

    class Meta:
        verbose_name = lazy("barang standar harga")
        verbose_name_plural = lazy("barang standar harga")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["standard", "code"], name="item_once_per_standard"),
            models.CheckConstraint(condition=Q(price__gt=0), name="standard_price_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["code"])]

    def __str__(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def label(self) -> str:
        """How people and spreadsheets name it: `SSH 1.1.12.01`."""
        return f"{self.standard.kind} {self.code}"

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(code for code in self.account_codes.split(SEPARATOR) if code)

    def usable_for(self, account_code: str) -> bool:
        return not self.accounts or any(f"{account_code}.".startswith(f"{code}.") for code in self.accounts)


def joined_codes(codes: tuple[str, ...]) -> str:
    """As the column `account_codes` keeps them."""
    return f"{SEPARATOR}{SEPARATOR.join(codes)}{SEPARATOR}" if codes else ""
