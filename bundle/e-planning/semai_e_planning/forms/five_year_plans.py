"""Forms of the RPJMD."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import QuantityField
from semai_kit.models import Agency
from semai_kit.money import RupiahField

from ..models import NodeIndicator, PlanNode, PlanPeriod
from ..services.five_year_plans import IndicatorContent, NodeContent, PeriodContent


class PeriodForm(forms.ModelForm):
    class Meta:
        model = PlanPeriod
        fields = ("title", "start_year", "end_year", "decree", "vision")
        widgets = {"vision": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start_year", "end_year"):
            self.fields[name].localize = False
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4})

    def content(self) -> PeriodContent:
        return PeriodContent(**self.cleaned_data)


class NodeForm(forms.Form):
    """Code, text and, on a program, the OPD that carries it out."""

    code = forms.CharField(label=lazy("Kode"), max_length=40)
    title = forms.CharField(label=lazy("Uraian"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    agency = forms.ModelChoiceField(label=lazy("OPD pelaksana"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, has_agency: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()
        if not has_agency:
            del self.fields["agency"]

    def content(self) -> NodeContent:
        cleaned = self.cleaned_data
        return NodeContent(cleaned["code"], cleaned["title"], cleaned.get("agency"))


class _YearlyForm(forms.Form):
    """Adds one optional number per year of the RPJMD."""

    def _add_years(self, node: PlanNode, field: type[forms.DecimalField], label: str, values: dict) -> None:
        self.years = node.period.years
        for year in self.years:
            self.fields[f"y{year}"] = field(label=f"{label} {year}", required=False, initial=values.get(year))

    def yearly(self) -> dict[int, Decimal]:
        found = {year: self.cleaned_data[f"y{year}"] for year in self.years}
        return {year: value for year, value in found.items() if value is not None}


class IndicatorForm(_YearlyForm):
    name = forms.CharField(label=lazy("Indikator"), max_length=300)
    unit = forms.CharField(label=lazy("Satuan"), max_length=60)
    baseline = QuantityField(label=lazy("Kondisi awal"), required=False)
    direction = forms.ChoiceField(label=lazy("Arah"), choices=NodeIndicator.Direction.choices)

    def __init__(self, *args: Any, node: PlanNode, indicator: NodeIndicator | None = None, **kwargs: Any) -> None:
        targets: dict[int, Decimal] = {}
        if indicator is not None:
            kwargs["initial"] = {
                name: getattr(indicator, name) for name in ("name", "unit", "baseline", "direction")
            }
            targets = {target.year: target.value for target in indicator.targets.all()}
        super().__init__(*args, **kwargs)
        self._add_years(node, QuantityField, _("Target"), targets)

    def content(self) -> IndicatorContent:
        cleaned = self.cleaned_data
        return IndicatorContent(
            cleaned["name"], cleaned["unit"], cleaned["baseline"], cleaned["direction"], self.yearly()
        )


class NodeCeilingForm(_YearlyForm):
    """Pagu indikatif of a program, year by year."""

    def __init__(self, *args: Any, node: PlanNode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amounts = {ceiling.year: ceiling.amount for ceiling in node.ceilings.all()}
        self._add_years(node, RupiahField, _("Pagu"), amounts)
