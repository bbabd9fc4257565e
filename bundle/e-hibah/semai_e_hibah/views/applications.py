"""Applications at the desks: list, page, the seven steps, waivers, personal data, documents."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.views import DetailPage, ListPage, TransitionPage, found, year_of

from .. import sheets
from ..filters import ApplicationFilter
from ..forms.desks import ClassifyForm, DecideForm, RecommendForm, RevealForm, WaiveForm
from ..models import Application
from ..rules import set_of
from ..selectors import applications, personal
from ..selectors.eligibility import shown_rules
from ..services import awards, codes, eligibility, review
from ..services import personal as opening
from ..services.filing import ACT
from ..tables import ApplicationTable
from .mine import RECEIPT
from .pages import ApplicationForm


class ApplicationList(ListPage):
    permission = applications.VIEW
    title = lazy("Permohonan")
    template_name = "semai_e_hibah/list.html"
    table_class = ApplicationTable
    filterset_class = ApplicationFilter
    sheet = sheets.APPLICATIONS
    export_name = "permohonan"
    empty_text = lazy("Tidak ada permohonan yang cocok pada tahun ini.")

    def get_queryset(self) -> QuerySet[Application]:
        return applications.visible(self.request.user, year_of(self.request))

    def get_actions(self) -> list[tuple[str, str]]:
        if not roles.allowed_anywhere(self.request.user, ACT):
            return []
        return [(_("Catat permohonan"), reverse("grants:choose-kind"))]

    def export_row(self, record: Application) -> dict[str, Any]:
        return sheets.application_row(record)


class ApplicationDetail(DetailPage):
    permission = applications.VIEW
    template_name = "semai_e_hibah/application.html"
    back_url = reverse_lazy("grants:applications")
    back_title = lazy("Daftar permohonan")

    def get_queryset(self) -> QuerySet[Application]:
        return applications.visible(self.request.user)

    def get_title(self) -> str:
        return self.object.title

    def get_facts(self) -> list[tuple[str, Any]]:
        record: Application = self.object
        return [
            (_("Nomor"), record.number),
            (_("Tahun"), record.fiscal_year),
            (_("Jenis"), _(record.kind.title)),
            (
                _("Lokasi"),
                _("{village}, Kec. {district}").format(
                    village=record.village.name, district=record.village.district.name
                ),
            ),
            (_("OPD pelaksana"), record.agency or _("belum ditentukan")),
            (_("Rekening"), record.grant_line or _("belum ditentukan")),
            (_("Daftar penerima"), record.award_list or "—"),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, record = self.request.user, self.object
        context = super().get_context_data(**kwargs)
        plain, formed = applications.moves(account, record)
        context |= {
            "transitions": plain,
            "transition_url": reverse("grants:move", args=[record.pk]),
            "formed": [
                *((_(step.title), reverse(name, args=[record.pk])) for step, name in formed),
                *_listing(account, record),
            ],
            "amounts": record.amounts.select_related("account"),
            "rules": shown_rules(record),
            "rule_set": set_of(record.fiscal_year.year),
            "may_waive": record.state in eligibility.WAIVED_IN
            and roles.allowed_at(account, eligibility.WAIVE, record.permission_place()),
            "masked": personal.masked(record.applicant),
            "may_reveal": roles.allowed_at(account, opening.REVEAL, record.permission_place()),
            "may_act": roles.allowed_anywhere(account, ACT),
            "documents": record.documents.select_related("attachment"),
        }
        return context | _after_award(account, record)


def _listing(account: Account, record: Application) -> list[tuple[str, str]]:
    """Where an approved application goes on: into a list of recipients, or on the list it is in."""
    if record.state != applications.APPROVED:
        return []
    if record.award_list and roles.allowed_anywhere(account, awards.VIEW):
        return [(_("Buka daftar penerima"), record.award_list.get_absolute_url())]
    if roles.allowed_anywhere(account, awards.EDIT):
        return [(_("Masukkan ke daftar penerima"), reverse("grants:award-lists"))]
    return []


def _after_award(account: Account, record: Application) -> dict[str, Any]:
    """The agreement and its payments with their reports, where there are any."""
    agreement = getattr(record, "agreement", None)
    if agreement is None:
        return {"agreement": None}
    may_pay = roles.allowed_at(account, "disbursement.pay", record.permission_place())
    return {
        "agreement": agreement,
        "disbursements": agreement.disbursements.select_related("report"),
        "may_pay": may_pay and record.state == "dicairkan",
        "may_print": roles.allowed_at(account, "agreement.view", record.permission_place())
        and roles.allowed_at(account, opening.REVEAL, record.permission_place()),
    }


class MoveApplication(TransitionPage):
    @staticmethod
    def service(record: Application, to: str, account: Account, reason: str) -> None:
        record.state = review.move(account, record, to, reason).state

    def get_queryset(self) -> QuerySet[Application]:
        return applications.visible(self.request.user)

    def get_success_url(self, record: Application) -> str:
        if applications.readable(self.request.user, record.pk):
            return record.get_absolute_url()
        return reverse("grants:applications")


class Classify(ApplicationForm):
    permission = "application.classify"
    title = lazy("Tentukan OPD")
    form_class = ClassifyForm
    submit_title = lazy("Teruskan ke OPD")
    success_message = lazy("Permohonan diteruskan ke OPD.")

    def perform(self, form: BaseForm) -> Application:
        return review.classify(self.request.user, self.record, form.cleaned_data["agency"])


class Recommend(ApplicationForm):
    permission = "application.recommend"
    title = lazy("Rekomendasikan nilai")
    form_class = RecommendForm
    submit_title = lazy("Kirim ke Tim Pertimbangan")
    success_message = lazy("Rekomendasi tersimpan.")

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.record.recommended or self.record.asked}

    def perform(self, form: BaseForm) -> Application:
        given = form.cleaned_data
        return review.recommend(self.request.user, self.record, given["amount"], given["note"])


class Decide(ApplicationForm):
    permission = "application.decide"
    title = lazy("Setujui nilai")
    form_class = DecideForm
    submit_title = lazy("Setujui")
    success_message = lazy("Nilai disetujui.")

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.record.recommended}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "application": self.record}

    def perform(self, form: BaseForm) -> Application:
        given = form.cleaned_data
        return review.decide(self.request.user, self.record, given["amount"], given["line"], given["note"])


class Waive(ApplicationForm):
    permission = eligibility.WAIVE
    title = lazy("Kecualikan aturan")
    form_class = WaiveForm
    submit_title = lazy("Kecualikan")
    success_message = lazy("Pengecualian tersimpan bersama alasannya.")

    def get_intro(self) -> str:
        judged = [j for j in eligibility.judge(self.record) if j.finding.rule.id == self.kwargs["rule"]]
        finding = found(judged[0].finding if judged else None)
        return _("{rule}: {fault} Dasar: {basis}").format(
            rule=_(finding.rule.title), fault=finding.fault or _("terpenuhi"), basis=finding.rule.basis
        )

    def perform(self, form: BaseForm) -> Any:
        return eligibility.waive(self.request.user, self.record, self.kwargs["rule"], form.cleaned_data["reason"])


class Reveal(ApplicationForm):
    """Personal data in clear, on the page that answers the POST and nowhere else."""

    permission = opening.REVEAL
    title = lazy("Buka data pribadi")
    form_class = RevealForm
    submit_title = lazy("Buka")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            applicant = opening.reveal(self.request.user, self.record, form.cleaned_data["purpose"])
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        context = {
            "page_title": _("Data pribadi pemohon"),
            "page_intro": _("Pembukaan ini tercatat dalam jejak audit. Tutup halaman setelah selesai."),
            "back_url": self.get_back_url(),
            "back_title": self.back_title,
            "facts": personal.clear(applicant),
        }
        return render(self.request, "semai_e_hibah/revealed.html", context)


class RenewCode(ApplicationForm):
    """A new secret code for an applicant who came to the counter."""

    permission = ACT
    title = lazy("Ganti kode rahasia")
    intro = lazy("Periksa KTP pemohon dahulu. Kode lama tidak berlaku lagi.")
    form_class = Form
    submit_title = lazy("Buat kode baru")

    def perform(self, form: BaseForm) -> str:
        return codes.renew(self.request.user, self.record)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            code = self.perform(form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        self.request.session[RECEIPT] = {"application": self.record.pk, "code": code}
        return redirect("grants:receipt")
