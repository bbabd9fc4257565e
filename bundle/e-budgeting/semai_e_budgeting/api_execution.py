"""The contract budget.execution-document 1.0: money per sub kegiatan of the newest DPA; amounts are strings.

Before the first DPA of an OPD it is the version its RKA was locked with.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from semai_kit.answers import tagged
from semai_kit.contracts import ContractToken

from .selectors.execution import ExecutionItem, execution_document

CONTRACT = "budget.execution-document"

contract = Router(auth=ContractToken(CONTRACT), tags=[CONTRACT])


class ItemOut(Schema):
    """A sub kegiatan appears once per OPD; `version` is that of the RKA in force; total in rupiah."""

    agency_code: str
    program_code: str
    program_name: str
    activity_code: str
    activity_name: str
    sub_activity_code: str
    sub_activity_name: str
    version: int
    total: str


class DocumentsOut(Schema):
    """`status`: approved when every RKA asked for has a version in force, partial when some have, else empty."""

    year: int
    generated_at: datetime
    status: str
    items: list[ItemOut]


@contract.get("/documents", response=DocumentsOut, summary="Anggaran sub kegiatan dari RKA yang terkunci")
def documents(request: HttpRequest, year: int, agency: str = "") -> HttpResponse:
    found = execution_document(year, agency)
    answer = DocumentsOut(
        year=year,
        generated_at=timezone.now(),
        status=found.status,
        items=[_item(one) for one in found.items],
    )
    return tagged(request, answer)


def _item(one: ExecutionItem) -> ItemOut:
    return ItemOut(
        agency_code=one.agency_code,
        program_code=one.item.program_code,
        program_name=one.row.program_name,
        activity_code=one.item.activity_code,
        activity_name=one.row.activity_name,
        sub_activity_code=one.row.sub_activity_code,
        sub_activity_name=one.row.sub_activity_name,
        version=one.row.version.number,
        total=f"{one.row.total:.2f}",
    )
