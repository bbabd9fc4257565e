"""In which language somebody reads: Indonesian, unless they chose another one that the app has.

Browsers are not asked (Accept-Language): a government's page is Indonesian until this person says otherwise. What
leaves the page (documents, spreadsheets, letters, the audit trail, the API) is official and stays Indonesian.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from semai_kit.apps import app_config

OFFICIAL = "id"
MACHINES = ("/api/", "/openapi.json")
KEPT_FOR = 365 * 24 * 3600


def official() -> translation.override:
    """The language of everything official, for a `with` block."""
    return translation.override(OFFICIAL)


def chosen(request: HttpRequest) -> str:
    """The language of this request."""
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if request.path.startswith(MACHINES) or wanted not in app_config().languages:
        return OFFICIAL
    return wanted


def others() -> list[tuple[str, str]]:
    """Languages this page could be read in instead: (code, its own name)."""
    here = translation.get_language()
    return [(code, name) for code, name in settings.LANGUAGES if code in app_config().languages and code != here]


def counted(text: str, number: int) -> str:
    """A text about a number of things: Indonesian has one form for any number, English is worded in two."""
    return translation.ngettext(text, text, number)
