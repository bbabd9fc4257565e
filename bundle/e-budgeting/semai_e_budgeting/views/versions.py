"""One version of an RKA, and two versions side by side."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit
from semai_kit.views import xlsx

from ..models import RkaVersion
from ..selectors.versions import compare_page, version_page, versions_of
from ..sheets import version_rows, version_sheet
from .pages import InRka, Page
from .rka import spreadsheets_name


class InVersions(InRka, Page):
    def get_back_url(self) -> str:
        return self.rka_url()

    def version(self, number: str | int | None) -> RkaVersion:
        found = versions_of(self.rka).filter(number=number).first() if str(number).isdigit() else None
        if found is None:
            raise Http404
        return found


class VersionDetail(InVersions):
    template_name = "semai_e_budgeting/version.html"

    def get_title(self) -> str:
        return _("Versi {number} RKA {name}").format(number=self.kwargs["number"], name=self.rka.agency.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.version(self.kwargs["number"])
        page, items = version_page(version, self.request.GET.get("page"))
        return super().get_context_data(
            rka=self.rka, version=version, page=page, items=items, versions=list(versions_of(self.rka)), **kwargs
        )

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        version = self.version(self.kwargs["number"])
        audit.note(version, "ekspor", "versi RKA")
        agency = self.rka.agency
        name = f"rka-{agency.short_name or agency.code}-{self.rka.fiscal_year.year}-versi-{version.number}"
        return xlsx(spreadsheets_name(name), version_sheet(), version_rows(version))


class CompareVersions(InVersions):
    template_name = "semai_e_budgeting/compare.html"
    title = lazy("Bandingkan versi")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = list(versions_of(self.rka))
        if len(versions) < 2:
            return super().get_context_data(rka=self.rka, versions=versions, comparison=None, **kwargs)
        old = self.request.GET.get("lama") or str(versions[-2].number)
        new = self.request.GET.get("baru") or str(versions[-1].number)
        only = self.request.GET.get("semua") != "1"
        asked = self.request.GET.get("page")
        comparison = compare_page(self.version(old), self.version(new), asked, only_changes=only)
        return super().get_context_data(
            rka=self.rka, versions=versions, comparison=comparison, only_changes=only, **kwargs
        )

    def get_back_url(self) -> str:
        return reverse("budget:rka", args=[self.rka.pk])
