"""Usulan: list, page, form, correction, attachments, next year."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import attachments, roles, workflow
from semai_kit.views import FormPage, ListPage, year_of

from .. import sheets
from ..filters import ProposalFilter
from ..forms.proposals import AttachmentForm, CarryOverForm, CorrectionForm, ProposalForm
from ..models import Proposal
from ..selectors import proposals
from ..services import attachments as attaching
from ..services import proposals as writing
from ..services import review
from ..services.gates import is_open
from ..tables import ProposalTable
from . import maps
from .pages import ConfirmPage, RecordForm, StepsPage


class ProposalList(ListPage):
    permission = "proposal.view"
    title = lazy("Usulan")
    table_class = ProposalTable
    filterset_class = ProposalFilter
    sheet = sheets.PROPOSALS
    export_name = "usulan"
    empty_text = lazy("Tidak ada usulan yang cocok. Ubah saringan, atau buat usulan baru bila tahapnya dibuka.")

    def get_queryset(self) -> QuerySet[Proposal]:
        return proposals.visible(self.request.user, year_of(self.request))

    def get_actions(self) -> list[tuple[str, str]]:
        account = self.request.user
        if not proposals.writing_sources(account):
            return [(_("Peta"), reverse("planning:map"))]
        return [
            (_("Usulan baru"), reverse("planning:create-proposal")),
            (_("Peta"), reverse("planning:map")),
            (_("Impor XLSX"), reverse("planning:import")),
        ]

    def export_row(self, record: Proposal) -> dict[str, Any]:
        return sheets.proposal_row(record)


class ProposalDetail(StepsPage):
    permission = "proposal.view"
    template_name = "semai_e_planning/proposal.html"
    back_url = reverse_lazy("planning:proposals")
    back_title = lazy("Daftar usulan")

    def load(self) -> Proposal | None:
        return proposals.readable(self.request.user, self.kwargs["pk"])

    def get_title(self) -> str:
        return self.record.title

    def get_steps(self) -> list[Any]:
        return proposals.moves(self.request.user, self.record)

    def take_step(self, to: str, reason: str) -> Proposal:
        return review.move(self.request.user, self.record, to, reason)

    def here(self) -> str:
        """A step may take the usulan out of the account's sight; then the list is the place to go."""
        readable = proposals.readable(self.request.user, self.record.pk)
        return self.request.path if readable else reverse("planning:proposals")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, proposal = self.request.user, self.record
        may_edit = proposals.may_edit(account, proposal)
        may_correct = proposals.may_correct(account, proposal)
        return super().get_context_data(
            proposal=proposal,
            history=workflow.history(proposal),
            attachments=attachments.of(proposal),
            may_edit=may_edit,
            may_delete=may_edit and not proposal.number,
            may_correct=may_correct,
            may_attach=may_edit or may_correct,
            may_carry_over=proposal.state in writing.CARRIED_STATES
            and roles.allowed_at(account, writing.permission_to_write(proposal), proposal.permission_place()),
            stage_closed=proposals.closed_reason(account, proposal),
            drawing=maps.drawing([proposal] if proposal.coordinates else [], village=proposal.village),
            may_open_calendar=roles.allowed_anywhere(account, "stage.view"),
            **kwargs,
        )


class _Locating:
    """The page of a form that may ask the telephone where it is."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response.headers["Permissions-Policy"] = maps.LOCATING
        return response


class CreateProposal(_Locating, FormPage):
    permission = "proposal.submit"
    title = lazy("Usulan baru")
    intro = lazy("Usulan disimpan sebagai draf. Periksa kembali, lalu ajukan dari halaman usulan.")
    template_name = "semai_e_planning/proposal_form.html"
    form_class = ProposalForm
    submit_title = lazy("Simpan draf")
    success_message = lazy("Draf usulan tersimpan. Periksa lalu ajukan.")
    back_url = reverse_lazy("planning:proposals")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "account": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        permissions = [writing.WRITING[source] for source in proposals.writing_sources(self.request.user)]
        closed = not any(is_open(year_of(self.request), permission) for permission in permissions)
        return super().get_context_data(stage_closed=closed, **kwargs)

    def perform(self, form: BaseForm) -> Proposal:
        source = form.cleaned_data["source"]
        return writing.create(self.request.user, year_of(self.request), source, form.content())

    def get_success_url(self) -> str:
        return reverse("planning:proposal", args=[self.result.pk])


class _ProposalForm(RecordForm):
    """A form about one visible usulan, returning to its page."""

    permission = "proposal.view"
    back_title = lazy("Kembali ke usulan")

    def load(self) -> Proposal | None:
        proposal = proposals.readable(self.request.user, self.kwargs["pk"])
        if proposal is not None:
            roles.require_at(self.request.user, self.needed(proposal), proposal.permission_place())
        return proposal

    def needed(self, proposal: Proposal) -> str:
        """The permission without which the form would be refused when sent."""
        return writing.permission_to_write(proposal)

    def get_back_url(self) -> str:
        return reverse("planning:proposal", args=[self.record.pk])

    def get_success_url(self) -> str:
        return reverse("planning:proposal", args=[self.record.pk])


class ChangeProposal(_Locating, _ProposalForm):
    title = lazy("Ubah usulan")
    template_name = "semai_e_planning/proposal_form.html"
    form_class = ProposalForm
    success_message = lazy("Perubahan tersimpan.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "account": self.request.user, "instance": self.record}

    def perform(self, form: BaseForm) -> Proposal:
        return writing.update(self.request.user, self.record, form.content())


class DeleteProposal(ConfirmPage, _ProposalForm):
    title = lazy("Hapus draf usulan")
    success_message = lazy("Draf dihapus.")

    def get_intro(self) -> str:
        return _("“{proposal}” akan dihapus. Jejak perubahannya tetap tersimpan.").format(
            proposal=self.record.title
        )

    def perform(self, form: BaseForm) -> None:
        writing.delete_draft(self.request.user, self.record)

    def get_success_url(self) -> str:
        return reverse("planning:proposals")


class CorrectProposal(_ProposalForm):
    title = lazy("Koreksi verifikasi")
    intro = lazy("Angka pengusul tetap tersimpan; yang diisi di sini dipakai pada Renja dan laporan.")
    form_class = CorrectionForm
    success_message = lazy("Koreksi tersimpan.")

    def needed(self, proposal: Proposal) -> str:
        return writing.CORRECTING.get(proposal.state, "proposal.view")  # out of turn: the service says when

    def get_initial(self) -> dict[str, Any]:
        return {"agency": self.record.agency_id, "verified_estimate": self.record.verified_estimate}

    def perform(self, form: BaseForm) -> Proposal:
        return writing.correct(self.request.user, self.record, form.correction())

    def get_success_url(self) -> str:
        """Changing the OPD may take the usulan out of the account's sight."""
        if proposals.readable(self.request.user, self.record.pk):
            return super().get_success_url()
        return reverse("planning:proposals")


class AttachFile(_ProposalForm):
    title = lazy("Tambah foto atau dokumen")
    intro = lazy("Paling besar 5 MB per berkas. Foto lokasi memudahkan verifikasi.")
    form_class = AttachmentForm
    submit_title = lazy("Unggah")
    success_message = lazy("Lampiran tersimpan.")

    def needed(self, proposal: Proposal) -> str:
        return writing.CORRECTING.get(proposal.state) or super().needed(proposal)

    def perform(self, form: BaseForm) -> Any:
        return attaching.attach_to_proposal(self.request.user, self.record, form.cleaned_data["file"])


class CarryOver(_ProposalForm):
    title = lazy("Usulkan lagi")
    intro = lazy("Isi usulan disalin menjadi draf baru pada tahun yang dipilih, dengan catatan asalnya.")
    form_class = CarryOverForm
    submit_title = lazy("Buat draf")
    success_message = lazy("Draf baru dibuat dari usulan yang ditunda.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "after": self.record.fiscal_year}

    def perform(self, form: BaseForm) -> Proposal:
        return writing.carry_over(self.request.user, self.record, form.cleaned_data["year"])

    def get_success_url(self) -> str:
        return reverse("planning:proposal", args=[self.result.pk])
