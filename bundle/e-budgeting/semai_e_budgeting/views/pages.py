"""Bases of this app's pages: a page inside one RKA, and actions that post and go back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core import paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView
from semai_kit.paging import ROWS
from semai_kit.refusals import Refused
from semai_kit.roles import allowed
from semai_kit.views import PageTitle, SignedIn

from ..models import PlanItem, Rka
from ..selectors.rka import item_of, rka_of
from ..services.states import EDITABLE, UNDER_REVIEW


class Page(SignedIn, PageTitle, TemplateView):
    """A page that only reads. Parts of its address stay in `kwargs`; they never become context by themselves."""

    permission = "budget.view"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def part(self, rows: Any, parameter: str = "page", size: int = ROWS) -> paginator.Page:
        """The rows that the address asks for; each table of a page has a parameter of its own."""
        return paginator.Paginator(rows, size).get_page(self.request.GET.get(parameter))


class InRka:
    """Finds the RKA of the address and what this account may do with it now."""

    request: HttpRequest
    kwargs: dict[str, Any]

    @property
    def rka(self) -> Rka:
        if not hasattr(self, "_rka"):
            found = rka_of(self.request.user, self.kwargs["rka"])
            if found is None:
                raise Http404
            self._rka = found
        return self._rka

    def item(self) -> PlanItem:
        """The sub kegiatan of the address with its usage."""
        found = item_of(self.rka, self.kwargs["item"])
        if found is None:
            raise Http404
        return found

    @property
    def editable(self) -> bool:
        """The OPD may write lines now."""
        rka = self.rka
        may = allowed(self.request.user, "budget.edit", agency=rka.agency)
        return may and rka.state in EDITABLE and rka.fiscal_year.is_open

    @property
    def remarkable(self) -> bool:
        return self.rka.state in UNDER_REVIEW and allowed(
            self.request.user, "budget.remark", agency=self.rka.agency
        )

    def rka_url(self) -> str:
        return reverse("budget:rka", args=[self.rka.pk])

    def item_url(self, item_id: int) -> str:
        return reverse("budget:item", args=[self.rka.pk, item_id])


class PostAction(SignedIn, View):
    """A button: runs `act`, says what happened, goes to `target`."""

    http_method_names = ["post"]

    def act(self) -> str:
        """Call the service; returns the message of success."""
        raise NotImplementedError(f"{type(self).__name__} must call its service in act()")

    def target(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} must say where it goes back to")

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        say: Callable[..., None] = messages.success
        try:
            message = self.act()
        except Refused as refusal:
            say, message = messages.error, refusal.message
        say(request, message)
        return redirect(self.target())
