"""Bases of the planning pages: the year in view, records by selector, steps of a workflow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.generic import TemplateView
from semai_kit.models import FiscalYear
from semai_kit.refusals import Refused
from semai_kit.views import FormPage, SignedIn, found, year_of
from semai_kit.views.bases import PageTitle


class Page(SignedIn, PageTitle, TemplateView):
    """A page of its own template."""

    @property
    def year(self) -> FiscalYear:
        return year_of(self.request)


class RecordForm(FormPage):
    """A form about one record: `load` fetches it by the selector before anything else."""

    record: Any

    def load(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must fetch its record")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.record = found(self.load())
        return super().dispatch(request, *args, **kwargs)

    @property
    def year(self) -> FiscalYear:
        return year_of(self.request)


class ConfirmPage(RecordForm):
    """A yes-or-no question before something is removed."""

    template_name = "semai_e_planning/confirm.html"
    form_class = forms.Form
    submit_title = lazy("Hapus")


class StepsPage(Page):
    """A record's page with its workflow: POST `to` and `reason` takes a step; a refusal shows beside the reason."""

    record: Any

    def load(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must fetch its record")

    def take_step(self, to: str, reason: str) -> Any:
        """Call the service and return the moved record."""
        raise NotImplementedError(f"{type(self).__name__} must call its service")

    def get_steps(self) -> list[Any]:
        """Transitions to offer."""
        raise NotImplementedError(f"{type(self).__name__} must say which steps to offer")

    def here(self) -> str:
        return self.request.path

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.record = found(self.load())
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
        try:
            moved = self.take_step(to, reason)
        except Refused as refusal:
            return self._again(reason, refusal.message)
        except ValidationError as error:
            return self._again(reason, " ".join(error.messages))
        messages.success(request, _("Status menjadi “{state_title}”.").format(state_title=_(moved.state_title)))
        return redirect(self.here())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = {"transitions": self.get_steps(), "transition_url": self.request.path, "object": self.record}
        return super().get_context_data(**{**frame, **kwargs})

    def _again(self, reason: str, message: str) -> HttpResponse:
        context = self.get_context_data(step_reason=reason, step_error=message)
        return self.render_to_response(context, status=422)
