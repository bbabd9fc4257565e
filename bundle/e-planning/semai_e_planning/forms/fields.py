"""Fields shared by the planning forms."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms


class QuantityField(forms.DecimalField):
    """A volume, target or baseline with at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, localize=True, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
        return value


class SuggestInput(forms.TextInput):
    """A free text field with suggestions; the datalist is part of the widget."""

    template_name = "semai_e_planning/widgets/suggest.html"

    def __init__(self, suggestions: Iterable[str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggestions = tuple(suggestions)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        list_id = f"{context['widget']['attrs'].get('id', name)}_saran"
        context["widget"]["attrs"]["list"] = list_id
        return {**context, "list_id": list_id, "suggestions": self.suggestions}
