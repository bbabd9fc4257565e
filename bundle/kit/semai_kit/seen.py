"""What a form showed when it was opened, so that nobody overwrites what somebody else wrote meanwhile.

The page carries digests of the values it was filled with. On saving they are compared with what the record holds by
now; where that differs the form comes back, with what was typed and what is there, and saving once more decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.forms import BaseForm, ModelChoiceField
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

FIELD = "seen"
_DIGITS = 12
_SHOWN_LETTERS = 300


def of(values: Mapping[str, Any]) -> str:
    """Digests of the values a form is filled with, by field: `title:1f0a… agency:77b2…`."""
    return " ".join(f"{name}:{_digest(value)}" for name, value in values.items() if not callable(value))


def of_form(form: BaseForm) -> str:
    """What the page of this form is to carry: one that came back keeps what it was opened with until told of it."""
    if form.is_bound and not getattr(form, "told", False):
        return str(form.data.get(FIELD, ""))
    return of(form.initial)


def changed(values: Mapping[str, Any], shown: str) -> list[str]:
    """The fields whose value is no longer the one that was shown."""
    known = dict(part.rpartition(":")[::2] for part in shown.split())
    return [name for name, value in values.items() if name in known and known[name] != _digest(value)]


def refuse(form: BaseForm, values: Mapping[str, Any] | None = None) -> bool:
    """Mark what changed since the page was opened and is saved otherwise now; tells whether anything did.

    `values` is what the record holds, where that is not what the form was made with.
    """
    now = form.initial if values is None else values
    others = [name for name in changed(now, str(form.data.get(FIELD, ""))) if name in form.fields]
    others = [name for name in others if form.fields[name].has_changed(now[name], form[name].data)]
    for name in others:
        said = _("Sejak halaman ini dibuka, isinya menjadi “{value}”.")
        form.add_error(name, said.format(value=_as_text(form, name, now[name])))
    if others:
        said = _(
            "Data ini berubah sejak Anda membukanya, mungkin oleh orang lain. Belum ada yang disimpan: periksa "
            "yang ditandai, lalu simpan lagi untuk memakai isian Anda."
        )
        form.add_error(None, said)
        form.told = True  # type: ignore[attr-defined]
    return bool(others)


def _digest(value: Any) -> str:
    text = "" if value is None else str(getattr(value, "pk", value))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_DIGITS]


def _as_text(form: BaseForm, name: str, value: Any) -> str:
    """A value as people read it on the page."""
    field = form.fields[name]
    if isinstance(field, ModelChoiceField):
        found = field.queryset.filter(pk=getattr(value, "pk", value)).first() if value else None
        return field.label_from_instance(found) if found else "–"
    for choice, label in getattr(field, "choices", ()):
        if str(choice) == str(value):
            return str(label)
    if isinstance(value, date):
        return date_format(value, "j F Y")
    shown = field.widget.format_value(field.prepare_value(value))
    return Truncator("–" if shown in (None, "") else str(shown)).chars(_SHOWN_LETTERS)
