"""A person's own list of notifications."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.generic import TemplateView

from semai_kit import notifications
from semai_kit.views.bases import PageTitle, SignedIn

ON_A_PAGE = 30


class NotificationList(SignedIn, PageTitle, TemplateView):
    template_name = "semai_kit/notifications.html"
    title = lazy("Pemberitahuan")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pages = Paginator(notifications.of(self.request.user), ON_A_PAGE)
        return super().get_context_data(shown=pages.get_page(self.request.GET.get("page")), **kwargs)


class OpenNotification(SignedIn, View):
    """Marks one of the visitor's own as read and goes to its page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        told = get_object_or_404(notifications.of(request.user), pk=pk)
        notifications.mark_read(request.user, told.pk)
        return redirect(told.url)


class ReadAll(SignedIn, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        notifications.mark_read(request.user)
        return redirect("kit:notifications")
