"""Versions of the RKPD: one as it was determined, and any two side by side with the Perubahan being made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, officials
from semai_kit.documents import Signatory
from semai_kit.languages import official
from semai_kit.models import Agency
from semai_kit.paging import ROWS, page_of_groups
from semai_kit.views import PdfPage, found, year_of
from semai_kit.views.bases import xlsx

from .. import sheets
from ..models import AnnualPlan, AnnualPlanVersion
from ..selectors import versions, work_plans
from ..selectors.comparison import ComparedAgency, ComparedItem, ComparedTarget, Comparison, Side, compare
from ..selectors.targets import determined
from .pages import Page


class _Versions(Page):
    permission = "annual_plan.view"
    back_url = reverse_lazy("planning:annual-plan")
    back_title = lazy("RKPD")

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
        return self.version(str(self.kwargs["number"])).full_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.version(str(self.kwargs["number"]))
        page = page_of_groups(versions.section_sizes(version), self.request.GET.get("page"))
        return super().get_context_data(
            version=version,
            page=page,
            sections=versions.sections(version, page.object_list),
            comparable=len(self.versions) > 1,
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        version = self.version(str(kwargs["number"]))
        audit.note(version, "ekspor", str(version))
        rows = (sheets.version_row(row) for row in version.items.order_by("agency__code", "sub_activity_code"))
        targets = map(sheets.set_target_row, determined(version.targets.all()))
        name = f"rkpd-{self.year}-versi-{version.number}"
        return xlsx(name, sheets.WORK_PLAN, rows, (sheets.SET_TARGETS, targets))


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
        (section,) = versions.sections(self.version, [self.agency.agency_id])
        return {"version": self.version, "section": section}

    def get_signatories(self) -> list[Signatory]:
        return [officials.signatory(on=self.version.enacted_on)]

    def get_options(self) -> dict[str, Any]:
        return {"on": self.version.enacted_on}


class CompareVersions(_Versions):
    """Semula and menjadi per OPD and sub kegiatan; `opd` narrows it to one Perubahan Renja."""

    title = lazy("Semula dan menjadi")
    template_name = "semai_e_planning/compare.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        exporting = request.GET.get("export") == "xlsx"
        with official() if exporting else nullcontext():  # the audit trail keeps what the sides are called
            self.comparison = self._comparison()
        if not exporting or self.comparison is None:
            return super().get(request, *args, **kwargs)
        found = self.comparison
        audit.note(self.plan, "ekspor", f"{found.old.label} dan {found.new.label}")
        items, targets = (
            (found.changed, found.changed_targets) if self._only_changes() else (found.items, found.targets)
        )
        return xlsx(
            f"rkpd-{self.year}-semula-menjadi",
            sheets.COMPARISON,
            map(sheets.comparison_row, items),
            (sheets.COMPARED_TARGETS, map(sheets.compared_target_row, targets)),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.copy()
        query["export"] = "xlsx"
        sections = self._sections()
        sizes = [(place, len(rows) + len(targets)) for place, (_one, rows, targets) in enumerate(sections)]
        page = page_of_groups(sizes, self.request.GET.get("page"))
        return super().get_context_data(
            comparison=self.comparison,
            choices=self._choices(),
            page=page,
            sections=[sections[place] for place in page.object_list],
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
        return [*kept, (versions.WORKING, _("Rancangan {plan}").format(plan=self.plan.name))] if changing else kept

    def _comparison(self) -> Comparison | None:
        choices = [key for key, label in self._choices()]
        if len(choices) < 2:
            return None
        old = self.request.GET.get("lama") or choices[-2]
        new = self.request.GET.get("baru") or choices[-1]
        if old not in choices or new not in choices or old == versions.WORKING:
            raise Http404("no such pair of versions")
        after, until = int(old), None if new == versions.WORKING else int(new)
        reasons = versions.reasons_between(self.plan, after, until)
        return compare(self._side(old), self._side(new), reasons, self._agency())

    def _side(self, key: str) -> Side:
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

    def _sections(self) -> list[tuple[ComparedAgency, Sequence[ComparedItem], Sequence[ComparedTarget]]]:
        """OPD with the rows to show; one whose pagu alone changed is shown too."""
        if self.comparison is None:
            return []
        found = [
            (one, one.changed, one.changed_targets) if self._only_changes() else (one, one.items, one.targets)
            for one in self.comparison.agencies
        ]
        return [
            part
            for one, rows, targets in found
            if rows or targets or one.ceiling_before != one.ceiling_after
            for part in _in_parts(one, rows, targets)
        ]


def _in_parts(
    one: ComparedAgency, rows: Sequence[ComparedItem], targets: Sequence[ComparedTarget]
) -> Iterator[tuple[ComparedAgency, Sequence[ComparedItem], Sequence[ComparedTarget]]]:
    """No more rows than a page takes: a large OPD has several of them."""
    for start in range(0, max(len(rows) + len(targets), 1), ROWS):
        end = start + ROWS
        yield one, rows[start:end], targets[max(start - len(rows), 0) : max(end - len(rows), 0)]
