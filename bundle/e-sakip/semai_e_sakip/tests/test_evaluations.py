"""Internal evaluation, its score, and the follow-up list."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import Recommendation
from ..services import evaluations
from .cases import PerformanceCase, proof


class Evaluating(PerformanceCase):
    def test_every_criterion_of_the_worksheet_is_asked(self) -> None:
        evaluation = self.evaluation()
        asked = set(evaluation.answers.values_list("criterion", flat=True))
        assert asked == {criterion.id for criterion in evaluation.scheme.criteria}

    def test_an_agency_has_one_evaluation_a_year(self) -> None:
        self.evaluation()
        with pytest.raises(RuleBroken, match="sudah dibuka"):
            self.evaluation()

    def test_sending_names_what_is_missing(self) -> None:
        evaluation = self.evaluation()
        first = evaluation.answers.first()
        evaluations.claim(self.account("opd"), first, "A", "")
        with pytest.raises(Incomplete, match=r"1\.2, 1\.3") as refusal:
            evaluations.move(self.account("opd"), evaluation, "dikirim")
        assert "1.1," not in str(refusal.value)

    def test_an_unknown_grade_is_refused(self) -> None:
        with pytest.raises(RuleBroken, match="ZZ"):
            evaluations.claim(self.account("opd"), self.evaluation().answers.first(), "ZZ", "")

    def test_who_may_claim_and_who_may_grant(self) -> None:
        answer = self.evaluation().answers.first()
        for username in ("opd-lain", "pejabat", "organisasi", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                evaluations.claim(self.account(username), answer, "A", "")
        for username in ("opd", "organisasi", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                evaluations.grant(self.account(username), answer, "A", "")

    def test_each_side_writes_only_in_its_turn(self) -> None:
        evaluation = self.claimed()
        answer = evaluation.answers.first()
        with pytest.raises(NotEditable):
            evaluations.claim(self.account("opd"), answer, "A", "")
        with pytest.raises(NotEditable):
            evaluations.grant(self.account("inspektorat"), answer, "A", "x")
        with pytest.raises(NotEditable):
            evaluations.attach_evidence(self.account("opd"), answer, proof())

    def test_another_grade_than_the_claimed_needs_a_note(self) -> None:
        evaluation = evaluations.move(self.account("inspektorat"), self.claimed("B"), "dinilai")
        answer = evaluation.answers.first()
        with pytest.raises(RuleBroken, match="catatannya"):
            evaluations.grant(self.account("inspektorat"), answer, "C", " ")
        assert evaluations.grant(self.account("inspektorat"), answer, "C", "Bukti kurang").granted == "C"

    def test_the_score_is_set_at_the_end_and_taken_back_when_opened_again(self) -> None:
        evaluation = self.finished("B")
        assert (evaluation.total, evaluation.band) == (Decimal("70.00"), "B")
        evaluation = evaluations.move(self.account("inspektorat"), evaluation, "dinilai", "Bukti baru")
        assert (evaluation.total, evaluation.band) == (None, "")

    def test_ending_without_every_grade_is_refused(self) -> None:
        evaluation = evaluations.move(self.account("inspektorat"), self.claimed(), "dinilai")
        with pytest.raises(Incomplete, match="APIP"):
            evaluations.move(self.account("inspektorat"), evaluation, "selesai")
        with pytest.raises(TransitionRefused):
            evaluations.move(self.account("inspektorat"), evaluation, "mandiri", "")

    def test_evidence_opens_only_where_the_evaluation_does(self) -> None:
        answer = self.evaluation().answers.first()
        attachment = evaluations.attach_evidence(self.account("opd"), answer, proof())
        assert self.as_("inspektorat").get(f"/lampiran/{attachment.pk}/").status_code == 200
        assert self.as_("opd-lain").get(f"/lampiran/{attachment.pk}/").status_code == 403


class FollowingUp(PerformanceCase):
    def recommend(self, days: int = 30) -> Recommendation:
        deadline = timezone.localdate() + datetime.timedelta(days=days)
        content = evaluations.RecommendationContent("Tetapkan rumus indikator.", deadline)
        return evaluations.recommend(self.account("inspektorat"), self.works, self.year, content)

    def test_what_the_agency_reports_becomes_its_answer(self) -> None:
        row = evaluations.move_recommendation(self.account("opd"), self.recommend(), "diproses", "Sudah ditetapkan")
        assert row.answer == "Sudah ditetapkan"
        back = evaluations.move_recommendation(self.account("inspektorat"), row, "terbuka", "Belum semua")
        assert back.state == "terbuka"
        row = evaluations.move_recommendation(self.account("opd"), back, "diproses", "Semuanya sudah")
        assert (
            evaluations.move_recommendation(self.account("inspektorat"), row, "selesai").answer == "Semuanya sudah"
        )

    def test_reporting_needs_words_and_the_agencys_own_hand(self) -> None:
        row = self.recommend()
        with pytest.raises(TransitionRefused):
            evaluations.move_recommendation(self.account("opd"), row, "diproses", " ")
        for username in ("opd-lain", "inspektorat", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                evaluations.move_recommendation(self.account(username), row, "diproses", "Sudah")

    def test_an_answered_one_is_not_reworded_and_a_finished_one_takes_no_proof(self) -> None:
        row = evaluations.move_recommendation(self.account("opd"), self.recommend(), "diproses", "Sudah")
        content = evaluations.RecommendationContent("Lain", timezone.localdate())
        with pytest.raises(NotEditable):
            evaluations.change_recommendation(self.account("inspektorat"), row, content)
        evaluations.attach_proof(self.account("opd"), row, proof())
        done = evaluations.move_recommendation(self.account("inspektorat"), row, "selesai")
        with pytest.raises(NotEditable):
            evaluations.attach_proof(self.account("opd"), done, proof())

    def test_overdue_is_what_is_open_past_its_day(self) -> None:
        row, today = self.recommend(-1), timezone.localdate()
        assert row.is_overdue(today)
        assert not self.recommend(0).is_overdue(today)
        done = evaluations.move_recommendation(self.account("inspektorat"), row, "tidak_dapat", "Bukan kewenangan")
        assert not done.is_overdue(today)

    def test_only_the_inspectorate_recommends(self) -> None:
        content = evaluations.RecommendationContent("x", timezone.localdate())
        for username in ("opd", "organisasi", "auditor", "kepala_daerah"):
            with self.subTest(username), pytest.raises(Denied):
                evaluations.recommend(self.account(username), self.works, self.year, content)
