"""What people set for themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from semai_kit import accounts
from semai_kit.models import Account
from semai_kit.views.bases import FormPage


class ProfileForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["wants_mail"]


class Profile(FormPage):
    title = "Profil saya"
    template_name = "semai_kit/profile.html"
    form_class = ProfileForm
    success_message = "Profil disimpan."
    success_url = reverse_lazy("kit:profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": Account.objects.get(pk=self.request.user.pk)}

    def perform(self, form: ProfileForm) -> Account:
        return accounts.set_preferences(self.request.user, **form.cleaned_data)
