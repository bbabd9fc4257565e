"""Forms of usulan: content, attachment, correction, reasons, import."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
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
            raise ValidationError(_("Tulis derajat desimal, misalnya -8,612345.")) from None
        if abs(degrees) > self.limit:
            raise ValidationError(
                _("Antara -{limit} dan {limit}. Mungkin lintang dan bujur tertukar.").format(limit=self.limit)
            )
        return degrees

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else value


def translated_title(row: ProposalKind | PriorityTheme) -> str:
    """A choice of the reference data in the language of the page."""
    return _(row.title)


class ProposalForm(forms.ModelForm):
    """One usulan as its proposer writes it."""

    latitude = DegreesField(
        label=lazy("Lintang"),
        limit=90,
        help_text=lazy("Derajat desimal, misalnya -8,612345; di selatan khatulistiwa dengan minus."),
    )
    longitude = DegreesField(label=lazy("Bujur"), limit=180, help_text=lazy("Misalnya 120,468123."))

    village = VillageField(label=lazy("Desa/kelurahan"))
    volume = QuantityField(label=lazy("Volume"), max_digits=14, help_text=lazy("Contoh: 350 atau 1,25."))
    estimate = RupiahField(label=lazy("Perkiraan biaya (Rp)"), min_value=1, help_text=lazy("Contoh: 125.000.000."))
    source = forms.ChoiceField(label=lazy("Asal usulan"))

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
            "title": lazy("Singkat dan jelas, misalnya “Rabat beton jalan Dusun Timur”."),
            "description": lazy("Mengapa diperlukan dan siapa yang menerima manfaat."),
            "proposer": lazy("Orang atau kelompok yang mengusulkan."),
            "agency": lazy("OPD yang menangani; kecamatan dan Bappeda dapat membetulkannya."),
            "location": lazy("Nama dusun, jalan atau patokan."),
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
        for name in ("kind", "theme"):
            self.fields[name].label_from_instance = translated_title
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
        self._offer_agencies(account, [self.instance.source] if self.instance.pk else sources)
        if self.instance.pk:
            del self.fields["source"]
        elif len(sources) < 2:
            self.fields["source"].widget = forms.HiddenInput()
            self.fields["source"].initial = sources[0] if sources else None
        if "source" in self.fields:
            self.fields["source"].choices = [(source.value, source.label) for source in sources]

    def _offer_agencies(self, account: Account, sources: list[str]) -> None:
        agencies = proposals.offered_agencies(account, sources)
        self.fields["agency"].queryset = agencies
        if not self.instance.pk and len(agencies) == 1:
            self.fields["agency"].initial = agencies[0]


class CorrectionForm(forms.Form):
    """What verification sets right."""

    agency = forms.ModelChoiceField(label=lazy("OPD tujuan"), queryset=Agency.objects.none())
    verified_estimate = RupiahField(
        label=lazy("Biaya hasil verifikasi (Rp)"),
        min_value=1,
        required=False,
        help_text=lazy("Kosongkan bila sama dengan perkiraan pengusul."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.current()

    def correction(self) -> Correction:
        return Correction(**self.cleaned_data)


def change_reason() -> forms.CharField:
    """Why something is changed in a Perubahan."""
    return forms.CharField(
        label=_("Alasan perubahan"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Tampil di samping semula dan menjadi."),
    )


class ReasonForm(forms.Form):
    """A step with its reason, where one is obligatory."""

    reason = forms.CharField(
        label=lazy("Alasan"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=lazy("Tersimpan dalam riwayat dan dibaca pengusul."),
    )

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
        if not needs_reason:
            self.fields["reason"].label = _("Catatan (boleh kosong)")


class AttachmentForm(forms.Form):
    file = AttachmentField(label=lazy("Foto atau dokumen"), help_text=lazy("JPG, PNG atau PDF."))


class CarryOverForm(forms.Form):
    year = forms.ModelChoiceField(label=lazy("Tahun tujuan"), queryset=FiscalYear.objects.none())

    def __init__(self, *args: Any, after: FiscalYear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].queryset = FiscalYear.objects.filter(year__gt=after.year, status=FiscalYear.Status.OPEN)
