"""Berita acara of the region's musrenbang: figures per OPD and kecamatan, and an annex per OPD with reasons."""

from __future__ import annotations

from semai_kit.models import Agency, Official, Village
from semai_kit.testing.english import in_english

from ..models import Proposal
from ..selectors import reports
from ..services import ranking, review
from ..views import region_minutes
from .cases import MILLION, PlanningCase


class RegionMinutesTest(PlanningCase):
    def setUp(self) -> None:
        self.first, self.second = (self.proposal_at("diterima", title=title) for title in ("Jalan", "Jembatan"))
        self.rejected = self.decided("ditolak", "Bukan kewenangan <kabupaten>")
        self.waiting = self.proposal_at("verifikasi_opd")
        school = Agency.objects.get(code="1.01")
        elsewhere = Village.objects.select_related("district").get(code="99.01.02.2001")
        own = self.draft("opd-lain", agency=school, village=elsewhere, title="Ruang kelas")
        review.move(self.account("opd-lain"), own, "verifikasi_bappeda")
        self.own = review.move(self.account("bappeda"), own, "diterima")
        self.draft()  # not submitted: not part of it

    def decided(self, state: str, reason: str) -> Proposal:
        return review.move(self.account("bappeda"), self.proposal_at("verifikasi_bappeda"), state, reason)

    def document(self, path: str, username: str, view: type) -> object:
        """The view behind a downloaded PDF, ready to be asked for its parts."""
        response = self.as_(username).get(path)
        assert response.content.startswith(b"%PDF-")
        page = view(request=response.wsgi_request, kwargs=response.resolver_match.kwargs)
        page.agency = Agency.objects.filter(pk=response.resolver_match.kwargs.get("pk")).first()
        return page

    def test_figures_per_opd_and_kecamatan_add_up(self) -> None:
        context = self.document(
            "/usulan/berita-acara/daerah/cetak/", "bappeda", region_minutes.RegionDocument
        ).get_context()
        figures = {
            key: [(row.name, row.accepted, row.accepted_sum, row.refused, row.pending) for row in context[key]]
            for key in ("agencies", "districts")
        }

        works, school = self.works.name, Agency.objects.get(code="1.01").name
        assert figures == {
            "agencies": [(school, 1, 210 * MILLION, 0, 0), (works, 2, 420 * MILLION, 1, 1)],
            "districts": [("Hulu", 2, 420 * MILLION, 1, 1), (self.own.district.name, 1, 210 * MILLION, 0, 0)],
        }
        total = context["total"]
        assert (total.accepted, total.accepted_sum, total.refused, total.pending) == (3, 630 * MILLION, 1, 1)

    def test_annex_lists_accepted_by_rank_and_the_others_with_their_reasons(self) -> None:
        Proposal.objects.filter(pk=self.second.pk).update(rank_district=1)
        Proposal.objects.filter(pk=self.first.pk).update(rank_district=2)
        path = f"/usulan/berita-acara/opd/{self.works.pk}/"

        context = self.document(path, "bappeda", region_minutes.AgencyDocument).get_context()

        accepted = [(district.name, [p.title for p in rows]) for district, rows in context["accepted"]]
        assert accepted == [("Hulu", ["Jembatan", "Jalan"])]
        assert [(p.pk, p.last_reason) for p in context["refused"]] == [
            (self.rejected.pk, "Bukan kewenangan <kabupaten>")
        ]
        assert context["total"] == 420 * MILLION

    def test_signed_by_whom_the_region_names(self) -> None:
        Official.objects.create(title="Kepala Bappeda", name="Maria Contoh", valid_from="2026-01-01")
        page = self.document("/usulan/berita-acara/daerah/cetak/", "bappeda", region_minutes.RegionDocument)

        signing = [(one.title, one.name) for one in page.get_signatories()]

        assert signing == [("Wakil peserta musrenbang", ""), ("Kepala Bappeda", "Maria Contoh")]

    def test_page_leads_to_the_documents_and_is_found_from_the_results(self) -> None:
        assert "/usulan/berita-acara/daerah/" in self.as_("bappeda").get("/usulan/per-desa/").content.decode()
        page = self.client.get("/usulan/berita-acara/daerah/").content.decode()
        assert "/usulan/berita-acara/daerah/cetak/" in page
        assert f"/usulan/berita-acara/opd/{self.works.pk}/" in page
        english = in_english(self.client).get("/usulan/berita-acara/daerah/").content.decode()
        assert "Not decided yet" in english

    def test_an_opd_gets_its_own_annex_alone(self) -> None:
        own = f"/usulan/berita-acara/opd/{self.works.pk}/"
        assert own in self.as_("opd").get("/usulan/per-desa/").content.decode()
        assert self.client.get(own).status_code == 200
        for username in ("opd-lain", "desa", "kecamatan"):
            with self.subTest(username=username):
                assert self.as_(username).get(own).status_code == 403
                assert self.client.get("/usulan/berita-acara/daerah/cetak/").status_code == 403

    def test_a_year_without_usulan_says_so(self) -> None:
        Proposal.objects.all().delete()

        assert "Belum ada usulan yang diajukan" in (
            self.as_("bappeda").get("/usulan/berita-acara/daerah/").content.decode()
        )
        assert self.client.get("/usulan/berita-acara/daerah/cetak/").content.startswith(b"%PDF-")

    def test_district_minutes_leave_an_opds_own_usulan_out(self) -> None:
        district = self.own.district
        page = self.as_("bappeda").get(f"/usulan/berita-acara/{district.pk}/").content.decode()

        assert "Ruang kelas" not in page
        assert reports.submitted(self.account("bappeda"), self.year, district).count() == 1
        assert ranking.ranked_by_district(self.year, district).count() == 0
