"""Officials who sign documents: keeping the list, and who signed on a given day."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from semai_kit import roles
from semai_kit.documents.paper import Signatory
from semai_kit.models import Account, Agency, Official
from semai_kit.refusals import Refused
from semai_kit.region import read_region

MANAGE = "kit.officials.manage"


class OfficialRefused(Refused):
    """The official breaks a rule, for example leaves before coming."""


@transaction.atomic
def save_official(actor: Account | None, official: Official) -> Official:
    """Add or change. Raises Denied, OfficialRefused."""
    if actor is not None:
        roles.require(actor, MANAGE)
    try:
        official.full_clean()
    except ValidationError as error:
        raise OfficialRefused(" ".join(error.messages)) from error
    official.save()
    return official


def signatory(
    agency: Agency | None = None, *, title: str = "", on: date | None = None, caption: str = ""
) -> Signatory:
    """Who signs for the agency (None: the region) on that day (today); an acting official stands before the office.

    `title` chooses one office where there are several (`Sekretaris Daerah`). Without an entry it is who the region
    file names; the name is empty when it names nobody, and a line for it is printed.
    """
    rows = Official.objects.in_office(on).filter(agency=agency)
    wanted = title or (read_region(settings.SEMAI.region_file).head_title if agency is None else "")
    found = rows.filter(title__iexact=wanted).first() if wanted else rows.first()
    if found is not None:
        return Signatory(found.title, found.name, found.rank, found.nip, found.acting, caption)
    return _from_region_file(agency, title, caption)


def _from_region_file(agency: Agency | None, title: str, caption: str) -> Signatory:
    region = read_region(settings.SEMAI.region_file)
    if agency is None:
        head = not title or title.lower() == region.head_title.lower()
        return Signatory(title or region.head_title, region.head_name if head else "", caption=caption)
    named = not title or title.lower() == agency.head_title.lower()
    office = title or agency.head_title or f"Kepala {agency.name}"
    return Signatory(
        office, agency.head_name if named else "", nip=agency.head_nip if named else "", caption=caption
    )
