"""Login, logout, password change and the region's logo."""

from __future__ import annotations

import mimetypes
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from semai_kit import accounts
from semai_kit.region import read_region
from semai_kit.views.bases import FormPage

LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class LoginForm(AuthenticationForm):
    error_messages = {
        "invalid_login": lazy("Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar/kecil kata sandi."),
        "inactive": lazy("Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar/kecil kata sandi."),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Nama pengguna")
        self.fields["username"].widget.attrs.update(autocapitalize="none", autocomplete="username")
        self.fields["password"].label = _("Kata sandi")


login = auth_views.LoginView.as_view(
    template_name="semai_kit/login.html", authentication_form=LoginForm, redirect_authenticated_user=True
)
logout = auth_views.LogoutView.as_view()


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=lazy("Kata sandi lama"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=lazy("Kata sandi baru"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=lazy("Ulangi kata sandi baru"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, str]:
        cleaned = super().clean()
        if cleaned.get("new") != cleaned.get("again"):
            self.add_error("again", _("Kata sandi baru tidak sama."))
        return cleaned


class ChangePassword(FormPage):
    """Also where an account with a one-time password lands first."""

    title = lazy("Ganti kata sandi")
    template_name = "semai_kit/password.html"
    form_class = PasswordForm
    submit_title = lazy("Ganti kata sandi")
    success_message = lazy("Kata sandi sudah diganti.")
    success_url = "/"

    def get_intro(self) -> str:
        if self.request.user.must_change_password:
            return _("Anda masuk dengan kata sandi sementara. Buat kata sandi sendiri sebelum melanjutkan.")
        return ""

    def perform(self, form: PasswordForm) -> None:
        accounts.change_password(self.request.user, form.cleaned_data["old"], form.cleaned_data["new"])
        update_session_auth_hash(self.request, self.request.user)


@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    """The region's logo, or the neutral emblem. An SVG gets a policy under which it can run nothing."""
    path = read_region(settings.SEMAI.region_file).logo
    if path is None or not path.is_file():
        return redirect(static("semai_kit/emblem.svg"))
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = FileResponse(path.open("rb"), content_type=media_type)
    response["Cache-Control"] = "public, max-age=86400"
    response["Content-Security-Policy"] = LOGO_POLICY
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "semai_kit/csrf.html", status=403)
