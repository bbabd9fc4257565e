"""What people set for themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.generic import TemplateView

from semai_kit import accounts, audit
from semai_kit.languages import counted
from semai_kit.models import Account
from semai_kit.views.bases import FormPage, PageTitle, SignedIn


class ProfileForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["wants_mail"]


class Profile(FormPage):
    title = lazy("Profil saya")
    template_name = "semai_kit/profile.html"
    form_class = ProfileForm
    success_message = lazy("Profil disimpan.")
    success_url = reverse_lazy("kit:profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": Account.objects.get(pk=self.request.user.pk)}

    def perform(self, form: ProfileForm) -> Account:
        return accounts.set_preferences(self.request.user, **form.cleaned_data)


class SessionList(SignedIn, PageTitle, TemplateView):
    """Where the visitor is logged in."""

    template_name = "semai_kit/sessions.html"
    title = lazy("Sesi saya")
    intro = lazy(
        "Peramban yang sedang masuk dengan akun Anda. Ada yang tidak Anda kenal? Akhiri, lalu ganti kata sandi."
    )
    back_url = reverse_lazy("kit:profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.request.user.sessions.filter(expire_date__gt=timezone.now()).order_by("-opened_at")
        here = self.request.session.session_key
        shown = [(row, row.session_key == here) for row in rows]
        return super().get_context_data(sessions=shown, elsewhere=any(not mine for _, mine in shown), **kwargs)


class EndOtherSessions(SignedIn, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        ended = accounts.end_sessions(request.user, but=request.session.session_key)
        audit.note(request.user, "keluar di tempat lain", f"{ended} sesi")
        messages.success(
            request,
            counted("{ended} sesi lain diakhiri.", ended).format(ended=ended),
        )
        return redirect("kit:sessions")
