"""To the identity provider and back."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from semai_kit import oidc
from semai_kit.middleware import OIDC_KEY

REMEMBERED = "oidc_login"


@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    _require_provider()
    try:
        address, remembered = oidc.begin(_callback())
    except oidc.OidcRefused as refusal:
        return _refused(request, refusal)
    request.session[REMEMBERED] = remembered | {"next": request.GET.get("next", "")}
    return redirect(address)


@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    _require_provider()
    remembered = request.session.pop(REMEMBERED, {})
    try:
        account = oidc.finish(request.GET, remembered, _callback())
    except oidc.OidcRefused as refusal:
        return _refused(request, refusal)
    login(request, account, backend="semai_kit.accounts.AccountBackend")
    request.session[OIDC_KEY] = True
    target = remembered.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "/")


def _callback() -> str:
    return settings.SEMAI.origin + reverse("kit:oidc-callback")


def _require_provider() -> None:
    if not settings.SEMAI.oidc.configured:
        raise Http404("no identity provider is set up")


def _refused(request: HttpRequest, refusal: oidc.OidcRefused) -> HttpResponse:
    context = {"message": refusal.message}
    return render(request, "semai_kit/oidc_refused.html", context, status=refusal.status)
