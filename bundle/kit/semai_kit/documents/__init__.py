"""Official documents as PDF: letterhead of the region, a template's body, signatories, page numbers.

The same input gives the same bytes. The library that draws is loaded when a document is made, not before: an app
that only answers pages never pays for it (docs/adr/0010).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from semai_kit.documents.markup import DocumentInvalid, read_markup
from semai_kit.documents.paper import Letterhead, Paper, Signatory
from semai_kit.models import Agency
from semai_kit.region import Region, read_region

__all__ = ["DocumentInvalid", "Signatory", "official_pdf"]


def official_pdf(
    title: str,
    template: str,
    context: Mapping[str, Any],
    *,
    signatories: Sequence[Signatory] = (),
    number: str = "",
    year: int | None = None,
    agency: Agency | None = None,
    place: str = "",
    on: date | None = None,
    landscape: bool = False,
) -> bytes:
    """A PDF on A4 with the letterhead of the region, or of `agency`.

    `template` is a Django template of simple HTML (README lists the tags); `year` is the fiscal year under the
    title; `place` (the region's short name unless given) and `on` stand above the last signature; without `on` the
    day is left to be written by hand. Raises DocumentInvalid naming a tag that cannot be printed.
    """
    region = read_region(settings.SEMAI.region_file)
    body = render_to_string(
        template, {"region": region, "fiscal_year": "" if year is None else str(year), **context}
    )
    paper = Paper(
        title=title,
        number=number,
        year=year,
        letterhead=_letterhead(region, agency),
        signatories=tuple(signatories),
        place=place or region.short_name,
        on=on,
        landscape=landscape,
    )
    # Loaded here for the sake of idle memory, see above.
    from semai_kit.documents.drawing import draw

    return draw(paper, read_markup(body))


def _letterhead(region: Region, agency: Agency | None) -> Letterhead:
    government = f"Pemerintah {region.name}"
    lines = (government, agency.name) if agency is not None else (government,)
    return Letterhead(lines, region.address, region.domain, region.logo)
