"""Forms of price standards."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput

from .models.standards import kind_choices
from .services.standards import StandardEntry


class StandardForm(forms.Form):
    """The decree of a list; its items follow by import."""

    kind = forms.ChoiceField(label=lazy("Jenis"), choices=kind_choices)
    decree = forms.CharField(
        label=lazy("Nomor keputusan"),
        max_length=200,
        help_text=lazy("Misalnya Peraturan Bupati Nomor 12 Tahun 2026."),
    )
    decree_date = forms.DateField(label=lazy("Tanggal keputusan"), widget=DateInput)
    effective_on = forms.DateField(
        label=lazy("Mulai dipakai tanggal"),
        widget=DateInput,
        required=False,
        help_text=lazy("Kosongkan bila sama dengan tanggal keputusan."),
    )
    first_year = forms.IntegerField(label=lazy("Untuk tahun anggaran"), min_value=2000, max_value=2100)
    last_year = forms.IntegerField(
        label=lazy("Sampai tahun anggaran"),
        min_value=2000,
        max_value=2100,
        required=False,
        help_text=lazy("Kosongkan bila belum berakhir."),
    )
    is_partial = forms.BooleanField(
        label=lazy("Hanya mengubah sebagian"),
        required=False,
        help_text=lazy(
            "Kode yang tidak ada di daftar ini tetap mengikuti keputusan sebelumnya. Tanpa centang, "
            "daftar ini menggantikan seluruh daftar lama dari jenis yang sama."
        ),
    )
    note = forms.CharField(label=lazy("Keterangan"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        first, last = values.get("first_year"), values.get("last_year")
        if first and last and last < first:
            self.add_error("last_year", _("Tidak boleh sebelum tahun pertama."))
        decided, used = values.get("decree_date"), values.get("effective_on")
        if decided and used and used < decided:
            self.add_error("effective_on", _("Tidak boleh sebelum tanggal keputusan."))
        values["effective_on"] = used or decided
        return values

    def entry(self) -> StandardEntry:
        return StandardEntry(**self.cleaned_data)
