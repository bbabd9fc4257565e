"""Forms of e-budgeting. They check the shape of what was typed; rules of budgeting live in the services."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from semai_kit.forms import DateInput
from semai_kit.money import RupiahField

from .models import AccountCode, FundingSource, PlanItem, Rka, RkaLine
from .services.lines import PLAIN_FIELDS, LineEntry
from .services.reference import PackEntry

MAXIMUM_CHOICES = 30


@cache
def offered_units() -> tuple[str, ...]:
    return tuple(yaml.safe_load((files("semai_e_budgeting") / "data" / "units.yml").read_text(encoding="utf-8")))


def usable_accounts(year: int) -> QuerySet[AccountCode]:
    valid = Q(pack__valid_until_year__isnull=True) | Q(pack__valid_until_year__gte=year)
    return AccountCode.objects.filter(valid, postable=True, pack__valid_from_year__lte=year).order_by("code")


def usable_sources(year: int) -> QuerySet[FundingSource]:
    valid = Q(valid_until_year__isnull=True) | Q(valid_until_year__gte=year)
    return FundingSource.objects.filter(valid, valid_from_year__lte=year)


def search_accounts(year: int, words: str) -> QuerySet[AccountCode]:
    """Every word must appear in the code or the name."""
    found = usable_accounts(year)
    for word in words.split():
        found = found.filter(Q(code__contains=word) | Q(name__icontains=word))
    return found


class NumberInput(forms.TextInput):
    """Typed the Indonesian way (1.250.000,50); phones show a number pad."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off", **attributes})


def number(
    label: str, *, required: bool = True, places: int = 3, digits: int = 12, **options: Any
) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        localize=True,
        max_digits=digits,
        decimal_places=places,
        widget=NumberInput(),
        **options,
    )


def unit(label: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=30, widget=forms.TextInput(attrs={"list": "daftar-satuan"})
    )


class LineForm(forms.Form):
    """One budget line. `account` is chosen from a searched list that works without JavaScript."""

    item = forms.ModelChoiceField(PlanItem.objects.none(), label="Sub kegiatan", empty_label=None)
    account_search = forms.CharField(label="Cari kode rekening", required=False, max_length=100)
    account = forms.ModelChoiceField(
        AccountCode.objects.none(),
        label="Kode rekening",
        required=False,
        error_messages={"invalid_choice": "Kode rekening ini tidak berlaku; pilih yang lain."},
    )
    funding = forms.ModelChoiceField(
        FundingSource.objects.none(), label="Sumber dana", empty_label="Pilih sumber dana"
    )
    description = forms.CharField(label="Uraian belanja", max_length=300)
    specification = forms.CharField(label="Spesifikasi", required=False, max_length=300)
    volume_1 = number("Koefisien", min_value=Decimal("0.001"))
    unit_1 = unit("Satuan")
    volume_2 = number("Koefisien 2", required=False, min_value=Decimal("0.001"))
    unit_2 = unit("Satuan 2", required=False)
    volume_3 = number("Koefisien 3", required=False, min_value=Decimal("0.001"))
    unit_3 = unit("Satuan 3", required=False)
    unit_price = RupiahField(label="Harga satuan")
    tax_percent = number(
        "PPN (%)",
        required=False,
        places=2,
        digits=5,
        min_value=Decimal(0),
        max_value=Decimal(100),
        initial=Decimal(0),
    )
    location = forms.CharField(label="Lokasi", required=False, max_length=200)
    note = forms.CharField(label="Keterangan", required=False, max_length=300)

    def __init__(self, *args: Any, rka: Rka, items: list[PlanItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rka = rka
        self.year = rka.fiscal_year.year
        if rate := settings.SEMAI.answers.get("tax_percent"):
            self.fields["tax_percent"].help_text = f"Isi {rate} bila belanja ini kena PPN."
        self.fields["item"].queryset = PlanItem.objects.filter(pk__in=[item.pk for item in items])
        self.fields["account"].queryset = usable_accounts(self.year)
        self.fields["funding"].queryset = usable_sources(self.year)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for position in ("2", "3"):
            volume, measured = values.get(f"volume_{position}"), values.get(f"unit_{position}")
            if volume is not None and not measured and f"unit_{position}" not in self.errors:
                self.add_error(f"unit_{position}", "Isi satuan untuk koefisien ini.")
            if measured and volume is None and f"volume_{position}" not in self.errors:
                self.add_error(f"volume_{position}", "Isi koefisien untuk satuan ini, atau kosongkan satuannya.")
        if values.get("account") is None and "account" not in self.errors:
            typed = (values.get("account_search") or "").strip()
            values["account"] = usable_accounts(self.year).filter(code=typed).first() if typed else None
            if values["account"] is None:
                self.add_error("account", "Pilih satu kode rekening dari daftar.")
        return values

    def entry(self) -> LineEntry:
        values = self.cleaned_data
        plain = {name: values[name] for name in PLAIN_FIELDS}
        plain["tax_percent"] = values["tax_percent"] or Decimal(0)
        return LineEntry(
            item_id=values["item"].pk, account_id=values["account"].pk, funding_id=values["funding"].pk, **plain
        )

    def typed(self, name: str) -> str:
        """What the field shows now, bound or not."""
        value = self[name].value()
        return "" if value is None else str(value)

    def account_choices(self) -> list[AccountCode]:
        """The chosen code first, then what the search finds, or else the codes this OPD already uses."""
        words = self.typed("account_search").strip()
        chosen = self.chosen_account()
        if words:
            offered = list(search_accounts(self.year, words)[: MAXIMUM_CHOICES + 1])
        else:
            used = RkaLine.objects.filter(rka=self.rka).values("account")
            offered = list(usable_accounts(self.year).filter(pk__in=used)[:12])
        rest = [account for account in offered if chosen is None or account.pk != chosen.pk]
        return ([chosen] if chosen else []) + rest[:MAXIMUM_CHOICES]

    def chosen_account(self) -> AccountCode | None:
        typed = self.typed("account")
        return usable_accounts(self.year).filter(pk=typed).first() if typed.isdigit() else None

    @property
    def search_count(self) -> int | None:
        words = self.typed("account_search").strip()
        return search_accounts(self.year, words).count() if words else None


def line_initial(line: RkaLine) -> dict[str, Any]:
    plain = {name: getattr(line, name) for name in PLAIN_FIELDS}
    for name in ("volume_1", "volume_2", "volume_3", "tax_percent"):
        plain[name] = without_zeros(plain[name])
    return {**plain, "item": line.item_id, "account": line.account_id, "funding": line.funding_id}


def without_zeros(value: Decimal | None) -> Decimal | None:
    """10.000 as 10: three zeros behind an Indonesian comma would read as ten thousand."""
    return None if value is None else Decimal(f"{value.normalize():f}")


class RemarkForm(forms.Form):
    text = forms.CharField(
        label="Catatan",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Tertulis tetap dan dilihat OPD.",
    )
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    line = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    text = forms.CharField(label="Tanggapan", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class PackForm(forms.Form):
    """A list of account codes with its decree; its codes follow by import."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{2,59}$",
        label="Kode paket",
        help_text="Huruf kecil, angka dan tanda hubung, misalnya belanja-900-1-861-2026.",
        error_messages={"invalid": "Hanya huruf kecil, angka dan tanda hubung, 3-60 huruf."},
    )
    title = forms.CharField(label="Nama paket", max_length=200)
    decree = forms.CharField(label="Dasar hukum", max_length=200)
    decree_date = forms.DateField(label="Tanggal keputusan", widget=DateInput)
    valid_from_year = forms.IntegerField(label="Berlaku mulai tahun", min_value=2000, max_value=2100)
    valid_until_year = forms.IntegerField(
        label="Berlaku sampai tahun",
        min_value=2000,
        max_value=2100,
        required=False,
        help_text="Kosongkan bila belum berakhir.",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        first, last = values.get("valid_from_year"), values.get("valid_until_year")
        if first and last and last < first:
            self.add_error("valid_until_year", "Tidak boleh sebelum tahun mulai berlaku.")
        return values

    def entry(self) -> PackEntry:
        return PackEntry(**self.cleaned_data)


class FundingForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9.-]{0,19}$",
        label="Kode singkat",
        error_messages={"invalid": "Huruf besar, angka, titik dan tanda hubung, paling panjang 20."},
    )
    name = forms.CharField(label="Sumber dana", max_length=200)
    basis = forms.CharField(label="Dasar hukum", max_length=200, required=False)
    valid_from_year = forms.IntegerField(label="Berlaku mulai tahun", min_value=2000, max_value=2100)


class LastYearForm(forms.Form):
    last_year = forms.IntegerField(label="Tahun terakhir berlaku", min_value=2000, max_value=2100)


def values_of(form_data: Mapping[str, Any], form: forms.Form) -> dict[str, Any]:
    """What was typed, to show again without judging it yet (search, not save)."""
    return {name: form_data.get(name, "") for name in form.fields}
