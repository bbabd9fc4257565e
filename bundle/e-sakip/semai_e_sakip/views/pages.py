"""Bases of this app's pages: the year in view, records by selector, steps of a workflow, buttons that post."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core import paginator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.generic import TemplateView
from semai_kit import roles, workflow
from semai_kit.models import FiscalYear
from semai_kit.paging import ROWS
from semai_kit.refusals import Refused
from semai_kit.views import FormPage, PageTitle, SignedIn, found, year_of


class Page(SignedIn, PageTitle, TemplateView):
    """A page that only reads. Parts of its address stay in `kwargs`."""

    @property
    def year(self) -> FiscalYear:
        return year_of(self.request)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def part(self, rows: Any, parameter: str = "page", size: int = ROWS) -> paginator.Page:
        """The rows that the address asks for; each table of a page has a parameter of its own."""
        return paginator.Paginator(rows, size).get_page(self.request.GET.get(parameter))


class Loaded(SignedIn):
    """Fetches its record by the selector once the permission of the page is known; who lacks it learns nothing."""

    record: Any
    kwargs: dict[str, Any]

    def load(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must fetch its record")

    def place(self) -> roles.Place | None:
        """Where the permission must hold to open the page; None where `load` gives only what may be changed."""
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            if self.permission:
                roles.require_anywhere(request.user, self.permission)
            self.record = found(self.load())
            place = self.place()
            if place is not None:
                roles.require_at(request.user, self.permission, place)
        return super().dispatch(request, *args, **kwargs)


class RecordPage(Loaded, Page):
    """A page about one record."""


class RecordForm(Loaded, FormPage):
    """A form about one record."""

    @property
    def year(self) -> FiscalYear:
        return year_of(self.request)


class ConfirmPage(RecordForm):
    """A yes-or-no question before something is removed."""

    template_name = "semai_e_sakip/confirm.html"
    form_class = forms.Form
    submit_title = lazy("Hapus")


class PostAction(Loaded, View):
    """A button: runs `act`, says what happened, goes to `target`."""

    http_method_names = ["post"]

    def act(self) -> str:
        """Call the service; returns the message of success."""
        raise NotImplementedError(f"{type(self).__name__} must call its service in act()")

    def target(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} must say where it goes back to")

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except Refused as refusal:
            messages.error(request, refusal.message)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(self.target())


class StepsPage(RecordPage):
    """A record's page with its workflow: POST `to` and `reason` takes a step; a refusal shows beside the reason."""

    def take_step(self, to: str, reason: str) -> Any:
        """Call the service and return the moved record."""
        raise NotImplementedError(f"{type(self).__name__} must call its service")

    def get_steps(self) -> list[workflow.Transition]:
        return workflow.available(self.record, self.request.user) if self.record.fiscal_year.is_open else []

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
        try:
            moved = self.take_step(to, reason)
        except Refused as refusal:
            return self._again(refusal.message)
        except ValidationError as error:
            return self._again(" ".join(error.messages))
        messages.success(request, _("Status menjadi “{state_title}”.").format(state_title=_(moved.state_title)))
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = {
            "record": self.record,
            "object": self.record,
            "transitions": self.get_steps(),
            "transition_url": self.request.path,
            "history": list(workflow.history(self.record)),
        }
        return super().get_context_data(**{**frame, **kwargs})

    def _again(self, message: str) -> HttpResponse:
        return self.render_to_response(self.get_context_data(step_error=message), status=422)
