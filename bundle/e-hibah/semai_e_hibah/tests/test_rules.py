"""Eligibility rules one by one, as pure functions of facts; the data file; results, waivers and earlier awards."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai_kit import years
from semai_kit.models import FiscalYear
from semai_kit.roles import Denied

from .. import reference, rules
from ..errors import RuleBroken
from ..models import Application, Report
from ..reference import ReferenceInvalid
from ..selectors.eligibility import shown_rules
from ..services import eligibility, review
from .cases import MILLION, GrantsCase, close_window, fresh_nik, open_window

FACTS = rules.Facts(
    kind=reference.kind("hibah-lembaga"),
    form="yayasan",
    registered_on=datetime.date(2020, 3, 10),
    filed_on=datetime.date(2026, 3, 10),
    closes_on=datetime.date(2026, 5, 31),
    fiscal_year=2027,
    amount=100 * MILLION,
)
SET = rules.set_of(2027)


def faults(**changes: object) -> dict[str, str]:
    """Rule id -> fault, of the rules that fail."""
    findings = rules.evaluate(replace(FACTS, **changes), SET)
    return {finding.rule.id: finding.fault for finding in findings if not finding.passed}


def test_facts_that_meet_every_rule_have_no_fault() -> None:
    assert faults() == {}


def test_another_legal_form_is_refused_with_those_allowed() -> None:
    assert "Kelompok masyarakat terdaftar tidak dapat" in faults(form="kelompok")["bentuk"]


def test_registration_counts_full_years_up_to_the_day() -> None:
    assert "lama-terdaftar" not in faults(registered_on=datetime.date(2023, 3, 10))
    assert "belum 3 tahun" in faults(registered_on=datetime.date(2023, 3, 11))["lama-terdaftar"]
    assert "tidak diisi" in faults(registered_on=None)["lama-terdaftar"]


def test_registration_on_a_leap_day_counts() -> None:
    leap = datetime.date(2024, 2, 29)
    assert "lama-terdaftar" in faults(registered_on=leap, filed_on=datetime.date(2027, 2, 28))
    assert "lama-terdaftar" not in faults(registered_on=leap, filed_on=datetime.date(2027, 3, 1))


def test_an_award_of_the_year_before_bars_and_an_older_one_does_not() -> None:
    assert "tahun 2026" in faults(awarded_years=(2026,))["tidak-berturut"]
    assert faults(awarded_years=(2025,)) == {}


def test_a_persons_aid_may_repeat() -> None:
    person = reference.kind("bansos-individu")
    assert faults(kind=person, form="perorangan", awarded_years=(2026,), amount=MILLION) == {}


def test_the_deadline_is_the_last_day_itself() -> None:
    assert faults(filed_on=datetime.date(2026, 5, 31)) == {}
    assert "lewat dari tenggat 31 Mei 2026" in faults(filed_on=datetime.date(2026, 6, 1))["tenggat"]
    assert "belum ditetapkan" in faults(closes_on=None)["tenggat"]


def test_the_maximum_itself_is_allowed_and_a_sen_more_is_not() -> None:
    assert faults(amount=Decimal("500000000.00")) == {}
    assert "melebihi batas Rp500.000.000" in faults(amount=Decimal("500000000.01"))["batas-nilai"]


def test_an_overdue_report_and_a_second_application_bar() -> None:
    assert "HB-2026-00001" in faults(unreported=("HB-2026-00001",))["laporan"]
    assert "HB-2027-00001" in faults(same_year=("HB-2027-00001",))["sekali"]


@given(st.decimals(min_value=1, max_value=10**12, places=2))
def test_the_maximum_rule_agrees_with_comparing(amount: Decimal) -> None:
    assert ("batas-nilai" in faults(amount=amount)) == (amount > 500 * MILLION)


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2026, 3, 10)))
def test_registered_years_never_differ_by_a_day_from_the_calendar(registered: datetime.date) -> None:
    third = registered.replace(year=registered.year + 3, day=min(registered.day, 28))
    passed = "lama-terdaftar" not in faults(registered_on=registered)
    if third < FACTS.filed_on - datetime.timedelta(days=2):
        assert passed
    if third > FACTS.filed_on:
        assert not passed


def test_every_rule_tells_its_legal_text() -> None:
    assert all(len(rule.basis) > 40 and rule.title for rule in SET.rules)


def test_no_set_is_in_force_before_the_first() -> None:
    with pytest.raises(ReferenceInvalid, match="1999"):
        rules.set_of(1999)


def test_a_file_with_an_unknown_check_or_kind_or_a_repeated_rule_is_refused() -> None:
    rule = {"id": "a", "check": "maximum", "title": "A", "basis": "B", "waivable": True}
    for wrong in ([{**rule, "check": "x"}], [{**rule, "kinds": ["x"]}], [rule, rule]):
        with pytest.raises(ReferenceInvalid):
            rules.parse({"sets": [{"id": "1", "decree": "D", "from_year": 2021, "rules": wrong}]})


class WaiverTest(GrantsCase):
    def too_large(self) -> Application:
        return self.at("diajukan", asked=200 * MILLION)

    def test_a_waiver_with_its_reason_lets_the_application_pass(self) -> None:
        application = self.too_large()
        eligibility.waive(self.account("tim_pertimbangan"), application, "batas-nilai", "Keputusan Bupati 7/2026.")
        moved = review.move(self.account("tata_usaha"), application, "kepala_daerah")
        assert moved.state == "kepala_daerah"
        assert not moved.rule_results.get(rule_id="batas-nilai").passed

    def test_once_decided_the_page_shows_what_the_rules_said_then(self) -> None:
        application = self.at("disetujui")
        close_window()
        rules_shown = shown_rules(application)
        assert all(rule.passed for rule in rules_shown)
        assert "Tenggat pengajuan" in [rule.title for rule in rules_shown]
        again = review.move(self.account("tapd"), application, "tapd", "Tinjau ulang.")
        assert [rule.title for rule in shown_rules(again) if not rule.passed] == ["Tenggat pengajuan"]

    def test_only_the_permitted_role_waives_with_a_reason(self) -> None:
        application = self.too_large()
        with pytest.raises(Denied):
            eligibility.waive(self.account("tata_usaha"), application, "batas-nilai", "Mendesak.")
        with pytest.raises(RuleBroken, match="alasan"):
            eligibility.waive(self.account("tim_pertimbangan"), application, "batas-nilai", "  ")

    def test_a_rule_that_is_met_or_may_not_be_waived_is_refused(self) -> None:
        application = self.too_large()
        with pytest.raises(RuleBroken, match="tidak memerlukan"):
            eligibility.waive(self.account("tim_pertimbangan"), application, "tenggat", "Mendesak.")
        again = self.at("diajukan", applicant=replace(self.applicant(), deed_number="AHU-SAMA"))
        second = self.at("diajukan", applicant=replace(self.applicant(), deed_number="AHU-SAMA"))
        assert again.pk < second.pk
        with pytest.raises(RuleBroken, match="tidak boleh dikecualikan"):
            eligibility.waive(self.account("tim_pertimbangan"), second, "sekali", "Mendesak.")


class FactsTest(GrantsCase):
    def year_before(self) -> FiscalYear:
        year = years.open_year(2026, None)
        open_window(2026)
        return year

    def test_an_award_of_last_year_is_found_by_deed_npwp_or_nik(self) -> None:
        nik, year = fresh_nik(), self.year_before()
        pairs = (
            ("hibah-kelompok", {"deed_number": "AHU-0001.SAMA"}),
            ("hibah-lembaga", {"npwp": "09.876.543.2-109.000"}),
            ("bansos-individu", {"nik": nik}),
        )
        for kind, same in pairs:
            with self.subTest(kind=kind):
                earlier = self.draft(kind, applicant=self.applicant(kind, **same))
                earlier.fiscal_year, earlier.state = year, "selesai"
                earlier.save()
                open_window()
                later = self.draft(kind, applicant=self.applicant(kind, **same))
                later.fiscal_year = self.year
                later.save()
                assert eligibility.facts_of(later).awarded_years == (2026,)

    def test_a_rejected_application_does_not_count_as_the_one_of_the_year(self) -> None:
        same = replace(self.applicant(), deed_number="AHU-SAMA")
        first = self.at("diajukan", applicant=same)
        review.move(self.account("tata_usaha"), first, "ditolak", "Tidak sesuai.")
        second = self.at("diajukan", applicant=same)
        assert eligibility.facts_of(second).same_year == ()

    def test_an_overdue_report_is_found_by_applicant(self) -> None:
        same = replace(self.applicant(), deed_number="AHU-SAMA")
        paid = self.at("dicairkan", applicant=same)
        report = Report.objects.get()
        report.due_on = datetime.date(2020, 1, 1)
        report.save()
        again = self.draft(applicant=same)
        assert eligibility.facts_of(again).unreported == (paid.number,)
