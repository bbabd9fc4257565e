"""Bases of the pages: the year in view, records by selector, forms about one application."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core import paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy
from django.views.generic import TemplateView
from semai_kit.paging import ROWS
from semai_kit.views import FormPage, PageTitle, SignedIn, found

from ..models import Application
from ..selectors import applications


def asked(request: HttpRequest, name: str, limit: int = 100) -> str:
    """A text of the query; NUL, which PostgreSQL refuses, and what is too long are left out."""
    return request.GET.get(name, "").replace("\0", "").strip()[:limit]


class InParts:
    """A page with tables that are too long for one; each table has a parameter of its own."""

    request: HttpRequest

    def part(self, rows: Any, parameter: str = "page", size: int = ROWS) -> paginator.Page:
        """The rows that the address asks for."""
        return paginator.Paginator(rows, size).get_page(self.request.GET.get(parameter))


class Page(InParts, SignedIn, PageTitle, TemplateView):
    """A page of its own template."""


class PublicPage(InParts, PageTitle, TemplateView):
    """A page everyone may open; `public_tab` marks its place in the public navigation."""

    public_tab: ClassVar[str] = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(public_tab=self.public_tab, **kwargs)


class ApplicationForm(FormPage):
    """A form about one visible application, returning to its page."""

    record: Application
    back_title = lazy("Kembali ke permohonan")
    template_name = "semai_e_hibah/form.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.record = found(applications.readable(request.user, self.kwargs["pk"]))
        return super().dispatch(request, *args, **kwargs)

    def get_back_url(self) -> str:
        return reverse("grants:application", args=[self.record.pk])

    def get_success_url(self) -> str:
        """A step may take the application out of the account's sight; then the list is the place to go."""
        if applications.readable(self.request.user, self.record.pk):
            return self.get_back_url()
        return reverse("grants:applications")

    def get_intro(self) -> str:
        return self.intro or f"{self.record.number} · {self.record.title}"
