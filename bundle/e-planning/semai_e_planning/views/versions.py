"""Versions of the RKPD: one as it was determined, and any two side by side with the Perubahan being made."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from semai_kit import audit, officials
from semai_kit.documents import Signatory
from semai_kit.models import Agency
from semai_kit.views import PdfPage, found, year_of
from semai_kit.views.bases import xlsx

from .. import sheets
from ..models import AnnualPlan, AnnualPlanVersion
from ..selectors import versions, work_plans
from .pages import Page


class _Versions(Page):
    permission = "annual_plan.view"
    back_url = reverse_lazy("planning:annual-plan")
    back_title = "RKPD"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            year = year_of(request)
            self.versions = versions.versions_of(request.user, year)
            self.plan = work_plans.annual_plan(request.user, year) or AnnualPlan(fiscal_year=year, state="draf")
        return super().dispatch(request, *args, **kwargs)

    def version(self, number: str) -> AnnualPlanVersion:
        found = next((one for one in self.versions if str(one.number) == number), None)
        if found is None:
            raise Http404("no such version")
        return found


class VersionPage(_Versions):
    template_name = "semai_e_planning/version.html"

    def get_title(self) -> str:
        return str(self.version(str(self.kwargs["number"])))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.version(str(self.kwargs["number"]))
        rows = list(version.items.order_by("agency__code", "sub_activity_code"))
        agencies = [
            (agency, [row for row in rows if row.agency_id == agency.agency_id])
            for agency in version.agencies.all()
        ]
        return super().get_context_data(
            version=version, agencies=agencies, comparable=len(self.versions) > 1, **kwargs
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        version = self.version(str(kwargs["number"]))
        audit.note(version, "ekspor", str(version))
        rows = (sheets.version_row(row) for row in version.items.order_by("agency__code", "sub_activity_code"))
        return xlsx(f"rkpd-{self.year}-versi-{version.number}", sheets.WORK_PLAN, rows)


class VersionDocument(PdfPage):
    """The part of one OPD in a version, as an annex to the regulation; the whole RKPD is too long for one file."""

    permission = "annual_plan.view"
    document_template = "semai_e_planning/version_document.html"
    landscape = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            kept = versions.versions_of(request.user, year_of(request))
            self.version = found(next((one for one in kept if one.number == kwargs["number"]), None))
            self.agency = found(self.version.agencies.filter(agency=kwargs["agency"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"{self.version.label} {self.agency.name}"

    def get_year(self) -> int:
        return self.version.plan.fiscal_year.year

    def get_context(self) -> dict[str, Any]:
        rows = self.version.items.filter(agency=self.agency.agency_id).order_by("sub_activity_code")
        return {"version": self.version, "agency": self.agency, "rows": list(rows)}

    def get_signatories(self) -> list[Signatory]:
        return [officials.signatory(on=self.version.enacted_on)]

    def get_options(self) -> dict[str, Any]:
        return {"on": self.version.enacted_on}


class CompareVersions(_Versions):
    """Semula and menjadi per OPD and sub kegiatan; `opd` narrows it to one Perubahan Renja."""

    title = "Semula dan menjadi"
    template_name = "semai_e_planning/compare.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.comparison = self._comparison()
        if request.GET.get("export") != "xlsx" or self.comparison is None:
            return super().get(request, *args, **kwargs)
        found = self.comparison
        audit.note(self.plan, "ekspor", f"{found.old.label} dan {found.new.label}")
        rows = (sheets.comparison_row(item) for item in self._shown())
        return xlsx(f"rkpd-{self.year}-semula-menjadi", sheets.COMPARISON, rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.copy()
        query["export"] = "xlsx"
        found = self.comparison
        return super().get_context_data(
            comparison=found,
            choices=self._choices(),
            sections=self._sections(),
            named_agencies=Agency.objects.filter(pk__in=self._agency_keys()).order_by("name"),
            agency=self._agency(),
            only_changes=self._only_changes(),
            export_url=f"?{query.urlencode()}",
            **kwargs,
        )

    def _choices(self) -> list[tuple[str, str]]:
        """Versions by number, and the working Renja while a Perubahan is being made."""
        kept = [(str(one.number), one.label) for one in self.versions]
        changing = self.plan.loop == "perubahan" and self.plan.state != "ditetapkan"
        return [*kept, (versions.WORKING, f"Rancangan {self.plan.name}")] if changing else kept

    def _comparison(self) -> versions.Comparison | None:
        choices = [key for key, _ in self._choices()]
        if len(choices) < 2:
            return None
        old = self.request.GET.get("lama") or choices[-2]
        new = self.request.GET.get("baru") or choices[-1]
        if old not in choices or new not in choices or old == versions.WORKING:
            raise Http404("no such pair of versions")
        after, until = int(old), None if new == versions.WORKING else int(new)
        reasons = versions.reasons_between(self.plan, after, until)
        return versions.compare(self._side(old), self._side(new), reasons, self._agency())

    def _side(self, key: str) -> versions.Side:
        if key == versions.WORKING:
            return versions.working_side(self.year)
        return versions.version_side(self.version(key))

    def _agency(self) -> int | None:
        key = self.request.GET.get("opd", "")
        return int(key) if key.isdigit() else None

    def _agency_keys(self) -> set[int]:
        keys = {row.agency_id for one in self.versions[-1:] for row in one.agencies.all()}
        return keys | {agency.agency_id for agency in (self.comparison.agencies if self.comparison else ())}

    def _only_changes(self) -> bool:
        return self.request.GET.get("semua") != "1"

    def _shown(self) -> list[versions.ComparedItem]:
        assert self.comparison is not None
        return self.comparison.changed if self._only_changes() else self.comparison.items

    def _sections(self) -> list[tuple[versions.ComparedAgency, tuple[versions.ComparedItem, ...]]]:
        """OPD with the rows to show; one whose pagu alone changed is shown too."""
        if self.comparison is None:
            return []
        pairs = [
            (agency, agency.changed if self._only_changes() else agency.items)
            for agency in self.comparison.agencies
        ]
        return [(a, rows) for a, rows in pairs if rows or a.ceiling_before != a.ceiling_after]
