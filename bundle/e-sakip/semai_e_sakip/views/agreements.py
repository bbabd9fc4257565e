"""Perjanjian Kinerja: list, content, steps, signing, print."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import workflow
from semai_kit.documents import Signatory
from semai_kit.languages import official
from semai_kit.models import Agency
from semai_kit.views import PdfPage, xlsx

from .. import sheets
from ..forms.agreements import ContentForm, SigningForm
from ..models import Agreement, Position
from ..selectors.records import agreements, positions, without_agreement
from ..services import agreements as writing
from ..services import gates
from .pages import Loaded, Page, PostAction, RecordForm, RecordPage, StepsPage

OFFICIALS = 50  # on a page; each has a form of its own


class AgreementList(Page):
    permission = "agreement.view"
    template_name = "semai_e_sakip/agreements.html"
    title = lazy("Perjanjian Kinerja")

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Penanda tangan"), reverse("sakip:positions")), (_("Unduh XLSX"), "?export=xlsx")]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        rows = [sheets.agreement_row(row) for row in agreements(request.user, self.year)]
        return xlsx("perjanjian-kinerja", sheets.AGREEMENTS, rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, year = self.request.user, self.year
        without = without_agreement(account, year)
        return super().get_context_data(
            page=self.part(agreements(account, year)),
            without=self.part(without if year.is_open else without.none(), "tanpa-pk", OFFICIALS),
            **kwargs,
        )


class OpenAgreement(PostAction):
    permission = "agreement.edit"

    def load(self) -> Position | None:
        return positions(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def act(self) -> str:
        self.made = writing.open_agreement(self.request.user, self.record, self.request.fiscal_year)
        return _("Draf Perjanjian Kinerja dibuat. Periksa indikator dan programnya.")

    def target(self) -> str:
        made = getattr(self, "made", None)
        return reverse("sakip:agreement", args=[made.pk]) if made else reverse("sakip:agreements")


class _InAgreement:
    request: HttpRequest
    kwargs: dict[str, Any]
    record: Agreement

    def load(self) -> Agreement | None:
        return agreements(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_back_url(self) -> str:
        return reverse("sakip:agreement", args=[self.record.pk])

    def may(self, permission: str) -> bool:
        place = self.record.permission_place()
        return gates.may(self.request.user, permission, place, self.record.fiscal_year)


class AgreementDetail(_InAgreement, StepsPage):
    permission = "agreement.view"
    template_name = "semai_e_sakip/agreement.html"

    def get_title(self) -> str:
        return f"{self.record.title} {self.record.fiscal_year.year}"

    def get_back_url(self) -> str:
        return reverse("sakip:agreements")

    def get_actions(self) -> list[tuple[str, str]]:
        actions = [(_("Cetak"), reverse("sakip:print-agreement", args=[self.record.pk]))]
        if self.record.state == writing.DRAFT and self.may("agreement.edit"):
            actions.insert(
                0, (_("Pilih indikator dan program"), reverse("sakip:agreement-content", args=[self.record.pk]))
            )
        return actions

    def get_steps(self) -> list[workflow.Transition]:
        """Signing has a page of its own: it needs number and date."""
        if not self.record.fiscal_year.is_open:
            return []
        return [s for s in writing.available(self.request.user, self.record) if s.to != writing.SIGNED]

    def take_step(self, to: str, reason: str) -> Agreement:
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        agreement = self.record
        programs = list(agreement.programs.all())
        draft = agreement.state == writing.DRAFT
        return super().get_context_data(
            agreement=agreement,
            targets=list(agreement.targets.select_related("indicator__node")),
            programs=programs,
            budget=sum(program.budget for program in programs),
            problems=writing.problems_of(agreement) if draft and self.may("agreement.edit") else [],
            left_out=writing.left_out(agreement) if draft and self.may("agreement.edit") else [],
            may_sign=agreement.state == writing.APPROVED and self.may("agreement.sign"),
            may_revise=agreement.state == writing.SIGNED and self.may("agreement.edit"),
            **kwargs,
        )


class AgreementContent(_InAgreement, RecordForm):
    permission = "agreement.edit"
    form_class = ContentForm
    title = lazy("Isi Perjanjian Kinerja")
    success_message = lazy("Isi Perjanjian Kinerja disimpan.")

    def get_intro(self) -> str:
        return str(self.record.position)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "agreement": self.record}

    def perform(self, form: BaseForm) -> Agreement:
        keys = [indicator.pk for indicator in form.cleaned_data["indicators"]]
        return writing.choose(self.request.user, self.record, keys, form.cleaned_data["programs"])

    def get_success_url(self) -> str:
        return self.get_back_url()


class SignAgreement(_InAgreement, RecordForm):
    permission = "agreement.sign"
    form_class = SigningForm
    title = lazy("Tandatangani Perjanjian Kinerja")
    submit_title = lazy("Tandatangani")
    success_message = lazy("Perjanjian Kinerja ditandatangani dan terkunci.")

    def get_intro(self) -> str:
        return _("{position}. Sesudah ditandatangani hanya dapat berubah lewat PK Perubahan.").format(
            position=self.record.position
        )

    def perform(self, form: BaseForm) -> Agreement:
        return writing.move(
            self.request.user, self.record, writing.SIGNED, signed_on=form.cleaned_data["signed_on"]
        )

    def get_success_url(self) -> str:
        return self.get_back_url()


class ReviseAgreement(_InAgreement, PostAction):
    permission = "agreement.edit"

    def act(self) -> str:
        self.made = writing.open_revision(self.request.user, self.record)
        return _("Draf {title} dibuat dengan angka hari ini.").format(title=_(self.made.title))

    def target(self) -> str:
        return reverse("sakip:agreement", args=[getattr(self, "made", self.record).pk])


class PrintAgreement(_InAgreement, RecordPage):
    """The agreement as a document, Indonesian as all of them; the browser prints it."""

    permission = "agreement.view"
    template_name = "semai_e_sakip/agreement_print.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with official():
            return super().get(request, *args, **kwargs).render()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**document_context(self.record), **kwargs)


class AgreementPdf(_InAgreement, Loaded, PdfPage):
    permission = "agreement.view"
    document_template = "semai_e_sakip/documents/agreement.html"

    def get_title(self) -> str:
        return self.record.title

    def get_number(self) -> str:
        return self.record.number

    def get_year(self) -> int:
        return self.record.fiscal_year.year

    def get_agency(self) -> Agency | None:
        return self.record.agency

    def get_context(self) -> dict[str, Any]:
        return document_context(self.record)

    def get_signatories(self) -> list[Signatory]:
        signer, superior = writing.parties(self.record)
        both = [(superior, "Pihak Kedua"), (signer, "Pihak Pertama")]
        return [
            Signatory(party.position, party.name, party.rank, party.nip, caption=caption)
            for party, caption in both
            if party is not None
        ]

    def get_options(self) -> dict[str, Any]:
        return {"on": self.record.signed_on}


def document_context(agreement: Agreement) -> dict[str, Any]:
    """What the page and the PDF say: both parties, targets, programs with their sum."""
    signer, superior = writing.parties(agreement)
    programs = list(agreement.programs.all())
    return {
        "agreement": agreement,
        "signer": signer,
        "superior": superior,
        "targets": list(agreement.targets.select_related("indicator__node")),
        "programs": programs,
        "budget": sum(program.budget for program in programs),
    }
