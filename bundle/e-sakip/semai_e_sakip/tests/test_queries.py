"""The tree, lists and documents ask the database as often for thirty rows as for three."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal

from semai_kit.models import Agency, Official
from semai_kit.paging import ROWS
from semai_kit.testing.queries import BoundedQueries

from .. import reference
from ..models import (
    ActionStep,
    Agreement,
    AgreementProgram,
    BudgetItem,
    Evaluation,
    Measurement,
    Position,
    Recommendation,
    Report,
)
from ..selectors.documents import document_of
from ..services import reports, tree
from ..views.agreements import OFFICIALS
from ..views.measurements import INDICATORS, PILE, PROGRAMS
from ..views.reports import TABLE_ROWS
from .cases import PerformanceCase
from .test_pages import PAGES

OF_AN_AGENCY = ("/pohon/?", "/pohon/gambar/?sampai=sub_kegiatan&", "/rencana-aksi/?", "/pengukuran/?triwulan=2&")


class Queries(BoundedQueries, PerformanceCase):
    """Each number is one OPD with what it accounts for, and one program more of the OPD that is looked at."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.mine = self.signed()
        account, goal = self.account("organisasi"), self.node("1.1.1")
        for number in range(start, end):
            agency = Agency.objects.create(code=f"9.{number:02d}", name=f"Dinas {number}", short_name=f"D{number}")
            for owner, code in ((agency, f"9.{number}"), (self.works, f"1.03.7{number}")):
                node = tree.add_node(account, self.year, goal, tree.NodeContent(code, f"Program {code}", owner))
                indicator = self.add(account, node, f"Capaian {code}", "1", "2", is_key=True)
                for quarter in (1, 2):
                    Measurement.objects.create(
                        fiscal_year=self.year,
                        indicator=indicator,
                        quarter=quarter,
                        realised=1,
                        state="terverifikasi",
                    )
                ActionStep.objects.create(fiscal_year=self.year, indicator=indicator, quarter=2, activity="Langkah")
                self._budget(owner, code)
            self._office(agency)
            AgreementProgram.objects.create(agreement=self.mine, code=f"7.{number}", name="Program", budget=1)

    def _budget(self, agency: Agency, code: str) -> None:
        BudgetItem.objects.create(
            fiscal_year=self.year, agency=agency, program_code=code, program_name="Program",
            sub_activity_code=f"{code}.1", sub_activity_name="Sub kegiatan", total=Decimal(1000),
        )  # fmt: skip

    def _office(self, agency: Agency) -> None:
        official = Official.objects.create(
            agency=agency, title="Kepala Dinas", name="Nama Contoh", valid_from=datetime.date(2026, 1, 1)
        )
        position = Position.objects.create(official=official, kind="pimpinan_tinggi")
        Agreement.objects.create(fiscal_year=self.year, position=position, agency=agency)
        evaluation = Evaluation.objects.create(
            fiscal_year=self.year, agency=agency, scheme_id=self._scheme(), state="selesai"
        )
        Recommendation.objects.create(
            fiscal_year=self.year, agency=agency, evaluation=evaluation, text="Perbaiki.",
            deadline=datetime.date(2027, 6, 1),
        )  # fmt: skip
        Report.objects.create(
            fiscal_year=self.year, agency=agency, outline_id=reference.in_force(reference.outlines(), 2027).id
        )

    def _scheme(self) -> str:
        known = Evaluation.objects.first() or self.evaluation()
        return known.scheme_id

    def pages(self) -> Mapping[str, Sequence[str]]:
        return {
            "organisasi": (*PAGES, *(f"{path}opd={self.works.pk}" for path in OF_AN_AGENCY)),
            "opd": ["/", "/indikator/", f"/perjanjian/{self.mine.pk}/"],
            "inspektorat": ["/", "/evaluasi/", "/tindak-lanjut/"],
        }


class ReportQueries(Queries):
    """The LKjIP has seven tables on one page, each from a source of its own."""

    limit = 40

    def pages(self) -> Mapping[str, Sequence[str]]:
        known = {row.agency_id: row for row in Report.objects.filter(agency__in=[self.works.pk])}
        mine = known.get(self.works.pk) or self._report(self.works)
        whole = Report.objects.filter(agency=None).first() or self._report(None)
        return {"organisasi": [f"/lkjip/{mine.pk}/", f"/lkjip/{whole.pk}/"]}

    def _report(self, agency: Agency | None) -> Report:
        return reports.open_report(self.account("organisasi"), agency, self.year)


class LongTables(PerformanceCase):
    """What no page holds at once comes in parts that lead on."""

    def page(self, address: str, who: str = "organisasi") -> str:
        return self.as_(who).get(address).content.decode()

    def programs(self, count: int) -> None:
        account, goal = self.account("organisasi"), self.node("1.1.1")
        for number in range(count):
            content = tree.NodeContent(f"1.03.9{number:03d}", f"Program ke-{number}", self.works)
            node = tree.add_node(account, self.year, goal, content)
            row = self.add(account, node, f"Capaian ke-{number}", "1", "2")
            self.budget("1000", program=node.code)
            Measurement.objects.create(
                fiscal_year=self.year, indicator=row, quarter=2, realised=1, state="dikirim", analysis="Cuaca"
            )

    def test_tables_of_an_agency(self) -> None:
        self.programs(ROWS + 1)
        opd = f"opd={self.works.pk}"
        for address, marked, size in (
            (f"/pohon/?{opd}", ">1.03.9", ROWS - 1),  # one more program was there before
            (f"/rencana-aksi/?{opd}", ">Capaian ke-", INDICATORS),
            ("/anggaran/?", " Program jalan<", PROGRAMS),
            (f"/pengukuran/?triwulan=2&{opd}", "Buka pengukuran Capaian ke-", INDICATORS),
        ):
            with self.subTest(address=address):
                first, second = self.page(address), self.page(f"{address}&page=2")
                assert first.count(marked) in (size, size - 1)
                assert first.count(marked) + second.count(marked) == ROWS + 1
                assert "Halaman 1 dari 2" in first

    def test_the_way_from_the_top_stands_on_every_page_of_the_tree(self) -> None:
        self.programs(ROWS)
        for page in (1, 2):
            assert "Infrastruktur merata" in self.page(f"/pohon/?page={page}")

    def test_what_waits_for_verification(self) -> None:
        self.programs(PILE + 1)
        piles = [
            self.page(f"/pengukuran/?menunggu={page}").partition('id="menunggu"')[2].partition("</section>")[0]
            for page in (1, 2)
        ]
        assert [pile.count("<li>") for pile in piles] == [PILE, 1]
        assert 'href="?menunggu=1#menunggu"' in piles[1]

    def test_tables_of_the_lkjip(self) -> None:
        self.programs(TABLE_ROWS)
        report = reports.open_report(self.account("opd"), self.works, self.year)
        first, second = self.page(f"/lkjip/{report.pk}/"), self.page(f"/lkjip/{report.pk}/?capaian=2")
        assert first.count('data-label="Capaian"') == second.count('data-label="Capaian"') + TABLE_ROWS - 1
        assert 'href="?capaian=1#capaian"' in second
        rows = next(
            one for chapter in document_of(report).chapters for one in chapter.sections if one.id == "capaian"
        )
        assert len(rows.table.rows) == TABLE_ROWS + 1

    def test_officials_and_agreements(self) -> None:
        for number in range(ROWS + 1):
            self.position(f"Nama {number}", self.works)
        assert self.page("/penanda-tangan/?page=2").count('data-label="Jenis"') == 1
        pile = self.page("/perjanjian/?tanpa-pk=3")
        assert (pile.count('aria-label="Buat PK '), 'id="tanpa-pk"' in pile) == (ROWS + 1 - 2 * OFFICIALS, True)
