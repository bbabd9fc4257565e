"""What every template knows: the region, the app, the navigation and the years."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from semai_kit import languages
from semai_kit.apps import app_config
from semai_kit.middleware import password_due
from semai_kit.navigation import Item
from semai_kit.region import read_region
from semai_kit.roles import allowed_anywhere

KIT_NAVIGATION = (
    Item(lazy("Akun"), "kit:accounts", "kit.accounts.view"),
    Item(lazy("Pejabat penanda tangan"), "kit:officials", "kit.officials.manage"),
    Item(lazy("Perubahan OPD"), "kit:successions", "kit.agencies.manage"),
    Item(lazy("Tahun anggaran"), "kit:years", "kit.years.manage"),
    Item(lazy("Token API"), "kit:tokens", "kit.tokens.manage"),
    Item(lazy("Jejak audit"), "kit:audit", "kit.audit.view"),
)


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    current: bool


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of base.html. Works for error pages too, where middleware may not have run."""
    config = app_config()
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "region": read_region(settings.SEMAI.region_file),
        "app": config,
        "other_languages": languages.others(),
        "this_page": request.get_full_path() if request.method in ("GET", "HEAD") else "/",
        "oidc": settings.SEMAI.oidc,
        "release": settings.SEMAI.release,
        "navigation": _links(request, config.navigation) if signed_in else [],
        "kit_navigation": _links(request, KIT_NAVIGATION) if signed_in else [],
        "fiscal_year": getattr(request, "fiscal_year", None) if signed_in else None,
        "fiscal_years": getattr(request, "fiscal_years", []) if signed_in else [],
        "account": user if signed_in else None,
        "password_due": signed_in and password_due(request),
    }


def _links(request: HttpRequest, items: tuple[Item, ...]) -> list[Link]:
    visible = [i for i in items if not i.permission or allowed_anywhere(request.user, i.permission)]
    urls = [reverse(item.url_name) for item in visible]
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        Link(item.title, url, url == here and (url != "/" or request.path == "/"))
        for item, url in zip(visible, urls, strict=True)
    ]
