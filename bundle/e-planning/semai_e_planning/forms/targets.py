"""The form of a Renja's targets: one number per indicator of the RPJMD, and in a Perubahan the reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from semai_kit.forms import QuantityField

from ..models import WorkPlan
from ..selectors import targets
from ..templatetags.planning import quantity
from .proposals import change_reason


class TargetsForm(forms.Form):
    def __init__(self, *args: Any, plan: WorkPlan, changing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_already = targets.targets_of(plan)
        for indicator in targets.indicators_of(plan):
            told = _("{node} · RPJMD: {planned} {unit}, {direction}").format(
                node=indicator.node,
                planned=quantity(targets.planned_of(indicator, plan.fiscal_year.year)),
                unit=indicator.unit,
                direction=indicator.get_direction_display(),
            )
            self.fields[f"i{indicator.pk}"] = QuantityField(
                label=f"{indicator.name} ({indicator.unit})",
                required=False,
                max_digits=18,
                initial=set_already.get(indicator.pk),
                help_text=told,
            )
        if changing:
            self.fields["reason"] = change_reason()

    def values(self) -> dict[int, Decimal | None]:
        named = {name.removeprefix("i"): value for name, value in self.cleaned_data.items()}
        return {int(key): value for key, value in named.items() if key.isdigit()}

    def reason(self) -> str:
        return self.cleaned_data.get("reason", "")
