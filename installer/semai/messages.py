"""The language of messages: Indonesian or English, from `--lang`, SEMAI_LANG, or the locale variables.

Texts are written in English and marked with `N_` where they are data; `translate` looks them up at the moment they
are shown. The catalogue is `locale/id/LC_MESSAGES/semai.mo`, compiled from the .po beside it; Click finds its own
words there too, because it asks gettext's default domain.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = ("id", "en")
_LOCALE = Path(__file__).parent / "locale"
# Fields whose value may be a word or text of ours itself, such as a state, or a reason of the operating system.
_WORDS = frozenset(("health", "reason", "service", "state", "status", "step"))
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


def choose_language(language: str = "") -> None:
    """Settle the language of this run, of `language` when given, for our texts and for Click's."""
    if language:
        os.environ["SEMAI_LANG"] = language
    gettext.bindtextdomain("semai", _LOCALE)
    gettext.textdomain("semai")
    os.environ["LANGUAGE"] = preferred_language()  # what gettext looks at first


@lru_cache(maxsize=2)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("semai", _LOCALE, languages=[language], fallback=True)


def translate(text: str, /, **fields: object) -> str:
    """Return `text` in the preferred language with its `{named}` fields filled."""
    look_up = _catalogue(preferred_language()).gettext
    translated = look_up(text) if text else ""
    if not fields:
        return translated
    spoken = {name: look_up(str(fields[name])) for name in _WORDS & fields.keys() if fields[name]}
    return translated.format(**{**fields, **spoken})


def retell(said: str, templates: Iterable[str]) -> str:
    """Return `said`, a text filled elsewhere from one of `templates`, in the preferred language; else as it is."""
    for template in templates:
        if found := _filled(template).fullmatch(said):
            return translate(
                template, **{name: retell(value, templates) for name, value in found.groupdict().items()}
            )
    return said


@cache
def _filled(template: str) -> re.Pattern[str]:
    """Return what matches `template` with its fields filled."""
    parts = re.split(r"\{(\w+)\}", template)
    texts = (re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+?)" for number, part in enumerate(parts))
    return re.compile("".join(texts), re.DOTALL)
