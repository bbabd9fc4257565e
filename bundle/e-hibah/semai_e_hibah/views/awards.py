"""Lists of recipients, agreements and payments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from semai_kit import officials, roles
from semai_kit.documents import Signatory
from semai_kit.models import Account, Agency
from semai_kit.money import total
from semai_kit.refusals import Refused
from semai_kit.views import DetailPage, FormPage, PdfPage, SignedIn, TransitionPage, found, year_of

from ..forms.desks import AgreementForm, AwardListForm, PaymentForm, ReasonForm
from ..models import Agreement, Application, AwardList, Disbursement
from ..selectors import applications
from ..services import agreements, awards, personal, reports
from .pages import ApplicationForm, InParts, Page

WAITING = "belum-masuk"
PER_PAGE = 50  # each row of a draft has a form of its own


def recipients_of(award_list: AwardList) -> QuerySet[Application]:
    related = ("applicant", "agency", "village__district", "grant_line")
    return award_list.applications.select_related(*related).order_by("agency__code", "pk")


class AwardLists(Page):
    permission = awards.VIEW
    template_name = "semai_e_hibah/award_lists.html"
    title = lazy("Daftar penerima (DNC-PBH)")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = year_of(self.request)
        return super().get_context_data(
            lists=applications.lists(year),
            waiting=applications.unlisted(year).count(),
            may_edit=roles.allowed_anywhere(self.request.user, awards.EDIT),
            **kwargs,
        )


class CreateAwardList(FormPage):
    permission = awards.EDIT
    title = lazy("Susun daftar penerima")
    intro = lazy("Semua permohonan yang disetujui dan belum masuk daftar dimasukkan; dapat dikeluarkan lagi.")
    form_class = AwardListForm
    submit_title = lazy("Susun")
    success_message = lazy("Daftar disusun.")
    back_url = reverse_lazy("grants:award-lists")
    template_name = "semai_e_hibah/form.html"

    def get_initial(self) -> dict[str, Any]:
        return {"title": f"Daftar nominatif calon penerima tahun {year_of(self.request).year}"}

    def perform(self, form: BaseForm) -> AwardList:
        return awards.create(self.request.user, year_of(self.request), form.cleaned_data["title"])

    def get_success_url(self) -> str:
        return self.result.get_absolute_url()


class AwardListPage(InParts, DetailPage):
    permission = awards.VIEW
    template_name = "semai_e_hibah/award_list.html"
    back_url = reverse_lazy("grants:award-lists")
    back_title = lazy("Semua daftar")
    queryset = AwardList.objects.select_related("fiscal_year")

    def get_facts(self) -> list[tuple[str, Any]]:
        record: AwardList = self.object
        return [
            (_("Nomor"), record.number or _("diberikan saat ditandatangani")),
            (_("Tahun"), record.fiscal_year),
            (_("Penerima"), record.applications.count()),
            (_("Ditandatangani"), f"{record.signer_title} {record.signer_name}".strip() or "belum"),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record: AwardList = self.object
        rows = recipients_of(record)
        may_edit = record.state == awards.DRAFT and roles.allowed_anywhere(self.request.user, awards.EDIT)
        waiting = applications.unlisted(record.fiscal_year)
        return super().get_context_data(
            page=self.part(rows, size=PER_PAGE),
            total=total(rows, "approved"),
            may_edit=may_edit,
            waiting=self.part(waiting, WAITING, PER_PAGE) if may_edit else None,
            transition_url=reverse("grants:move-award-list", args=[record.pk]),
            **kwargs,
        )


class MoveAwardList(TransitionPage):
    def get_queryset(self) -> QuerySet[AwardList]:
        roles.require_anywhere(self.request.user, awards.VIEW)
        return AwardList.objects.all()

    @staticmethod
    def service(record: AwardList, to: str, account: Account, reason: str) -> None:
        record.state = awards.move(account, record, to, reason).state


class ChangeAwardList(SignedIn, View):
    """POST an application into or out of a list."""

    permission = awards.EDIT
    http_method_names = ["post"]
    action = staticmethod(awards.add)

    def post(self, request: HttpRequest, pk: int, application: int) -> HttpResponse:
        award_list = get_object_or_404(AwardList, pk=pk)
        try:
            type(self).action(request.user, award_list, get_object_or_404(Application, pk=application))
        except Refused as refusal:
            messages.error(request, refusal.message)
        parts = request.GET.urlencode()  # of the tables it was pressed in
        return redirect(award_list.get_absolute_url() + (f"?{parts}" if parts else ""))


class AddToAwardList(ChangeAwardList):
    action = staticmethod(awards.add)


class TakeOutOfAwardList(ChangeAwardList):
    action = staticmethod(awards.take_out)


class RecordAgreement(ApplicationForm):
    permission = agreements.SIGN
    title = lazy("Catat perjanjian")
    form_class = AgreementForm
    success_message = lazy("Perjanjian tersimpan dan bernomor.")

    def get_initial(self) -> dict[str, Any]:
        if self.record.agency is None:
            return {}
        signer = officials.signatory(self.record.agency)
        return {
            "official_name": signer.name,
            "official_title": f"{signer.acting} {signer.title}".strip(),
            "official_nip": signer.nip,
        }

    def perform(self, form: BaseForm) -> Agreement:
        return agreements.record(self.request.user, self.record, form.content())


class AgreementPdf(PdfPage):
    """The agreement as PDF. It names the representative in clear, so it counts as opening personal data."""

    permission = "agreement.view"
    document_template = "semai_e_hibah/agreement_document.html"
    record: Application

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.record = found(applications.readable(request.user, self.kwargs["pk"]))
        self.agreement: Agreement = found(getattr(self.record, "agreement", None))
        self.applicant = personal.reveal(request.user, self.record, "mencetak perjanjian")
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return self.record.kind.agreement

    def get_number(self) -> str:
        return self.agreement.number

    def get_year(self) -> int:
        return self.record.fiscal_year.year

    def get_agency(self) -> Agency | None:
        return self.record.agency

    def get_context(self) -> dict[str, Any]:
        return {"agreement": self.agreement, "application": self.record, "applicant": self.applicant}

    def get_signatories(self) -> tuple[Signatory, ...]:
        signed = self.agreement
        return (
            Signatory("PIHAK KEDUA", self.applicant.person_name),
            Signatory(signed.official_title, signed.official_name, nip=signed.official_nip, caption="PIHAK KESATU"),
        )

    def get_options(self) -> dict[str, Any]:
        return {"on": self.agreement.signed_on}


class AwardListPdf(PdfPage):
    """The list of recipients as PDF."""

    permission = awards.VIEW
    document_template = "semai_e_hibah/award_list_document.html"
    title = "Daftar Nominatif Calon Penerima Belanja Hibah dan Bantuan Sosial"
    landscape = True
    record: AwardList

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.record = get_object_or_404(AwardList.objects.select_related("fiscal_year"), pk=self.kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_number(self) -> str:
        return self.record.number

    def get_year(self) -> int:
        return self.record.fiscal_year.year

    def get_context(self) -> dict[str, Any]:
        rows = recipients_of(self.record)
        return {"rows": rows, "total": total(rows, "approved")}

    def get_signatories(self) -> tuple[Signatory, ...]:
        if self.record.signed_on is None:
            return (officials.signatory(),)
        return (Signatory(self.record.signer_title, self.record.signer_name),)

    def get_options(self) -> dict[str, Any]:
        return {"on": self.record.signed_on}


class Pay(ApplicationForm):
    permission = agreements.PAY
    title = lazy("Catat pencairan")
    form_class = PaymentForm
    success_message = lazy("Pencairan tersimpan; laporannya mulai ditunggu.")

    def _following(self) -> agreements.NextStage | None:
        agreement = getattr(self.record, "agreement", None)
        return agreements.next_stage(agreement) if agreement else None

    def get_intro(self) -> str:
        following = self._following()
        if following is None:
            return _("Tidak ada tahap yang dapat dicairkan.")
        return following.waiting or f"{_(following.stage.title)}. {super().get_intro()}"

    def get_initial(self) -> dict[str, Any]:
        following = self._following()
        return {"amount": following.ceiling} if following else {}

    def perform(self, form: BaseForm) -> Disbursement:
        return agreements.pay(self.request.user, self.record, form.payment())


class CloseApplication(ApplicationForm):
    permission = reports.CHECK
    title = lazy("Tutup permohonan")
    intro = lazy("Untuk permohonan yang tahap sisanya tidak dicairkan.")
    form_class = ReasonForm
    submit_title = lazy("Tutup")
    success_message = lazy("Permohonan ditutup.")

    def perform(self, form: BaseForm) -> Application:
        return reports.close(self.request.user, self.record, form.cleaned_data["reason"])
