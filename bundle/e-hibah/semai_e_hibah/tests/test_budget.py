"""Grant lines over the wire, the dated notice when e-budgeting is down, lines by hand, ceilings as money."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from semai_kit.models import Agency
from semai_kit.roles import Denied

from ..errors import CeilingExceeded, GrantsInvalid, RuleBroken
from ..grants import parse
from ..models import Agreement, Application, Disbursement, GrantFetch, GrantLine
from ..selectors import budget as reading
from ..services import agreements, budget, reports, review
from .cases import MILLION, GrantsCase, GrantsPropertyCase, GrantsThreadsCase, pdf, photo
from .provider import PublishedGrants, budgeting_server, published_line


class FetchTest(GrantsCase):
    def test_lines_are_taken_over_followed_and_marked_when_they_vanish(self) -> None:
        with budgeting_server(PublishedGrants()) as grants:
            assert budget.fetch(self.year, self.account("bpkad")).lines == 1
            grants.items = [published_line(ceiling="250000000.00"), published_line(id="72", ceiling="1.00")]
            budget.fetch(self.year, self.account("bpkad"))
            ceilings = dict(GrantLine.objects.values_list("external_id", "ceiling"))
            assert ceilings == {"71": Decimal("250000000.00"), "72": Decimal("1.00")}
            grants.items = grants.items[1:]
            budget.fetch(self.year, self.account("bpkad"))

        vanished = GrantLine.objects.get(external_id="71")
        assert vanished.vanished_at is not None
        application = self.at("tapd")
        with pytest.raises(RuleBroken, match="tidak ada dalam anggaran"):
            review.decide(self.account("tapd"), application, MILLION, vanished)

    def test_an_unchanged_answer_writes_nothing(self) -> None:
        with budgeting_server(PublishedGrants()):
            budget.bring(self.year)
            before = GrantLine.objects.get().updated_at
            budget.bring(self.year)
            assert GrantLine.objects.get().updated_at == before

    def test_work_goes_on_with_a_dated_notice_while_budgeting_is_down(self) -> None:
        with budgeting_server(PublishedGrants()) as grants:
            self.as_("tapd")
            assert "Pagu dari e-budgeting per" in self.client.get("/pagu/").content.decode()
            grants.status = 503
            outcome = budget.fetch(self.year, self.account("bpkad"))
            assert (outcome.reachable, outcome.fetched_at is None) == (False, False)
            said = self.client.get("/pagu/").content.decode()
            assert "e-budgeting belum dapat dihubungi" in said
            assert "Yang dipakai salinan" in said
            line = GrantLine.objects.get()
            decided = review.decide(self.account("tapd"), self.at("tapd"), MILLION, line)
            assert decided.state == "disetujui"

    def test_a_page_asks_once_and_not_again_soon(self) -> None:
        with budgeting_server(PublishedGrants(status=500)) as grants:
            self.as_("tapd")
            for _ in range(3):
                assert self.client.get("/pagu/").status_code == 200
            assert grants.asked == 1

    def test_nothing_known_and_nobody_there_is_said(self) -> None:
        with budgeting_server(PublishedGrants(status=500)):
            said = self.as_("tapd").get("/pagu/").content.decode()
        assert "belum ada salinan pagu" in said

    def test_a_hostile_answer_changes_nothing(self) -> None:
        with budgeting_server(PublishedGrants()) as grants:
            budget.bring(self.year)
            for raw in (b"<html>", b"[]", b'{"year": 2026, "items": []}', b'{"year": 2027, "items": "x"}'):
                grants.raw = raw
                assert not budget.bring(self.year).reachable
        assert GrantLine.objects.get().vanished_at is None
        assert GrantFetch.objects.get().problem

    def test_an_unknown_opd_is_named_and_left_out(self) -> None:
        with budgeting_server(PublishedGrants(items=[published_line(agency_code="9.99")])):
            outcome = budget.bring(self.year)
        assert "9.99" in outcome.problem
        assert GrantLine.objects.count() == 0

    def test_only_tapd_and_bpkad_fetch(self) -> None:
        with pytest.raises(Denied):
            budget.fetch(self.year, self.account("opd"))


@pytest.mark.parametrize(
    "change",
    [
        {"ceiling": 5},
        {"ceiling": "NaN"},
        {"ceiling": "-1.00"},
        {"ceiling": "1e400"},
        {"account_code": "5.1.02.01"},
        {"account_code": None},
        {"id": ""},
        {"description": {"a": 1}},
        {"agency_code": True},
    ],
)
def test_a_line_of_a_wrong_shape_is_refused_with_its_place(change: dict[str, object]) -> None:
    with pytest.raises(GrantsInvalid, match=r"items\[0\]"):
        parse({"year": 2027, "items": [published_line(**change)]}, 2027)


def test_a_line_named_twice_is_refused() -> None:
    with pytest.raises(GrantsInvalid, match="dua kali"):
        parse({"year": 2027, "items": [published_line(), published_line()]}, 2027)


class ManualLineTest(GrantsCase):
    def test_a_ceiling_below_what_is_approved_is_refused(self) -> None:
        application = self.at("disetujui")
        line = application.grant_line
        content = budget.LineContent(line.agency, line.account_code, "Nama", "Uraian", 19 * MILLION)
        with pytest.raises(CeilingExceeded, match="sudah Rp20.000.000"):
            budget.save_line(self.account("tapd"), self.year, content, line)

    def test_lines_by_hand_are_refused_where_budgeting_supplies_them(self) -> None:
        with budgeting_server(PublishedGrants()):
            budget.bring(self.year)
        content = budget.LineContent(Agency.objects.get(code="1.01"), "5.1.05.01", "Nama", "Uraian", MILLION)
        with pytest.raises(RuleBroken, match="berasal dari e-budgeting"):
            budget.save_line(self.account("tapd"), self.year, content)

    def test_another_account_is_refused(self) -> None:
        content = budget.LineContent(Agency.objects.get(code="1.01"), "5.1.02.01", "Nama", "Uraian", MILLION)
        with pytest.raises(RuleBroken, match=r"5.1.05 atau 5.1.06"):
            budget.save_line(self.account("tapd"), self.year, content)


class MoneyTest(GrantsPropertyCase):
    @settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(st.decimals(min_value="0.01", max_value="40000000.00", places=2), min_size=1, max_size=4))
    def test_approvals_never_pass_the_ceiling_and_sums_are_exact(self, amounts: list[Decimal]) -> None:
        line = self.line(60 * MILLION)
        taken = Decimal(0)
        for amount in amounts:
            application = self.at("tapd")
            try:
                review.decide(self.account("tapd"), application, amount, line)
            except CeilingExceeded:
                assert taken + amount > line.ceiling
            else:
                taken += amount
        use = next(use for use in reading.uses(reading.lines(self.year)) if use.line == line)
        assert (use.committed, use.remaining) == (taken, line.ceiling - taken)
        assert taken <= line.ceiling

    @settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.decimals(min_value="1.00", max_value="500000000.00", places=2), st.booleans())
    def test_stages_add_up_to_the_agreement_to_the_sen(self, asked: Decimal, sparing: bool) -> None:
        application = self.at("verifikasi", "hibah-lembaga", asked=asked)
        application = self.forward(application, "tapd")
        review.decide(self.account("tapd"), application, asked, self.line(500 * MILLION))
        self.sign()
        application = Application.objects.get(pk=application.pk)
        agreement = self.agree(application)
        first = agreements.next_stage(agreement)
        assert first is not None
        self.report_exactly(
            self.pay(
                application, max(first.ceiling / 2, Decimal("0.01")).quantize(Decimal("0.01")) if sparing else None
            )
        )
        last = self.pay(application)
        self.report_exactly(last)

        total = agreement.disbursements.aggregate(total=Sum("amount"))["total"]
        assert total == asked == Agreement.objects.get(application=application).amount
        assert Application.objects.get(pk=application.pk).state == "selesai"

    def report_exactly(self, disbursement: Disbursement) -> None:
        reports.write(disbursement.report, reports.ReportContent(disbursement.amount, Decimal(0), "Selesai."))
        reports.add_file(disbursement.report, photo())
        reports.add_file(disbursement.report, pdf())
        reports.check(self.account("opd"), reports.submit(disbursement.report), "diterima")


class RaceTest(GrantsThreadsCase):
    def test_two_approvals_at_once_never_share_the_same_room(self) -> None:
        line = self.line(30 * MILLION)
        applications = [self.at("tapd"), self.at("tapd")]
        outcomes: list[str] = []

        def decide(application: Application) -> None:
            try:
                review.decide(self.account("tapd"), application, 20 * MILLION, line)
                outcomes.append("approved")
            except CeilingExceeded:
                outcomes.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=decide, args=(application,)) for application in applications]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["approved", "refused"]
