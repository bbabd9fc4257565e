"""Verification: who moves an usulan where, with which reason, and what many at once do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as settings_of_app
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from semai_kit import workflow
from semai_kit.models import Notification
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import RuleBroken, StageClosed
from ..models import Proposal, Stage
from ..selectors import proposals as reading
from ..services import review
from .cases import PlanningCase, PlanningPropertyCase, close_calendar


class MovingTest(PlanningCase):
    def test_the_author_hears_of_steps_that_others_took(self) -> None:
        proposal = self.proposal_at("verifikasi_kecamatan")
        review.move(self.account("kecamatan"), proposal, "draf", "Volume belum jelas")
        told = Notification.objects.order_by("pk").values_list("account__username", "title", "body")
        assert list(told) == [
            ("desa", f"{proposal.title}: Verifikasi kecamatan", ""),
            ("desa", f"{proposal.title}: Draf", "Volume belum jelas"),
        ]

    def test_walk_from_draft_to_accepted_leaves_a_history(self) -> None:
        proposal = self.proposal_at("diterima")

        moves = [(log.from_state, log.to_state, log.account.username) for log in workflow.history(proposal)]
        assert moves == [
            ("draf", "diajukan", "desa"),
            ("diajukan", "verifikasi_kecamatan", "kecamatan"),
            ("verifikasi_kecamatan", "verifikasi_opd", "kecamatan"),
            ("verifikasi_opd", "verifikasi_bappeda", "opd"),
            ("verifikasi_bappeda", "diterima", "bappeda"),
        ]

    def test_number_counts_within_a_village_and_year(self) -> None:
        numbers = [self.proposal_at("diajukan").number for _ in range(3)]

        assert numbers == [f"2027/99.01.01.2001/000{n}" for n in (1, 2, 3)]

    def test_village_submits_no_more_than_the_region_allows(self) -> None:
        with self.settings(SEMAI=replace(settings_of_app.SEMAI, answers={"proposals_per_village": 2})):
            first = [self.proposal_at("diajukan") for _ in range(2)]
            third = self.proposal_at("draf")

            with pytest.raises(RuleBroken, match="sudah mengajukan 2 usulan tahun 2027; batasnya 2"):
                review.move(self.account("desa"), third, "diajukan")

            third.refresh_from_db()
            assert third.state == "draf"
            returned = review.move(self.account("kecamatan"), first[0], "draf", "Lengkapi lokasi")
            assert review.move(self.account("desa"), returned, "diajukan").number == first[0].number

    def test_return_postpone_and_reject_need_a_reason(self) -> None:
        proposal = self.proposal_at("verifikasi_kecamatan")

        for target in ("draf", "ditunda", "ditolak"):
            with self.subTest(target=target), pytest.raises(TransitionRefused, match="Alasan wajib"):
                review.move(self.account("kecamatan"), proposal, target, "   ")

    def test_reason_is_kept_on_the_proposal_and_in_its_history(self) -> None:
        proposal = self.proposal_at("verifikasi_kecamatan")

        refused = review.move(self.account("kecamatan"), proposal, "ditolak", "Bukan kewenangan kabupaten")

        assert refused.last_reason == "Bukan kewenangan kabupaten"
        assert workflow.history(refused).last().reason == "Bukan kewenangan kabupaten"

    def test_rejected_is_final(self) -> None:
        proposal = self.proposal_at("verifikasi_kecamatan")
        rejected = review.move(self.account("kecamatan"), proposal, "ditolak", "Ganda")

        with pytest.raises(TransitionRefused):
            review.move(self.account("bappeda"), rejected, "verifikasi_bappeda", "Dibuka lagi")

    def test_postponed_can_be_opened_again_by_bappeda(self) -> None:
        proposal = self.proposal_at("verifikasi_bappeda")
        postponed = review.move(self.account("bappeda"), proposal, "ditunda", "Menunggu kajian")

        opened = review.move(self.account("bappeda"), postponed, "verifikasi_bappeda", "Kajian selesai")

        assert opened.state == "verifikasi_bappeda"

    def test_states_of_renja_and_rkpd_are_not_reached_by_hand(self) -> None:
        proposal = self.proposal_at("diterima")

        with pytest.raises(RuleBroken, match="halaman Renja"):
            review.move(self.account("opd"), proposal, "masuk_renja")

    def test_skipping_a_desk_is_refused(self) -> None:
        with pytest.raises(TransitionRefused):
            review.move(self.account("bappeda"), self.proposal_at("diajukan"), "diterima")

    def test_wrong_places_are_denied(self) -> None:
        cases = (
            ("diajukan", "kecamatan-lain", "verifikasi_kecamatan"),
            ("diajukan", "desa", "verifikasi_kecamatan"),
            ("verifikasi_opd", "opd-lain", "verifikasi_bappeda"),
            ("verifikasi_bappeda", "opd", "diterima"),
            ("verifikasi_bappeda", "auditor", "diterima"),
        )
        for state, username, target in cases:
            with self.subTest(state=state, username=username), pytest.raises(Denied):
                review.move(self.account(username), self.proposal_at(state), target)

    def test_submitting_somebody_elses_council_draft_is_denied(self) -> None:
        proposal = self.draft("dprd")

        with pytest.raises(Denied):
            review.move(self.account("desa"), proposal, "diajukan")

    def test_closed_stage_stops_verification(self) -> None:
        proposal = self.proposal_at("verifikasi_opd")
        close_calendar()

        with pytest.raises(StageClosed):
            review.move(self.account("opd"), proposal, "verifikasi_bappeda")

        assert reading.moves(self.account("opd"), proposal) == []
        assert reading.closed_reason(self.account("opd"), proposal)


class ManyTest(PlanningCase):
    def test_refusals_do_not_hold_up_the_others(self) -> None:
        good = [self.proposal_at("verifikasi_kecamatan") for _ in range(2)]
        bad = self.proposal_at("diajukan")

        outcome = review.move_many(self.account("kecamatan"), [*good, bad], "verifikasi_opd")

        assert [proposal.pk for proposal in outcome.moved] == [proposal.pk for proposal in good]
        assert [refused.proposal for refused in outcome.refused] == [bad]
        bad.refresh_from_db()
        assert bad.state == "diajukan"

    def test_desk_holds_what_waits_for_the_account(self) -> None:
        waiting = self.proposal_at("verifikasi_opd")
        self.proposal_at("diajukan")
        desk = reading.desk_for(self.account("opd"), "verifikasi_opd")

        assert list(reading.at_desk(self.account("opd"), self.year, desk)) == [waiting]
        assert not reading.at_desk(self.account("opd-lain"), self.year, desk).exists()

    def test_bappeda_does_not_wait_for_every_villages_draft(self) -> None:
        self.draft("desa")
        own = self.draft("bappeda")
        desk = reading.desk_for(self.account("bappeda"), "draf")

        assert list(reading.at_desk(self.account("bappeda"), self.year, desk)) == [own]


class WorkflowPropertyTest(PlanningPropertyCase):
    """Whatever the personas try, in any order, the usulan obeys its workflow."""

    @settings(max_examples=10, deadline=None)
    @given(
        st.sampled_from(("desa", "kecamatan", "opd", "dprd")),
        st.lists(
            st.tuples(
                st.sampled_from(("desa", "kecamatan", "opd", "bappeda", "dprd", "auditor")),
                st.sampled_from(sorted(Proposal.workflow().states)),
                st.sampled_from(("", "Alasan yang jelas")),
            ),
            max_size=14,
        ),
    )
    def test_any_sequence_of_attempts_keeps_history_and_state_in_step(self, author, attempts) -> None:
        proposal = self.draft(author)
        flow = Proposal.workflow()
        for username, target, reason in attempts:
            try:
                review.move(self.account(username), proposal, target, reason)
            except Refused:
                continue
        proposal.refresh_from_db()
        steps = [(log.from_state, log.to_state) for log in workflow.history(proposal)]

        assert all(flow.find(*step).serves(proposal.source) for step in steps)
        assert all(here[1] == following[0] for here, following in zip(steps, steps[1:], strict=False))
        assert proposal.state == (steps[-1][1] if steps else "draf")
        assert bool(proposal.number) == bool(steps)
        for log in workflow.history(proposal):
            if flow.find(log.from_state, log.to_state).needs_reason:
                assert log.reason


class SourcesTest(PlanningCase):
    """Who proposes decides which desks an usulan passes; proposal_states.yml says so."""

    def test_data_name_known_sources_only(self) -> None:
        named = {kind for step in Proposal.workflow().transitions for kind in step.kinds}

        assert named == set(Proposal.Source.values)

    def test_kecamatan_submits_to_the_opd_without_verifying_itself(self) -> None:
        proposal = self.draft("kecamatan")
        with pytest.raises(TransitionRefused, match="Yang bisa: Verifikasi OPD"):
            review.move(self.account("kecamatan"), proposal, "diajukan")

        submitted = review.move(self.account("kecamatan"), proposal, "verifikasi_opd")

        assert submitted.number == "2027/99.01.01.2001/0001"
        assert reading.district_ranking(self.year, submitted.district) == [submitted.pk]
        accepted = review.move(self.account("opd"), submitted, "verifikasi_bappeda")
        assert review.move(self.account("bappeda"), accepted, "diterima").state == "diterima"

    def test_opd_returns_to_the_kecamatan_what_it_proposed_and_the_number_stays(self) -> None:
        proposal = review.move(self.account("kecamatan"), self.draft("kecamatan"), "verifikasi_opd")
        with pytest.raises(TransitionRefused):
            review.move(self.account("opd"), proposal, "verifikasi_kecamatan", "Salah desa")

        returned = review.move(self.account("opd"), proposal, "draf", "Volume belum jelas")

        assert (returned.state, returned.last_reason) == ("draf", "Volume belum jelas")
        again = review.move(self.account("kecamatan"), returned, "verifikasi_opd")
        assert again.number == proposal.number

    def test_opd_submits_to_bappeda_which_returns_it(self) -> None:
        proposal = review.move(self.account("opd"), self.draft("opd"), "verifikasi_bappeda")
        with pytest.raises(TransitionRefused):
            review.move(self.account("bappeda"), proposal, "verifikasi_opd", "Periksa lagi")

        returned = review.move(self.account("bappeda"), proposal, "draf", "Biaya terlalu tinggi")

        assert returned.state == "draf"

    def test_a_villages_usulan_takes_no_short_cut(self) -> None:
        for to in ("verifikasi_opd", "verifikasi_bappeda"):
            with self.subTest(to=to), pytest.raises(TransitionRefused):
                review.move(self.account("desa"), self.draft(), to)

    def test_others_cannot_submit_it(self) -> None:
        for author, to, others in (
            ("kecamatan", "verifikasi_opd", ("desa", "kecamatan-lain", "opd", "dprd")),
            ("opd", "verifikasi_bappeda", ("desa", "kecamatan", "opd-lain", "dprd")),
        ):
            proposal = self.draft(author)
            for other in others:
                with self.subTest(author=author, other=other), pytest.raises(Denied):
                    review.move(self.account(other), proposal, to)

    def test_the_limit_of_a_village_does_not_count_them(self) -> None:
        with self.settings(SEMAI=replace(settings_of_app.SEMAI, answers={"proposals_per_village": 1})):
            review.move(self.account("kecamatan"), self.draft("kecamatan"), "verifikasi_opd")
            review.move(self.account("opd"), self.draft("opd"), "verifikasi_bappeda")

            assert self.proposal_at("diajukan").state == "diajukan"

    def test_an_opd_may_still_propose_in_forum_opd_and_a_village_no_more(self) -> None:
        late, own = self.draft(), self.draft("opd")
        close_calendar()
        stage = Stage.objects.get(fiscal_year=self.year, code="forum_opd")
        stage.opens_on = stage.closes_on = timezone.localdate()
        stage.save()

        with pytest.raises(StageClosed, match="Musrenbang kecamatan"):
            review.move(self.account("desa"), late, "diajukan")
        assert review.move(self.account("opd"), own, "verifikasi_bappeda").state == "verifikasi_bappeda"

    def test_drafts_show_to_who_writes_them_and_the_draft_desk_offers_their_step(self) -> None:
        drafts = {name: self.draft(name) for name in ("desa", "kecamatan", "opd")}

        for name, proposal in drafts.items():
            account = self.account(name)
            desk = reading.desk_for(account, "draf")
            with self.subTest(name=name):
                assert list(reading.visible(account, self.year)) == [proposal]
                assert list(reading.at_desk(account, self.year, desk)) == [proposal]
                offered = [step.to for step in reading.bulk_moves(account, self.year, desk)]
                assert offered == [step.to for step in reading.moves(account, proposal)]
                assert len(offered) == 1
        assert not reading.visible(self.account("opd-lain"), self.year).exists()
        assert not reading.visible(self.account("kecamatan-lain"), self.year).exists()
