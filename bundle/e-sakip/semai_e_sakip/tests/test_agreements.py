"""Perjanjian Kinerja: who may what, what is frozen when, Perubahan, print and PDF."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import Agreement, AnnualTarget, BudgetItem, Indicator, Position
from ..services import agreements
from ..services.positions import PositionContent, save_position
from .cases import PerformanceCase

DAY = datetime.date(2027, 1, 20)


class Positions(PerformanceCase):
    def content(self, position: Position, **changes) -> PositionContent:
        official = position.official
        names = ("agency", "title", "acting", "name", "nip", "rank", "valid_from", "valid_until")
        values = {name: getattr(official, name) for name in names}
        return PositionContent(**values | {"kind": position.kind, "superior": position.superior} | changes)

    def test_an_agency_enters_its_own_officials_only(self) -> None:
        head = self.position("Yohana")
        mine = self.content(head, agency=self.works, superior=head)
        assert save_position(self.account("opd"), None, mine).agency == self.works
        for changes in ({"agency": self.schools}, {"agency": None}):
            with self.subTest(changes), pytest.raises(Denied):
                save_position(self.account("opd"), None, replace(mine, **changes))

    def test_an_official_cannot_be_taken_over_from_another_agency(self) -> None:
        other = self.position("Robertus", self.schools, self.position("Yohana"))
        with pytest.raises(Denied):
            save_position(self.account("opd"), other, self.content(other, agency=self.works))

    def test_nobody_is_his_own_superior(self) -> None:
        head = self.position("Yohana")
        below = self.position("Fransiska", self.works, head)
        with pytest.raises(RuleBroken, match="bawahan"):
            save_position(self.account("organisasi"), head, self.content(head, superior=below))


class Drafting(PerformanceCase):
    def test_the_draft_holds_what_such_an_official_usually_answers_for(self) -> None:
        agreement = self.agreement()
        names = {row.name: row.target for row in agreement.targets.all()}
        assert names == {"Jalan mantap": Decimal(61), "Panjang jalan baik": Decimal(464)}

    def test_programs_come_with_their_budget(self) -> None:
        self.budget("100000000")
        (program,) = self.agreement().programs.all()
        assert (program.code, program.budget) == ("1.03.10", Decimal(100_000_000))

    def test_an_official_has_one_agreement_a_year(self) -> None:
        agreement = self.agreement()
        with pytest.raises(RuleBroken, match="sudah mempunyai"):
            agreements.open_agreement(self.account("opd"), agreement.position, self.year)

    def test_foreign_indicators_and_programs_are_not_taken(self) -> None:
        agreement = self.agreement()
        foreign = self.add(self.account("organisasi"), self.node("1.01.02"), "APS", "97", "98")
        agreements.choose(self.account("opd"), agreement, [foreign.pk, self.indicator().pk], ["9.99"])
        assert [row.name for row in agreement.targets.all()] == ["Panjang jalan baik"]
        assert not agreement.programs.exists()

    def test_an_indicator_without_target_and_a_missing_superior_keep_it_back(self) -> None:
        agreement = self.agreement()
        AnnualTarget.objects.filter(indicator=self.indicator()).delete()
        Position.objects.filter(pk=agreement.position_id).update(superior=None)
        with pytest.raises(Incomplete) as refusal:
            agreements.move(self.account("opd"), Agreement.objects.get(pk=agreement.pk), "diajukan")
        assert len(refusal.value.problems) == 2

    def test_an_empty_one_is_not_submitted(self) -> None:
        agreement = self.agreement()
        agreements.choose(self.account("opd"), agreement, [], [])
        with pytest.raises(Incomplete, match="Belum ada indikator"):
            agreements.move(self.account("opd"), agreement, "diajukan")

    def test_only_the_agency_and_the_organisation_office_draft(self) -> None:
        position = self.position("Fransiska", self.works, self.position("Yohana"))
        for username in ("opd-lain", "pejabat", "kepala_daerah", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                agreements.open_agreement(self.account(username), position, self.year)


class Agreeing(PerformanceCase):
    def test_what_was_submitted_no_longer_follows_its_sources(self) -> None:
        self.budget("100000000")
        agreement = agreements.move(self.account("opd"), self.agreement(), "diajukan")
        AnnualTarget.objects.filter(indicator=self.indicator()).update(value=Decimal(999))
        BudgetItem.objects.update(total=Decimal(5))
        official = agreement.position.official
        official.name = "Orang lain"
        official.save()
        stored = Agreement.objects.get(pk=agreement.pk)
        assert stored.targets.get(indicator=self.indicator()).target == Decimal(464)
        assert stored.programs.get().budget == Decimal(100_000_000)
        signer, superior = agreements.parties(stored)
        assert (signer.name, superior.name) == ("Fransiska", "Yohana")

    def test_submitting_takes_the_figures_of_that_day(self) -> None:
        agreement = self.agreement()
        AnnualTarget.objects.filter(indicator=self.indicator()).update(value=Decimal(470))
        agreement = agreements.move(self.account("opd"), agreement, "diajukan")
        assert agreement.targets.get(indicator=self.indicator()).target == Decimal(470)

    def test_it_promises_what_the_rkpd_of_the_year_sets(self) -> None:
        Indicator.objects.filter(pk=self.indicator().pk).update(work_plan_target=Decimal(455))
        agreement = self.agreement()
        assert agreement.targets.get(indicator=self.indicator()).target == Decimal(455)

    def test_a_submitted_one_is_not_edited(self) -> None:
        agreement = agreements.move(self.account("opd"), self.agreement(), "diajukan")
        with pytest.raises(NotEditable):
            agreements.choose(self.account("opd"), agreement, [], [])

    def test_only_the_superior_approves(self) -> None:
        agreement = agreements.move(self.account("opd"), self.agreement(), "diajukan")
        for username in ("opd", "pejabat", "pejabat-lain", "organisasi", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                agreements.move(self.account(username), agreement, "disetujui")
        assert [step.to for step in agreements.available(self.account("pejabat"), agreement)] == []
        assert agreements.move(self.account("kepala_daerah"), agreement, "disetujui").state == "disetujui"

    def test_an_agency_head_approves_for_those_below_him(self) -> None:
        head = self.position("Fransiska", self.works, self.position("Yohana"))
        below = self.position("Bonefasius", self.works, head)
        agreement = agreements.open_agreement(self.account("opd"), below, self.year)
        agreement = agreements.move(self.account("opd"), agreement, "diajukan")
        assert agreements.move(self.account("pejabat"), agreement, "disetujui").state == "disetujui"

    def test_signing_numbers_and_dates_it(self) -> None:
        agreement = self.signed()
        assert (agreement.number, agreement.signed_on) == ("100.3.4/001/PK/2027", DAY)

    def test_signing_without_a_date_is_refused(self) -> None:
        agreement = agreements.move(self.account("opd"), self.agreement(), "diajukan")
        agreement = agreements.move(self.account("kepala_daerah"), agreement, "disetujui")
        with pytest.raises(RuleBroken, match="tanggal"):
            agreements.move(self.account("pejabat"), agreement, "ditandatangani")
        with pytest.raises(Denied):
            agreements.move(self.account("pejabat-lain"), agreement, "ditandatangani", signed_on=DAY)
        assert Agreement.objects.get(pk=agreement.pk).number == ""

    def test_a_step_that_is_not_in_the_workflow_is_refused(self) -> None:
        with pytest.raises(TransitionRefused):
            agreements.move(self.account("kepala_daerah"), self.agreement(), "disetujui")


class Revising(PerformanceCase):
    def revise(self, agreement: Agreement) -> Agreement:
        revision = agreements.open_revision(self.account("opd"), agreement)
        revision = agreements.move(self.account("opd"), revision, "diajukan")
        revision = agreements.move(self.account("kepala_daerah"), revision, "disetujui")
        return agreements.move(self.account("pejabat"), revision, "ditandatangani", signed_on=DAY)

    def test_a_perubahan_takes_todays_figures_and_replaces_the_former(self) -> None:
        agreement = self.signed()
        AnnualTarget.objects.filter(indicator=self.indicator()).update(value=Decimal(470))
        revision = self.revise(agreement)
        agreement.refresh_from_db()
        assert (agreement.state, revision.revision, revision.number) == ("digantikan", 1, "100.3.4/002/PK/2027")
        assert agreement.targets.get(indicator=self.indicator()).target == Decimal(464)
        assert revision.targets.get(indicator=self.indicator()).target == Decimal(470)

    def test_links_to_a_perjanjian_and_its_perubahan_read_differently(self) -> None:
        agreement = self.signed()
        revision = self.revise(agreement)
        page = self.as_("opd").get("/perjanjian/").content.decode()
        texts = [re.findall(f'href="/perjanjian/{one.pk}/">([^<]+)<', page) for one in (agreement, revision)]
        title = agreement.position.title
        assert texts == [[title], [f"{title}, Perjanjian Kinerja Perubahan ke-1"]]

    def test_the_former_stays_in_force_until_the_perubahan_is_signed(self) -> None:
        agreement = self.signed()
        agreements.open_revision(self.account("opd"), agreement)
        agreement.refresh_from_db()
        assert agreement.state == "ditandatangani"
        with pytest.raises(RuleBroken, match="sudah ada"):
            agreements.open_revision(self.account("opd"), agreement)

    def test_a_budget_that_came_after_the_former_is_in_the_perubahan_and_what_was_left_out_stays_out(self) -> None:
        self.budget("100000000")
        agreement = self.agreement()
        agreements.choose(self.account("opd"), agreement, [self.indicator().pk], [])
        assert [row[2] for row in agreements.left_out(agreement)] == [Decimal(100_000_000)]
        for to, who in (("diajukan", "opd"), ("disetujui", "kepala_daerah")):
            agreement = agreements.move(self.account(who), agreement, to)
        agreement = agreements.move(self.account("pejabat"), agreement, "ditandatangani", signed_on=DAY)
        self.budget("7500000", program="1.03.02")
        self.budget("8500000", self.schools, program="1.03.03")
        revision = agreements.open_revision(self.account("opd"), agreement)
        assert [(row.code, row.budget) for row in revision.programs.all()] == [("1.03.02", Decimal(7_500_000))]
        page = self.as_("opd").get(f"/perjanjian/{revision.pk}/").content.decode()
        assert "1.03.10 Program jalan, Rp100.000.000" in page
        assert "belum ada dalam PK ini" not in self.client.get(f"/perjanjian/{agreement.pk}/").content.decode()

    def test_an_unsigned_one_is_not_revised_and_nobody_replaces_by_hand(self) -> None:
        with pytest.raises(RuleBroken):
            agreements.open_revision(self.account("opd"), self.agreement())
        agreement = Agreement.objects.get()
        with pytest.raises(RuleBroken, match="dengan sendirinya"):
            agreements.move(self.account("pejabat"), agreement, "digantikan", "Salah")


class Documents(PerformanceCase):
    def test_the_page_and_the_pdf_name_both_parties_and_the_figures(self) -> None:
        self.budget("100000000")
        agreement = self.signed()
        page = self.as_("opd").get(f"/perjanjian/{agreement.pk}/cetak/").content.decode()
        for text in ("Fransiska", "Yohana", "100.3.4/001/PK/2027", "Panjang jalan baik", "464", "Rp100.000.000"):
            assert text in page
        answer = self.as_("opd").get(f"/perjanjian/{agreement.pk}/pdf/")
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        assert answer.content == self.client.get(f"/perjanjian/{agreement.pk}/pdf/").content

    def test_another_agency_sees_neither(self) -> None:
        agreement = self.signed()
        for part in ("", "cetak/", "pdf/"):
            assert self.as_("opd-lain").get(f"/perjanjian/{agreement.pk}/{part}").status_code == 404
