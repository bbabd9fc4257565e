"""English pages for every desk; what is determined, kept or signed stays Indonesian."""

from __future__ import annotations

import io
from decimal import Decimal

from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook
from semai_kit.models import Notification, TransitionLog
from semai_kit.testing.english import in_english, left_in_indonesian

from ..models import AnnualPlanVersion, PlanNode, PlanPeriod
from ..services import review
from .cases import MILLION, WHY, Determined, PlanningCase, WithTargets

LISTS = (
    "home",
    "proposals",
    "create-proposal",
    "map",
    "rankings",
    "per-village",
    "region-minutes",
    "import",
    "five-year-plan",
    "create-period",
    "consistency",
    "target-consistency",
    "work-plans",
    "annual-plan",
    "compare-versions",
    "calendar",
    "change-calendar",
)
OF_PROPOSAL = ("proposal", "change-proposal", "delete-proposal", "correct-proposal", "attach", "carry-over")
OF_NODE = ("add-node", "change-node", "delete-node", "node-ceilings", "add-indicator")
OF_WORK_PLAN = ("work-plan", "work-plan-targets", "add-item", "take-proposals")


def left(client: Client, addresses: list[str]) -> dict[str, list[str]]:
    """Texts that have English words and show none, by address; pages the persona may not open are left out."""
    pages = {address: client.get(address) for address in addresses}
    opened = {address: page.content.decode() for address, page in pages.items() if page.status_code == 200}
    assert opened
    return {address: found for address, page in opened.items() if (found := left_in_indonesian(page))}


class EnglishPages(WithTargets, Determined, PlanningCase):
    def test_no_desk_meets_a_text_that_has_english_words(self) -> None:
        self.determine()
        self.begin()
        self.change(400 * MILLION)
        self.set_targets({self.roads.pk: Decimal(440), self.poor.pk: None}, WHY)
        draft = self.draft(title="Jembatan gantung")
        waiting = self.proposal_at("verifikasi_opd", title="Rabat beton")
        lists = [reverse(f"planning:{name}") for name in LISTS]
        records = [
            *(reverse(f"planning:{name}", args=[one.pk]) for name in OF_PROPOSAL for one in (draft, waiting)),
            *(reverse(f"planning:{name}", args=[self.program().pk]) for name in OF_NODE),
            *(reverse("planning:queue", args=[state]) for state in ("draf", "verifikasi_opd", "diterima")),
            *(reverse(f"planning:{name}", args=[self.work_plan_row.pk]) for name in OF_WORK_PLAN),
            *(reverse(f"planning:{name}", args=[self.first.pk]) for name in ("change-item", "remove-item")),
            reverse("planning:village-ranking", args=[draft.village_id]),
            reverse("planning:district-ranking", args=[draft.district_id]),
            reverse("planning:change-period", args=[PlanPeriod.objects.get().pk]),
            reverse("planning:set-ceiling", args=[self.works.pk]),
            reverse("planning:annual-plan-version", args=[0]),
        ]
        walks = {
            "bappeda": lists + records,
            "opd": lists + records,
            "desa": lists + records,
            "kepala_daerah": lists,
        }
        for name, addresses in walks.items():
            with self.subTest(name):
                assert left(in_english(self.as_(name)), addresses) == {}

    def program(self) -> PlanNode:
        return PlanNode.objects.get(level="program")


class KeptInIndonesian(WithTargets, Determined, PlanningCase):
    def test_what_a_desk_that_reads_english_decides(self) -> None:
        with override("en"):
            self.determine()
            self.begin()
            self.change(400 * MILLION)
            proposal = review.move(self.account("desa"), self.draft(), "diajukan")
            assert str(AnnualPlanVersion.objects.get()) == "RKPD 2027"
            assert str(self.plan) == "Perubahan RKPD ke-1 2027"
            self.step(self.work_plan_row, "opd", "perubahan_diajukan")
            self.step(self.work_plan_row, "bappeda", "disetujui")
            self.rkpd("bappeda", "perubahan_reviu", "Mohon direviu")
            assert self.plan.full_name == "Amendment 1 of the annual plan (Perubahan RKPD) 2027"
        assert proposal.state_title == "Diajukan"
        assert "(tanpa pagu RPJMD)" in TransitionLog.objects.get(to_state="perubahan_reviu").reason
        assert Notification.objects.filter(title="Perubahan RKPD ke-1 2027 dibuka").exists()
        assert not LogEntry.objects.filter(object_repr__contains="mendment").exists()
        assert not LogEntry.objects.filter(object_repr__contains="ork plan").exists()

    def test_downloads(self) -> None:
        self.determine()
        self.begin()
        self.change(400 * MILLION)
        self.set_targets({self.roads.pk: Decimal(440)}, WHY)
        client = self.as_("bappeda")
        printed = f"/renja/{self.work_plan_row.pk}/cetak/"
        before = client.get(printed).content
        in_english(client)
        assert client.get(printed).content == before
        answer = client.get("/rkpd/perbandingan/", {"export": "xlsx"})
        for page in load_workbook(io.BytesIO(answer.content)).worksheets:
            rows = list(page.values)
            assert "Selisih" in rows[0]
            assert "Berubah" in rows[1]
        assert LogEntry.objects.filter(additional_data__icontains="RKPD dan Rancangan Perubahan").exists()

    def test_minutes_are_signed_in_indonesian(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")
        page = in_english(self.as_("bappeda")).get(f"/usulan/berita-acara/{proposal.district_id}/").content.decode()
        assert '<article class="paper" lang="id">' in page
        assert "Peserta menyepakati hal-hal berikut." in page
        assert "Verifikasi OPD" in page
        assert "Download PDF" in page
