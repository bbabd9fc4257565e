"""Berita acara of the musrenbang of the whole region: figures to sign, and an annex per OPD with the usulan.

A region has twenty thousand usulan: one file of them all would be read by nobody, so each OPD signs its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import officials, roles
from semai_kit.documents import Signatory
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.region import read_region
from semai_kit.views import PdfPage, found, year_of

from .. import reference
from ..models import Proposal
from ..selectors import reports
from .pages import Page

PERMISSION = "proposal.view"


class _WholeRegion:
    """Only who sees every usulan may sign for all."""

    permission = PERMISSION

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            roles.require(request.user, PERMISSION)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class RegionMinutes(_WholeRegion, Page):
    """The figures on a page, with the documents to download."""

    title = lazy("Berita acara musrenbang kabupaten/kota")
    intro = lazy(
        "Berita acara memuat jumlah per OPD dan per kecamatan. Lampiran tiap OPD memuat usulan yang diterima "
        "menurut peringkat, dan yang ditunda atau ditolak beserta alasannya."
    )
    template_name = "semai_e_planning/region_minutes.html"
    back_url = reverse_lazy("planning:per-village")
    back_title = lazy("Hasil per desa")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**_figures(self.request.user, self.year), **kwargs)


class RegionDocument(_WholeRegion, PdfPage):
    """The berita acara to sign, with the region's letterhead."""

    document_template = "semai_e_planning/region_minutes_document.html"

    def get_title(self) -> str:
        return f"Berita acara musrenbang {read_region(settings.SEMAI.region_file).name}"

    def get_year(self) -> int:
        return year_of(self.request).year

    def get_context(self) -> dict[str, Any]:
        return _figures(self.request.user, year_of(self.request))

    def get_signatories(self) -> Sequence[Signatory]:
        return [officials.signatory(title=title) for title in reference.minutes_signatories()]


class AgencyDocument(PdfPage):
    """The annex of one OPD, signed by its head beside who led the meeting; the OPD itself may download it too."""

    permission = PERMISSION
    document_template = "semai_e_planning/agency_minutes_document.html"
    landscape = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.agency = found(Agency.objects.filter(pk=kwargs["pk"]).first())
            roles.require(request.user, PERMISSION, agency=self.agency)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"Lampiran berita acara musrenbang {self.agency.name}"

    def get_year(self) -> int:
        return year_of(self.request).year

    def get_context(self) -> dict[str, Any]:
        rows = _printed(reports.submitted(self.request.user, year_of(self.request)).filter(agency=self.agency))
        accepted = reports.accepted_by_district(rows)
        return {
            "agency": self.agency,
            "accepted": accepted,
            "total": sum((p.agreed_estimate for _district, part in accepted for p in part), reports.ZERO),
            "refused": reports.refused(rows),
        }

    def get_signatories(self) -> Sequence[Signatory]:
        return [officials.signatory(self.agency), officials.signatory(title=reference.minutes_signatories()[-1])]


def addresses(account: Account) -> list[tuple[str, str]]:
    """Titles and addresses of what this account may download for a whole region or its own OPD."""
    scope = roles.scope_of(account, PERMISSION)
    if scope.everything:
        return [(_("Berita acara kabupaten/kota"), reverse("planning:region-minutes"))]
    title = _("Lampiran berita acara OPD")
    return [(title, reverse("planning:agency-minutes", args=[key])) for key in sorted(scope.agencies)]


def _figures(account: Account, year: FiscalYear) -> dict[str, Any]:
    rows = reports.submitted(account, year)
    agencies = reports.outcomes(rows, "agency")
    return {
        "agencies": agencies,
        "districts": reports.outcomes(rows, "district"),
        "total": reports.in_all(agencies, _("Jumlah")),
    }


def _printed(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Thousands of rows may stand on it: only what is printed is loaded."""
    return rows.select_related(None).select_related("district", "village").defer("description")
