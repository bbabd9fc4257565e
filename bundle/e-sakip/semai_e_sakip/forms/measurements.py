"""Forms of the action plan, measurements, evidence and spending."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import QuantityField
from semai_kit.money import RupiahField

from .. import reference
from ..services.measurements import MeasurementContent, StepContent
from .fields import lines


class StepForm(forms.Form):
    quarter = forms.TypedChoiceField(label=lazy("Triwulan"), coerce=int)
    activity = forms.CharField(label=lazy("Langkah aksi"), max_length=300, widget=lines(2))
    output = forms.CharField(label=lazy("Keluaran"), max_length=200, required=False)
    responsible = forms.CharField(label=lazy("Pelaksana"), max_length=160, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [(n, _(reference.quarter_title(n))) for n in reference.QUARTERS]

    def content(self) -> StepContent:
        return StepContent(**self.cleaned_data)


class MeasurementForm(forms.Form):
    realised = QuantityField(label=lazy("Realisasi"))
    analysis = forms.CharField(
        label=lazy("Analisis capaian"),
        max_length=3000,
        required=False,
        widget=lines(4),
        help_text=lazy("Wajib bila capaian di bawah target triwulan."),
    )
    obstacle = forms.CharField(label=lazy("Hambatan"), max_length=2000, required=False, widget=lines(3))
    remedy = forms.CharField(label=lazy("Rencana perbaikan"), max_length=2000, required=False, widget=lines(3))

    def content(self) -> MeasurementContent:
        return MeasurementContent(**self.cleaned_data)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=lazy("Berkas bukti"),
        help_text=lazy("PDF, JPEG, PNG atau WebP, paling besar 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
        allow_empty_file=True,
    )


class SpendingForm(forms.Form):
    quarter = forms.TypedChoiceField(label=lazy("Sampai dengan"), coerce=int)
    spent = RupiahField(
        label=lazy("Realisasi anggaran (Rp)"), help_text=lazy("Dihitung sejak Januari sampai akhir triwulan itu.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [(n, _(reference.quarter_title(n))) for n in reference.QUARTERS]
