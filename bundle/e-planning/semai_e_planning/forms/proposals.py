"""Forms of usulan: content, attachment, correction, reasons, import."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from semai_kit.forms import AttachmentField, QuantityField, SuggestInput, VillageField
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import RupiahField

from .. import geography, reference
from ..models import PriorityTheme, Proposal, ProposalKind
from ..selectors import proposals
from ..services.proposals import Correction, ProposalContent


class DegreesField(forms.CharField):
    """A latitude or longitude in decimal degrees, with a comma or a point; empty gives None."""

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "maxlength": 16})
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            degrees = geography.parse_degrees(text)
        except ValueError:
            raise ValidationError("Tulis derajat desimal, misalnya -8,612345.") from None
        if abs(degrees) > self.limit:
            raise ValidationError(f"Antara -{self.limit} dan {self.limit}. Mungkin lintang dan bujur tertukar.")
        return degrees

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else value


class ProposalForm(forms.ModelForm):
    """One usulan as its proposer writes it."""

    latitude = DegreesField(
        label="Lintang",
        limit=90,
        help_text="Derajat desimal, misalnya -8,612345; di selatan khatulistiwa dengan minus.",
    )
    longitude = DegreesField(label="Bujur", limit=180, help_text="Misalnya 120,468123.")

    village = VillageField(label="Desa/kelurahan")
    volume = QuantityField(label="Volume", max_digits=14, help_text="Contoh: 350 atau 1,25.")
    estimate = RupiahField(label="Perkiraan biaya (Rp)", min_value=1, help_text="Contoh: 125.000.000.")
    source = forms.ChoiceField(label="Asal usulan")

    class Meta:
        model = Proposal
        fields = (
            "source",
            "title",
            "kind",
            "theme",
            "description",
            "village",
            "rw",
            "rt",
            "location",
            "volume",
            "unit",
            "estimate",
            "proposer",
            "agency",
            "latitude",
            "longitude",
        )
        help_texts = {
            "title": "Singkat dan jelas, misalnya “Rabat beton jalan Dusun Timur”.",
            "description": "Mengapa diperlukan dan siapa yang menerima manfaat.",
            "proposer": "Orang atau kelompok yang mengusulkan.",
            "agency": "OPD yang menangani; kecamatan dan Bappeda dapat membetulkannya.",
            "location": "Nama dusun, jalan atau patokan.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "rw": forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
            "rt": forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
        }

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        villages = proposals.writable_villages(account)
        self.fields["village"].queryset = villages
        self.fields["kind"].queryset = ProposalKind.objects.filter(is_active=True)
        self.fields["theme"].queryset = PriorityTheme.objects.filter(is_active=True)
        self.fields["agency"].queryset = Agency.objects.current()
        self.fields["unit"].widget = SuggestInput(reference.units())
        self._offer_sources(account)
        if not self.instance.pk and len(villages) == 1:
            self.fields["village"].initial = villages[0]

    def content(self) -> ProposalContent:
        names = ProposalContent.__dataclass_fields__
        return ProposalContent(**{name: self.cleaned_data[name] for name in names})

    def _offer_sources(self, account: Account) -> None:
        """The source is chosen once, and only by those who may enter more than one kind."""
        sources = proposals.writing_sources(account)
        if self.instance.pk:
            del self.fields["source"]
        elif len(sources) < 2:
            self.fields["source"].widget = forms.HiddenInput()
            self.fields["source"].initial = sources[0] if sources else None
        if "source" in self.fields:
            self.fields["source"].choices = [(source.value, source.label) for source in sources]


class CorrectionForm(forms.Form):
    """What verification sets right."""

    agency = forms.ModelChoiceField(label="OPD tujuan", queryset=Agency.objects.none())
    verified_estimate = RupiahField(
        label="Biaya hasil verifikasi (Rp)",
        min_value=1,
        required=False,
        help_text="Kosongkan bila sama dengan perkiraan pengusul.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()

    def correction(self) -> Correction:
        return Correction(**self.cleaned_data)


class ReasonForm(forms.Form):
    """A step with its reason, where one is obligatory."""

    reason = forms.CharField(
        label="Alasan",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="Tersimpan dalam riwayat dan dibaca pengusul.",
    )

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
        if not needs_reason:
            self.fields["reason"].label = "Catatan (boleh kosong)"


class AttachmentForm(forms.Form):
    file = AttachmentField(label="Foto atau dokumen", help_text="JPG, PNG atau PDF.")


class CarryOverForm(forms.Form):
    year = forms.ModelChoiceField(label="Tahun tujuan", queryset=FiscalYear.objects.none())

    def __init__(self, *args: Any, after: FiscalYear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].queryset = FiscalYear.objects.filter(year__gt=after.year, status=FiscalYear.Status.OPEN)
