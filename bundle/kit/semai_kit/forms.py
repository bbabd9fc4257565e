"""Form bases: every field renders with its label, help and errors next to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from semai_kit import attachments
from semai_kit.models import Village
from semai_kit.refusals import Refused


class KitRenderer(TemplatesSetting):
    """Finds form templates among the app's templates, then the kit's, then Django's."""

    form_template_name = "semai_kit/form_fields.html"
    field_template_name = "semai_kit/field.html"


class DateInput(forms.DateInput):
    """The browser's own calendar, which needs ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class QuantityField(forms.DecimalField):
    """A volume, target or realisation with two decimals at most; `max_digits` is that of the column it fills."""

    def __init__(self, *, max_digits: int = 16, **kwargs: Any) -> None:
        super().__init__(max_digits=max_digits, decimal_places=2, localize=True, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
        return value


class SuggestInput(forms.TextInput):
    """A free text field with suggestions; the datalist is part of the widget."""

    template_name = "semai_kit/widgets/suggest.html"

    def __init__(self, suggestions: Iterable[str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggestions = tuple(suggestions)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        list_id = f"{context['widget']['attrs'].get('id', name)}_saran"
        context["widget"]["attrs"]["list"] = list_id
        return {**context, "list_id": list_id, "suggestions": self.suggestions}


class AttachmentField(forms.FileField):
    """A file for `attachments.attach`: checked, and scanned for viruses, before any transaction begins."""

    def __init__(
        self,
        *args: Any,
        types: tuple[attachments.FileType, ...] = attachments.DOCUMENTS,
        limit: int = 5 * attachments.MEGABYTE,
        **kwargs: Any,
    ) -> None:
        self.types, self.limit = types, limit
        super().__init__(*args, **kwargs)
        endings = [ending for kind in types for ending in kind.endings]
        self.widget.attrs.setdefault("accept", ",".join(endings))

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            try:
                attachments.check(upload, types=self.types, limit=self.limit)
            except Refused as refusal:
                raise ValidationError(refusal.message) from refusal
        return upload


class _VillagesByDistrict(ModelChoiceIterator):
    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield ("", self.field.empty_label)
        grouped: dict[str, list[tuple[Any, str]]] = {}
        for village in self.queryset:
            grouped.setdefault(_("Kecamatan {name}").format(name=village.district.name), []).append(
                self.choice(village)
            )
        yield from grouped.items()


class VillageField(forms.ModelChoiceField):
    """Villages grouped under their kecamatan; give it a queryset with `select_related("district")`."""

    iterator = _VillagesByDistrict

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", lazy("— pilih desa/kelurahan —"))
        kwargs.setdefault("queryset", Village.objects.none())
        super().__init__(**kwargs)
