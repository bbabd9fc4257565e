"""Pages as personas meet them: the whole way by forms, what each may open, and what a list costs."""

from __future__ import annotations

import io
import re
from unittest.mock import patch

from openpyxl import load_workbook
from semai_kit.models import Agency, Village

from ..models import Proposal, WorkPlan
from ..services import five_year_plans, ranking, review
from ..views import reports
from .cases import MILLION, Determined, PlanningCase, close_calendar

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

    def test_kecamatan_and_opd_enter_usulan_by_the_same_form(self) -> None:
        elsewhere = Village.objects.get(code="99.01.02.2001")
        for username, source, to, where in (
            ("kecamatan", "kecamatan", "verifikasi_opd", elsewhere),
            ("opd", "opd", "verifikasi_bappeda", None),
        ):
            with self.subTest(username=username):
                page = self.as_(username).get("/usulan/baru/").content.decode()
                assert f'name="source" value="{source}"' in page
                wrong = {"village": elsewhere.pk} if where else {"agency": Agency.objects.get(code="1.01").pk}
                refused = self.client.post("/usulan/baru/", self.form() | {"source": source} | wrong)
                assert refused.status_code == 422
                assert self.client.post("/usulan/baru/", self.form() | {"source": source}).status_code == 302
                self.step(username, Proposal.objects.get(source=source).pk, to)

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

    def test_long_minutes_come_in_pages_that_count_on(self) -> None:
        rows = [self.proposal_at("verifikasi_opd", title=f"Usulan {n}") for n in range(3)]
        rejected = self.proposal_at("verifikasi_kecamatan", title="Ditolak saja")
        review.move(self.account("kecamatan"), rejected, "ditolak", "Ganda")
        address = f"/usulan/berita-acara/{rows[0].district_id}/"

        with patch.object(reports, "ROWS", 2):
            first, second = (self.as_("kecamatan").get(f"{address}?page={n}").content.decode() for n in (1, 2))

        assert "PDF memuat seluruhnya" in first
        assert [re.findall(r"<tr><td>(\d+)</td><td>([^<]+)", page) for page in (first, second)] == [
            [("1", "Usulan 0"), ("2", "Usulan 1")],
            [("3", "Usulan 2"), ("1", "Ditolak saja")],
        ]
        assert "2. Usulan yang ditunda" not in first
        assert "4 usulan dari 1 desa" in second


class AmendmentPagesTest(Determined, PlanningCase):
    """A Perubahan by HTTP only, from its opening to the version it leaves."""

    def item_form(self, **changes: object) -> dict[str, object]:
        content = self.item_content(self.first.sub_activity)
        names = ("indicator", "unit", "location", "note")
        form = {name: getattr(content, name) for name in names}
        return {**form, "sub_activity": content.sub_activity.pk, "target": "2", "pagu": "400.000.000", **changes}

    def test_perubahan_from_its_opening_to_its_determination(self) -> None:
        self.determine()
        item, renja = f"/renja/sub-kegiatan/{self.first.pk}/ubah/", f"/renja/{self.work_plan_row.pk}/"
        self.as_("bappeda").post("/rkpd/", {"to": "perubahan", "reason": "Pendapatan turun"})
        assert "Buka kunci" not in self.client.get(renja).content.decode()
        self.as_("opd").post(renja, {"to": "perubahan", "reason": "Menyesuaikan"})

        wordless = self.client.post(item, self.item_form())
        assert wordless.status_code == 422
        assert 'value="400.000.000"' in wordless.content.decode()
        assert self.client.post(item, self.item_form(reason="Volume bertambah")).status_code == 302

        page = self.client.get("/rkpd/perbandingan/").content.decode()
        for text in ("Rp300.000.000", "Rp400.000.000", "+Rp100.000.000", "Volume bertambah", "target, pagu"):
            assert text in page
        sheet = self.client.get("/rkpd/perbandingan/?export=xlsx")
        assert sheet["Content-Disposition"].startswith('attachment; filename="rkpd-2027-semula-menjadi')
        assert "RKPD ditetapkan" in self.client.get("/rpjmd/keselarasan/").content.decode()

        self.client.post(renja, {"to": "perubahan_diajukan"})
        self.as_("bappeda").post(renja, {"to": "disetujui"})
        self.client.post("/rkpd/", {"to": "perubahan_reviu", "reason": "Mohon direviu"})
        self.as_("inspektorat").post("/rkpd/", {"to": "perubahan_siap", "reason": "Sesuai"})
        decree = {"decree": "Perbup 30", "enacted_on": "2027-07-20"}
        assert self.as_("kepala_daerah").post("/rkpd/tetapkan/", decree).status_code == 302

        assert "Perbup 30" in self.client.get("/rkpd/versi/1/").content.decode()
        assert self.client.get("/rkpd/versi/0/?export=xlsx").status_code == 200
        document = self.client.get(f"/rkpd/versi/1/opd/{self.works.pk}/")
        assert document.content.startswith(b"%PDF-")
        assert "perubahan-rkpd-ke-1-dinas-pekerjaan-umum" in document["Content-Disposition"]
        assert self.client.get("/rkpd/versi/1/opd/999999/").status_code == 404
        assert "Rp100.000.000" in self.client.get("/rkpd/perbandingan/?lama=0&baru=1").content.decode()
        for missing in (
            "/rkpd/versi/2/",
            "/rkpd/perbandingan/?lama=0&baru=9",
            "/rkpd/perbandingan/?lama=rancangan",
        ):
            assert self.client.get(missing).status_code == 404

    def test_sub_activity_is_not_exchanged_for_another(self) -> None:
        self.determine()
        self.begin()
        sent = self.item_form(sub_activity=self.sibling("a").pk, reason="Salah kode")
        response = self.as_("opd").post(f"/renja/sub-kegiatan/{self.first.pk}/ubah/", sent)
        assert response.status_code == 422
        assert "hapus yang lama dan tambahkan yang baru" in response.content.decode()

    def test_removing_asks_for_the_reason(self) -> None:
        self.determine()
        self.begin()
        address = f"/renja/sub-kegiatan/{self.first.pk}/hapus/"
        assert self.as_("opd").post(address, {"reason": ""}).status_code == 422
        assert self.client.post(address, {"reason": "Gagal lelang"}).status_code == 302
        assert "Dihapus" in self.client.get("/rkpd/perbandingan/").content.decode()


class DocumentTest(PlanningCase):
    def rows(self, path: str) -> list[tuple[object, ...]]:
        content = self.client.get(path).content
        return [tuple(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]

    def test_renja_is_a_document_of_its_opd(self) -> None:
        item = self.item()
        response = self.as_("desa").get(f"/renja/{item.work_plan_id}/cetak/")
        assert response.content.startswith(b"%PDF-")
        assert "rencana-kerja-dinas-pekerjaan-umum" in response["Content-Disposition"]

    def test_village_has_minutes_of_its_own_without_pokir(self) -> None:
        first, second = self.proposal_at("diajukan"), self.proposal_at("diajukan", title="Jembatan")
        ranking.rank_village(self.account("desa"), self.year, first.village, [second.pk, first.pk])
        council = self.draft(author="dprd")
        review.move(self.account("dprd"), council, "diajukan")
        response = self.as_("desa").get(f"/usulan/berita-acara/desa/{first.village_id}/")
        assert response.content.startswith(b"%PDF-")
        page = reports.VillageMinutesDocument(kwargs={"pk": first.village_id}, request=response.wsgi_request)
        page.village = first.village
        context = page.get_context()
        assert [row.pk for row in context["rows"]] == [second.pk, first.pk]
        assert context["total"] == 420 * MILLION

    def test_renstra_is_the_part_of_the_rpjmd_an_opd_carries_out(self) -> None:
        node = self.sub_activity()
        schools = Agency.objects.get(code="1.01")
        above = node.parent.parent.parent
        details = five_year_plans.NodeContent("1.01.02", "Program pendidikan", schools)
        five_year_plans.add_node(self.account("bappeda"), node.period, above, details)
        five_year_plans.set_node_ceilings(self.account("bappeda"), node.parent.parent, {2027: 350 * MILLION})

        page = self.as_("opd").get(f"/rpjmd/?opd={self.works.pk}").content.decode()
        assert "Renstra DPU" in page
        assert "Program pendidikan" not in page
        rows = self.rows(f"/rpjmd/?opd={self.works.pk}&export=xlsx")
        assert [row[1] for row in rows[1:]] == ["1", "1.1", "1.1.1", "1.03.10", "1.03.10.2.01", node.code]
        assert rows[4][rows[0].index("2027")] == 350 * MILLION

    def test_consistency_can_be_taken_along(self) -> None:
        self.item()
        self.as_("bappeda")
        rows = self.rows("/rpjmd/keselarasan/?export=xlsx")
        assert rows[1][0] == "1.03.10"
        assert rows[1][-1] == "tanpa pagu RPJMD"
