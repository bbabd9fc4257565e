"""An application in the hands of its applicant (opened by number and code) or of the counter acting for them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from semai_kit import attachments, roles, seen
from semai_kit.address import client_address
from semai_kit.languages import counted
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.views import PageTitle

from .. import reference
from ..forms.public import (
    DocumentForm,
    FilingForm,
    PublicReasonForm,
    ReportForm,
)
from ..models import Application, Report
from ..selectors import personal, public
from ..services import filing, guard, reports
from .pages import PublicPage

OPENED = "grants_opened"
RECEIPT = "grants_receipt"
KEPT = 5


def remember(request: HttpRequest, application: Application) -> None:
    """This session proved the application theirs."""
    kept = [key for key in request.session.get(OPENED, []) if key != application.pk]
    request.session[OPENED] = [*kept[-KEPT + 1 :], application.pk]
    request.session.cycle_key()


def forget(request: HttpRequest) -> None:
    request.session.pop(OPENED, None)


def acts_for_applicants(request: HttpRequest) -> bool:
    return request.user.is_authenticated and roles.allowed_anywhere(request.user, filing.ACT)


def actor(request: HttpRequest) -> Account | None:
    """The account at the counter, or None for the applicant."""
    return request.user if acts_for_applicants(request) else None


def opened(request: HttpRequest, number: str) -> Application:
    """The application if this session or account may act on it; else 404, whether it exists or not."""
    related = ("fiscal_year", "agency", "village__district", "applicant")
    application = Application.objects.select_related(*related).filter(number=number).first()
    if application is None:
        raise Http404("not opened")
    if application.pk in request.session.get(OPENED, []) or acts_for_applicants(request):
        return application
    raise Http404("not opened")


class Mine(PublicPage):
    """What the applicant sees of their own application."""

    template_name = "semai_e_hibah/mine.html"
    public_tab = "status"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.application = opened(request, self.kwargs["number"])
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return self.application.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        there = {d.kind_id: d for d in application.documents.filter(superseded=False).select_related("attachment")}
        documents = [(reference.document(kind_id), there.get(kind_id)) for kind_id in application.kind.documents]
        mine_reports = Report.objects.filter(disbursement__agreement__application=application)
        return super().get_context_data(
            application=application,
            may_change=application.state in filing.OPEN_TO_APPLICANT,
            documents=documents,
            complete=all(document for _, document in documents),
            facts=personal.masked(application.applicant),
            steps=public.steps(application),
            reports=mine_reports.select_related("disbursement"),
            at_counter=acts_for_applicants(self.request),
            upload_mb=reference.filing().upload_bytes // 1024**2,
            **kwargs,
        )


class MineForm(PageTitle, View):
    """A form about one opened application: GET shows it, POST calls `perform` and goes back."""

    form_class: type[forms.Form] = forms.Form
    submit_title = lazy("Simpan")
    success_message = ""
    throttled = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.application = opened(request, self.kwargs["number"])
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Any, account: Account | None) -> None:
        raise NotImplementedError(f"{type(self).__name__} must call its service")

    def make_form(self, *args: Any) -> forms.Form:
        return self.form_class(*args)

    def get_back_url(self) -> str:
        return reverse("grants:mine", args=[self.application.number])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(self.make_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST, request.FILES)
        if not form.is_valid() or seen.refuse(form):
            return self._show(form, 422)
        account = actor(request)
        try:
            if self.throttled and account is None:
                guard.count("upload", client_address(request))
            self.perform(form, account)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self._show(form, 429 if refusal.status == 429 else 422)
        except ValidationError as error:
            self._take_errors(form, error)
            return self._show(form, 422)
        if self.success_message:
            messages.success(request, self.success_message)
        return HttpResponseRedirect(self.get_back_url())

    def _take_errors(self, form: forms.Form, error: ValidationError) -> None:
        if isinstance(form, FilingForm):
            form.add_service_errors(error)
        else:
            form.add_error(None, ValidationError(error.messages))

    def _show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "page_title": self.get_title(),
            "page_intro": self.get_intro() or f"{self.application.number} · {self.application.title}",
            "back_url": self.get_back_url(),
            "back_title": _("Kembali ke permohonan"),
            "submit_title": self.submit_title,
            "public_tab": "status",
        }
        return render(self.request, "semai_e_hibah/public_form.html", context, status=status)


class ChangeMine(MineForm):
    title = lazy("Ubah isian")
    success_message = lazy("Perubahan tersimpan.")

    def make_form(self, *args: Any) -> FilingForm:
        return FilingForm(*args[:1], kind=self.application.kind, instance=self.application)

    def perform(self, form: FilingForm, account: Account | None) -> None:
        filing.change(self.application, form.content(), account)


class UploadDocument(MineForm):
    form_class = DocumentForm
    submit_title = lazy("Unggah")
    success_message = lazy("Berkas tersimpan.")
    throttled = True

    def get_title(self) -> str:
        return _("Unggah {document}").format(document=_(reference.document(self.kwargs["document"]).title))

    def perform(self, form: DocumentForm, account: Account | None) -> None:
        filing.add_document(self.application, self.kwargs["document"], form.cleaned_data["file"], account)


class SubmitMine(MineForm):
    title = lazy("Kirim permohonan")
    intro = lazy("Setelah dikirim, isian dan berkas tidak dapat diubah sampai diperiksa.")
    submit_title = lazy("Kirim permohonan")
    success_message = lazy("Permohonan terkirim. Simpan nomor pendaftaran dan kode rahasianya.")

    def perform(self, form: forms.Form, account: Account | None) -> None:
        filing.submit(self.application, account)


class WithdrawMine(MineForm):
    title = lazy("Tarik permohonan")
    form_class = PublicReasonForm
    submit_title = lazy("Tarik permohonan")
    success_message = lazy("Permohonan ditarik.")

    def perform(self, form: PublicReasonForm, account: Account | None) -> None:
        filing.withdraw(self.application, form.cleaned_data["reason"], account)


class ReportMine(MineForm):
    """A form about one report of the application."""

    title = lazy("Isi laporan")
    form_class = ReportForm
    success_message = lazy("Isian laporan tersimpan.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        application = opened(request, self.kwargs["number"])
        rows = Report.objects.filter(disbursement__agreement__application=application)
        report = rows.select_related("disbursement").filter(pk=self.kwargs["report"]).first()
        if report is None:
            raise Http404("not a report of this application")
        self.report = report
        return super().dispatch(request, *args, **kwargs)

    def make_form(self, *args: Any) -> forms.Form:
        initial = {name: getattr(self.report, name) for name in ("spent", "returned", "narrative")}
        return ReportForm(*args[:1], initial=initial)

    def perform(self, form: ReportForm, account: Account | None) -> None:
        reports.write(self.report, form.content(), account)


class ReportFile(ReportMine):
    title = lazy("Tambah foto atau bukti")
    submit_title = lazy("Unggah")
    success_message = lazy("Berkas tersimpan.")
    throttled = True

    def get_intro(self) -> str:
        count = attachments.of(self.report).count()
        return counted(
            "Foto kegiatan dan bukti pengeluaran (PDF). Sudah ada {count} berkas.",
            count,
        ).format(count=count)

    def make_form(self, *args: Any) -> forms.Form:
        return DocumentForm(*args)

    def perform(self, form: DocumentForm, account: Account | None) -> None:
        reports.add_file(self.report, form.cleaned_data["file"], account)


class SubmitReport(ReportMine):
    title = lazy("Serahkan laporan")
    intro = lazy("Setelah diserahkan, laporan tidak dapat diubah sampai diperiksa.")
    submit_title = lazy("Serahkan laporan")
    success_message = lazy("Laporan diserahkan.")

    def make_form(self, *args: Any) -> forms.Form:
        return forms.Form(*args[:1])

    def perform(self, form: forms.Form, account: Account | None) -> None:
        reports.submit(self.report, account)
