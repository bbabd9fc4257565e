"""Form bases: every field renders with its label, help and errors next to it."""

from __future__ import annotations

from django import forms
from django.forms.renderers import TemplatesSetting


class KitRenderer(TemplatesSetting):
    """Finds form templates among the app's templates, then the kit's, then Django's."""

    form_template_name = "semai_kit/form_fields.html"
    field_template_name = "semai_kit/field.html"


class DateInput(forms.DateInput):
    """The browser's own calendar, which needs ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")
