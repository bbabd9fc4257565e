"""The language of messages: Indonesian or English, from `--lang`, SEMAI_LANG, or the locale variables.

Texts are written in English and marked with `N_` where they are data; `translate` looks them up at the moment they
are shown. The catalogue is `locale/id/LC_MESSAGES/semai.mo`, compiled from the .po beside it.
"""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("id", "en")
_VARIABLES = ("SEMAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def N_(text: str) -> str:
    """Mark `text` for translation without translating it yet."""
    return text


def preferred_language() -> str:
    """Return "id" or "en": the first locale variable that names one of them, else English."""
    for variable in _VARIABLES:
        value = os.environ.get(variable, "")
        if value[:2] in LANGUAGES:
            return value[:2]
    return "en"


@lru_cache(maxsize=2)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("semai", Path(__file__).parent / "locale", languages=[language], fallback=True)


def translate(text: str, /, **fields: object) -> str:
    """Return `text` in the preferred language with its `{named}` fields filled."""
    translated = _catalogue(preferred_language()).gettext(text) if text else ""
    return translated.format(**fields) if fields else translated
