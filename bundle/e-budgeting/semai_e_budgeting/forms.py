"""Forms of reference data and remarks. They check the shape of what was typed; rules live in the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput

from .models import CodePack
from .services.reference import PackEntry


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=lazy("Isi catatan"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("Tertulis tetap dan dilihat OPD."),
    )
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    line = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    text = forms.CharField(label=lazy("Tanggapan"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class PackForm(forms.Form):
    """A list of codes with its decree; its codes follow by import."""

    kind = forms.ChoiceField(label=lazy("Jenis"), choices=CodePack.Kind.choices)
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{2,59}$",
        label=lazy("Kode paket"),
        help_text=lazy("Huruf kecil, angka dan tanda hubung, misalnya belanja-900-1-861-2026."),
        error_messages={"invalid": lazy("Hanya huruf kecil, angka dan tanda hubung, 3-60 huruf.")},
    )
    title = forms.CharField(label=lazy("Nama paket"), max_length=200)
    decree = forms.CharField(label=lazy("Dasar hukum"), max_length=200)
    decree_date = forms.DateField(label=lazy("Tanggal keputusan"), widget=DateInput)
    valid_from_year = forms.IntegerField(label=lazy("Berlaku mulai tahun"), min_value=2000, max_value=2100)
    valid_until_year = forms.IntegerField(
        label=lazy("Berlaku sampai tahun"),
        min_value=2000,
        max_value=2100,
        required=False,
        help_text=lazy("Kosongkan bila belum berakhir."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        first, last = values.get("valid_from_year"), values.get("valid_until_year")
        if first and last and last < first:
            self.add_error("valid_until_year", _("Tidak boleh sebelum tahun mulai berlaku."))
        return values

    def entry(self) -> PackEntry:
        return PackEntry(**self.cleaned_data)


class FundingForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9.-]{0,19}$",
        label=lazy("Kode singkat"),
        error_messages={"invalid": lazy("Huruf besar, angka, titik dan tanda hubung, paling panjang 20.")},
    )
    name = forms.CharField(label=lazy("Sumber dana"), max_length=200)
    basis = forms.CharField(label=lazy("Dasar hukum"), max_length=200, required=False)
    valid_from_year = forms.IntegerField(label=lazy("Berlaku mulai tahun"), min_value=2000, max_value=2100)


class LastYearForm(forms.Form):
    last_year = forms.IntegerField(label=lazy("Tahun terakhir berlaku"), min_value=2000, max_value=2100)
