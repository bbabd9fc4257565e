"""The form of a budget line. It checks the shape of what was typed; rules of budgeting live in the services."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import SuggestInput
from semai_kit.money import RupiahField

from .models import FundingSource, PackCode, PlanItem, Rka, RkaLine, StandardItem
from .selectors.reference import usable_accounts, usable_sources
from .selectors.standards import for_account, labelled, matching, usable_items
from .services.lines import PLAIN_FIELDS, LineEntry
from .services.pricing import warns_only

MAXIMUM_CHOICES = 30
MAXIMUM_SUGGESTIONS = 100


@cache
def offered_units() -> tuple[str, ...]:
    return tuple(yaml.safe_load((files("semai_e_budgeting") / "data" / "units.yml").read_text(encoding="utf-8")))


def search_accounts(year: int, words: str) -> QuerySet[PackCode]:
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
    """One budget line. `account` and `standard` are chosen from searched lists that work without JavaScript.

    Unit and price may stay empty where a price standard gives them. `held` is the standard the line has already.
    """

    item = forms.ModelChoiceField(PlanItem.objects.none(), label=lazy("Sub kegiatan"), empty_label=None)
    account_search = forms.CharField(label=lazy("Cari kode rekening"), required=False, max_length=100)
    account = forms.ModelChoiceField(
        PackCode.objects.none(),
        label=lazy("Kode rekening"),
        required=False,
        error_messages={"invalid_choice": lazy("Kode rekening ini tidak berlaku; pilih yang lain.")},
    )
    funding = forms.ModelChoiceField(
        FundingSource.objects.none(), label=lazy("Sumber dana"), empty_label=lazy("Pilih sumber dana")
    )
    standard_search = forms.CharField(label=lazy("Cari standar harga"), required=False, max_length=200)
    standard = forms.ModelChoiceField(
        StandardItem.objects.none(),
        label=lazy("Standar harga"),
        required=False,
        error_messages={"invalid_choice": lazy("Standar harga ini tidak berlaku; pilih yang lain.")},
    )
    description = forms.CharField(label=lazy("Uraian belanja"), max_length=300)
    specification = forms.CharField(label=lazy("Spesifikasi"), required=False, max_length=300)
    volume_1 = number(lazy("Koefisien"), min_value=Decimal("0.001"))
    unit_1 = unit(lazy("Satuan"), required=False)
    volume_2 = number(lazy("Koefisien 2"), required=False, min_value=Decimal("0.001"))
    unit_2 = unit(lazy("Satuan 2"), required=False)
    volume_3 = number(lazy("Koefisien 3"), required=False, min_value=Decimal("0.001"))
    unit_3 = unit(lazy("Satuan 3"), required=False)
    unit_price = RupiahField(
        label=lazy("Harga satuan"), required=False, help_text=lazy("Kosongkan untuk memakai harga standar.")
    )
    price_reason = forms.CharField(
        label=lazy("Alasan harga di atas standar"),
        required=False,
        max_length=500,
        help_text=lazy("Hanya bila harga melebihi standar; dilihat saat asistensi."),
    )
    tax_percent = number(
        lazy("PPN (%)"),
        required=False,
        places=2,
        digits=5,
        min_value=Decimal(0),
        max_value=Decimal(100),
        initial=Decimal(0),
    )
    location = forms.CharField(label=lazy("Lokasi"), required=False, max_length=200)
    note = forms.CharField(label=lazy("Keterangan"), required=False, max_length=300)

    def __init__(
        self, *args: Any, rka: Rka, items: list[tuple[int, str]], held: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rka = rka
        self.year = rka.fiscal_year.year
        self.standards = usable_items(self.year)
        self.fields["standard"].queryset = StandardItem.objects.filter(
            Q(pk__in=self.standards.order_by().values("pk")) | Q(pk=held)
        ).select_related("standard")
        self.fields["standard_search"].widget = SuggestInput(self.standard_suggestions())
        if not warns_only():
            del self.fields["price_reason"]
        if rate := settings.SEMAI.answers.get("tax_percent"):
            self.fields["tax_percent"].help_text = _("Isi {rate} bila belanja ini kena PPN.").format(rate=rate)
        self.fields["item"].queryset = PlanItem.objects.filter(pk__in=[key for key, _title in items])
        self.fields["item"].choices = items  # an OPD has hundreds: read once, and only what is shown of them
        self.fields["account"].queryset = usable_accounts(self.year)
        self.fields["funding"].queryset = usable_sources(self.year)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for position in ("2", "3"):
            volume, measured = values.get(f"volume_{position}"), values.get(f"unit_{position}")
            if volume is not None and not measured and f"unit_{position}" not in self.errors:
                self.add_error(f"unit_{position}", _("Isi satuan untuk koefisien ini."))
            if measured and volume is None and f"volume_{position}" not in self.errors:
                self.add_error(f"volume_{position}", _("Isi koefisien untuk satuan ini, atau kosongkan satuannya."))
        if values.get("account") is None and "account" not in self.errors:
            typed = (values.get("account_search") or "").strip()
            values["account"] = usable_accounts(self.year).filter(code=typed).first() if typed else None
            if values["account"] is None:
                self.add_error("account", _("Pilih satu kode rekening dari daftar."))
        self._take_standard(values)
        return values

    def _take_standard(self, values: dict[str, Any]) -> None:
        """A label typed in full counts more than the list; unit and price come from the standard where empty."""
        typed = (values.get("standard_search") or "").strip()
        named = labelled(self.standards, typed) if typed else None
        standard = values["standard"] = named or values.get("standard")
        if typed and standard is None and "standard" not in self.errors:
            self.add_error("standard", _("Pilih satu standar harga dari daftar, atau kosongkan pencariannya."))
        for name, given in (("unit_1", "unit"), ("unit_price", "price")):
            if values.get(name) in (None, "") and name not in self.errors:
                if standard is None:
                    self.add_error(name, _("Isi, atau pilih standar harga."))
                else:
                    values[name] = getattr(standard, given)

    def entry(self) -> LineEntry:
        values = self.cleaned_data
        plain = {name: values.get(name, "") for name in PLAIN_FIELDS}
        plain["tax_percent"] = values["tax_percent"] or Decimal(0)
        plain["standard_id"] = values["standard"].pk if values["standard"] else None
        return LineEntry(
            item_id=values["item"].pk, account_id=values["account"].pk, funding_id=values["funding"].pk, **plain
        )

    def typed(self, name: str) -> str:
        """What the field shows now, bound or not."""
        value = self[name].value()
        return "" if value is None else str(value)

    def account_choices(self) -> list[PackCode]:
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

    def chosen_account(self) -> PackCode | None:
        typed = self.typed("account")
        return usable_accounts(self.year).filter(pk=typed).first() if typed.isdigit() else None

    def standard_choices(self) -> list[StandardItem]:
        """The chosen item first, then what the search finds, or else what this OPD uses; fit for the account."""
        words, chosen = self.typed("standard_search").strip(), self.chosen_standard()
        found = matching(self._fitting(), words) if words else self._used_standards()
        offered = list(found[: MAXIMUM_CHOICES + 1])
        rest = [item for item in offered if chosen is None or item.pk != chosen.pk]
        return ([chosen] if chosen else []) + rest[:MAXIMUM_CHOICES]

    def chosen_standard(self) -> StandardItem | None:
        typed = self.typed("standard")
        return self.fields["standard"].queryset.filter(pk=typed).first() if typed.isdigit() else None

    def standard_suggestions(self) -> list[str]:
        """Labels for the search box: those of the chosen account, or else those this OPD uses."""
        found = self._fitting() if self.chosen_account() else self._used_standards()
        return [str(item) for item in found[:MAXIMUM_SUGGESTIONS]]

    @property
    def standard_count(self) -> int | None:
        words = self.typed("standard_search").strip()
        return matching(self._fitting(), words).count() if words else None

    def _fitting(self) -> QuerySet[StandardItem]:
        account = self.chosen_account()
        return for_account(self.standards, account.code) if account else self.standards

    def _used_standards(self) -> QuerySet[StandardItem]:
        used = RkaLine.objects.filter(rka=self.rka, standard__isnull=False).values("standard")
        return self._fitting().filter(pk__in=used)

    @property
    def search_count(self) -> int | None:
        words = self.typed("account_search").strip()
        return search_accounts(self.year, words).count() if words else None


def line_initial(line: RkaLine) -> dict[str, Any]:
    plain = {name: getattr(line, name) for name in PLAIN_FIELDS}
    for name in ("volume_1", "volume_2", "volume_3", "tax_percent"):
        plain[name] = without_zeros(plain[name])
    chosen = {"item": line.item_id, "account": line.account_id, "funding": line.funding_id}
    return {**plain, **chosen, "standard": line.standard_id}


def without_zeros(value: Decimal | None) -> Decimal | None:
    """10.000 as 10: three zeros behind an Indonesian comma would read as ten thousand."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def values_of(form_data: Mapping[str, Any], form: forms.Form) -> dict[str, Any]:
    """What was typed, to show again without judging it yet (search, not save)."""
    return {name: form_data.get(name, "") for name in form.fields}
