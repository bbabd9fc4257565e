"""Lines of one sub kegiatan: list, entry form with account search and computed total, remove."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import seen
from semai_kit.refusals import Refused

from ..forms_lines import LineForm, line_initial, offered_units, values_of
from ..models import RkaLine
from ..rules import AmountTooLarge, amount_of
from ..selectors.rka import choices_of_items, item_of, lines_of, remarks_of
from ..services.lines import add_line, change_line, remove_line
from .pages import InRka, Page, PostAction

SEARCH, COMPUTE = "cari", "hitung"


class ItemLines(InRka, Page):
    template_name = "semai_e_budgeting/item.html"
    back_title = lazy("Semua sub kegiatan")

    def get_title(self) -> str:
        return self.found.sub_activity_name

    def get_back_url(self) -> str:
        return self.rka_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.found = self.item()
        remarks = [remark for remark in remarks_of(self.rka) if remark.item_id == self.found.pk]
        return super().get_context_data(
            rka=self.rka,
            item=self.found,
            groups=lines_of(self.found),
            editable=self.editable,
            remarkable=self.remarkable,
            remarks=remarks,
            **kwargs,
        )


class LineEditor(InRka, Page):
    """Shared by add and change. Three buttons: search an account, compute, save; only save writes."""

    template_name = "semai_e_budgeting/line_form.html"
    permission = "budget.edit"

    def current_line(self) -> RkaLine | None:
        return None

    def save(self, form: LineForm) -> RkaLine:
        raise NotImplementedError(f"{type(self).__name__} must call its service in save()")

    def get_back_url(self) -> str:
        return self.item_url(self.kwargs["item"])

    def items(self) -> list[tuple[int, str]]:
        return choices_of_items(self.rka, self.kwargs["item"])

    def unbound(self, initial: dict[str, Any]) -> LineForm:
        return LineForm(initial=initial, rka=self.rka, items=self.items(), held=self.held())

    def held(self) -> int | None:
        """The price standard that the line has already, which may have been replaced meanwhile."""
        line = self.current_line()
        return line.standard_id if line else None

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        line = self.current_line()
        initial = line_initial(line) if line else {"item": self.kwargs["item"], "tax_percent": 0}
        return self.show(self.unbound(initial))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        step = request.POST.get("langkah", "")
        if step == SEARCH:
            return self.show(self.unbound(values_of(request.POST, LineForm(rka=self.rka, items=[]))))
        form = LineForm(request.POST, rka=self.rka, items=self.items(), held=self.held())
        if not form.is_valid() or step == COMPUTE:
            return self.show(form, status=200 if form.is_valid() else 422)
        current = self.current_line()
        if current and seen.refuse(form, line_initial(current)):
            return self.show(form, status=422)
        try:
            line = self.save(form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.show(form, status=422)
        messages.success(request, _("Rincian “{description}” disimpan.").format(description=line.description))
        if step == "lagi":
            return redirect(reverse("budget:add-line", args=[self.rka.pk, line.item_id]))
        return redirect(self.item_url(line.item_id))

    def show(self, form: LineForm, status: int = 200) -> HttpResponse:
        typed = form.typed("item")
        item = (item_of(self.rka, int(typed)) if typed.isdecimal() else None) or self.item()
        line = self.current_line()
        others = item.used - (line.total if line and line.item_id == item.pk else 0)
        amount = self.computed(form)
        available = item.pagu - others
        return self.render_to_response(
            self.get_context_data(
                form=form,
                rka=self.rka,
                item=item,
                line=line,
                seen=self.seen(form, line),
                others=others,
                available=available,
                amount=amount,
                remaining_after=available - amount.total if amount else None,
                units=offered_units(),
                editable=self.editable,
            ),
            status=status,
        )

    def seen(self, form: LineForm, line: RkaLine | None) -> str:
        """What the page carries from step to step of the line as it was when it was opened, or told of last."""
        if self.request.method == "POST" and not getattr(form, "told", False):
            return str(self.request.POST.get(seen.FIELD, ""))
        return seen.of(line_initial(line)) if line else ""

    def computed(self, form: LineForm) -> Any:
        """The total of what is typed, when it can be computed."""
        if not form.is_bound:
            line = self.current_line()
            return line and amount_of(
                (line.volume_1, line.volume_2, line.volume_3), line.unit_price, line.tax_percent
            )
        values = form.cleaned_data
        if values.get("volume_1") is None or values.get("unit_price") is None:
            return None
        coefficients = (values["volume_1"], values.get("volume_2"), values.get("volume_3"))
        try:
            return amount_of(coefficients, values["unit_price"], values.get("tax_percent") or 0)
        except AmountTooLarge:
            return None


class AddLine(LineEditor):
    title = lazy("Tambah rincian belanja")

    def save(self, form: LineForm) -> RkaLine:
        return add_line(self.rka.pk, form.entry(), self.request.user)


class ChangeLine(LineEditor):
    title = lazy("Ubah rincian belanja")

    def current_line(self) -> RkaLine | None:
        line = RkaLine.objects.filter(pk=self.kwargs["line"], rka=self.rka, item_id=self.kwargs["item"]).first()
        if line is None:
            raise Refused(_("Rincian ini sudah dihapus atau dipindahkan. Buka kembali daftar rincian."))
        return line

    def save(self, form: LineForm) -> RkaLine:
        return change_line(self.kwargs["line"], form.entry(), self.request.user)


class RemoveLine(InRka, Page):
    """Shows the line once more, then removes it; versions keep what was sent."""

    template_name = "semai_e_budgeting/line_remove.html"
    permission = "budget.edit"
    title = lazy("Hapus rincian belanja")

    def get_back_url(self) -> str:
        return self.item_url(self.kwargs["item"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        line = (
            RkaLine.objects.filter(pk=self.kwargs["line"], rka=self.rka, item_id=self.kwargs["item"])
            .select_related("account", "funding")
            .first()
        )
        if line is None:
            raise Refused(_("Rincian ini sudah dihapus."))
        return super().get_context_data(rka=self.rka, line=line, editable=self.editable, **kwargs)


class RemoveLineNow(InRka, PostAction):
    permission = "budget.edit"

    def act(self) -> str:
        remove_line(self.kwargs["line"], self.request.user)
        return _("Rincian dihapus.")

    def target(self) -> str:
        return self.item_url(self.kwargs["item"])
