"""The administrator's pages for tokens of the API."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View

from semai_kit import tokens
from semai_kit.forms import DateInput
from semai_kit.models import ApiToken
from semai_kit.views.bases import DetailPage, FormPage, ListPage, SignedIn


def status_badge(token: ApiToken) -> str:
    if token.revoked_at is not None:
        kind, text = "neutral", _("Dicabut")
    else:
        kind, text = ("success", _("Berlaku")) if token.is_usable else ("warning", _("Kedaluwarsa"))
    return format_html('<span class="badge badge-{}">{}</span>', kind, text)


class TokenTable(tables.Table):
    consumer = tables.Column(
        verbose_name=lazy("Pemakai"), linkify=lambda record: reverse("kit:token", args=[record.pk])
    )
    hint = tables.Column(verbose_name=lazy("Awalan"), orderable=False)
    used_at = tables.DateTimeColumn(
        verbose_name=lazy("Terakhir dipakai"), format="j F Y H.i", default=lazy("belum pernah")
    )
    expires_on = tables.DateColumn(verbose_name=lazy("Berlaku sampai"), format="j F Y", default=lazy("tanpa batas"))
    status = tables.Column(verbose_name=lazy("Status"), orderable=False, empty_values=())

    def render_hint(self, value: str) -> str:
        return f"{value}…"

    def render_status(self, record: ApiToken) -> str:
        return status_badge(record)


class TokenFilter(django_filters.FilterSet):
    consumer = django_filters.CharFilter(label=lazy("Cari"), lookup_expr="icontains")

    class Meta:
        model = ApiToken
        fields: list[str] = []


class TokenList(ListPage):
    permission = tokens.MANAGE
    title = lazy("Token API")
    intro = lazy("Satu token untuk satu pemakai. Isinya hanya tampil sekali, saat dibuat.")
    table_class = TokenTable
    filterset_class = TokenFilter
    empty_text = lazy("Belum ada token.")

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.all()

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Buat token"), reverse("kit:create-token"))] if tokens.scopes() else []


class TokenForm(forms.Form):
    consumer = forms.CharField(
        label=lazy("Pemakai"), max_length=120, help_text=lazy("Aplikasi atau instansi yang memegang token ini.")
    )
    granted = forms.MultipleChoiceField(label=lazy("Cakupan"), widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=lazy("Berlaku sampai"),
        required=False,
        widget=DateInput(),
        help_text=lazy("Kosongkan bila tanpa batas waktu."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["granted"].choices = list(tokens.scopes().items())


class CreateToken(FormPage):
    permission = tokens.MANAGE
    title = lazy("Buat token API")
    form_class = TokenForm
    submit_title = lazy("Buat token")
    back_url = reverse_lazy("kit:tokens")
    success_url = reverse_lazy("kit:tokens")

    def perform(self, form: TokenForm) -> tokens.NewToken:
        return tokens.create_token(self.request.user, **form.cleaned_data)

    def form_valid(self, form: TokenForm) -> HttpResponse:
        """The one page that shows the token; it is never stored, redirected or cached."""
        response = super().form_valid(form)
        if response.status_code != 302:
            return response
        context = {"made": self.result, "page_title": _("Token dibuat")}
        return render(self.request, "semai_kit/new_token.html", context)


class TokenDetail(DetailPage):
    permission = tokens.MANAGE
    model = ApiToken
    template_name = "semai_kit/token.html"
    back_url = reverse_lazy("kit:tokens")

    def get_title(self) -> str:
        return self.object.consumer

    def get_facts(self) -> list[tuple[str, Any]]:
        row, known = self.object, tokens.scopes()
        return [
            (_("Status"), status_badge(row)),
            (_("Awalan"), f"{row.hint}…"),
            (_("Cakupan"), ", ".join(str(known.get(scope, scope)) for scope in row.scopes)),
            (_("Berlaku sampai"), row.expires_on or _("tanpa batas")),
            (_("Terakhir dipakai"), row.used_at or _("belum pernah")),
            (_("Dipakai dari"), row.used_from or "—"),
            (_("Dibuat"), f"{row.created_by or _('sistem')}"),
        ]


class RevokeToken(SignedIn, View):
    permission = tokens.MANAGE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        tokens.revoke_token(request.user, get_object_or_404(ApiToken, pk=pk))
        messages.success(request, _("Token dicabut."))
        return redirect("kit:token", pk=pk)
