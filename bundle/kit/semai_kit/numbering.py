"""Numbers for official documents: gap-free per series and year, taken in the transaction that writes the document.

The counter's row stays locked until the caller commits; when the caller rolls back, the number was never given.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from semai_kit import audit, years
from semai_kit.apps import AppBase
from semai_kit.models import Agency, FiscalYear, IssuedNumber, NumberCounter
from semai_kit.numbering_file import NumberingInvalid, Series, load_series
from semai_kit.refusals import Refused

__all__ = ["NumberRefused", "NumberingInvalid", "Series", "all_series", "take"]

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


class NumberRefused(Refused):
    """No number can be given: the one that is due stands on a document already."""


def take(series: str, fiscal_year: FiscalYear, *, agency: Agency | None = None, **fields: str | int) -> str:
    """The next number of `series` in this year, e.g. `007/NPHD/DISDIK/2027`; call it inside `transaction.atomic()`.

    `agency` is required where the series counts per agency. Raises YearClosed, NumberRefused, NumberingInvalid
    (unknown series, missing field), RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbering.take() belongs inside the transaction that writes the document")
    known = all_series().get(series)
    if known is None:
        raise NumberingInvalid(f"unknown series {series!r}; known are {', '.join(sorted(all_series())) or 'none'}")
    if known.per_agency and agency is None:
        raise NumberingInvalid(f"series {series!r} counts per agency and none was given")
    years.require_open(fiscal_year)
    with transaction.atomic():  # a refusal leaves the counter as it was, also where the caller goes on
        counter = _locked(known, fiscal_year, agency)
        counter.last += 1
        text = known.text(_values(counter.last, fiscal_year, agency, fields))
        counter.save(update_fields=["last"])
        _register(known, counter, agency, text)
    return text


@lru_cache(maxsize=1)
def all_series() -> dict[str, Series]:
    """Series of every installed app by id. Raises NumberingInvalid."""
    found: dict[str, Series] = {}
    for config in apps.get_app_configs():
        if isinstance(config, AppBase):
            found |= load_series(Path(config.path) / config.numbering_file, settings.SEMAI.answers)
    return found


def _locked(series: Series, fiscal_year: FiscalYear, agency: Agency | None) -> NumberCounter:
    scope = agency.code if series.per_agency and agency is not None else ""
    key = {"series": series.id, "fiscal_year": fiscal_year, "scope": scope}
    NumberCounter.objects.get_or_create(**key)
    return NumberCounter.objects.select_for_update().get(**key)


def _values(
    number: int, fiscal_year: FiscalYear, agency: Agency | None, fields: dict[str, str | int]
) -> dict[str, str | int]:
    today = timezone.localdate()
    return {
        **fields,
        "number": number,
        "year": fiscal_year.year,
        "agency": agency.short_name if agency else "",
        "agency_code": agency.code if agency else "",
        "day": today.day,
        "month": today.month,
        "roman_month": ROMAN[today.month - 1],
    }


def _register(series: Series, counter: NumberCounter, agency: Agency | None, text: str) -> None:
    try:
        with transaction.atomic():
            IssuedNumber.objects.create(
                series=series.id,
                fiscal_year=counter.fiscal_year,
                agency=agency,
                sequence=counter.last,
                text=text,
                account=audit.now_acting().account,
            )
    except IntegrityError:
        raise NumberRefused(
            _("Nomor {text} sudah dipakai. Periksa pola nomor “{title}”.").format(text=text, title=series.title)
        ) from None
