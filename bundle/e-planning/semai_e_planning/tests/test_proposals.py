"""Entering, changing, withdrawing and carrying over usulan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from semai_kit import attachments, audit, years
from semai_kit.models import Village
from semai_kit.roles import Denied

from ..errors import RuleBroken, StageClosed
from ..models import Proposal, Stage
from ..selectors import proposals as reading
from ..services import attachments as attaching
from ..services import proposals, review
from .cases import PlanningCase, close_calendar, open_calendar

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class EnteringTest(PlanningCase):
    def test_village_operator_enters_a_draft_without_number(self) -> None:
        proposal = self.draft()

        assert proposal.state == "draf"
        assert proposal.number is None
        assert proposal.district.name == "Hulu"
        assert proposal.created_by == self.account("desa")

    def test_operator_of_another_village_is_denied(self) -> None:
        with pytest.raises(Denied):
            self.draft("desa-lain")

    def test_council_cannot_enter_a_village_proposal(self) -> None:
        with pytest.raises(Denied):
            proposals.create(self.account("dprd"), self.year, Proposal.Source.MUSRENBANG, self.content())

    def test_council_enters_its_own_and_villages_cannot_change_it(self) -> None:
        proposal = self.draft("dprd")

        with pytest.raises(Denied):
            proposals.update(self.account("desa"), proposal, self.content(title="Diganti"))

    def test_volume_and_cost_must_be_positive(self) -> None:
        for wrong in ({"volume": Decimal(0)}, {"estimate": Decimal(0)}, {"estimate": Decimal(-5)}):
            with self.subTest(wrong=wrong), pytest.raises(ValidationError):
                self.draft(**wrong)

    def test_closed_stage_is_refused_with_its_dates(self) -> None:
        close_calendar()

        with pytest.raises(StageClosed) as caught:
            self.draft()

        assert "Musrenbang kecamatan" in caught.value.message
        assert "sampai" in caught.value.message
        assert Proposal.objects.count() == 0

    def test_unscheduled_stage_says_who_schedules_it(self) -> None:
        for stage in Stage.objects.all():
            stage.opens_on = stage.closes_on = None
            stage.save()

        with pytest.raises(StageClosed, match="belum dijadwalkan. Bappeda"):
            self.draft()

    def test_locked_year_is_refused(self) -> None:
        years.set_status(self.year, "locked", None)

        with pytest.raises(years.YearClosed):
            self.draft()


class ChangingTest(PlanningCase):
    def test_draft_changes_leave_before_and_after_in_the_audit_trail(self) -> None:
        proposal = self.draft()

        with audit.acting(self.account("desa")):
            proposals.update(self.account("desa"), proposal, self.content(estimate=Decimal(99_000_000)))

        entry = audit.entries(proposal).first()
        assert entry.actor == self.account("desa")
        assert "estimate" in entry.changes_dict

    def test_submitted_proposal_cannot_be_changed_by_its_proposer(self) -> None:
        proposal = self.proposal_at("diajukan")

        with pytest.raises(RuleBroken, match="Hanya draf"):
            proposals.update(self.account("desa"), proposal, self.content(title="Diam-diam"))

    def test_never_submitted_draft_can_be_deleted(self) -> None:
        proposal = self.draft()

        proposals.delete_draft(self.account("desa"), proposal)

        assert not Proposal.objects.exists()

    def test_returned_draft_keeps_its_number_and_cannot_be_deleted(self) -> None:
        proposal = self.proposal_at("diajukan")
        number = proposal.number
        returned = review.move(self.account("kecamatan"), proposal, "draf", "Volume belum jelas")

        with pytest.raises(RuleBroken, match="sudah pernah diajukan"):
            proposals.delete_draft(self.account("desa"), returned)

        again = review.move(self.account("desa"), returned, "diajukan")
        assert again.number == number

    def test_registered_proposal_cannot_move_to_another_village(self) -> None:
        proposal = self.proposal_at("diajukan")
        returned = review.move(self.account("kecamatan"), proposal, "draf", "Salah desa")
        other = Village.objects.select_related("district").get(code="99.01.01.2002")

        with pytest.raises(RuleBroken, match="nomornya sudah terdaftar"):
            proposals.update(self.account("bappeda"), returned, self.content(village=other))


class CorrectingTest(PlanningCase):
    def test_verifier_corrects_cost_and_the_asked_figure_stays(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")
        correction = proposals.Correction(self.works, Decimal(150_000_000))

        corrected = proposals.correct(self.account("opd"), proposal, correction)

        assert corrected.agreed_estimate == Decimal(150_000_000)
        assert corrected.estimate == Decimal(210_000_000)

    def test_other_opd_cannot_correct(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")

        with pytest.raises(Denied):
            proposals.correct(self.account("opd-lain"), proposal, proposals.Correction(self.works, None))

    def test_no_correction_outside_verification(self) -> None:
        with pytest.raises(RuleBroken, match="selama verifikasi"):
            proposals.correct(self.account("bappeda"), self.draft(), proposals.Correction(self.works, None))


class CarryingOverTest(PlanningCase):
    def test_postponed_proposal_becomes_a_draft_of_the_next_year_once(self) -> None:
        following = years.open_year(2028, None)
        open_calendar()
        proposal = self.proposal_at("verifikasi_bappeda")
        postponed = review.move(self.account("bappeda"), proposal, "ditunda", "Dana terbatas")

        again = proposals.carry_over(self.account("desa"), postponed, following)

        assert (again.state, again.fiscal_year, again.carried_from) == ("draf", following, postponed)
        with pytest.raises(RuleBroken, match="sudah diusulkan lagi"):
            proposals.carry_over(self.account("desa"), postponed, following)

    def test_accepted_proposal_is_not_carried_over(self) -> None:
        following = years.open_year(2028, None)
        open_calendar()

        with pytest.raises(RuleBroken, match="yang ditunda"):
            proposals.carry_over(self.account("desa"), self.proposal_at("diterima"), following)


class AttachingTest(PlanningCase):
    def test_proposer_attaches_a_photo_to_a_draft(self) -> None:
        proposal = self.draft()

        attaching.attach_to_proposal(
            self.account("desa"), proposal, SimpleUploadedFile("lokasi.png", PNG, "image/png")
        )

        assert [file.name for file in attachments.of(proposal)] == ["lokasi.png"]

    def test_proposer_cannot_attach_after_submission(self) -> None:
        proposal = self.proposal_at("diterima")

        with pytest.raises(RuleBroken, match="tidak dapat ditambah"):
            attaching.attach_to_proposal(self.account("desa"), proposal, SimpleUploadedFile("a.png", PNG))

    def test_only_those_who_see_the_proposal_download_its_photo(self) -> None:
        proposal = self.draft()
        file = attaching.attach_to_proposal(self.account("desa"), proposal, SimpleUploadedFile("a.png", PNG))

        assert self.as_("desa").get(f"/lampiran/{file.pk}/").status_code == 200
        assert self.as_("desa-lain").get(f"/lampiran/{file.pk}/").status_code == 403


class VisibilityTest(PlanningCase):
    def test_each_desk_sees_its_own_part(self) -> None:
        mine = self.proposal_at("verifikasi_opd")
        elsewhere = self.draft(
            "bappeda", village=Village.objects.select_related("district").get(code="99.01.02.2001")
        )
        seen = {
            name: set(reading.visible(self.account(name), self.year))
            for name in ("desa", "desa-lain", "kecamatan", "opd", "opd-lain", "bappeda", "auditor", "administrator")
        }

        assert seen["desa"] == seen["kecamatan"] == seen["opd"] == {mine}
        assert seen["desa-lain"] == seen["opd-lain"] == seen["administrator"] == set()
        assert seen["bappeda"] == seen["auditor"] == {mine, elsewhere}

    def test_draft_is_hidden_from_verifiers(self) -> None:
        self.draft()

        assert not reading.visible(self.account("kecamatan"), self.year).exists()
        assert not reading.visible(self.account("opd"), self.year).exists()
