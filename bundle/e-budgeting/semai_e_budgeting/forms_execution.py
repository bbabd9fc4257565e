"""Forms of what comes before and after the RKA: KUA-PPAS, decrees, pergeseran, the cash plan."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput
from semai_kit.models import Agency, FiscalYear
from semai_kit.money import RupiahField

from .cash_plan import MONTHS
from .models import CeilingDocument, Decree
from .services.ceilings import CeilingEntry
from .services.decrees import DecreeEntry
from .shifts import round_kinds


class CeilingDocumentForm(forms.Form):
    stage = forms.ChoiceField(label=lazy("Jenis"), choices=CeilingDocument.Stage.choices)
    note = forms.CharField(label=lazy("Keterangan"), max_length=200, required=False)


class CeilingForm(forms.Form):
    """One ceiling; an empty code is the whole OPD."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label=lazy("OPD"), empty_label=lazy("Pilih OPD"))
    code = forms.CharField(
        label=lazy("Kode program, kegiatan atau sub kegiatan"),
        max_length=60,
        required=False,
        help_text=lazy("Kosongkan untuk plafon seluruh OPD. Plafon yang sudah ada pada kode ini diganti."),
    )
    amount = RupiahField(label=lazy("Plafon"))

    def __init__(self, *args: Any, year: FiscalYear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = Agency.objects.filter(plan_items__fiscal_year=year).distinct()
        self.fields["agency"].queryset = agencies.order_by("code")

    def entry(self) -> CeilingEntry:
        values = self.cleaned_data
        return CeilingEntry(values["agency"].code, values["code"].strip(), values["amount"])


class AgreementForm(forms.Form):
    agreement = forms.CharField(label=lazy("Nomor nota kesepakatan"), max_length=100)
    agreed_on = forms.DateField(label=lazy("Tanggal kesepakatan"), widget=DateInput)


class DecreeForm(forms.Form):
    kind = forms.ChoiceField(label=lazy("Yang ditetapkan"), choices=Decree.Kind.choices)
    number = forms.CharField(
        label=lazy("Nomor Perda/Perkada"), max_length=100, help_text=lazy("Misalnya Perda Nomor 7 Tahun 2026.")
    )
    decided_on = forms.DateField(label=lazy("Tanggal penetapan"), widget=DateInput)
    note = forms.CharField(label=lazy("Keterangan"), max_length=200, required=False)
    partial = forms.BooleanField(
        label=lazy("Tetapkan walau ada OPD yang belum terkunci; DPA mereka menyusul"), required=False
    )

    def entry(self) -> DecreeEntry:
        return DecreeEntry(**self.cleaned_data)


class RoundForm(forms.Form):
    kind = forms.ChoiceField(label=lazy("Jenis"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=lazy("Alasan dan dasar usulan"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.id, _(kind.title)) for kind in round_kinds().values()]


class DropForm(forms.Form):
    reason = forms.CharField(
        label=lazy("Alasan pembatalan"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CashForm(forms.Form):
    """Twelve months of one sub kegiatan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, title in enumerate(MONTHS, start=1):
            self.fields[f"month_{number}"] = RupiahField(label=title)

    def months(self) -> list[Any]:
        return [self.cleaned_data[f"month_{number}"] for number in range(1, len(MONTHS) + 1)]
