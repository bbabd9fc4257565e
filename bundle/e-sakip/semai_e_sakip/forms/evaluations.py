"""Forms of the internal evaluation, recommendations and the LKjIP."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import DateInput

from ..scoring import Scheme
from ..services.evaluations import RecommendationContent
from .fields import lines


class AnswerForm(forms.Form):
    """A grade of the worksheet with its note."""

    grade = forms.ChoiceField(label=lazy("Nilai"), widget=forms.RadioSelect)
    note = forms.CharField(label=lazy("Penjelasan"), max_length=2000, required=False, widget=lines(4))

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [(grade.id, f"{grade.id}: {_(grade.title)}") for grade in scheme.grades]


class SummaryForm(forms.Form):
    text = forms.CharField(label=lazy("Ringkasan hasil"), max_length=4000, required=False, widget=lines(8))


class RecommendationForm(forms.Form):
    text = forms.CharField(label=lazy("Rekomendasi"), max_length=2000, widget=lines(4))
    deadline = forms.DateField(label=lazy("Batas waktu"), widget=DateInput())

    def content(self) -> RecommendationContent:
        return RecommendationContent(**self.cleaned_data)


class SectionForm(forms.Form):
    text = forms.CharField(
        label=lazy("Naskah"),
        max_length=20000,
        required=False,
        widget=lines(14),
        help_text=lazy("Kosongkan untuk memakai lagi naskah yang dibuat dari data."),
    )
