"""Recap per OPD, per account level and per source of funds, each exportable, each with its balance shown."""

from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit
from semai_kit.languages import official
from semai_kit.models import Agency
from semai_kit.spreadsheets import Sheet
from semai_kit.views import xlsx

from ..selectors.recap import (
    LEVELS,
    Recap,
    recap_by_account,
    recap_by_agency,
    recap_by_funding,
    visible_agencies,
)
from ..sheets import recap_rows, recap_sheet
from .pages import Page

ROWS = 200  # codes on a page; the last line sums all pages


class RecapPage(Page):
    template_name = "semai_e_budgeting/recap.html"
    view_name: ClassVar[str]
    tabs: ClassVar = [
        (lazy("Per OPD"), "budget:recap"),
        (lazy("Per rekening"), "budget:recap-accounts"),
        (lazy("Per sumber dana"), "budget:recap-funding"),
    ]

    def recap(self) -> Recap:
        raise NotImplementedError(f"{type(self).__name__} must say what it sums")

    def agency(self) -> Agency | None:
        code = self.request.GET.get("opd", "")
        return (
            visible_agencies(self.request.user, self.request.fiscal_year).filter(code=code).first()
            if code
            else None
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        with official():
            audit.note(request.fiscal_year, "ekspor", str(self.title))
        with_pagu = self.view_name == "budget:recap"
        sheet: Sheet = recap_sheet(with_pagu=with_pagu)
        return xlsx(
            f"{self.export_name}-{request.fiscal_year.year}", sheet, recap_rows(self.recap(), with_pagu=with_pagu)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.copy()
        query["export"] = "xlsx"
        query.pop("page", None)
        recap = self.recap()
        pagu = sum((row.pagu or Decimal(0) for row in recap.rows), Decimal(0))
        return super().get_context_data(
            recap=recap,
            page=self.part(recap.rows),
            total_pagu=pagu,
            tabs=self.tabs,
            view_name=self.view_name,
            agencies=visible_agencies(self.request.user, self.request.fiscal_year),
            agency=self.agency(),
            export_url=f"?{query.urlencode()}",
            **kwargs,
        )


class RecapByAgency(RecapPage):
    title = lazy("Rekap per OPD")
    view_name = "budget:recap"
    export_name = "rekap-opd"

    def recap(self) -> Recap:
        return recap_by_agency(self.request.user, self.request.fiscal_year)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(with_pagu=True, **kwargs)


class RecapByAccount(RecapPage):
    title = lazy("Rekap per rekening")
    view_name = "budget:recap-accounts"
    export_name = "rekap-rekening"

    def level(self) -> int:
        asked = self.request.GET.get("tingkat", "3")
        return int(asked) if asked.isdigit() and int(asked) in LEVELS else 3

    def recap(self) -> Recap:
        return recap_by_account(self.request.user, self.request.fiscal_year, self.level(), self.agency())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(levels=LEVELS.items(), level=self.level(), by_agency=True, **kwargs)


class RecapByFunding(RecapPage):
    title = lazy("Rekap per sumber dana")
    view_name = "budget:recap-funding"
    export_name = "rekap-sumber-dana"

    def recap(self) -> Recap:
        return recap_by_funding(self.request.user, self.request.fiscal_year, self.agency())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(by_agency=True, **kwargs)
