"""Forms of Renja, pagu, RKPD and the stage calendar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput, QuantityField
from semai_kit.models import Agency
from semai_kit.money import RupiahField

from ..models import Stage, WorkPlan, WorkPlanItem
from ..selectors import work_plans
from ..services.annual_plans import Enactment
from ..services.calendar import StageDates
from ..services.work_plans import ItemContent
from .proposals import ReasonForm, change_reason


class ItemForm(forms.ModelForm):
    """One sub kegiatan of a Renja."""

    target = QuantityField(label=lazy("Target"), max_digits=14)
    pagu = RupiahField(label=lazy("Pagu (Rp)"), min_value=1, help_text=lazy("Contoh: 750.000.000."))

    class Meta:
        model = WorkPlanItem
        fields = ("sub_activity", "indicator", "target", "unit", "location", "pagu", "note")
        help_texts = {
            "indicator": lazy("Keluaran yang diukur, misalnya “Panjang jalan yang dibangun”."),
            "location": lazy("Desa/kelurahan atau kecamatan, atau “seluruh daerah”."),
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, plan: WorkPlan, changing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if changing:
            self.fields["reason"] = change_reason()
        field = self.fields["sub_activity"]
        field.queryset = work_plans.sub_activities(plan)
        field.empty_label = _("— pilih sub kegiatan dari RPJMD —")

    def content(self) -> ItemContent:
        return ItemContent(**{name: self.cleaned_data[name] for name in ItemContent.__dataclass_fields__})

    def reason(self) -> str:
        return self.cleaned_data.get("reason", "")


class NewWorkPlanForm(forms.Form):
    """Which OPD's Renja to start."""

    agency = forms.ModelChoiceField(label=lazy("OPD"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies


class CeilingForm(forms.Form):
    amount = RupiahField(label=lazy("Pagu (Rp)"), min_value=0, help_text=lazy("Contoh: 12.500.000.000."))


class EnactmentForm(ReasonForm):
    """The head of region's regulation."""

    decree = forms.CharField(
        label=lazy("Nomor peraturan kepala daerah"),
        max_length=120,
        help_text=lazy("Contoh: Peraturan Bupati Nomor 21 Tahun 2026."),
    )
    enacted_on = forms.DateField(label=lazy("Tanggal penetapan"), widget=DateInput)

    field_order = ("decree", "enacted_on", "reason")

    def enactment(self) -> Enactment:
        return Enactment(self.cleaned_data["decree"], self.cleaned_data["enacted_on"])


class StageForm(forms.Form):
    """Opening and closing day of one stage."""

    opens_on = forms.DateField(label=lazy("Dibuka"), widget=DateInput, required=False)
    closes_on = forms.DateField(label=lazy("Ditutup"), widget=DateInput, required=False)

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, prefix=stage.code, **kwargs)
        self.stage = stage

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        opens, closes = cleaned.get("opens_on"), cleaned.get("closes_on")
        if not self.errors and (opens is None) != (closes is None):
            self.add_error("closes_on" if opens else "opens_on", _("Isi kedua tanggal, atau kosongkan keduanya."))
        if opens and closes and closes < opens:
            self.add_error("closes_on", _("Tanggal tutup tidak boleh mendahului tanggal buka."))
        return cleaned

    def dates(self) -> StageDates:
        return StageDates(self.stage.code, self.cleaned_data["opens_on"], self.cleaned_data["closes_on"])
