"""Forms of the desks: OPD, amounts, budget lines, windows, lists, agreements, payments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput
from semai_kit.models import Agency
from semai_kit.money import RupiahField, rupiah

from ..models import Application, GrantLine
from ..selectors import budget
from ..services.agreements import AgreementContent, Payment
from ..services.budget import LineContent


def _words(label: str, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ClassifyForm(forms.Form):
    agency = forms.ModelChoiceField(label=lazy("OPD pelaksana"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()


class RecommendForm(forms.Form):
    amount = RupiahField(label=lazy("Nilai rekomendasi (Rp)"), min_value=1)
    note = _words(lazy("Pertimbangan OPD"))


class LineChoice(forms.ModelChoiceField):
    """Grant lines with what is left of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=GrantLine.objects.none(), **kwargs)
        self.remaining: dict[int, str] = {}

    def label_from_instance(self, line: GrantLine) -> str:
        return _("{line} (sisa {left})").format(line=line, left=self.remaining.get(line.pk, ""))


class DecideForm(forms.Form):
    amount = RupiahField(label=lazy("Nilai yang disetujui (Rp)"), min_value=1)
    line = LineChoice(label=lazy("Rekening belanja"))
    note = _words(lazy("Catatan"), required=False)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        field.queryset = budget.lines_for(application)
        field.remaining = {u.line.pk: rupiah(u.remaining) for u in budget.uses(field.queryset)}


class WaiveForm(forms.Form):
    reason = _words(lazy("Alasan pengecualian"))


class RevealForm(forms.Form):
    purpose = forms.CharField(
        label=lazy("Keperluan"), max_length=200, help_text=lazy("Tercatat dalam jejak audit bersama nama Anda.")
    )


class WindowForm(forms.Form):
    opens_on = forms.DateField(label=lazy("Dibuka"), widget=DateInput)
    closes_on = forms.DateField(label=lazy("Ditutup"), widget=DateInput)


class LineForm(forms.Form):
    agency = forms.ModelChoiceField(label=lazy("OPD"), queryset=Agency.objects.none())
    account_code = forms.CharField(
        label=lazy("Kode rekening"),
        max_length=40,
        help_text=lazy("Diawali 5.1.05 (hibah) atau 5.1.06 (bantuan sosial)."),
        validators=[RegexValidator(r"^[0-9.]+$", lazy("Hanya angka dan titik."))],
    )
    account_name = forms.CharField(label=lazy("Uraian rekening"), max_length=300)
    description = forms.CharField(label=lazy("Uraian belanja"), max_length=300)
    ceiling = RupiahField(label=lazy("Pagu (Rp)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()

    def content(self) -> LineContent:
        return LineContent(**self.cleaned_data)


class AwardListForm(forms.Form):
    title = forms.CharField(label=lazy("Judul daftar"), max_length=160)


class AgreementForm(forms.Form):
    signed_on = forms.DateField(label=lazy("Tanggal"), widget=DateInput, initial=timezone.localdate)
    official_name = forms.CharField(label=lazy("Nama pejabat"), max_length=160)
    official_title = forms.CharField(label=lazy("Jabatan pejabat"), max_length=160)
    official_nip = forms.CharField(
        label=lazy("NIP pejabat"),
        max_length=18,
        required=False,
        validators=[RegexValidator(r"^\d{18}$", lazy("NIP terdiri dari 18 angka."))],
    )

    def content(self) -> AgreementContent:
        return AgreementContent(**self.cleaned_data)


class PaymentForm(forms.Form):
    amount = RupiahField(label=lazy("Nilai (Rp)"), min_value=1)
    order_number = forms.CharField(label=lazy("Nomor SP2D"), max_length=60)
    paid_on = forms.DateField(label=lazy("Tanggal cair"), widget=DateInput, initial=timezone.localdate)

    def payment(self) -> Payment:
        return Payment(**self.cleaned_data)


class ReasonForm(forms.Form):
    reason = _words(lazy("Alasan"))
