"""Remarks of asistensi and TAPD, and the answers of the OPD."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.views import FormPage

from ..forms import AnswerForm, RemarkForm
from ..models import PlanItem, Remark, RkaLine
from ..services.flow import add_remark, answer_remark
from .pages import InRka


class AddRemark(InRka, FormPage):
    """On the RKA, on one sub kegiatan (?sub=) or on one line (?rincian=)."""

    permission = "budget.remark"
    form_class = RemarkForm
    template_name = "semai_e_budgeting/remark_form.html"
    title = lazy("Tulis catatan")
    submit_title = lazy("Simpan catatan")
    success_message = lazy("Catatan disimpan.")

    def get_initial(self) -> dict[str, Any]:
        return {"item": self.request.GET.get("sub"), "line": self.request.GET.get("rincian")}

    def subject(self) -> str:
        source = self.request.POST or self.request.GET
        line = source.get("line") or source.get("rincian") or ""
        item = source.get("item") or source.get("sub") or ""
        if line.isdigit():
            found = RkaLine.objects.filter(pk=line, rka=self.rka).first()
            return _("Rincian: {found}").format(found=found) if found else str(self.rka)
        if item.isdigit():
            found_item = PlanItem.objects.filter(pk=item, agency=self.rka.agency).first()
            return _("Sub kegiatan: {found_item}").format(found_item=found_item) if found_item else str(self.rka)
        return str(self.rka)

    def perform(self, form: RemarkForm) -> Remark:
        values = form.cleaned_data
        return add_remark(
            self.rka.pk, values["text"], self.request.user, item_id=values["item"], line_id=values["line"]
        )

    def get_success_url(self) -> str:
        remark: Remark = self.result
        return self.item_url(remark.item_id) if remark.item_id else self.rka_url()

    def get_back_url(self) -> str:
        return self.rka_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rka=self.rka, subject=self.subject(), **kwargs)


class AnswerRemark(InRka, FormPage):
    permission = "budget.edit"
    form_class = AnswerForm
    template_name = "semai_e_budgeting/remark_form.html"
    title = lazy("Tanggapi catatan")
    submit_title = lazy("Simpan tanggapan")
    success_message = lazy("Tanggapan disimpan.")

    def remark(self) -> Remark:
        found = Remark.objects.filter(pk=self.kwargs["remark"], rka=self.rka).select_related("author").first()
        if found is None:
            raise Http404
        return found

    def perform(self, form: AnswerForm) -> Remark:
        return answer_remark(self.remark().pk, form.cleaned_data["text"], self.request.user)

    def get_success_url(self) -> str:
        return self.rka_url()

    def get_back_url(self) -> str:
        return self.rka_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rka=self.rka, remark=self.remark(), **kwargs)
