"""Forms of officials and Perjanjian Kinerja."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput, SuggestInput
from semai_kit.models import Agency, Official

from .. import reference
from ..models import Agreement, Indicator, Position
from ..services.agreements import candidates, programs_of
from ..services.positions import PositionContent


class PositionForm(forms.ModelForm):
    """An official with kind of office and superior; the choices are what the account may name."""

    class Meta:
        model = Official
        fields = ("agency", "title", "acting", "name", "nip", "rank", "valid_from", "valid_until")
        widgets = {"valid_from": DateInput(), "valid_until": DateInput()}
        help_texts = {"agency": lazy("Kosongkan hanya untuk kepala daerah.")}

    kind = forms.ChoiceField(label=lazy("Jenis jabatan"))
    superior = forms.ModelChoiceField(label=lazy("Atasan"), queryset=Position.objects.none(), required=False)
    field_order = ("agency", "kind", "title", "acting", "name", "nip", "rank", "superior", "valid_from")

    def __init__(
        self,
        *args: Any,
        agencies: QuerySet[Agency],
        superiors: QuerySet[Position],
        whole_region: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.id, _(kind.title)) for kind in reference.official_kinds()]
        self.fields["rank"].widget = SuggestInput(reference.ranks())
        self.fields["agency"].queryset = agencies
        self.fields["agency"].required = not whole_region
        self.fields["superior"].queryset = superiors

    def content(self) -> PositionContent:
        return PositionContent(**{name: self.cleaned_data[name] for name in PositionContent.__dataclass_fields__})


class _IndicatorBoxes(forms.ModelMultipleChoiceField):
    def label_from_instance(self, indicator: Indicator) -> str:
        return f"{indicator.name} ({_(indicator.node.level_title).lower()} {indicator.node.code})"


class ContentForm(forms.Form):
    """Which indicators and programs an agreement holds."""

    indicators = _IndicatorBoxes(
        label=lazy("Indikator"),
        queryset=Indicator.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    programs = forms.MultipleChoiceField(
        label=lazy("Program dan anggaran"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "indicators": list(agreement.targets.values_list("indicator_id", flat=True)),
            "programs": list(agreement.programs.values_list("code", flat=True)),
        }
        super().__init__(*args, **kwargs)
        offered = candidates(agreement).prefetch_related(None)  # hundreds of boxes that tell no targets
        self.fields["indicators"].queryset = offered.order_by("node__code", "pk")
        self.fields["programs"].choices = [(code, f"{code} {name}") for code, name, _ in programs_of(agreement)]


class SigningForm(forms.Form):
    signed_on = forms.DateField(label=lazy("Tanggal penandatanganan"), widget=DateInput())
