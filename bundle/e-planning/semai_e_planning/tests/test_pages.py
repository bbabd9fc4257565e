"""Pages as personas meet them: the whole way by forms, what each may open, and what a list costs."""

from __future__ import annotations

import re

from ..models import Proposal, WorkPlan
from .cases import MILLION, PlanningCase, close_calendar

PAGES = ("/", "/usulan/", "/usulan/peringkat/", "/usulan/per-desa/", "/rpjmd/", "/renja/", "/rkpd/", "/kalender/")
PEOPLE = ("desa", "kecamatan", "opd", "bappeda", "dprd", "inspektorat", "kepala_daerah", "auditor")


class WholeWayTest(PlanningCase):
    """From a village's form to the budgeted result, by HTTP only."""

    def step(self, username: str, key: int, to: str, reason: str = "") -> None:
        response = self.as_(username).post(f"/usulan/{key}/", {"to": to, "reason": reason})
        assert response.status_code == 302, response.content.decode()
        assert Proposal.objects.get(pk=key).state == to

    def form(self) -> dict[str, object]:
        content = self.content()
        names = ("title", "description", "rw", "rt", "location", "unit", "proposer")
        return {
            **{name: getattr(content, name) for name in names},
            "source": "musrenbang",
            "kind": content.kind.pk,
            "theme": content.theme.pk,
            "village": content.village.pk,
            "agency": content.agency.pk,
            "volume": "1,25",
            "estimate": "210.000.000",
        }

    def test_usulan_walks_from_the_village_to_the_rkpd_and_its_result(self) -> None:
        response = self.as_("desa").post("/usulan/baru/", self.form())
        assert response.status_code == 302, response.content.decode()
        proposal = Proposal.objects.get()
        assert (str(proposal.volume), proposal.estimate) == ("1.25", 210 * MILLION)
        self.step("desa", proposal.pk, "diajukan")
        self.step("kecamatan", proposal.pk, "verifikasi_kecamatan")
        self.step("kecamatan", proposal.pk, "verifikasi_opd")
        self.step("opd", proposal.pk, "verifikasi_bappeda")
        self.step("bappeda", proposal.pk, "diterima")

        node = self.sub_activity()
        self.as_("bappeda").post(f"/renja/opd/{self.works.pk}/pagu/", {"amount": "1.000.000.000"})
        self.as_("opd").post(f"/renja/opd/{self.works.pk}/buat/")
        plan = WorkPlan.objects.get()
        item = {
            "sub_activity": node.pk,
            "indicator": "Panjang jalan",
            "target": "1,5",
            "unit": "km",
            "location": "Hulu",
            "pagu": "300.000.000",
            "note": "",
        }
        too_much = self.client.post(f"/renja/{plan.pk}/tambah/", item | {"pagu": "2.000.000.000"})
        assert too_much.status_code == 422
        assert "melebihi pagu DPU Rp1.000.000.000" in too_much.content.decode()
        assert self.client.post(f"/renja/{plan.pk}/tambah/", item).status_code == 302
        self.client.post(f"/renja/{plan.pk}/usulan/", {"usulan": proposal.pk, "item": plan.items.get().pk})
        proposal.refresh_from_db()
        assert proposal.state == "masuk_renja"

        self.client.post(f"/renja/{plan.pk}/", {"to": "diajukan"})
        self.as_("bappeda").post(f"/renja/{plan.pk}/", {"to": "disetujui"})
        self.client.post("/rkpd/susun/")
        self.client.post("/rkpd/", {"to": "reviu"})
        self.as_("inspektorat").post("/rkpd/", {"to": "siap", "reason": "Sesuai"})
        self.as_("kepala_daerah").post("/rkpd/tetapkan/", {"decree": "Perbup 21", "enacted_on": "2026-06-30"})
        proposal.refresh_from_db()
        assert proposal.state == "masuk_rkpd"

        self.step("bappeda", proposal.pk, "masuk_apbd")
        self.step("opd", proposal.pk, "realisasi", "Selesai")
        page = self.as_("desa").get(f"/usulan/{proposal.pk}/").content.decode()
        for title in ("Diajukan", "Verifikasi OPD", "Masuk Renja", "Masuk RKPD", "Realisasi"):
            assert title in page

    def test_missing_reason_is_said_on_the_page_and_nothing_moves(self) -> None:
        proposal = self.proposal_at("verifikasi_kecamatan")

        response = self.as_("kecamatan").post(f"/usulan/{proposal.pk}/", {"to": "ditolak", "reason": ""})

        assert response.status_code == 422
        assert "Alasan wajib diisi" in response.content.decode()
        proposal.refresh_from_db()
        assert proposal.state == "verifikasi_kecamatan"

    def test_stale_button_is_said_on_the_page(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")

        response = self.as_("kecamatan").post(f"/usulan/{proposal.pk}/", {"to": "verifikasi_opd"})

        assert response.status_code == 422
        assert "Yang bisa:" in response.content.decode()


class QueueTest(PlanningCase):
    def test_many_are_moved_with_one_reason(self) -> None:
        rows = [self.proposal_at("verifikasi_kecamatan") for _ in range(2)]

        self.as_("kecamatan").post(
            "/usulan/antrean/verifikasi_kecamatan/",
            {"usulan": [row.pk for row in rows], "to": "ditunda", "reason": "Dana terbatas"},
        )

        assert {p.state for p in Proposal.objects.all()} == {"ditunda"}
        assert {p.last_reason for p in Proposal.objects.all()} == {"Dana terbatas"}

    def test_missing_choice_or_reason_keeps_the_ticks(self) -> None:
        row = self.proposal_at("verifikasi_kecamatan")
        url = "/usulan/antrean/verifikasi_kecamatan/"

        nothing = self.as_("kecamatan").post(url, {"to": "verifikasi_opd"})
        assert "Pilih dahulu usulan" in nothing.content.decode()

        reasonless = self.client.post(url, {"usulan": row.pk, "to": "ditolak"})
        assert reasonless.status_code == 422
        assert f'value="{row.pk}" aria-label="Pilih {row.title}" checked' in reasonless.content.decode()

    def test_rows_outside_the_desk_are_left_alone(self) -> None:
        foreign = self.proposal_at("verifikasi_bappeda")

        self.as_("kecamatan").post(
            "/usulan/antrean/verifikasi_kecamatan/", {"usulan": foreign.pk, "to": "verifikasi_opd"}
        )

        foreign.refresh_from_db()
        assert foreign.state == "verifikasi_bappeda"

    def test_desk_of_somebody_else_is_not_found(self) -> None:
        assert self.as_("desa").get("/usulan/antrean/verifikasi_bappeda/").status_code == 404


class OpenPagesTest(PlanningCase):
    def test_every_role_opens_every_reading_page(self) -> None:
        self.proposal_at("diajukan")
        self.item()
        for username in PEOPLE:
            client = self.as_(username)
            for path in PAGES:
                with self.subTest(username=username, path=path):
                    assert client.get(path).status_code == 200

    def test_visitors_are_sent_to_the_login(self) -> None:
        for path in PAGES:
            with self.subTest(path=path):
                assert self.client.get(path)["Location"].startswith("/masuk/")

    def test_administrator_without_planning_role_is_shown_where_to_begin(self) -> None:
        page = self.as_("administrator").get("/").content.decode()

        assert "Kelola akun" in page
        assert self.client.get("/usulan/").status_code == 403

    def test_foreign_proposal_does_not_exist_for_others(self) -> None:
        proposal = self.draft()

        assert self.as_("desa-lain").get(f"/usulan/{proposal.pk}/").status_code == 404
        assert self.as_("desa-lain").post(f"/usulan/{proposal.pk}/hapus/").status_code == 404

    def test_closed_stage_is_explained_with_a_link_to_the_calendar(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")
        close_calendar()

        page = self.as_("opd").get(f"/usulan/{proposal.pk}/").content.decode()

        assert "Tahap ini sedang tidak dibuka" in page
        assert "/kalender/" in page

    def test_links_of_the_pages_lead_somewhere(self) -> None:
        self.proposal_at("verifikasi_kecamatan")
        self.item()
        for username in ("desa", "opd", "bappeda"):
            client = self.as_(username)
            links = {link for path in PAGES for link in self.links(client.get(path).content.decode())}
            one_of_each = {re.sub(r"\d+|=\w+", "n", link): link for link in sorted(links)}
            for link in one_of_each.values():
                with self.subTest(username=username, link=link):
                    assert client.get(link).status_code in (200, 302)

    def links(self, page: str) -> set[str]:
        found = re.findall(r'href="(/[^"#]*)', page)
        return {link.replace("&amp;", "&") for link in found if not link.startswith("/static/")}

    def test_first_load_stays_light(self) -> None:
        page = self.as_("bappeda").get("/")

        assert len(page.content) < 60_000
        assert "style=" not in page.content.decode()
        assert "<script>" not in page.content.decode()


class MinutesTest(PlanningCase):
    def test_the_minutes_are_a_document_to_sign(self) -> None:
        proposal = self.proposal_at("verifikasi_opd", title="Jembatan <Dusun> & Jalan")
        district = proposal.village.district
        page = self.as_("kecamatan").get(f"/usulan/berita-acara/{district.pk}/")
        assert f"/usulan/berita-acara/{district.pk}/cetak/" in page.content.decode()
        response = self.client.get(f"/usulan/berita-acara/{district.pk}/cetak/")
        assert response.content.startswith(b"%PDF-")
        assert (
            response["Content-Disposition"] == 'attachment; filename="berita-acara-musrenbang-kecamatan-hulu.pdf"'
        )
        assert response.content == self.client.get(f"/usulan/berita-acara/{district.pk}/cetak/").content
        assert self.as_("administrator").get(f"/usulan/berita-acara/{district.pk}/cetak/").status_code == 403
        assert self.as_("kecamatan").get("/usulan/berita-acara/999999/cetak/").status_code == 404
