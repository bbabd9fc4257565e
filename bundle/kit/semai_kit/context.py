"""What every template knows: the region, the app, the navigation and the years."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from semai_kit.apps import AppBase
from semai_kit.navigation import Item
from semai_kit.region import read_region
from semai_kit.roles import allowed_anywhere

KIT_NAVIGATION = (
    Item("Akun", "kit:accounts", "kit.accounts.view"),
    Item("Pejabat penanda tangan", "kit:officials", "kit.officials.manage"),
    Item("Perubahan OPD", "kit:successions", "kit.agencies.manage"),
    Item("Tahun anggaran", "kit:years", "kit.years.manage"),
    Item("Token API", "kit:tokens", "kit.tokens.manage"),
    Item("Jejak audit", "kit:audit", "kit.audit.view"),
)


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    current: bool


def app_config() -> AppBase:
    """The configuration of the app that runs (the kit itself when it stands alone)."""
    configs = [config for config in apps.get_app_configs() if isinstance(config, AppBase)]
    return next((config for config in configs if config.name != "semai_kit"), configs[0])


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of base.html. Works for error pages too, where middleware may not have run."""
    config = app_config()
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "region": read_region(settings.SEMAI.region_file),
        "app": config,
        "release": settings.SEMAI.release,
        "navigation": _links(request, config.navigation) if signed_in else [],
        "kit_navigation": _links(request, KIT_NAVIGATION) if signed_in else [],
        "fiscal_year": getattr(request, "fiscal_year", None) if signed_in else None,
        "fiscal_years": getattr(request, "fiscal_years", []) if signed_in else [],
        "account": user if signed_in else None,
    }


def _links(request: HttpRequest, items: tuple[Item, ...]) -> list[Link]:
    visible = [i for i in items if not i.permission or allowed_anywhere(request.user, i.permission)]
    urls = [reverse(item.url_name) for item in visible]
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        Link(item.title, url, url == here and (url != "/" or request.path == "/"))
        for item, url in zip(visible, urls, strict=True)
    ]
