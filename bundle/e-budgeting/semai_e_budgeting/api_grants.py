"""The contract budget.grants 1.0: lines of accounts 5.1.05 and 5.1.06 of the newest DPA; amounts are strings.

Before the first DPA of an OPD it is the version its RKA was locked with.

What is left of a line is for the grants app to say: it alone knows what was approved and paid on it.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from semai_kit.answers import tagged
from semai_kit.contracts import ContractToken

from .models import RkaVersionLine
from .selectors.grants import grant_lines

CONTRACT = "budget.grants"

contract = Router(auth=ContractToken(CONTRACT), tags=[CONTRACT])


class GrantLineOut(Schema):
    """A budget line; `id` stays the same from version to version, `ceiling` in rupiah with two decimals."""

    id: str
    agency_code: str
    sub_activity_code: str
    sub_activity_name: str
    account_code: str
    account_name: str
    description: str
    ceiling: str


class GrantsOut(Schema):
    """`status`: approved when every RKA of the year has a version in force, partial when some have, else empty."""

    year: int
    generated_at: datetime
    status: str
    items: list[GrantLineOut]


@contract.get("/grants", response=GrantsOut, summary="Rincian hibah dan bantuan sosial dari RKA yang terkunci")
def grants(request: HttpRequest, year: int) -> HttpResponse:
    found = grant_lines(year)
    items = [_item(line) for line in found.lines]
    answer = GrantsOut(year=year, generated_at=timezone.now(), status=found.status, items=items)
    return tagged(request, answer)


def _item(line: RkaVersionLine) -> GrantLineOut:
    return GrantLineOut(
        id=str(line.line_id),
        agency_code=line.version.rka.agency.code,
        sub_activity_code=line.sub_activity_code,
        sub_activity_name=line.sub_activity_name,
        account_code=line.account_code,
        account_name=line.account_name,
        description=line.description,
        ceiling=f"{line.total:.2f}",
    )
