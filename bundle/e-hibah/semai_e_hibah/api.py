"""Open data of the grants app: `GET /api/public/recipients`, for everyone; persons masked, money as strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import NinjaAPI, Query, Schema
from semai_kit.models import FiscalYear

from .models import Application
from .selectors import public

PAGE = 200

api = NinjaAPI(
    title="e-Hibah",
    version="1.0",
    description="Penerima hibah dan bantuan sosial.",
    docs_url=None,
    openapi_url=None,
)


class RecipientOut(Schema):
    title: str
    kind: str
    recipient: str
    village: str
    district: str
    agency: str
    approved: str
    paid: str
    state: str


class RecipientsOut(Schema):
    """One page; `next_page` is null on the last one."""

    year: int
    total: int
    approved: str
    next_page: int | None
    items: list[RecipientOut]


@api.get("/public/recipients", response=RecipientsOut, summary="Penerima satu tahun anggaran")
def recipients(
    request: HttpRequest,
    year: Annotated[int, Query(ge=2000, le=2100)],
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> RecipientsOut:
    """A year nobody received anything in gives an empty page."""
    found = FiscalYear.objects.filter(year=year).first()
    if found is None:
        return RecipientsOut(year=year, total=0, approved="0.00", next_page=None, items=[])
    count, approved = public.sums(found)
    rows = public.recipients(found)[(page - 1) * PAGE : page * PAGE]
    following = page + 1 if page * PAGE < count else None
    items = [_item(row) for row in rows]
    return RecipientsOut(year=year, total=count, approved=_money(approved), next_page=following, items=items)


def _item(row: Application) -> RecipientOut:
    return RecipientOut(
        title=row.title,
        kind=row.kind.title,
        recipient=row.applicant.public_name,
        village=row.village.name,
        district=row.village.district.name,
        agency=row.agency.short_name if row.agency else "",
        approved=_money(row.approved),
        paid=_money(row.paid),
        state=row.state_title,
    )


def _money(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.2f}"
