"""Forms of mappings and decisions about codes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import SuggestInput

from .models import CodePack
from .services.mapping import pair_problem


class PairForm(forms.Form):
    """Which list takes the place of which."""

    old_pack = forms.ModelChoiceField(
        CodePack.objects.order_by("-valid_from_year", "code"), label=lazy("Paket lama")
    )
    new_pack = forms.ModelChoiceField(
        CodePack.objects.order_by("-valid_from_year", "code"), label=lazy("Paket baru")
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        old, new = values.get("old_pack"), values.get("new_pack")
        problem = pair_problem(old, new) if old and new else ""
        if problem:
            self.add_error("new_pack", problem)
        return values


class DecisionForm(forms.Form):
    """What becomes of one code: another code, or nothing. Candidates of the mapping are suggested, never chosen."""

    new_code = forms.CharField(label=lazy("Menjadi kode"), max_length=60, required=False)
    is_dropped = forms.BooleanField(
        label=lazy("Tidak dibawa"),
        required=False,
        help_text=lazy("Rincian dengan kode ini tidak dibawa ke tahun ini; tetap tersimpan di tahun asalnya."),
    )
    reason = forms.CharField(
        label=lazy("Alasan"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("Tersimpan tetap."),
    )

    def __init__(self, *args: Any, candidates: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_code"].widget = SuggestInput(candidates)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        code, dropped = (values.get("new_code") or "").strip(), values.get("is_dropped")
        if bool(code) == bool(dropped):
            self.add_error("new_code", _("Isi kode baru, atau centang “Tidak dibawa”."))
        values["new_code"] = code
        return values
