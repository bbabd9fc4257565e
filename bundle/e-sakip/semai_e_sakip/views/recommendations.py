"""Follow-up list: recommendations, their steps, and proof of what was done."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import attachments
from semai_kit.views import xlsx

from .. import sheets
from ..forms.evaluations import RecommendationForm
from ..forms.measurements import UploadForm
from ..models import Evaluation, Recommendation
from ..selectors.records import evaluations, recommendations
from ..services import evaluations as writing
from ..services import gates
from .measurements import uploaded
from .pages import Page, PostAction, RecordForm, StepsPage


class RecommendationList(Page):
    permission = "recommendation.view"
    template_name = "semai_e_sakip/recommendations.html"
    title = lazy("Tindak lanjut rekomendasi")

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Unduh XLSX"), "?export=xlsx")]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        rows = [sheets.recommendation_row(row) for row in recommendations(request.user, self.year)]
        return xlsx("tindak-lanjut", sheets.RECOMMENDATIONS, rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        wanted = self.request.GET.get("status", "")
        rows = recommendations(self.request.user, self.year)
        page = self.part(rows.filter(state=wanted) if wanted else rows)
        return super().get_context_data(
            page=page,
            rows=[(row, row.is_overdue(today)) for row in page],
            states=Recommendation.workflow().choices(),
            wanted=wanted,
            **kwargs,
        )


class Recommend(RecordForm):
    """A recommendation that follows from an evaluation."""

    permission = "recommendation.edit"
    form_class = RecommendationForm
    title = lazy("Rekomendasi baru")
    success_message = lazy("Rekomendasi disimpan.")

    def load(self) -> Evaluation | None:
        return evaluations(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_intro(self) -> str:
        return str(self.record.agency)

    def perform(self, form: BaseForm) -> Recommendation:
        evaluation = self.record
        return writing.recommend(
            self.request.user, evaluation.agency, evaluation.fiscal_year, form.content(), evaluation
        )

    def get_back_url(self) -> str:
        return reverse("sakip:evaluation", args=[self.record.pk])

    def get_success_url(self) -> str:
        return self.get_back_url()


class _InRecommendation:
    request: HttpRequest
    kwargs: dict[str, Any]
    record: Recommendation

    def load(self) -> Recommendation | None:
        return recommendations(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def may(self, permission: str) -> bool:
        place = self.record.permission_place()
        return gates.may(self.request.user, permission, place, self.record.fiscal_year)

    def here(self) -> str:
        return reverse("sakip:recommendation", args=[self.record.pk])


class RecommendationDetail(_InRecommendation, StepsPage):
    permission = "recommendation.view"
    template_name = "semai_e_sakip/recommendation.html"
    title = lazy("Rekomendasi")
    back_url = reverse_lazy("sakip:recommendations")

    def get_actions(self) -> list[tuple[str, str]]:
        if self.record.state != "terbuka" or not self.may("recommendation.edit"):
            return []
        return [(_("Ubah"), reverse("sakip:change-recommendation", args=[self.record.pk]))]

    def take_step(self, to: str, reason: str) -> Recommendation:
        return writing.move_recommendation(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = self.record.workflow().state(self.record.state)
        return super().get_context_data(
            recommendation=self.record,
            overdue=self.record.is_overdue(timezone.localdate()),
            evidence=list(attachments.of(self.record)),
            may_attach=not state.terminal and self.may("recommendation.answer"),
            upload=UploadForm(),
            **kwargs,
        )


class ChangeRecommendation(_InRecommendation, RecordForm):
    permission = "recommendation.edit"
    form_class = RecommendationForm
    title = lazy("Ubah rekomendasi")
    success_message = lazy("Rekomendasi disimpan.")

    def get_initial(self) -> dict[str, Any]:
        return {"text": self.record.text, "deadline": self.record.deadline}

    def perform(self, form: BaseForm) -> Recommendation:
        return writing.change_recommendation(self.request.user, self.record, form.content())

    def get_back_url(self) -> str:
        return self.here()

    def get_success_url(self) -> str:
        return self.here()


class AttachProof(_InRecommendation, PostAction):
    permission = "recommendation.answer"

    def act(self) -> str:
        attachment = writing.attach_proof(self.request.user, self.record, uploaded(self.request))
        return _("Bukti “{name}” diunggah.").format(name=attachment.name)

    def target(self) -> str:
        return self.here()
