"""The whole way of an application, and the steps that leave it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from semai_kit import workflow
from semai_kit.models import Agency
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import CeilingExceeded, NotEligible, RuleBroken
from ..models import Agreement, Application, AwardList, Disbursement
from ..services import agreements, awards, reports, review
from .cases import MILLION, ROAD, GrantsCase, close_window


class RoadTest(GrantsCase):
    def test_every_step_is_taken_by_its_desk_and_kept_in_the_history(self) -> None:
        application = self.at("selesai")

        assert application.state == "selesai"
        assert [log.to_state for log in workflow.history(application)] == list(ROAD[1:])
        assert (application.asked, application.recommended, application.approved) == (
            40 * MILLION,
            30 * MILLION,
            20 * MILLION,
        )

    def test_other_desks_cannot_take_a_step(self) -> None:
        application = self.at("kepala_daerah")
        for name in ("tata_usaha", "opd", "tapd", "auditor", "bpkad"):
            with self.subTest(name=name), pytest.raises(Denied):
                review.move(self.account(name), application, "klasifikasi")

    def test_another_opd_cannot_recommend(self) -> None:
        application = self.at("rekomendasi")
        with pytest.raises(Denied):
            review.recommend(self.account("opd-lain"), application, MILLION, "Layak.")

    def test_a_step_back_and_a_rejection_need_a_reason(self) -> None:
        application = self.at("kepala_daerah")
        for target in ("diajukan", "ditolak"):
            with pytest.raises(TransitionRefused, match="Alasan wajib"):
                review.move(self.account("kepala_daerah"), application, target)

    def test_every_return_leads_to_the_desk_before(self) -> None:
        for state, name, before in (
            ("kepala_daerah", "kepala_daerah", "diajukan"),
            ("klasifikasi", "tim_pertimbangan", "kepala_daerah"),
            ("rekomendasi", "opd", "klasifikasi"),
            ("verifikasi", "tim_pertimbangan", "rekomendasi"),
            ("tapd", "tapd", "verifikasi"),
            ("disetujui", "tapd", "tapd"),
        ):
            with self.subTest(state=state):
                moved = review.move(self.account(name), self.at(state), before, "Perbaiki dahulu.")
                assert (moved.state, moved.last_reason) == (before, "Perbaiki dahulu.")

    def test_returning_to_classification_takes_the_application_from_the_opd(self) -> None:
        moved = review.move(self.account("opd"), self.at("rekomendasi"), "klasifikasi", "Bukan urusan kami.")
        assert Application.objects.get(pk=moved.pk).agency is None

    def test_a_reason_with_a_telephone_number_is_refused(self) -> None:
        with pytest.raises(RuleBroken, match="dapat dibaca umum"):
            review.move(self.account("tata_usaha"), self.at("diajukan"), "kurang", "Hubungi 0812-3456-7890.")

    def test_steps_that_bring_something_are_refused_as_plain_moves(self) -> None:
        application = self.at("tapd")
        with pytest.raises(RuleBroken, match="Setujui nilai"):
            review.move(self.account("tapd"), application, "disetujui")

    def test_reviewing_again_frees_the_ceiling_and_keeps_the_figure_in_the_history(self) -> None:
        application = self.at("disetujui")
        moved = review.move(self.account("tapd"), application, "tapd", "Anggaran berubah.")

        assert (moved.approved, moved.grant_line) == (None, None)
        assert [entry.amount for entry in moved.amounts.all()] == [40 * MILLION, 30 * MILLION, 20 * MILLION]

    def test_a_closed_opd_cannot_be_chosen(self) -> None:
        agency = Agency.objects.get(code="1.03")
        agency.valid_until = "2020-01-01"
        agency.save()
        with pytest.raises(RuleBroken, match="tidak berlaku"):
            review.classify(
                self.account("tim_pertimbangan"), self.at("klasifikasi"), Agency.objects.get(code="1.03")
            )


class AmountTest(GrantsCase):
    def test_more_than_was_asked_is_refused(self) -> None:
        application = self.at("rekomendasi")
        with pytest.raises(RuleBroken, match="melebihi yang diminta"):
            review.recommend(self.account("opd"), application, application.asked + 1, "Layak.")

    def test_zero_and_a_missing_consideration_are_refused(self) -> None:
        application = self.at("rekomendasi")
        with pytest.raises(RuleBroken, match="lebih dari nol"):
            review.recommend(self.account("opd"), application, Decimal(0), "Layak.")
        with pytest.raises(RuleBroken, match="pertimbangan"):
            review.recommend(self.account("opd"), application, MILLION, " ")

    def test_a_total_beyond_the_ceiling_is_refused_and_nothing_is_written(self) -> None:
        application = self.at("tapd")
        line = self.line(19 * MILLION)
        with pytest.raises(CeilingExceeded, match="melampaui sebesar Rp1.000.000"):
            review.decide(self.account("tapd"), application, 20 * MILLION, line)
        again = Application.objects.get(pk=application.pk)
        assert (again.state, again.approved, again.amounts.count()) == ("tapd", None, 2)

    def test_the_ceiling_counts_what_others_took(self) -> None:
        line = self.line(30 * MILLION)
        first, second = self.at("tapd"), self.at("tapd")
        review.decide(self.account("tapd"), first, 20 * MILLION, line)
        with pytest.raises(CeilingExceeded):
            review.decide(self.account("tapd"), second, 20 * MILLION, line)
        review.decide(self.account("tapd"), second, 10 * MILLION, line)

    def test_a_line_of_another_account_or_opd_is_refused(self) -> None:
        application = self.at("tapd")
        with pytest.raises(RuleBroken, match="memakai rekening"):
            review.decide(self.account("tapd"), application, MILLION, self.line(account="5.1.06.01.01.0001"))
        line = self.line()
        line.agency = Agency.objects.get(code="1.02")
        line.save()
        with pytest.raises(RuleBroken, match="OPD pelaksana"):
            review.decide(self.account("tapd"), application, MILLION, line)


class AwardListTest(GrantsCase):
    def test_signing_numbers_the_list_and_decides_its_applications(self) -> None:
        first, second = self.at("disetujui"), self.at("disetujui")
        signed = self.sign()

        assert (signed.number, signed.signer_name) == ("001/DNC-PBH/2027", "Yohana Contoh")
        for application in (first, second):
            assert Application.objects.get(pk=application.pk).state == "ditetapkan"

    def test_an_application_taken_out_stays_approved(self) -> None:
        first, second = self.at("disetujui"), self.at("disetujui")
        made = awards.create(self.account("tapd"), self.year, "Daftar")
        awards.take_out(self.account("tapd"), made, second)
        awards.move(self.account("tapd"), made, "diajukan")
        awards.move(self.account("kepala_daerah"), made, "ditandatangani")

        assert Application.objects.get(pk=first.pk).state == "ditetapkan"
        assert Application.objects.get(pk=second.pk).state == "disetujui"

    def test_an_empty_list_is_not_submitted(self) -> None:
        made = awards.create(self.account("tapd"), self.year, "Daftar")
        with pytest.raises(RuleBroken, match="kosong"):
            awards.move(self.account("tapd"), made, "diajukan")

    def test_tapd_cannot_sign(self) -> None:
        self.at("disetujui")
        made = awards.create(self.account("tapd"), self.year, "Daftar")
        awards.move(self.account("tapd"), made, "diajukan")
        with pytest.raises(Denied):
            awards.move(self.account("tapd"), made, "ditandatangani")

    def test_a_submitted_list_cannot_be_changed(self) -> None:
        application = self.at("disetujui")
        made = awards.create(self.account("tapd"), self.year, "Daftar")
        awards.move(self.account("tapd"), made, "diajukan")
        with pytest.raises(RuleBroken, match="tidak dapat diubah"):
            awards.take_out(self.account("tapd"), made, application)

    def test_a_ceiling_that_fell_keeps_the_list_from_being_signed(self) -> None:
        application = self.at("disetujui")
        line = self.line()
        line.ceiling = MILLION
        line.save()
        made = awards.create(self.account("tapd"), self.year, "Daftar")
        awards.move(self.account("tapd"), made, "diajukan")
        with pytest.raises(CeilingExceeded, match="Tinjau ulang"):
            awards.move(self.account("kepala_daerah"), made, "ditandatangani")
        assert Application.objects.get(pk=application.pk).state == "disetujui"
        assert AwardList.objects.get(pk=made.pk).number == ""


class PaymentTest(GrantsCase):
    def test_stages_are_paid_in_order_within_their_ceilings(self) -> None:
        application = self.at("nphd", "hibah-lembaga")
        agreement = Agreement.objects.get(application=application)
        with pytest.raises(CeilingExceeded, match="Tahap I paling banyak Rp12.000.000"):
            self.pay(application, 13 * MILLION)
        first = self.pay(application)

        assert (first.amount, first.title) == (12 * MILLION, "Tahap I")
        following = agreements.next_stage(agreement)
        assert following is not None
        assert "menunggu laporan" in following.waiting
        with pytest.raises(RuleBroken, match="menunggu laporan"):
            self.pay(application, MILLION)
        self.report(first)
        second = self.pay(application)

        assert second.amount == 8 * MILLION
        assert agreements.next_stage(agreement) is None
        self.report(second)
        assert Application.objects.get(pk=application.pk).state == "selesai"

    def test_what_a_stage_left_may_be_paid_with_the_next(self) -> None:
        application = self.at("nphd", "hibah-lembaga")
        self.report(self.pay(application, 2 * MILLION))
        following = agreements.next_stage(Agreement.objects.get(application=application))
        assert following is not None
        assert following.ceiling == 18 * MILLION

    def test_a_grant_whose_rest_is_not_paid_is_closed_with_a_reason(self) -> None:
        application = self.at("nphd", "hibah-lembaga")
        paid = self.pay(application)
        with pytest.raises(RuleBroken, match="belum diterima"):
            reports.close(self.account("opd"), application, "Tahap II tidak diperlukan.")
        self.report(paid)
        closed = reports.close(self.account("opd"), application, "Tahap II tidak diperlukan.")
        assert closed.state == "selesai"

    def test_a_paid_grant_cannot_be_cancelled_and_an_unpaid_one_can(self) -> None:
        unpaid = self.at("nphd")
        assert review.move(self.account("opd"), unpaid, "batal", "Penerima mengundurkan diri.").state == "batal"
        paid = self.at("dicairkan")
        with pytest.raises(TransitionRefused):
            review.move(self.account("opd"), paid, "batal", "Penerima mengundurkan diri.")

    def test_agreements_are_numbered_per_opd(self) -> None:
        self.at("nphd")
        self.at("nphd")
        numbers = set(Agreement.objects.values_list("number", flat=True))
        assert numbers == {"001/NPHD/Disdik/2027", "002/NPHD/Disdik/2027"}


class EligibleStepTest(GrantsCase):
    def test_the_office_cannot_pass_on_what_the_rules_forbid(self) -> None:
        application = self.at("diajukan", asked=200 * MILLION)
        with pytest.raises(NotEligible, match="Batas nilai"):
            review.move(self.account("tata_usaha"), application, "kepala_daerah")
        assert application.rule_results.count() == 0

    def test_late_paper_filings_need_a_waiver(self) -> None:
        application = self.at("diajukan")
        close_window()
        with pytest.raises(NotEligible, match="Tenggat pengajuan"):
            review.move(self.account("tata_usaha"), application, "kepala_daerah")

    def test_results_are_kept_with_the_text_of_the_rule(self) -> None:
        application = self.at("tapd")
        kept = application.rule_results.filter(step="kepala_daerah", rule_id="batas-nilai").get()
        assert kept.passed
        assert "Pengaturan daerah" in kept.basis
        assert Disbursement.objects.count() == 0
