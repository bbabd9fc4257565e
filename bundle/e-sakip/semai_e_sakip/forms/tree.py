"""Forms of the tree and its indicators."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import QuantityField
from semai_kit.models import Agency

from .. import reference
from ..models import Indicator, PerformanceNode
from ..services.tree import IndicatorDefinition, IndicatorWording, NodeContent
from .fields import lines


class NodeForm(forms.Form):
    """Code, text and, on a level of an OPD whose parent has none, the OPD."""

    code = forms.CharField(label=lazy("Kode"), max_length=60)
    title = forms.CharField(label=lazy("Uraian"), max_length=400, widget=lines(2))
    agency = forms.ModelChoiceField(label=lazy("OPD pelaksana"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, has_agency: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()
        if not has_agency:
            del self.fields["agency"]

    def content(self) -> NodeContent:
        cleaned = self.cleaned_data
        return NodeContent(cleaned["code"], cleaned["title"], cleaned.get("agency"))


class DefinitionForm(forms.Form):
    """What this app adds to every indicator."""

    formula = forms.CharField(label=lazy("Rumus"), max_length=1000, required=False, widget=lines(2))
    source = forms.CharField(label=lazy("Sumber data"), max_length=200, required=False)
    responsible = forms.CharField(label=lazy("Penanggung jawab"), max_length=160, required=False)
    agency = forms.ModelChoiceField(
        label=lazy("OPD pengampu"),
        queryset=Agency.objects.none(),
        required=False,
        help_text=lazy("OPD yang mengukur dan bertanggung jawab atas indikator daerah ini."),
    )
    is_key = forms.BooleanField(label=lazy("Indikator kinerja utama (IKU)"), required=False)
    accumulation = forms.ChoiceField(label=lazy("Angka tahun dari triwulan"))
    q1 = QuantityField(label=lazy("Target triwulan I"), required=False)
    q2 = QuantityField(label=lazy("Target triwulan II"), required=False)
    q3 = QuantityField(label=lazy("Target triwulan III"), required=False)
    q4 = QuantityField(label=lazy("Target triwulan IV"), required=False)

    def __init__(
        self, *args: Any, node: PerformanceNode, indicator: Indicator | None = None, **kwargs: Any
    ) -> None:
        if indicator is not None:
            kwargs["initial"] = self.values_of(indicator)
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current().order_by("code")
        if node.agency_id is not None:
            del self.fields["agency"]
        options = reference.accumulations()
        self.fields["accumulation"].choices = [(one.id, _(one.title)) for one in options]
        self.fields["accumulation"].help_text = " ".join(_(one.help) for one in options)

    def values_of(self, indicator: Indicator) -> dict[str, Any]:
        names = ("formula", "source", "responsible", "agency", "is_key", "accumulation")
        quarters = {f"q{n}": value for n, value in enumerate(indicator.quarter_targets(), start=1)}
        return {name: getattr(indicator, name) for name in names} | quarters

    def definition(self) -> IndicatorDefinition:
        cleaned = self.cleaned_data
        names = ("formula", "source", "responsible", "accumulation", "is_key")
        quarters: dict[int, Decimal] = {
            quarter: cleaned[f"q{quarter}"] for quarter in reference.QUARTERS if cleaned[f"q{quarter}"] is not None
        }
        return IndicatorDefinition(
            **{name: cleaned[name] for name in names}, quarters=quarters, agency=cleaned.get("agency")
        )

    def wording(self) -> IndicatorWording | None:
        """None: the words belong to e-planning."""
        return None


class LocalIndicatorForm(DefinitionForm):
    """An indicator of the region's own: also its words, direction and target."""

    name = forms.CharField(label=lazy("Indikator"), max_length=300, widget=lines(2))
    unit = forms.CharField(label=lazy("Satuan"), max_length=60)
    polarity = forms.ChoiceField(label=lazy("Arah"))
    baseline = QuantityField(label=lazy("Kondisi awal"), required=False)
    target = QuantityField(label=lazy("Target tahun"), required=False)

    field_order = ("name", "unit", "polarity", "baseline", "target")

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["polarity"].choices = [(p.id, _(p.title)) for p in reference.rule_for(year).polarities]
        self.fields["target"].label = _("Target {year}").format(year=year)

    def values_of(self, indicator: Indicator) -> dict[str, Any]:
        names = ("name", "unit", "polarity", "baseline", "target")
        return super().values_of(indicator) | {name: getattr(indicator, name) for name in names}

    def wording(self) -> IndicatorWording:
        names = ("name", "unit", "polarity", "baseline", "target")
        return IndicatorWording(**{name: self.cleaned_data[name] for name in names})
