"""Bases for lists, details, forms and transitions. They call selectors and services; rules live there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.generic import DetailView, FormView
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from semai_kit import languages, roles, seen, spreadsheets, workflow
from semai_kit.models import FiscalYear, Stateful
from semai_kit.paging import KeysFirst
from semai_kit.refusals import Refused
from semai_kit.years import NoYear

FILTERS_IN_SIGHT = 2
AT_ONCE = 500  # records in memory while a spreadsheet is written
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def year_of(request: HttpRequest) -> FiscalYear:
    """The fiscal year chosen in the header; raises NoYear with a way out while none exists."""
    year = getattr(request, "fiscal_year", None)
    if not year:
        raise NoYear(_("Belum ada tahun anggaran. Administrator membukanya di menu Tahun anggaran."))
    return year


def found(record: Any) -> Any:
    """The record, or 404 when the selector gave none."""
    if record is None:
        raise Http404("not found or not visible to this account")
    return record


class SignedIn(LoginRequiredMixin):
    """Requires a login and, when `permission` is set, that the account holds it somewhere (else Denied, 403)."""

    permission: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if self.permission:
            roles.require_anywhere(request.user, self.permission)
        return super().dispatch(request, *args, **kwargs)


class PageTitle:
    """Title, introduction, back link and buttons of a page; override the attributes or the get_ methods."""

    title: ClassVar[str] = ""
    intro: ClassVar[str] = ""
    back_url: ClassVar[str] = ""
    back_title: ClassVar[str] = lazy("Kembali")

    def get_title(self) -> str:
        return self.title

    def get_intro(self) -> str:
        return self.intro

    def get_back_url(self) -> str:
        return self.back_url

    def get_actions(self) -> list[tuple[str, str]]:
        """Buttons beside the title: (text, address); the first is the main one."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(  # type: ignore[misc]
            page_title=self.get_title(),
            page_intro=self.get_intro(),
            back_url=self.get_back_url(),
            back_title=self.back_title,
            actions=self.get_actions(),
            **kwargs,
        )


class ListPage(SignedIn, PageTitle, SingleTableMixin, FilterView):
    """Table + filter + pages of 50 + export. Set table_class, filterset_class, get_queryset, and `sheet` to export.

    `?export=xlsx` sends every filtered row through `export_row`.
    """

    template_name = "semai_kit/list.html"
    filterset_class = None
    paginate_by = 50
    strict = False
    sheet: ClassVar[spreadsheets.Sheet | None] = None
    export_name: ClassVar[str] = "daftar"
    empty_text: ClassVar[str] = lazy("Belum ada yang bisa ditampilkan.")

    def get_table_pagination(self, table: Any) -> dict[str, Any]:
        return {"per_page": self.paginate_by, "paginator_class": KeysFirst}

    def get_paginate_by(self, queryset: Any) -> None:
        """The table pages itself; paging twice would show a part of a part."""

    def export_row(self, record: Any) -> dict[str, Any]:
        """Cells of one record by column key; by default the attributes of the same names."""
        assert self.sheet is not None
        return {column.key: getattr(record, column.key) for column in self.sheet.columns}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.sheet is not None and request.GET.get("export") == "xlsx":
            filterset = self.get_filterset(self.get_filterset_class())
            rows = (self.export_row(row) for row in filterset.qs.iterator(AT_ONCE))
            return xlsx(self.export_name, self.sheet, rows)
        return super().get(request, *args, **kwargs)

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"empty_text": self.empty_text}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exporting = None
        if self.sheet is not None:
            query = self.request.GET.copy()
            query.pop("page", None)
            query["export"] = "xlsx"
            exporting = f"?{query.urlencode()}"
        context = super().get_context_data(export_url=exporting, **kwargs)
        return context | _filter_fields(context.get("filter"))


def _filter_fields(filterset: Any) -> dict[str, Any]:
    """The filters of a list split into those in sight and those folded away."""
    fields = list(filterset.form.visible_fields()) if filterset is not None else []
    folded = fields[FILTERS_IN_SIGHT:]
    in_use = any(field.value() or field.errors for field in folded)
    return {"shown_filters": fields[:FILTERS_IN_SIGHT], "folded_filters": folded, "folded_in_use": in_use}


def xlsx(
    name: str,
    sheet: spreadsheets.Sheet,
    rows: Iterable[dict[str, Any]],
    *further: tuple[spreadsheets.Sheet, Iterable[dict[str, Any]]],
) -> HttpResponse:
    """A spreadsheet download named with today's date."""
    with languages.official():
        response = HttpResponse(spreadsheets.write(sheet, rows, *further), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y%m%d}.xlsx"'
    return response


class DetailPage(SignedIn, PageTitle, DetailView):
    """One record. With a Stateful record the template shows its moves and history."""

    template_name = "semai_kit/detail.html"

    def get_title(self) -> str:
        return self.title or str(self.object)

    def get_facts(self) -> list[tuple[str, Any]]:
        """(label, value) pairs shown as a definition list."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = {"facts": self.get_facts()}
        if isinstance(self.object, Stateful):
            context["transitions"] = workflow.available(self.object, self.request.user)
            context["history"] = workflow.history(self.object)
        return super().get_context_data(**context, **kwargs)


class FormPage(SignedIn, PageTitle, FormView):
    """A form whose valid content goes to a service: override `perform(form)`; a Refused becomes a form error."""

    template_name = "semai_kit/form.html"
    submit_title: ClassVar[str] = lazy("Simpan")
    success_message: ClassVar[str] = ""

    def perform(self, form: BaseForm) -> Any:
        """Call the service; what it returns is kept in `self.result`."""
        raise NotImplementedError(f"{type(self).__name__} must call its service in perform()")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if seen.refuse(form):
            return self.form_invalid(form)
        try:
            self.result = self.perform(form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        if self.success_message:
            messages.success(self.request, self.success_message)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit_title=self.submit_title, **kwargs)


class TransitionPage(SignedIn, View):
    """POST `to` and `reason`; moves the record with `service` and goes back to it."""

    http_method_names = ["post"]
    service: ClassVar[Callable[..., object]] = staticmethod(workflow.transition)

    def get_queryset(self) -> Any:
        """Records this account may see."""
        raise NotImplementedError(f"{type(self).__name__} must say which records it moves")

    def get_success_url(self, record: Any) -> str:
        return record.get_absolute_url()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = get_object_or_404(self.get_queryset(), pk=pk)
        try:
            self.service(record, request.POST.get("to", ""), request.user, request.POST.get("reason", ""))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(
                request, _("Status menjadi “{state_title}”.").format(state_title=_(record.state_title))
            )
        return redirect(self.get_success_url(record))
