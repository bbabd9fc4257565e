"""Read API of e-budgeting: `GET /api/budget/recap` for a signed-in session, and the contracts it provides."""

from decimal import Decimal
from typing import Literal

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import django_auth
from semai_kit.models import FiscalYear
from semai_kit.roles import require_anywhere

from . import api_execution, api_grants
from .selectors.recap import Recap, recap_by_account, recap_by_agency, recap_by_funding, visible_agencies

api = NinjaAPI(
    title="e-Budgeting", version="1.0", description="Rekap rincian belanja.", docs_url=None, openapi_url=None
)


class RecapRowOut(Schema):
    code: str
    name: str
    level: int
    lines: int
    total: str


class RecapOut(Schema):
    year: int
    by: str
    total: str
    balanced: bool
    rows: list[RecapRowOut]


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


@api.get("/budget/recap", auth=django_auth, response=RecapOut, summary="Rekap per OPD, rekening, atau sumber dana")
def recap(
    request: HttpRequest,
    year: int,
    by: Literal["agency", "account", "funding"] = "agency",
    level: int = 3,
    agency: str = "",
) -> RecapOut:
    """Money as strings with two decimals; `level` 1-6 only for `by=account`; `agency` is an OPD code."""
    require_anywhere(request.user, "budget.view")
    found = FiscalYear.objects.filter(year=year).first()
    if found is None:
        raise HttpError(404, f"Tahun {year} tidak ada.")
    result = _recap(request, found, by, level, agency)
    rows = [
        RecapRowOut(code=row.code, name=row.name, level=row.level, lines=row.count, total=money(row.total))
        for row in result.rows
    ]
    return RecapOut(year=year, by=by, total=money(result.grand_total), balanced=result.balanced, rows=rows)


def _recap(request: HttpRequest, year: FiscalYear, by: str, level: int, agency_code: str) -> Recap:
    agency = None
    if agency_code:
        agency = visible_agencies(request.user, year).filter(code=agency_code).first()
        if agency is None:
            raise HttpError(404, f"OPD {agency_code} tidak ada atau tidak boleh Anda lihat.")
    if by == "account":
        if not 1 <= level <= 6:
            raise HttpError(422, "Tingkat rekening 1 sampai 6.")
        return recap_by_account(request.user, year, level, agency)
    if by == "funding":
        return recap_by_funding(request.user, year, agency)
    return recap_by_agency(request.user, year)


api.add_router(f"/{api_execution.CONTRACT}/1.0", api_execution.contract)
api.add_router(f"/{api_grants.CONTRACT}/1.0", api_grants.contract)
