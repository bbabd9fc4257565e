"""Lists per desa with the decision and its reason, and the berita acara of a kecamatan, both ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page as Part
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.documents import Signatory
from semai_kit.languages import official
from semai_kit.models import District, Village
from semai_kit.paging import page_of_groups
from semai_kit.region import read_region
from semai_kit.views import PdfPage, found, year_of
from semai_kit.views.bases import xlsx

from .. import sheets
from ..models import Proposal
from ..selectors import reports
from . import region_minutes
from .pages import Page

UNRANKED = 10_000  # after every rank
ROWS = 150  # usulan on a page; a desa is never split. The PDF of a berita acara holds all of them


class PerVillage(Page):
    permission = "proposal.view"
    title = lazy("Hasil usulan per desa")
    intro = lazy(
        "Usulan yang diterima, ditunda atau ditolak beserta alasannya. Dapat dicetak dan ditempel di balai desa."
    )
    template_name = "semai_e_planning/per_village.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "xlsx":
            lists = reports.per_village(self._rows())
            rows = (p for part in lists for p in (*part.accepted, *part.refused, *part.pending))
            return xlsx("usulan-per-desa", sheets.PROPOSALS, (sheets.proposal_row(p) for p in rows))
        return super().get(request, *args, **kwargs)

    def get_actions(self) -> list[tuple[str, str]]:
        actions = region_minutes.addresses(self.request.user)
        district = self._district()
        if district:
            actions.append((_("Berita acara kecamatan"), reverse("planning:minutes", args=[district.pk])))
        return actions

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.copy()
        query["export"] = "xlsx"
        query.pop("page", None)
        rows = self._rows() if self._chosen() else Proposal.objects.none()
        page = page_of_groups(reports.village_sizes(rows), self.request.GET.get("page"), ROWS)
        return super().get_context_data(
            page=page,
            lists=reports.per_village(rows.filter(village__in=page.object_list)),
            asked=self._chosen(),
            districts=self.districts,
            villages=self.villages,
            district=self._district(),
            village=self._village(),
            export_url=f"?{query.urlencode()}",
            **kwargs,
        )

    @cached_property
    def districts(self) -> list[District]:
        return reports.districts_seen(self.request.user, self.year)

    @cached_property
    def villages(self) -> list[Village]:
        return reports.villages_seen(self.request.user, self.year)

    def _chosen(self) -> bool:
        """Who sees one place only gets its list at once; a whole region shows nothing before a place is chosen."""
        return bool(self._district() or self._village())

    def _rows(self) -> QuerySet[Proposal]:
        return reports.submitted(self.request.user, self.year, self._district(), self._village())

    def _district(self) -> District | None:
        key = self.request.GET.get("kecamatan", "")
        if key.isdigit():
            return District.objects.filter(pk=int(key)).first()
        return self.districts[0] if len(self.districts) == 1 else None

    def _village(self) -> Village | None:
        key = self.request.GET.get("desa", "")
        if key.isdigit():
            return Village.objects.select_related("district").filter(pk=int(key)).first()
        return self.villages[0] if len(self.villages) == 1 else None


class Minutes(Page):
    """Berita acara musrenbang kecamatan."""

    permission = "proposal.view"
    template_name = "semai_e_planning/minutes.html"
    back_title = lazy("Hasil per desa")

    def get_back_url(self) -> str:
        return f"{reverse('planning:per-village')}?kecamatan={self.kwargs['pk']}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        district = found(District.objects.filter(pk=self.kwargs["pk"]).first())
        meeting = reports.meeting(reports.submitted(self.request.user, self.year, district))
        page = Paginator(meeting.rows, ROWS).get_page(self.request.GET.get("page"))
        content = {
            "district": district,
            "meeting": meeting,
            "today": timezone.localdate(),
            "region_identity": read_region(settings.SEMAI.region_file),
            "fiscal_year": self.year,
            **_shown_on(page, meeting.passed),
        }
        with official():  # the paper is signed as it stands here
            paper = render_to_string("semai_e_planning/minutes_print.html", content)
        return super().get_context_data(district=district, paper=paper, page=page, **kwargs)


class MinutesDocument(PdfPage):
    """The same to sign, with the region's letterhead; the day is written by hand at the meeting."""

    permission = "proposal.view"
    document_template = "semai_e_planning/minutes_document.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.district = found(District.objects.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"Berita acara musrenbang Kecamatan {self.district.name}"

    def get_year(self) -> int:
        return year_of(self.request).year

    def get_context(self) -> dict[str, Any]:
        meeting = reports.meeting(reports.submitted(self.request.user, year_of(self.request), self.district))
        rows = list(meeting.rows)
        passed, refused = rows[: meeting.passed], rows[meeting.passed :]
        return {"district": self.district, "meeting": meeting, "passed": passed, "refused": refused}

    def get_signatories(self) -> Sequence[Signatory]:
        return (Signatory("Wakil delegasi desa/kelurahan", ""), Signatory(f"Camat {self.district.name}", ""))


class VillageMinutesDocument(PdfPage):
    """Berita acara of a village's own musrenbang: what it proposes, in its order."""

    permission = "proposal.view"
    document_template = "semai_e_planning/village_minutes_document.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = Village.objects.select_related("district")
            self.village = found(rows.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"Berita acara musrenbang desa/kelurahan {self.village.name}"

    def get_year(self) -> int:
        return year_of(self.request).year

    def get_context(self) -> dict[str, Any]:
        submitted = reports.submitted(self.request.user, year_of(self.request), village=self.village)
        lists = reports.per_village(submitted)
        rows = [p for part in lists for p in (*part.accepted, *part.pending, *part.refused)]
        own = [p for p in rows if p.source == Proposal.Source.MUSRENBANG]
        return {
            "village": self.village,
            "rows": sorted(own, key=lambda p: (p.rank_village or UNRANKED, p.number or "")),
            "total": sum((p.estimate for p in own), reports.ZERO),
        }

    def get_signatories(self) -> Sequence[Signatory]:
        return (Signatory("Wakil peserta musyawarah", ""), Signatory(f"Kepala Desa/Lurah {self.village.name}", ""))


def _shown_on(page: Part, passed: int) -> dict[str, Any]:
    """What one page shows of the two lists, which count on from page to page."""
    start, rows = page.start_index() - 1, list(page.object_list)
    own = max(passed - start, 0)
    return {
        "passed": rows[:own],
        "refused": rows[own:],
        "passed_before": start,
        "refused_before": max(start - passed, 0),
    }
