"""Template filters and tags that every semai template may use without loading them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from semai_kit import money, seen
from semai_kit.models import FiscalYear, Stateful

register = template.Library()

# In the order of asking: every browser also calls itself by the names of older ones.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def as_seen(form: BaseForm) -> str:
    """What a form's page carries, so that nobody overwrites what somebody else wrote meanwhile."""
    return seen.of_form(form)


@register.filter
def rupiah(amount: Decimal | int | None) -> str:
    """Rp1.500.000 (sen only when there are any)."""
    return money.rupiah(amount, decimals=amount is not None and amount != int(amount))


@register.filter
def terbilang(amount: Decimal | int) -> str:
    return money.terbilang(amount)


@register.simple_tag
def badge(kind: str, text: str) -> SafeString:
    """A labelled badge; kinds: neutral, waiting, progress, success, warning, danger. Texts of data files too."""
    return format_html('<span class="badge badge-{}">{}</span>', kind, _(text))


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """Badge of a fiscal year's status, or of a stage's."""
    kinds = {"open": "success", "locked": "warning"}
    return badge(kinds.get(status, "neutral"), FiscalYear.Status(status).label)


@register.simple_tag
def state_badge(record: Stateful) -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', record.state_kind, _(record.state_title))


@register.simple_tag
def state_title(record: Stateful, state: str) -> str:
    """Title of any state of the record's workflow, for histories."""
    return _(record.workflow().state(state).title)


@register.filter
def widget_kind(field: BoundField) -> str:
    """Name of the widget's class in lower case, for templates that lay fields out."""
    return type(field.field.widget).__name__.lower()


@register.filter
def initials(name: str) -> str:
    """Up to two letters for the account button."""
    return "".join(word[0] for word in name.split()[:2]).upper() or "?"


@register.filter
def unlocalized(value: object) -> str:
    """A number without thousands dots: years and codes."""
    return "" if value is None else str(value)


@register.filter
def browser_name(agent: str) -> str:
    """`Chrome di Android`, from what the browser says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), _("Peramban lain"))
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return _("{browser} di {system}").format(browser=browser, system=system) if system else browser


@register.filter
def minutes(seconds: float) -> int:
    return round(seconds / 60)


@register.filter
def file_size(size: int) -> str:
    for unit, step in (("MB", 1024 * 1024), ("kB", 1024)):
        if size >= step:
            return f"{size / step:.1f} {unit}".replace(".", ",")
    return f"{size} B"


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The current query string with these parameters replaced (None removes)."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return f"?{values.urlencode()}"


@register.simple_tag(takes_context=True)
def page_link(context: dict[str, Any], number: int, parameter: str = "") -> str:
    """Another page of a table. A second table of a page has a parameter of its own, which is also its anchor."""
    return query(context, **{parameter or "page": number}) + (f"#{parameter}" if parameter else "")


@register.filter
def translated(text: str, context: str = "") -> str:
    """A text of a data file in the language of the page."""
    return pgettext(context, text) if context and text else _(text)
