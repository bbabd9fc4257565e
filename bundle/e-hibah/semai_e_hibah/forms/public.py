"""Forms people fill in without an account: application, document, code, report. The counter uses the same ones."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.forms import AttachmentField, DateInput, VillageField
from semai_kit.models import Village
from semai_kit.money import RupiahField, rupiah

from .. import masking, reference
from ..models import Applicant, Application
from ..services.filing import ApplicantContent, FilingContent
from ..services.reports import ReportContent

ORGANISATION_ONLY = ("name", "deed_number", "registered_on")


class TrapMixin(forms.Form):
    """A signed form age and a field that only robots fill in. Views hand both to services.guard."""

    token = forms.CharField(widget=forms.HiddenInput, required=False)
    website = forms.CharField(
        label=lazy("Jangan diisi"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )


class FilingForm(forms.Form):
    """An application of one kind; which fields it has follows from who may ask."""

    form_id = forms.ChoiceField(label=lazy("Bentuk pemohon"))
    name = forms.CharField(label=lazy("Nama lembaga atau kelompok"), max_length=160)
    person_name = forms.CharField(max_length=160)
    nik = forms.CharField(max_length=25, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    npwp = forms.CharField(
        label=lazy("NPWP"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    deed_number = forms.CharField(label=lazy("Nomor akta atau surat terdaftar"), max_length=60, required=False)
    registered_on = forms.DateField(label=lazy("Tanggal akta atau terdaftar"), required=False, widget=DateInput)
    address = forms.CharField(label=lazy("Alamat"), max_length=300)
    phone = forms.CharField(
        label=lazy("Nomor telepon"), max_length=25, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.EmailField(label=lazy("Surel"), required=False)
    bank_name = forms.ChoiceField(label=lazy("Bank"))
    bank_account = forms.CharField(
        label=lazy("Nomor rekening"), max_length=25, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    bank_holder = forms.CharField(label=lazy("Nama pemilik rekening"), max_length=160)
    title = forms.CharField(
        label=lazy("Judul kegiatan"),
        max_length=160,
        help_text=lazy("Dapat dibaca umum. Contoh: Rehabilitasi atap kapela."),
    )
    purpose = forms.CharField(
        label=lazy("Tujuan penggunaan"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    village = VillageField(label=lazy("Desa/kelurahan lokasi kegiatan"))
    asked = RupiahField(label=lazy("Nilai yang diminta (Rp)"), min_value=1, help_text=lazy("Contoh: 25.000.000."))
    agreed = forms.BooleanField(
        label=lazy("Data ini benar, dan boleh dipakai pemerintah daerah untuk memproses permohonan ini")
    )

    def __init__(
        self, *args: Any, kind: reference.Kind, instance: Application | None = None, **kwargs: Any
    ) -> None:
        initial = {**(initial_of(instance) if instance else {}), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.kind = kind
        self.fields["village"].queryset = Village.objects.current().select_related("district")
        self.fields["form_id"].choices = [(form, _(reference.legal_form(form).title)) for form in kind.forms]
        self.fields["bank_name"].choices = [(bank, bank) for bank in reference.banks()]
        if len(kind.forms) == 1:
            self.fields["form_id"].widget = forms.HiddenInput()
            self.fields["form_id"].initial = kind.forms[0]
        who = _("pemohon") if kind.is_person else _("ketua atau penanggung jawab")
        self.fields["person_name"].label = _("Nama {who} (sesuai KTP)").format(who=who)
        self.fields["nik"].label = _("NIK {who}").format(who=who)
        if kind.is_person:
            for name in ORGANISATION_ONLY:
                del self.fields[name]
        needs = [reference.legal_form(form).needs for form in kind.forms]
        for name, need in (("deed_number", "deed"), ("registered_on", "deed"), ("npwp", "npwp")):
            if name in self.fields:
                self.fields[name].required = all(need in wanted for wanted in needs)
        if not self.fields["npwp"].required and any("npwp" in wanted for wanted in needs):
            titles = [
                _(reference.legal_form(f).title) for f in kind.forms if "npwp" in reference.legal_form(f).needs
            ]
            self.fields["npwp"].help_text = _("Wajib bagi {forms}.").format(forms=", ".join(titles).lower())
        if kind.maximum is not None:
            self.fields["asked"].help_text += _(" Batas jenis ini {limit}.").format(limit=rupiah(kind.maximum))

    def content(self) -> FilingContent:
        given = self.cleaned_data
        applicant = {
            field.name: given.get(field.name, None if field.name == "registered_on" else "")
            for field in fields_of(ApplicantContent)
        }
        return FilingContent(
            kind_id=self.kind.id,
            title=given["title"],
            purpose=given["purpose"],
            village=given["village"],
            asked=given["asked"],
            applicant=ApplicantContent(**applicant),
        )

    def add_service_errors(self, error: ValidationError) -> None:
        """Faults the service found, at their fields."""
        for field, messages in error.message_dict.items():
            for message in messages:
                self.add_error(field if field in self.fields else None, message)


class PublicFilingForm(TrapMixin, FilingForm):
    """The same with what keeps robots out."""


def initial_of(application: Application) -> dict[str, Any]:
    """What is stored, for changing it. Only for those who proved the application theirs, or act for them."""
    applicant: Applicant = application.applicant
    values = {field.name: getattr(applicant, field.name) for field in fields_of(ApplicantContent)}
    return values | {name: getattr(application, name) for name in ("title", "purpose", "village", "asked")}


class DocumentForm(forms.Form):
    """One upload, checked and scanned before anything is written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = reference.filing().upload_bytes
        self.fields["file"] = AttachmentField(
            label=_("Berkas"), limit=limit, help_text=_("PDF atau foto (JPG, PNG, WebP).")
        )


class OpenForm(forms.Form):
    number = forms.CharField(label=lazy("Nomor pendaftaran"), max_length=120)
    code = forms.CharField(
        label=lazy("Kode rahasia"),
        max_length=30,
        help_text=lazy("Diberikan sekali, pada tanda terima."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class PublicReasonForm(forms.Form):
    reason = forms.CharField(label=lazy("Alasan"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"]
        if masking.identifiers_in(reason):
            raise ValidationError(_("Jangan menulis NIK, nomor telepon, atau nomor rekening di sini."))
        return reason


class ReportForm(forms.Form):
    """Figures and words of a report; together the figures are what was paid."""

    spent = RupiahField(label=lazy("Dana dipakai (Rp)"))
    returned = RupiahField(label=lazy("Sisa yang dikembalikan ke kas daerah (Rp)"))
    narrative = forms.CharField(
        label=lazy("Uraian pelaksanaan"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def content(self) -> ReportContent:
        return ReportContent(**self.cleaned_data)
