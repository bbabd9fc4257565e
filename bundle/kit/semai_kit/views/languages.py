"""Choosing the language of the pages; works without a login, for public pages have readers too."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from semai_kit import languages
from semai_kit.apps import app_config


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language in this browser and go back to where the visitor was."""
    wanted = request.POST.get("language", "")
    if wanted not in app_config().languages:
        raise Http404("this app is not translated into that language")
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=languages.KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
