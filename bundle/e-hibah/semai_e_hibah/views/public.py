"""Public pages that show: status by number, recipients, who owes a report, kinds to choose from, the receipt."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from semai_kit.address import client_address
from semai_kit.models import FiscalYear
from semai_kit.paging import KeysFirst
from semai_kit.refusals import Refused
from semai_kit.views import PageTitle, xlsx

from .. import reference, sheets
from ..forms.public import OpenForm
from ..models import Application
from ..selectors import public
from ..services import codes, windows
from ..tables import RecipientTable
from . import mine
from .pages import PublicPage, asked

RECIPIENTS = 50  # on a page; many look from a telephone
AT_ONCE = 500  # rows in memory while a spreadsheet is written


class ChooseKind(PublicPage):
    template_name = "semai_e_hibah/choose_kind.html"
    title = lazy("Ajukan permohonan")
    public_tab = "file"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            kinds=reference.kinds(),
            documents={d.id: d.title for d in reference.documents()},
            year=windows.open_year(),
            at_counter=mine.acts_for_applicants(self.request),
            **kwargs,
        )


class Receipt(PublicPage):
    """Number and secret code, shown once: the session forgets them on the way."""

    template_name = "semai_e_hibah/receipt.html"
    title = lazy("Tanda terima")
    public_tab = "file"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shown = request.session.pop(mine.RECEIPT, None)
        if not shown:
            return redirect("grants:status")
        application = Application.objects.get(pk=shown["application"])
        context = self.get_context_data(application=application, code=shown["code"])
        return self.render_to_response(context)


class Status(PublicPage):
    """GET ?nomor= shows the state of an application; POST number and code opens it for its applicant."""

    template_name = "semai_e_hibah/status.html"
    title = lazy("Cek status")
    public_tab = "status"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number = asked(self.request, "nomor", 120)
        application = public.by_number(number) if number else None
        return super().get_context_data(
            number=number,
            application=application,
            steps=public.steps(application) if application else [],
            form=kwargs.pop("form", None) or OpenForm(initial={"number": number}),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = OpenForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                opened = codes.opened(given["number"], given["code"], client_address(request))
            except Refused as refusal:
                form.add_error(None, refusal.message)
                status = refusal.status if refusal.status == 429 else 422
                return self.render_to_response(self.get_context_data(form=form), status=status)
            mine.remember(request, opened)
            return HttpResponseRedirect(reverse("grants:mine", args=[opened.number]))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class Recipients(PageTitle, django_tables2.SingleTableView):
    """Everyone who was awarded, by year; persons masked."""

    template_name = "semai_e_hibah/recipients.html"
    title = lazy("Penerima hibah dan bantuan sosial")
    table_class = RecipientTable

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "xlsx":
            return xlsx(
                "penerima", sheets.RECIPIENTS, map(sheets.recipient_row, self.get_queryset().iterator(AT_ONCE))
            )
        return super().get(request, *args, **kwargs)

    def chosen_year(self) -> FiscalYear | None:
        year = asked(self.request, "tahun", 4)
        known = year.isascii() and year.isdigit()
        return FiscalYear.objects.filter(year=int(year)).first() if known else None

    def get_queryset(self) -> Any:
        return public.recipients(self.chosen_year(), asked(self.request, "cari"))

    def get_table_pagination(self, table: Any) -> dict[str, int]:
        return {"per_page": RECIPIENTS, "paginator_class": KeysFirst}

    def get_paginate_by(self, queryset: Any = None) -> None:
        """The table pages itself."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.chosen_year()
        count, approved = public.sums(year)
        return super().get_context_data(
            public_tab="recipients",
            years=FiscalYear.objects.all(),
            year=year,
            text=asked(self.request, "cari"),
            count=count,
            approved=approved,
            **kwargs,
        )


class Owing(PublicPage):
    template_name = "semai_e_hibah/owing.html"
    title = lazy("Belum menyerahkan laporan")
    public_tab = "owing"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        page = self.part(public.owing(today), size=RECIPIENTS)
        for row in page:
            row.days_late = (today - row.due_on).days
        return super().get_context_data(page=page, **kwargs)


class Leave(View):
    """Close what a code opened, on a borrowed telephone for instance."""

    http_method_names: ClassVar[list[str]] = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        mine.forget(request)
        messages.success(request, _("Permohonan ditutup di perangkat ini."))
        return redirect("grants:status")
